"""What the pages about people show of the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncd.core.mail.addresses import normalise
from syncd.core.relationships import Standing
from syncd.core.rules import Campaign
from syncd.store import favours, overview, pull_list, relationships
from syncd.store.browse import Page
from syncd.store.database import Tx
from syncd.store.pull_list import Asked

STANDINGS = tuple(one.value for one in Standing)
# Which standings catch the eye, and how.
CHIPS: Mapping[str, str] = {
    "linked": "good",
    "agreed": "on",
    "answered": "on",
    "lost": "bad",
    "declined": "warm",
}
_TALKS = 50


def overview_of(
    tx: Tx, campaigns: Sequence[Campaign], query: Mapping[str, str], start: int, size: int
) -> dict[str, Any]:
    """The people who are asked for, those known best first.

    How we stand is read from all mail with a person: of many people, only so many are looked at.
    """
    standing = query.get("standing", "")
    kept = {
        "q": query.get("q", "")[:200],
        "standing": standing if standing in STANDINGS else "",
        "client": query.get("client", "")[:200],
        "niche": query.get("niche", "")[:200],
        "known_by": query.get("known_by", "")[:200].lower(),
    }
    asked = Asked(
        standings=(Standing(kept["standing"]),) if kept["standing"] else (),
        niche=kept["niche"],
        client=kept["client"],
        known_by=kept["known_by"],
        words=kept["q"],
    )
    candidates, cut = pull_list.candidates(tx, asked)
    found = pull_list.listed(tx, campaigns, asked, candidates)
    rows = found[start : start + size]
    words = {word for one in campaigns for word in (one.niche, *one.tags) if word}
    return {
        "page": Page(rows, start, size, len(found) > start + size),
        "kept": kept,
        "cut": len(candidates) if cut else 0,
        "standings": STANDINGS,
        "chips": CHIPS,
        "clients": sorted({one.client for one in campaigns}),
        "niches": sorted(words),
    }


def one(tx: Tx, campaigns: Sequence[Campaign], address: str) -> dict[str, Any] | None:
    """One person under any of their addresses; None where nobody of that address is known."""
    wanted = normalise(address)
    found = pull_list.listed(tx, campaigns, Asked(), [wanted])
    mine = [each for each in found if wanted in each.addresses]
    if not mine or not (mine[0].crm_id or mine[0].relationships or mine[0].campaigns):
        return None
    talks = relationships.conversations_with(tx, mine[0].addresses, _TALKS)
    return {
        "contact": mine[0],
        "favours": favours.every(tx, [wanted]),
        "talks": overview.find_conversations(tx, talks),
        "chips": CHIPS,
    }
