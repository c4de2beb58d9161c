"""Taking in links from lists and crawls: claims, until a look at the page says more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.core.links_address import host_of, page_key
from syncd.core.links_course import spread
from syncd.core.links_file import Left, Listed
from syncd.core.mail.addresses import domain_of, is_free_mail, registrable
from syncd.core.rules import Rules
from syncd.engine.context import Context
from syncd.store import crawls, dirty, link_looks, links, people, relationships
from syncd.store.database import Tx
from syncd.store.link_looks import Claim, Origin

# Thousands of new pages are looked at one by one, not all at once.
_APART = timedelta(seconds=5)
_LONGEST_SPREAD = timedelta(days=2)
CRAWL = "crawl"


@dataclass(frozen=True, slots=True)
class Intake:
    """What becomes of a list. `known`: links that are known already; `alone`: new ones of whose
    site we know nobody.
    """

    new: tuple[Claim, ...]
    known: tuple[Claim, ...]
    left: tuple[Left, ...]

    @property
    def alone(self) -> int:
        return sum(not claim.person for claim in self.new)


def judge(
    tx: Tx, rules: Rules, listed: Iterable[Listed | Left], now: datetime, *, campaign: str = ""
) -> Intake:
    """What would become of a list. Writes nothing."""
    claims: dict[tuple[str, str], Claim] = {}
    left: list[Left] = []
    known_campaigns = {one.id: one for one in rules.campaigns}
    for one in listed:
        if isinstance(one, Left):
            left.append(one)
            continue
        meant = one.campaign or campaign
        if meant and meant not in known_campaigns:
            left.append(Left(one.line, one.url, f"there is no campaign {meant}"))
            continue
        key = (page_key(one.url), one.client)
        if key in claims:
            left.append(Left(one.line, one.url, "it stands in the list before"))
            continue
        claims[key] = Claim(
            one.url,
            one.client,
            one.target,
            one.anchor,
            one.person,
            meant or _campaign_of(rules, one.client),
        )
    there = {
        (page_key(link.url), link.client)
        for link in links.of_pages(tx, [page for page, _ in claims])
    }
    who = Who(tx, now)
    return Intake(
        new=tuple(who.told(claim) for key, claim in claims.items() if key not in there),
        known=tuple(claim for key, claim in claims.items() if key in there),
        left=tuple(left),
    )


def take_in(tx: Tx, intake: Intake, now: datetime, source: str = links.IMPORT) -> list[int]:
    """Record what was judged; what is known gains what it lacks. The ids of the new ones."""
    origin = Origin(source, now)
    made = link_looks.add(tx, intake.new, origin, first_looks(intake.new, now))
    link_looks.add(tx, intake.known, origin, {})
    return made


def first_looks(claims: Sequence[Claim], now: datetime) -> dict[str, datetime]:
    """When each page is looked at first, spread so that none waits behind all the others."""
    over = min(_LONGEST_SPREAD, _APART * len(claims))
    return {page_key(one.url): now + over * spread(page_key(one.url)) for one in claims}


def crawled(ctx: Context) -> int:
    """Take in links to our clients from sites that were crawled. Returns how many are new."""
    with ctx.store.begin() as tx:
        sites = dirty.every(tx, CRAWL)
        if not sites:
            return 0
        clients = {registrable(host_of(one)): one for one in ctx.targets}
        listed = [
            Listed(0, one.page, one.target, one.anchor, clients[one.client])
            for one in crawls.client_links(tx, sites=sites)
            if one.client in clients
        ]
        intake = judge(tx, ctx.rules, listed, ctx.now())
        made = take_in(tx, intake, ctx.now(), links.CRAWL)
        dirty.forget(tx, CRAWL, sites)
    return len(made)


def _campaign_of(rules: Rules, client: str) -> str:
    """The campaign for a client, where there is one alone."""
    theirs = [one.id for one in rules.campaigns if one.client == client]
    return theirs[0] if len(theirs) == 1 else ""


class Who:
    """Whom we know at a page's site: whoever we have the deepest dialogue with."""

    def __init__(self, tx: Tx, now: datetime) -> None:
        self._tx = tx
        self._now = now
        self._at: dict[str, list[str]] | None = None
        self._best: dict[str, str] = {}

    def told(self, claim: Claim) -> Claim:
        return claim if claim.person else replace(claim, person=self._of(host_of(claim.url)))

    def _of(self, host: str) -> str:
        site = registrable(host)
        if site not in self._best:
            self._best[site] = self._deepest(self._contacts().get(site, []))
        return self._best[site]

    def _contacts(self) -> dict[str, list[str]]:
        if self._at is None:
            self._at = {}
            for address in people.known_addresses(self._tx):
                domain = domain_of(address)
                if not is_free_mail(domain):
                    self._at.setdefault(registrable(domain), []).append(address)
        return self._at

    def _deepest(self, some: Collection[str]) -> str:
        if len(some) < 2:
            return next(iter(some), "")
        depths = relationships.depths(self._tx, some)
        return max(sorted(some), key=lambda one: (depths[one].score(self._now), depths[one].sent))
