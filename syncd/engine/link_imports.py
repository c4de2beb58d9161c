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
from syncd.engine.links import HOSTS
from syncd.store import crawls, dirty, link_looks, links, people, relationships
from syncd.store.database import Store, Tx
from syncd.store.link_looks import Claim, Origin

# Thousands of new pages are looked at one by one, not all at once.
_APART = timedelta(seconds=5)
_LONGEST_SPREAD = timedelta(days=2)
# Lines of one commit.
PORTION = 250
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
    return _Judging(rules, now, campaign).portion(tx, listed)


def take_all(
    store: Store,
    rules: Rules,
    listed: Sequence[Listed | Left],
    now: datetime,
    *,
    campaign: str = "",
    dry_run: bool = False,
) -> Intake:
    """Judge a list and take it in, a portion at a time: nobody else waits for long.

    Ended in the middle, the same list again goes on: what is known adds nothing.
    """
    judging = _Judging(rules, now, campaign)
    found: list[Intake] = []
    over = _spread_over(len(listed))
    for start in range(0, len(listed), PORTION):
        if start:
            store.let_others_in()
        with store.begin() as tx:
            intake = judging.portion(tx, listed[start : start + PORTION])
            if not dry_run:
                take_in(tx, intake, now, over=over)
        found.append(intake)
    return Intake(
        tuple(claim for one in found for claim in one.new),
        tuple(claim for one in found for claim in one.known),
        tuple(left for one in found for left in one.left),
    )


class _Judging:
    """One list, however many portions it comes in."""

    def __init__(self, rules: Rules, now: datetime, campaign: str) -> None:
        self._rules = rules
        self._campaign = campaign
        self._campaigns = {one.id for one in rules.campaigns}
        self._before: set[tuple[str, str]] = set()
        self._who = Who(now)

    def portion(self, tx: Tx, listed: Iterable[Listed | Left]) -> Intake:
        claims: dict[tuple[str, str], Claim] = {}
        left: list[Left] = []
        for one in listed:
            if isinstance(one, Left):
                left.append(one)
                continue
            meant = one.campaign or self._campaign
            if meant and meant not in self._campaigns:
                left.append(Left(one.line, one.url, f"there is no campaign {meant}"))
                continue
            key = (page_key(one.url), one.client)
            if key in self._before:
                left.append(Left(one.line, one.url, "it stands in the list before"))
                continue
            self._before.add(key)
            campaign = meant or _campaign_of(self._rules, one.client)
            claims[key] = Claim(one.url, one.client, one.target, one.anchor, one.person, campaign)
        there = {
            (page_key(link.url), link.client)
            for link in links.of_pages(tx, [page for page, _ in claims])
        }
        new = {key: claim for key, claim in claims.items() if key not in there}
        return Intake(
            new=tuple(self._who.told(tx, claim) for claim in new.values()),
            known=tuple(claim for key, claim in claims.items() if key in there),
            left=tuple(left),
        )


def take_in(
    tx: Tx,
    intake: Intake,
    now: datetime,
    source: str = links.IMPORT,
    *,
    over: timedelta | None = None,
) -> list[int]:
    """Record what was judged; what is known gains what it lacks. The ids of the new ones.

    `over`: how long the first looks at all of them take, where these are a part.
    """
    origin = Origin(source, now)
    made = link_looks.add(tx, intake.new, origin, first_looks(intake.new, now, over=over))
    link_looks.add(tx, intake.known, origin, {})
    return made


def first_looks(
    claims: Sequence[Claim], now: datetime, *, over: timedelta | None = None
) -> dict[str, datetime]:
    """When each page is looked at first, spread so that none waits behind all the others."""
    span = _spread_over(len(claims)) if over is None else over
    return {page_key(one.url): now + span * spread(page_key(one.url)) for one in claims}


def _spread_over(number: int) -> timedelta:
    """What one round can look at is due at once: the turn that took it in looks at it, too."""
    return min(_LONGEST_SPREAD, _APART * number) if number > HOSTS else timedelta()


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

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._at: dict[str, list[str]] | None = None
        self._best: dict[str, str] = {}

    def told(self, tx: Tx, claim: Claim) -> Claim:
        return claim if claim.person else replace(claim, person=self._of(tx, host_of(claim.url)))

    def _of(self, tx: Tx, host: str) -> str:
        site = registrable(host)
        if site not in self._best:
            self._best[site] = self._deepest(tx, self._contacts(tx).get(site, []))
        return self._best[site]

    def _contacts(self, tx: Tx) -> dict[str, list[str]]:
        if self._at is None:
            self._at = {}
            for address in people.known_addresses(tx):
                domain = domain_of(address)
                if not is_free_mail(domain):
                    self._at.setdefault(registrable(domain), []).append(address)
        return self._at

    def _deepest(self, tx: Tx, some: Collection[str]) -> str:
        if len(some) < 2:
            return next(iter(some), "")
        depths = relationships.depths(tx, some)
        return max(sorted(some), key=lambda one: (depths[one].score(self._now), depths[one].sent))
