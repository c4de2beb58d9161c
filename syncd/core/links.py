"""What a page says of a link that we know of: pure judgement of what was seen there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.core.facts import Link, Page, Trouble
from syncd.core.links_address import same_page

_GONE = frozenset({404, 410})
_UNFOLLOWED = ("sponsored", "nofollow", "ugc")
_LONGEST = 80


class LinkState(StrEnum):
    """How a link stands. LIVE to NOINDEX: it is there, whatever it is worth.

    MISSING: not seen at one look, or never. GONE (its page is no more) and LOST (its page
    stands without it) only after enough looks. An ERROR is never a lost link: the page could
    not be judged; UNVERIFIABLE: for long.
    """

    UNCHECKED = "unchecked"
    LIVE = "live"
    REDIRECTED = "redirected"
    CHANGED_ANCHOR = "changed anchor"
    CHANGED_TARGET = "changed target"
    SPONSORED = "sponsored"
    NOFOLLOW = "nofollow"
    HIDDEN = "hidden"
    NOINDEX = "noindex"
    MISSING = "missing"
    GONE = "gone"
    LOST = "lost"
    ERROR = "error"
    UNVERIFIABLE = "unverifiable"

    @property
    def stands(self) -> bool:
        return self in _STANDING


_STANDING = frozenset(
    {
        LinkState.LIVE,
        LinkState.REDIRECTED,
        LinkState.CHANGED_ANCHOR,
        LinkState.CHANGED_TARGET,
        LinkState.SPONSORED,
        LinkState.NOFOLLOW,
        LinkState.HIDDEN,
        LinkState.NOINDEX,
    }
)


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """How a link stood when its page was last looked at for a message, and how often that was."""

    state: LinkState
    at: datetime
    tries: int = 1


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """How a link stood from one look on, until the next entry."""

    at: datetime
    state: LinkState
    words: str


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a link led and what it said when it was first seen, or is claimed to; "": unknown."""

    target: str = ""
    anchor: str = ""


NOTHING = Expected()


@dataclass(frozen=True, slots=True)
class Judgement:
    """`link` is the one that counts, None where none stands; `words` say what was seen.

    `lands`: where it leads in the end.
    """

    state: LinkState
    words: str
    link: Link | None = None
    lands: str = ""


def best(page: Page, expected: Expected = NOTHING) -> Link | None:
    """The link that counts: the one we know, else the one that is worth most."""

    def worth(link: Link) -> tuple[bool, int, bool]:
        known = bool(expected.target) and same_page(link.url, expected.target)
        return not known, _rank(link), _plain(link.text) != _plain(expected.anchor)

    return min(page.links, key=worth, default=None)


def judge(page: Page, expected: Expected = NOTHING, landing: Page | None = None) -> Judgement:
    """What was seen of a link. `landing`: what was seen where the link that counts leads."""
    link = best(page, expected)
    if link is not None and page.trouble is Trouble.NONE:
        return _standing(page, link, expected, landing)
    if page.trouble is Trouble.STATUS and page.status in _GONE:
        return Judgement(LinkState.GONE, f"the page is gone (status {page.status})")
    if page.trouble is not Trouble.NONE:
        detail = f" {page.status}" if page.trouble is Trouble.STATUS else ""
        return Judgement(LinkState.ERROR, f"{page.trouble}{detail} {page.detail}".strip())
    if page.says_gone:
        return Judgement(LinkState.GONE, f'the page says that it is gone: "{_short(page.title)}"')
    if not page.whole:
        return Judgement(LinkState.ERROR, "the page is too long to be read to its end")
    words = "the page has no such link"
    if not same_page(page.url, page.final_url or page.url):
        words = f"the page leads to {page.final_url}, which has no such link"
    return Judgement(LinkState.MISSING, words)


def _standing(page: Page, link: Link, expected: Expected, landing: Page | None) -> Judgement:
    lands = _lands(link, landing)
    found: dict[LinkState, str] = {}
    if link.hidden:
        found[LinkState.HIDDEN] = "it is hidden"
    if rel := [word for word in _UNFOLLOWED if word in link.rel]:
        state = LinkState.SPONSORED if "sponsored" in rel else LinkState.NOFOLLOW
        found[state] = f"it is marked {', '.join(rel)}"
    if page.noindex:
        found[LinkState.NOINDEX] = "the page is not to be indexed"
    if expected.target and not same_page(lands, expected.target):
        by = "" if same_page(lands, link.url) else f" by way of {link.url}"
        found[LinkState.CHANGED_TARGET] = f"it leads to {lands}{by}, not to {expected.target}"
    if expected.anchor and _plain(link.text) != _plain(expected.anchor):
        was = _short(expected.anchor)
        found[LinkState.CHANGED_ANCHOR] = f'it says "{_short(link.text)}", not "{was}"'
    if not same_page(page.url, page.final_url or page.url):
        found[LinkState.REDIRECTED] = f"the page has moved to {page.final_url}"
    state = next(iter(found), LinkState.LIVE)
    words = [_short(link.text) or link.url, *found.values(), *_besides(page, link, landing)]
    return Judgement(state, "; ".join(words), link, lands)


def _lands(link: Link, landing: Page | None) -> str:
    """Where the link leads in the end, as far as that could be seen."""
    moved = landing is not None and landing.hops and landing.final_url
    seen = moved and landing is not None and landing.trouble in {Trouble.NONE, Trouble.NOT_HTML}
    return landing.final_url if seen and landing is not None else link.url


def _besides(page: Page, link: Link, landing: Page | None) -> list[str]:
    """What changes nothing of the state, and is worth knowing."""
    told = []
    if page.canonical and not same_page(page.canonical, page.final_url or page.url):
        told.append(f"the page names {page.canonical} as its canonical address")
    if landing is not None and landing.trouble is Trouble.STATUS and landing.status in _GONE:
        told.append(f"{link.url} answers {landing.status}")
    return told


def _rank(link: Link) -> int:
    """0 for a link that passes everything on; the worse, the more."""
    if link.hidden:
        return 3
    if "nofollow" in link.rel or "ugc" in link.rel:
        return 2
    return 1 if "sponsored" in link.rel else 0


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
