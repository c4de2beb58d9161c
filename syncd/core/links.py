"""What a page says of a link that we were told of: pure judgement of what was seen there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.core.facts import Link, Page, Trouble

_GONE = frozenset({404, 410})
_UNFOLLOWED = ("sponsored", "nofollow", "ugc")


class LinkState(StrEnum):
    """LIVE to NOINDEX: the link stands on the page, worth less from one to the next.

    An ERROR is never a lost link: the page could not be judged.
    """

    LIVE = "live"
    SPONSORED = "sponsored"
    NOFOLLOW = "nofollow"
    HIDDEN = "hidden"
    NOINDEX = "noindex"
    LOST = "lost"
    GONE = "gone"
    ERROR = "error"

    @property
    def stands(self) -> bool:
        return self not in {LinkState.LOST, LinkState.GONE, LinkState.ERROR}


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """How a link stood when its page was last looked at, and how often that was."""

    state: LinkState
    at: datetime
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """`link` is the one that counts, None where none stands; `words` say what was seen."""

    state: LinkState
    words: str
    link: Link | None = None


def judge(page: Page) -> Judgement:
    """The best of the links on the page to the domains that were asked about."""
    if page.trouble is Trouble.STATUS and page.status in _GONE:
        return Judgement(LinkState.GONE, f"the page is gone (status {page.status})")
    if page.trouble is not Trouble.NONE:
        detail = f" {page.status}" if page.trouble is Trouble.STATUS else ""
        return Judgement(LinkState.ERROR, f"{page.trouble}{detail} {page.detail}".strip())
    if not page.links:
        if not page.whole:
            return Judgement(LinkState.ERROR, "the page is too long to be read to its end")
        return Judgement(LinkState.LOST, "the page has no such link")
    best = min(page.links, key=_worth)
    state = _state(best)
    if state is LinkState.LIVE and page.noindex:
        state = LinkState.NOINDEX
    return Judgement(state, f"{state}: {best.text or best.url}", best)


def _state(link: Link) -> LinkState:
    if link.hidden:
        return LinkState.HIDDEN
    for word in _UNFOLLOWED:
        if word in link.rel:
            return LinkState.SPONSORED if word == "sponsored" else LinkState.NOFOLLOW
    return LinkState.LIVE


def _worth(link: Link) -> int:
    return list(LinkState).index(_state(link))
