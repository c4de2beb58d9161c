"""Reading an export, row by row: by what its header says, whatever else stands in it.

Everything here about what exports look like is from facts/screaming-frog.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import IO

from connectors.screaming_frog import columns
from syncd.core.facts import PageLink
from syncd.core.tabular import Header, Row, Unreadable, header, read, table
from syncd.core.tabular.headers import folded
from syncd.ports.crawl import Harvest, Take
from syncd.ports.verdicts import Refused

# Where the version without a licence stops, without a word.
LIMIT = 500
_WANTED = 'in Screaming Frog: Bulk Export > Links > External Links ("external_links.csv")'
_HEADERS_LOOKED_AT = 10
_KINDS_SHOWN = 5


class HeaderOnly(Refused):
    """An export without a single row."""


class Truncated(Refused):
    """An export that ends where the version without a licence stops."""


def take_export(
    stream: IO[bytes],
    name: str,
    take: Take,
    *,
    part: str = "",
    site: str = "",
    complete: bool = False,
) -> Harvest:
    """Hand over every hyperlink of an export. Raises `Refused` with what to do."""
    try:
        rows = read(stream, name, part)
        first = list(_first(rows))
        rows = chain(first, rows)
        if _is_domain_list(first):
            return _domains(rows, name, take, site, complete=complete)
        return _links(rows, name, take, complete=complete)
    except Unreadable as why:
        raise Refused(str(why)) from why


@dataclass(slots=True)
class _Count:
    """Tells whether a file is exactly as long as a limit. Nothing is kept beyond that."""

    rows: int = 0
    pages: set[str] = field(default_factory=set)
    crawled: set[str] = field(default_factory=set)

    def saw(self, page: str, target: str, code: str) -> None:
        self.rows += 1
        if len(self.pages) <= LIMIT:
            self.pages.add(page)
        if len(self.crawled) <= LIMIT:
            self.crawled.add(page)
            if code and code != "0":
                self.crawled.add(target)

    def at_limit(self) -> str:
        """What there are exactly five hundred of, "" for nothing."""
        counted = {"pages": len(self.pages), "URLs": len(self.crawled), "rows": self.rows}
        return next((what for what, count in counted.items() if count == LIMIT), "")


def _first(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        yield row
        if row.line >= _HEADERS_LOOKED_AT:
            return


def _is_domain_list(first: list[Row]) -> bool:
    """Whether it tells addresses without the pages that link to them."""
    for row in first:
        if not header(row.cells, columns.LINKS).missing([columns.SOURCE, columns.TARGET]):
            return False
        found = header(row.cells, columns.DOMAINS)
        if not found.missing([columns.ADDRESS, columns.CODE]):
            return columns.TITLE not in found.at
    return False


def _links(rows: Iterator[Row], name: str, take: Take, *, complete: bool) -> Harvest:
    try:
        head, _, rest = table(rows, columns.LINKS, [columns.SOURCE, columns.TARGET], name=name)
    except Unreadable as why:
        raise Refused(f"{why}. This is no export of links; {_WANTED}") from why
    count, kinds, kept = _Count(), Counter[str](), 0
    typed = columns.TYPE in head.at
    link_of = _Reader(head).link
    for row in rest:
        page, target = head.cell(row, columns.SOURCE), head.cell(row, columns.TARGET)
        count.saw(page, target, head.cell(row, columns.CODE))
        if typed:
            kind = head.cell(row, columns.TYPE)
            if not _is_hyperlink(kind):
                if len(kinds) < LIMIT:
                    kinds[kind] += 1
                continue
        kept += 1
        take(link_of(row, page, target))
    if not count.rows:
        raise HeaderOnly(header_only(name))
    if not kept:
        there = ", ".join(kind or "nothing" for kind, _ in kinds.most_common(_KINDS_SHOWN))
        raise Refused(
            f"{name} has {count.rows:,} rows and no hyperlink among them: its Type says {there}. "
            f"Set Screaming Frog to English and export again; {_WANTED}"
        )
    if not complete and (what := count.at_limit()):
        raise Truncated(truncated(name, what))
    return Harvest(count.rows)


class _Reader:
    """Cells by position, looked up once for the whole file."""

    def __init__(self, head: Header) -> None:
        self._anchor = head.at.get(columns.ANCHOR, -1)
        self._alt = head.at.get(columns.ALT, -1)
        self._follow = head.at.get(columns.FOLLOW, -1)
        self._rel = head.at.get(columns.REL, -1)
        self._position = head.at.get(columns.POSITION, -1)

    def link(self, row: Row, page: str, target: str) -> PageLink:
        cells, many = row.cells, len(row.cells)

        def cell(at: int) -> str:
            return cells[at].strip() if 0 <= at < many else ""

        rel = cell(self._rel).lower()
        followed = not _is_unfollowed(cell(self._follow)) and not (
            columns.UNFOLLOWING.intersection(rel.replace(",", " ").split())
        )
        anchor = cell(self._anchor) or cell(self._alt)
        return PageLink(page, target, anchor, followed, rel, _position(cell(self._position)))


def _domains(rows: Iterator[Row], name: str, take: Take, site: str, *, complete: bool) -> Harvest:
    """Addresses alone: taken as links from the front page, of which nothing else is known."""
    if not site:
        raise Refused(
            f"{name} lists addresses without the pages that link to them, so it does not say "
            f"whose they are; name the site (--site example.com), or better export the links, "
            f"{_WANTED}"
        )
    head, _, rest = table(rows, columns.DOMAINS, [columns.ADDRESS], name=name)
    count, home = 0, f"https://{site}/"
    take(PageLink(home))
    for row in rest:
        count += 1
        kind = head.cell(row, columns.CONTENT_TYPE).lower()
        # Pictures and scripts from other hosts stand in the same list.
        if not kind or "html" in kind:
            take(PageLink(home, head.cell(row, columns.ADDRESS)))
    if not count:
        raise HeaderOnly(header_only(name))
    if count == LIMIT and not complete:
        raise Truncated(truncated(name, "rows"))
    return Harvest(count, words="a list of addresses, without pages, anchors and positions")


def header_only(name: str) -> str:
    return (
        f"{name} has a header and not one row. Screaming Frog writes such files while its window "
        "is open: the crawl is locked then. Close it and export again"
    )


def truncated(name: str, what: str) -> str:
    return (
        f"{name} has exactly {LIMIT} {what}, where Screaming Frog stops without a licence: the "
        "crawl is cut off. Enter the licence and crawl again; if the site is that large and no "
        "larger, say --complete"
    )


@lru_cache(maxsize=1_000)
def _is_hyperlink(kind: str) -> bool:
    return folded(kind) in columns.HYPERLINKS


@lru_cache(maxsize=1_000)
def _is_unfollowed(said: str) -> bool:
    return folded(said) in columns.NOT_FOLLOWED


@lru_cache(maxsize=1_000)
def _position(said: str) -> str:
    """What users have named themselves tells nothing."""
    return columns.POSITIONS.get(folded(said), "")
