"""What the pages about links show of the state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.core.links import LinkState
from syncd.store import links
from syncd.store.browse import Page
from syncd.store.database import Tx

STATES = tuple(state.value for state in LinkState)
# Which states catch the eye, and how.
CHIPS: Mapping[str, str] = {
    **dict.fromkeys(("live", "redirected"), "good"),
    **dict.fromkeys(("lost", "gone"), "bad"),
    **dict.fromkeys(("missing", "unverifiable", "error", "noindex", "hidden"), "warm"),
    **dict.fromkeys(("nofollow", "sponsored", "changed anchor", "changed target"), "on"),
}


def overview(tx: Tx, query: Mapping[str, str], start: int, size: int) -> dict[str, Any]:
    """The links that are asked for, and how many of each client stand how."""
    state = query.get("state", "")
    kept = {
        "q": query.get("q", "")[:200],
        "state": state if state in STATES else "",
        "client": query.get("client", "")[:200],
    }
    sums: dict[str, dict[str, int]] = {}
    for (client, named), number in sorted(links.counts(tx).items()):
        sums.setdefault(client, {})[named] = number
    rows, more = links.some(
        tx,
        words=kept["q"],
        state=kept["state"],
        client=kept["client"],
        start=start,
        size=size,
    )
    page = Page(rows, start, size, more)
    # Zeros of states that no link is in would push the others off the page.
    seen = [one for one in STATES if any(one in row for row in sums.values())]
    lists = {"states": STATES, "seen": seen, "chips": CHIPS}
    return {"page": page, "kept": kept, "sums": sums, **lists}


def one(tx: Tx, number: int) -> dict[str, Any] | None:
    """One link with its history, the newest first; None where there is none of this number."""
    found = links.of_ids(tx, [number])
    if not found:
        return None
    history = links.history(tx, [number]).get(number, ())
    return {"link": found[0], "history": history[::-1], "chips": CHIPS}
