"""Crawls: from a crawler or an export to what is kept of a site.

A picture is put together in memory and takes the place of the site's earlier one in one
commit; whatever goes wrong before that leaves everything as it was. Nothing here writes to
the outside.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from syncd.core.crawling import Tried, due, holds_against, sites_of
from syncd.core.mail.addresses import domain_of, is_free_mail, registrable
from syncd.core.outbound import HostRules, Picture, Reduction, Unclear, site_of
from syncd.engine.context import Context, log
from syncd.ports.crawl import Export, Harvest, LinkSource, Order
from syncd.ports.verdicts import Locked, Refused, TryLater, Verdict
from syncd.store import crawls, dirty, relationships
from syncd.store.crawls import ClientLink, Crawl, CrawlFile, Outbound
from syncd.store.database import Store, Tx

# Whose exports are read, and the names people call the crawlers by.
FROG, CRAWLER = "screaming-frog", "crawler"
# What the commit that replaces a picture marks for those who read links to clients in it.
DIRTY = "crawl"
# Under this name it stands that the watched folder cannot be read.
FOLDER = "crawls"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a crawl. `kept` False: what is known is better; `words` say why."""

    crawl: Crawl
    kept: bool = True
    words: str = ""
    others: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """What a picture is put together with, and where it goes."""

    store: Store
    hosts: HostRules
    clients: frozenset[str]
    now: Callable[[], datetime]


def crawl_site(around: Around, source: LinkSource, name: str, order: Order) -> Taken:
    """Have a site crawled. Raises verdicts; what is known of the site then stays.

    `name`: what the source is called where it is shown. `order.start`: a host, or a whole
    address to begin at.
    """
    site = site_named(order.start)
    reduction = Reduction(around.hosts, around.clients, site)
    try:
        harvest = source.crawl(order, reduction.take)
        picture = _picture(reduction, order.start)
    except Refused as why:
        with around.store.begin() as tx:
            crawls.failed(tx, site, str(why), around.now())
        raise
    return _keep(around, picture, harvest, source=name, at=around.now())


def take_file(
    around: Around,
    source: LinkSource,
    stream: IO[bytes],
    name: str,
    at: datetime,
    *,
    site: str = "",
    else_site: str = "",
    part: str = "",
    complete: bool = False,
    replace: bool = False,
) -> Taken:
    """Take an export in. `at`: when it was made. `replace`: also where what is known is newer.

    `site`: only this one's pages; `else_site`: whose it is, where the export does not say.
    Raises `Refused` with what is wrong and what to do.
    """
    reduction = Reduction(around.hosts, around.clients, site)
    harvest = source.read(
        stream, name, reduction.take, part=part, site=site or else_site, complete=complete
    )
    picture = _picture(reduction, name)
    return _keep(around, picture, harvest, source=FROG, file=name, at=at, replace=replace)


def site_named(start: str) -> str:
    """The registrable domain of a host or an address. Raises `Refused`."""
    address = start if "://" in start else f"https://{start}"
    site = site_of(address)
    if not site or "@" in start or any(letter.isspace() for letter in site):
        raise Refused(f"{start!r} is no site; name a host (example.com) or a whole address")
    return site


def _picture(reduction: Reduction, name: str) -> Picture:
    try:
        return reduction.picture()
    except Unclear as why:
        raise Refused(f"{name}: {why}; name the site whose crawl it is (--site)") from why


def _keep(
    around: Around,
    picture: Picture,
    harvest: Harvest,
    *,
    source: str,
    file: str = "",
    at: datetime,
    replace: bool = False,
) -> Taken:
    crawl = Crawl(
        site=picture.site,
        at=at,
        source=source,
        file=file,
        whole=harvest.whole,
        pages=picture.pages,
        links=picture.links,
        domains=len(picture.domains),
        ignored=picture.ignored,
        tried_at=around.now(),
    )
    found = [
        Outbound(
            picture.site,
            each.domain,
            each.pages,
            each.position,
            each.follow,
            each.anchor,
            each.source_url,
            each.target_url,
            each.sitewide,
            at,
            each.boilerplate,
            at,
        )
        for each in picture.domains
    ]
    links = [
        ClientLink(
            picture.site,
            link.page,
            link.target,
            client,
            link.anchor,
            link.follow,
            link.rel,
            link.position,
            at,
        )
        for client, link in picture.to_clients
    ]
    with around.store.begin() as tx:
        known = crawls.of(tx, [picture.site]).get(picture.site)
        if known is not None and known.at is not None and not replace:
            why = holds_against(at, known.at, whole=harvest.whole, known_whole=known.whole)
            if why:
                return Taken(known, kept=False, words=why, others=picture.others)
        crawls.replace(tx, crawl, found, links)
        dirty.mark(tx, DIRTY, [picture.site])
    log.info("crawl_taken", site=crawl.site, pages=crawl.pages, domains=crawl.domains)
    return Taken(crawl, words=harvest.words, others=picture.others)


def around_of(ctx: Context) -> Around:
    clients = frozenset(registrable(client) for client in ctx.targets)
    return Around(ctx.store, ctx.rules.crawls.hosts, clients, ctx.now)


class Crawls:
    """The daemon's part: the watched folder, and the crawls whose turn it is at night."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._one_at_a_time = threading.Lock()

    def look(self) -> int:
        """One look at the watched folder. Returns how many exports were taken in."""
        frog = self._ctx.ports.crawls.get(FROG)
        if frog is None:
            return 0
        with self._one_at_a_time:
            try:
                exports = frog.exports()
            except Locked as why:
                words = f"{why}; {why.remedy}"
                if self._ctx.failing.get(FOLDER) != words:
                    log.warning("crawl_folder", words=words)
                self._ctx.failing[FOLDER] = words
                return 0
            self._ctx.failing.pop(FOLDER, None)
            return self._new(frog, exports)

    def nightly(self) -> int:
        """Crawl the sites whose turn it is. Returns how many were."""
        ctx, done = self._ctx, 0
        rules = ctx.rules.crawls
        source = ctx.ports.crawls.get(rules.by)
        if source is None or not (rules.sites or rules.of_contacts):
            return 0
        for site in self._tonight():
            if ctx.stop.is_set():
                break
            order = Order(site, contact=rules.contact, stop=ctx.stop.is_set)
            try:
                done += crawl_site(around_of(ctx), source, rules.by, order).kept
            except Refused as why:
                log.info("crawl_brought_nothing", site=site, words=str(why))
            except Locked as why:
                log.warning("crawl_impossible", words=str(why), remedy=why.remedy)
                break
            except TryLater:
                break
            except Verdict as why:
                log.warning("crawl_failed", site=site, words=str(why))
        return done

    def _tonight(self) -> list[str]:
        ctx = self._ctx
        rules, now = ctx.rules.crawls, ctx.now()
        with ctx.store.begin() as tx:
            liked = self._liked(tx, now) if rules.of_contacts else {}
            known = {
                site: Tried(each.at, each.tried_at, each.failures)
                for site, each in crawls.of(tx, {*rules.sites, *liked}).items()
            }
        return due(rules, liked, known, now)

    def _liked(self, tx: Tx, now: datetime) -> dict[str, float]:
        """The sites of people we have a real dialogue with, and who want to hear from us."""
        rules = self._ctx.rules
        ours = {registrable(one) for one in (*rules.team.domains, *self._ctx.targets)}
        people = relationships.everyone(tx, rules.clients()).values()
        return sites_of(
            (
                (_sites(one.addresses), one.depth.score(now))
                for one in people
                if one.depth.real and not one.word.do_not_contact
            ),
            not_these=ours,
        )

    def _new(self, frog: LinkSource, exports: list[Export]) -> int:
        with self._ctx.store.begin() as tx:
            known = crawls.files(tx, [each.digest for each in exports])
            there = {each.digest for each in exports}
            gone = [each.digest for each in crawls.refused_files(tx) if each.digest not in there]
        if gone:
            # Taken away or corrected: no longer trouble, and looked at again if it comes back.
            with self._ctx.store.begin() as tx:
                crawls.forget_files(tx, gone)
        taken = 0
        for export in exports:
            if self._ctx.stop.is_set():
                break
            if export.digest not in known and self._take(frog, export):
                taken += 1
            known[export.digest] = CrawlFile(export.digest, export.name, "", "", "", export.at)
        return taken

    def _take(self, frog: LinkSource, export: Export) -> bool:
        """One file: whatever is wrong with it is its own affair, told once."""
        now = self._ctx.now()
        met = CrawlFile(export.digest, export.name, "", crawls.REFUSED, "", now)
        try:
            with export.path.open("rb") as stream:
                taken = take_file(
                    around_of(self._ctx),
                    frog,
                    stream,
                    export.name,
                    export.at,
                    else_site=export.site,
                )
        except Refused as why:
            return self._refuse(met, str(why))
        except OSError as why:
            # Gone or moved since it was listed: the next look sees what is there then.
            log.info("crawl_file_gone", name=export.name, error=type(why).__name__)
            return False
        words = taken.words if not taken.kept else ""
        with self._ctx.store.begin() as tx:
            crawls.met_file(
                tx,
                CrawlFile(export.digest, export.name, taken.crawl.site, crawls.TAKEN, words, now),
            )
        return taken.kept

    def _refuse(self, met: CrawlFile, words: str) -> bool:
        log.warning("crawl_file_refused", name=met.name, words=words)
        with self._ctx.store.begin() as tx:
            crawls.met_file(tx, CrawlFile(met.digest, met.name, met.site, met.state, words, met.at))
        return False


def _sites(addresses: set[str]) -> set[str]:
    """Sites of their own: where anyone can have an address, no one's site is."""
    domains = {domain_of(address) for address in addresses}
    return {registrable(domain) for domain in domains if domain and not is_free_mail(domain)}
