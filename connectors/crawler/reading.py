"""The links on a page, and where on it they stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin

from lxml import etree, html

from syncd.core.facts import PageLink

_MOST_LINKS = 5_000
_LONGEST_TEXT = 300
_LONGEST_URL = 2_000
_UNFOLLOWING = frozenset({"nofollow", "sponsored", "ugc"})
_BREAKS = re.compile(r"[\t\r\n]")
_WORDS = re.compile(r"[a-z]+")
# What says of itself where it stands, by tag or role (ARIA landmarks).
_LANDMARKS = {
    "main": "content",
    "article": "content",
    "nav": "navigation",
    "aside": "aside",
    "header": "header",
    "footer": "footer",
}
_ROLES = {
    "main": "content",
    "article": "content",
    "navigation": "navigation",
    "menubar": "navigation",
    "complementary": "aside",
    "banner": "header",
    "contentinfo": "footer",
}
# Themes without landmarks call their parts so; a whole name alone, since "header" is in many.
_NAMES = {
    "content": "content",
    "main": "content",
    "entry": "content",
    "article": "content",
    "post": "content",
    "nav": "navigation",
    "navbar": "navigation",
    "navigation": "navigation",
    "menu": "navigation",
    "breadcrumb": "navigation",
    "breadcrumbs": "navigation",
    "sidebar": "aside",
    "widget": "aside",
    "masthead": "header",
    "header": "header",
    "footer": "footer",
    "colophon": "footer",
}
# A header or footer inside one of these is that one's, not the page's (HTML, sections).
_SECTIONS = frozenset({"article", "main", "section", "aside"})


@dataclass(frozen=True, slots=True)
class Reading:
    """`links` in the page's order; `nofollow`: the page asks that none be followed."""

    links: tuple[PageLink, ...]
    nofollow: bool


def read(body: bytes, charset: str, url: str) -> Reading:
    """Never raises: what is no markup has no links."""
    try:
        parser = html.HTMLParser(encoding=_known(charset), remove_comments=True, remove_pis=True)
        root = html.document_fromstring(body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, LookupError, ValueError):
        return Reading((), nofollow=False)
    closed = _closed(root)
    marked = any(True for tag in _LANDMARKS for _ in root.iter(tag))
    places: dict[Any, str | None] = {}
    links = []
    for element, target in _targets(root, url):
        rel = " ".join((element.get("rel") or "").lower().split())
        followed = not closed and not _UNFOLLOWING.intersection(rel.split())
        place = _place(element.getparent(), places)
        links.append(
            PageLink(
                url,
                target,
                _anchor(element),
                followed,
                rel[:_LONGEST_TEXT],
                place if place is not None else ("content" if marked else ""),
            )
        )
        if len(links) == _MOST_LINKS:
            break
    return Reading(tuple(links), closed)


def joined(base: str, given: str) -> str:
    """The address a link leads to, without its fragment; "" where it is none."""
    try:
        return urldefrag(urljoin(base, _BREAKS.sub("", given).strip())).url
    except ValueError:
        return ""


def _known(charset: str) -> str | None:
    try:
        return charset if charset and "".encode(charset) is not None else None
    except LookupError:
        return None


def _closed(root: Any) -> bool:
    for meta in root.iter("meta"):
        if (meta.get("name") or "").strip().lower() in {"robots", "googlebot"}:
            words = (meta.get("content") or "").lower().replace(",", " ").split()
            if {"nofollow", "none"}.intersection(words):
                return True
    return False


def _targets(root: Any, url: str) -> Iterator[tuple[Any, str]]:
    base = url
    for element in root.iter("base"):
        if element.get("href"):
            base = joined(url, element.get("href")) or url
            break
    for element in root.iter("a", "area"):
        target = joined(base, element.get("href") or "") if element.get("href") else ""
        if target.startswith(("http://", "https://")) and len(target) <= _LONGEST_URL:
            yield element, target


def _anchor(element: Any) -> str:
    text = " ".join("".join(element.itertext()).split())
    if not text:
        images = (image.get("alt") or "" for image in element.iter("img"))
        text = next((alt.strip() for alt in images if alt.strip()), "") or (
            element.get("title") or element.get("aria-label") or ""
        )
    return text[:_LONGEST_TEXT]


def _place(element: Any, known: dict[Any, str | None]) -> str | None:
    """Where an element stands, by the nearest of those around it that say; None: none does."""
    passed = []
    found: str | None = None
    while element is not None:
        if element in known:
            found = known[element]
            break
        passed.append(element)
        found = _says(element)
        if found is not None:
            break
        element = element.getparent()
    # Thousands of links share their surroundings.
    for each in passed:
        known[each] = found
    return found


def _says(element: Any) -> str | None:
    role = (element.get("role") or "").strip().lower()
    if role in _ROLES:
        return _ROLES[role]
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag in _LANDMARKS:
        if tag in {"header", "footer"} and any(
            above.tag in _SECTIONS for above in element.iterancestors()
        ):
            return None
        return _LANDMARKS[tag]
    if tag in {"div", "section", "ul", "table", "td"}:
        for name in (element.get("id") or "", *(element.get("class") or "").split()[:20]):
            words = _WORDS.findall(name.lower()) if len(name) < 60 else []
            # "site-footer", "main-menu": the last word is the thing.
            if words and words[-1] in _NAMES and len(words) < 4:
                return _NAMES[words[-1]]
    return None
