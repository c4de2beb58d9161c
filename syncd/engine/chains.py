"""Where introductions led: who came to us through whom, and whose site may lead on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.core.introductions import State
from syncd.core.mail.addresses import domain_of, is_free_mail, registrable
from syncd.store import crawls, introductions, relationships
from syncd.store.database import Tx
from syncd.store.introductions import Introduction


@dataclass(frozen=True, slots=True)
class NextHop:
    """Somebody we were introduced to, whose site may lead on: it only wants a crawl."""

    person: str
    name: str
    site: str
    introduced_by: str


def next_hops(tx: Tx) -> list[NextHop]:
    """Whose sites are worth a crawl next, the latest introduction first."""
    found: dict[str, NextHop] = {}
    for one in introductions.every(tx)[::-1]:
        domain = domain_of(one.introduced)
        if one.state is State.INTRODUCED and not is_free_mail(domain):
            site = registrable(domain)
            hop = NextHop(one.introduced, one.introduced_name, site, one.introducer)
            found.setdefault(site, hop)
    crawled = {site for site, crawl in crawls.of(tx, found).items() if crawl.at is not None}
    return [one for site, one in found.items() if site not in crawled]


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a chain. `depth`: how many steps from its beginning."""

    depth: int
    introducer: str
    introduced: str
    name: str
    campaign: str
    at: datetime


def chain(tx: Tx, who: str) -> list[Link]:
    """How somebody came to us, from the first introducer on, and whom they introduced since."""
    person = relationships.by_asked(tx, [who]).get(who)
    names = {who} | (person.addresses if person is not None else set())
    before: list[Introduction] = []
    seen = set(names)
    while came := introductions.introductions_of(tx, names):
        before.insert(0, came[0])
        names = {came[0].introducer}
        if names <= seen:
            # Two who introduced each other would lead round for ever.
            break
        seen |= names
    found = [_link(depth, one) for depth, one in enumerate(before)]
    start = {who} | (person.addresses if person is not None else set())
    return found + _onward(tx, start, len(found), set(start))


def _onward(tx: Tx, people: set[str], depth: int, seen: set[str]) -> list[Link]:
    found: list[Link] = []
    for one in introductions.through(tx, people):
        if one.introduced in seen:
            continue
        seen.add(one.introduced)
        found.append(_link(depth, one))
        found += _onward(tx, {one.introduced}, depth + 1, seen)
    return found


def _link(depth: int, one: Introduction) -> Link:
    assert one.introduced_at is not None
    return Link(
        depth,
        one.introducer,
        one.introduced,
        one.introduced_name,
        one.campaign,
        one.introduced_at,
    )
