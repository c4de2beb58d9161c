"""From the links of a crawl to what a site links to: one record for each registered domain.

A crawl tells of every link on every page. Hardly one in a thousand is an author's choice
(facts/screaming-frog.md): the rest are menus, footers and credits, on every page alike. What
is kept of each domain is its best link, how many pages carry one, and what speaks against it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

from syncd.core.facts import PageLink
from syncd.core.mail.addresses import registrable

# The best first: what stands in the text was put there for the reader of that text.
POSITIONS = ("content", "aside", "", "header", "navigation", "footer")
_RANKS = {position: rank for rank, position in enumerate(POSITIONS)}
_FRAME = frozenset({"header", "navigation", "footer"})
# Below this many pages "on most of them" says nothing; only all of them does.
_FEW_PAGES = 5
_FEWEST_PAGES = 3
_MOST_OF_THEM = 0.5
# A frame's link on so many pages is the theme's, although other themes leave some pages out.
_FRAME_SHARE = 0.2

_LONGEST_URL = 2_000
_LONGEST_HOST = 253
_LONGEST_ANCHOR = 300
# What a site of that many domains shows is a directory or a trap, not its relations.
_MOST_DOMAINS = 50_000
_MOST_SITES = 1_000
_MOST_CLIENT_LINKS = 2_000
_GAPS = re.compile(r"[\s\0]+")
_ADDRESS = re.compile(r"[0-9.]+|\[?[0-9a-f:]+\]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HostRules:
    """What is never a relation: `ignored` hosts with all below them, but `wanted` ones.

    `credits`: how anchors begin that a theme or an agency leaves behind ("powered by").
    """

    ignored: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()
    credits: tuple[str, ...] = ()

    def ignores(self, host: str) -> bool:
        """A more precise name wins: a wanted host below an ignored one is looked at."""
        name = host.lower().rstrip(".")
        while name:
            if name in self.wanted:
                return False
            if name in self.ignored:
                return True
            name = name.partition(".")[2]
        return False

    def is_credit(self, anchor: str) -> bool:
        return bool(self.credits) and anchor.strip().casefold().startswith(self.credits)


@dataclass(frozen=True, slots=True)
class OutDomain:
    """A domain a site links to: its best link, and how it stands on the site as a whole."""

    domain: str
    pages: int
    position: str
    follow: bool
    anchor: str
    source_url: str
    target_url: str
    sitewide: bool
    boilerplate: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What a crawl shows of one site.

    `links` count those out of the site, `ignored` the domains left out. `others`: the sites
    whose pages were in the crawl as well, with how many pages; they are no part of it.
    `to_clients` tells links to clients page by page.
    """

    site: str
    pages: int
    links: int
    domains: tuple[OutDomain, ...]
    ignored: int
    to_clients: tuple[tuple[str, PageLink], ...]
    others: tuple[tuple[str, int], ...] = ()


class Unclear(Exception):
    """It cannot be told whose crawl this is; the words say why."""


@dataclass(slots=True)
class _Domain:
    best: PageLink
    rank: tuple[bool, int, bool, bool]
    # The pages' numbers. Links come page by page as a rule; where they do not, a page may
    # stand here more than once until they are counted.
    pages: array[int] = field(default_factory=lambda: array("I"))
    counted: int = 64

    def on(self, page: int) -> None:
        if not self.pages or self.pages[-1] != page:
            self.pages.append(page)
            if len(self.pages) > self.counted:
                self.pages = array("I", sorted(set(self.pages)))
                self.counted = max(64, 2 * len(self.pages))


@dataclass(slots=True)
class _Site:
    # A page by the hash of its address: a crawl has hundreds of thousands of long addresses.
    pages: dict[int, int] = field(default_factory=dict)
    links: int = 0
    domains: dict[str, _Domain] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    to_clients: dict[tuple[str, str], tuple[str, PageLink]] = field(default_factory=dict)


class Reduction:
    """Takes in links in any order, from crawls of any size, and gives the picture in the end.

    Memory grows with the pages and the domains of a site, by a few bytes for each pair of
    them, not with the links. `clients` are registrable domains, never ignored. `site`: whose
    crawl it is, where that is known.
    """

    def __init__(self, rules: HostRules, clients: Iterable[str] = (), site: str = "") -> None:
        self._rules = rules
        self._clients = frozenset(clients)
        self._site = site
        self._sites: dict[str, _Site] = {}

    def take(self, link: PageLink) -> None:
        home = site_of(link.page)
        known = self._sites.get(home)
        if known is None:
            if not home or len(self._sites) >= _MOST_SITES:
                return
            known = self._sites[home] = _Site()
        page = known.pages.setdefault(hash(link.page), len(known.pages))
        if not link.target:
            return
        host = host_of(link.target)
        domain = registrable_host(host)
        if not domain or domain == home:
            return
        known.links += 1
        if domain in self._clients:
            _keep_for_client(known, domain, link)
        elif self._rules.ignores(host):
            known.ignored.add(domain)
            return
        self._keep(known, domain, link, page)

    def picture(self) -> Picture:
        """What was taken in, as the picture of the one site it is of. Raises `Unclear`."""
        sizes = sorted(
            ((len(known.pages), known.links, name) for name, known in self._sites.items()),
            key=lambda it: (-it[0], -it[1], it[2]),
        )
        site = self._site or _majority(sizes)
        known = self._sites.get(site)
        if known is None:
            there = ", ".join(name for _, _, name in sizes[:3]) or "any site"
            raise Unclear(f"it has no page of {site}, but of {there}")
        return Picture(
            site,
            len(known.pages),
            known.links,
            tuple(
                self._out(name, it, len(known.pages)) for name, it in sorted(known.domains.items())
            ),
            len(known.ignored.difference(known.domains)),
            tuple(known.to_clients.values()),
            tuple((name, pages) for pages, _, name in sizes if name != site),
        )

    def _keep(self, known: _Site, domain: str, link: PageLink, page: int) -> None:
        there = known.domains.get(domain)
        rank = (
            self._rules.is_credit(link.anchor),
            _RANKS.get(link.position, _RANKS[""]),
            not link.follow,
            not link.anchor,
        )
        if there is None:
            if len(known.domains) >= _MOST_DOMAINS:
                return
            there = known.domains[domain] = _Domain(_cut(link), rank)
        elif rank < there.rank:
            there.best, there.rank = _cut(link), rank
        there.on(page)

    def _out(self, name: str, it: _Domain, total: int) -> OutDomain:
        pages = len(set(it.pages))
        many = total >= _FEW_PAGES
        sitewide = total >= _FEWEST_PAGES and pages >= (total * _MOST_OF_THEM if many else total)
        framed = it.best.position in _FRAME and (
            sitewide or (many and pages > 1 and pages >= total * _FRAME_SHARE)
        )
        return OutDomain(
            name,
            pages,
            it.best.position,
            it.best.follow,
            it.best.anchor,
            it.best.page,
            it.best.target,
            sitewide,
            framed or self._rules.is_credit(it.best.anchor),
        )


def site_of(url: str) -> str:
    """The registrable domain of an address, "" where there is none."""
    return registrable_host(host_of(url))


def host_of(url: str) -> str:
    """The host of a web address, "" for anything else. Never raises."""
    try:
        parts = urlsplit(url)
        named = parts.hostname or ""
    except ValueError:
        return ""
    return named if parts.scheme in {"http", "https"} else ""


@lru_cache(maxsize=1 << 16)
def registrable_host(host: str) -> str:
    """What of a host someone registered; addresses and bare names as they are.

    "" for what is too long to be a host.
    """
    name = host.rstrip(".").lower()
    if len(name) > _LONGEST_HOST:
        return ""
    return name if _ADDRESS.fullmatch(name) else registrable(name)


def _majority(sizes: list[tuple[int, int, str]]) -> str:
    """The site that most pages are of. Raises `Unclear`."""
    if not sizes:
        raise Unclear("it has no page at all")
    pages, _, name = sizes[0]
    if pages * 2 > sum(each for each, _, _ in sizes):
        return name
    there = ", ".join(f"{other} ({count} pages)" for count, _, other in sizes[:3])
    raise Unclear(f"it has pages of several sites, {there}, and most are of none")


def _keep_for_client(known: _Site, client: str, link: PageLink) -> None:
    place = (link.page, link.target)
    if place not in known.to_clients and len(known.to_clients) < _MOST_CLIENT_LINKS:
        known.to_clients[place] = (client, _cut(link))


def _cut(link: PageLink) -> PageLink:
    """Short enough to keep, and without what a database refuses in a text."""
    return PageLink(
        link.page[:_LONGEST_URL].replace("\0", ""),
        link.target[:_LONGEST_URL].replace("\0", ""),
        _GAPS.sub(" ", link.anchor[: 2 * _LONGEST_ANCHOR]).strip()[:_LONGEST_ANCHOR],
        link.follow,
        link.rel[:_LONGEST_ANCHOR],
        link.position if link.position in _RANKS else "",
    )
