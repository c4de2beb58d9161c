"""The page about introductions: who could be asked for what, what is under way, what came of it."""

from __future__ import annotations

from typing import Any

from syncd.core.introductions import LIVE, State
from syncd.engine import chains
from syncd.engine.chains import Link
from syncd.store import introductions
from syncd.store.database import Tx

# The best are asked first; whoever wants all of them has `syncd introductions --all`.
SHOWN = 50


def under_way(tx: Tx) -> dict[str, Any]:
    """What was asked, the latest first, the chains it made, and whose site may lead on."""
    every = introductions.every(tx)[::-1]
    return {
        "live": [one for one in every if one.state in LIVE],
        "ended": [one for one in every if one.state not in LIVE][:SHOWN],
        "chains": _chains(tx),
        "hops": chains.next_hops(tx),
        "chips": {
            State.INTRODUCED.value: "good",
            State.ASKED.value: "warm",
            State.DECLINED.value: "bad",
        },
    }


def _chains(tx: Tx) -> list[Link]:
    """Every chain from its beginning, step by step."""
    made = [one for one in introductions.every(tx) if one.state is State.INTRODUCED]
    came = {one.introduced for one in made}
    found: list[Link] = []
    for root in dict.fromkeys(one.introducer for one in made if one.introducer not in came):
        found += chains.chain(tx, root)
    return found
