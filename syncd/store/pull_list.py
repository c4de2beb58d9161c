"""The people of the team's lists: who they are, how we stand, who knows them, what they linked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, or_, select, union

from syncd.core.favours import Balance, Favour, balance
from syncd.core.promises.relate import Profile, has_linked, is_at, niches
from syncd.core.relationships import Acquaintance, Depth, Relationship, Standing
from syncd.core.rules import Campaign
from syncd.store import contact_facts, favours, links, prospects
from syncd.store import relationships as relations
from syncd.store.contact_facts import ContactFacts
from syncd.store.links import EarnedLink
from syncd.store.relationships import Person
from syncd.store.schema import campaign_members, contacts, messages, participants
from syncd.store.schema import contact_facts as facts_table
from syncd.store.schema import links as links_table


@dataclass(frozen=True, slots=True)
class Listed:
    """One person. `links` are those to the clients asked for, the newest first."""

    address: str
    crm_id: str
    name: str
    addresses: tuple[str, ...]
    relationships: tuple[Relationship, ...]
    known_by: tuple[Acquaintance, ...]
    depth: Depth
    links: tuple[EarnedLink, ...]
    balance: Balance
    campaigns: tuple[str, ...]
    tags: tuple[str, ...]
    niches: tuple[str, ...]
    do_not_contact: bool
    stage: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which people are wanted. "" and empty: whichever. `words`: in an address or the name."""

    standings: tuple[Standing, ...] = ()
    niche: str = ""
    client: str = ""
    campaign: str = ""
    known_by: str = ""
    min_depth: int = 0
    words: str = ""


# More people than a page can show, few enough to read all mail with them while somebody waits.
MOST = 500
_LATELY = 5_000


def candidates(tx: Connection, asked: Asked) -> tuple[list[str], bool]:
    """Addresses of those who may be wanted, at most `MOST`, and whether there may be more.

    Those who have linked are found by their links and stages; others by words, or among the
    people written with last.
    """
    if asked.words:
        first, *_ = asked.words.split()
        literal = first.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{literal}%"
        known = select(contacts.c.address).where(
            or_(
                contacts.c.address.like(like, escape="\\"),
                contacts.c.name.ilike(like, escape="\\"),
            )
        )
        met = select(participants.c.address).where(
            or_(
                participants.c.address.like(like, escape="\\"),
                participants.c.name.ilike(like, escape="\\"),
            )
        )
        query = union(known, met).limit(MOST + 1)
    elif asked.standings and set(asked.standings) <= {Standing.LINKED, Standing.LOST}:
        staged = (
            select(contacts.c.address)
            .join(facts_table, facts_table.c.crm_id == contacts.c.crm_id)
            .where(facts_table.c.stage.in_([one.value for one in asked.standings]))
        )
        query = union(select(links_table.c.person), staged).limit(MOST + 1)
    else:
        newest = select(func.max(messages.c.id)).scalar_subquery()
        lately = select(participants.c.address).where(participants.c.message_id > newest - _LATELY)
        query = union(lately, select(campaign_members.c.address)).limit(MOST + 1)
    found = [one for one in tx.execute(query).scalars() if one]
    return found[:MOST], len(found) > MOST


def listed(
    tx: Connection,
    campaigns: Sequence[Campaign],
    asked: Asked,
    people: Collection[str] | None = None,
) -> list[Listed]:
    """The people who are wanted, those who are known best first; of `people`, where given."""
    clients = {campaign.id: campaign.client for campaign in campaigns}
    found = relations.everyone(tx, clients, people)
    brought = _brought(tx, found.values(), people)
    facts = contact_facts.of(tx, {one.crm_id for one in found.values() if one.crm_id})
    of_people = _by_person(links.every(tx, people=_addresses(found.values(), people)), found)
    owed = _balances(tx, found.values(), people)
    lines = [
        _listed(
            one,
            facts.get(one.crm_id),
            brought.get(one.address, ()),
            (of_people.get(one.address, ()), owed.get(one.address, ())),
            campaigns,
        )
        for one in found.values()
    ]
    wanted = [kept for one in lines if (kept := _wanted(one, asked)) is not None]
    return sorted(wanted, key=_order)


def _listed(
    one: Person,
    fact: ContactFacts | None,
    brought: Sequence[prospects.Membership],
    given: tuple[Sequence[EarnedLink], Sequence[Favour]],
    campaigns: Sequence[Campaign],
) -> Listed:
    earned, owed = given
    names = one.campaigns | {each.campaign for each in brought}
    tags = {tag for each in brought for tag in each.tags}
    if fact is not None:
        names |= set(fact.campaigns)
        tags |= set(fact.tags)
    relationships = tuple(one.stands())
    about = Profile(relationships, frozenset(names), frozenset(tags))
    mine = sorted(earned, key=lambda each: each.known_at, reverse=True)
    return Listed(
        one.address,
        one.crm_id,
        one.name,
        tuple(sorted(one.addresses)),
        relationships,
        one.known_by,
        one.depth,
        tuple(mine),
        balance(owed),
        tuple(sorted(names)),
        tuple(sorted(tags)),
        tuple(sorted(niches(about, campaigns))),
        fact is not None and fact.do_not_contact,
        fact.stage if fact is not None else "",
    )


def _wanted(one: Listed, asked: Asked) -> Listed | None:
    """The person with what was asked for of them; None where they are not wanted."""
    if asked.words and not _mentions(one, asked.words):
        return None
    if asked.niche and asked.niche.lower() not in one.niches:
        return None
    if asked.campaign and asked.campaign not in one.campaigns:
        return None
    if asked.known_by and asked.known_by not in {each.teammate for each in one.known_by}:
        return None
    if one.depth.exchanges < asked.min_depth:
        return None
    stands = [each for each in one.relationships if not asked.client or each.client == asked.client]
    if asked.standings:
        stands = [each for each in stands if any(is_at(each, wanted) for wanted in asked.standings)]
    if (asked.client or asked.standings) and not stands:
        return None
    clients = {each.client for each in stands}
    earned = tuple(
        each
        for each in one.links
        if not (asked.client or asked.standings) or each.client in clients
    )
    return replace(one, relationships=tuple(stands), links=earned)


def _mentions(one: Listed, words: str) -> bool:
    text = " ".join((one.name, *one.addresses)).lower()
    return all(word in text for word in words.lower().split())


def _order(one: Listed) -> tuple[int, int, float, str]:
    linked = any(has_linked(each) for each in one.relationships)
    last = one.depth.last_answer_at
    return (-linked, -one.depth.exchanges, -(last.timestamp() if last else 0.0), one.address)


def _addresses(found: Iterable[Person], people: Collection[str] | None) -> set[str] | None:
    if people is None:
        return None
    return {address for one in found for address in one.addresses}


def _by_person(
    earned: Iterable[EarnedLink], found: Mapping[str, Person]
) -> dict[str, list[EarnedLink]]:
    of = {address: one.address for one in found.values() for address in one.addresses}
    several: dict[str, list[EarnedLink]] = {}
    for link in earned:
        if link.person in of:
            several.setdefault(of[link.person], []).append(link)
    return several


def _brought(
    tx: Connection, found: Iterable[Person], people: Collection[str] | None
) -> dict[str, list[prospects.Membership]]:
    everybody = list(found)
    if people is None:
        rows = prospects.everyone(tx)
    else:
        wanted = [address for one in everybody for address in one.addresses]
        rows = [one for several in prospects.memberships(tx, wanted).values() for one in several]
    of = {address: one.address for one in everybody for address in one.addresses}
    several: dict[str, list[prospects.Membership]] = {}
    for row in rows:
        if row.address in of:
            several.setdefault(of[row.address], []).append(row)
    return several


def _balances(
    tx: Connection, found: Iterable[Person], people: Collection[str] | None
) -> dict[str, list[Favour]]:
    everybody = list(found)
    wanted = None if people is None else [one.address for one in everybody]
    of = {address: one.address for one in everybody for address in one.addresses}
    several: dict[str, list[Favour]] = {}
    for favour in favours.every(tx, wanted):
        if favour.person in of:
            several.setdefault(of[favour.person], []).append(favour)
    return several
