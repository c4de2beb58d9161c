"""How we stand with people, read from what the mail, the links and the CRM say of them.

The same person under several addresses is one, by the contact in the CRM; the contact's
primary address stands for them. Everything is looked up by address, so that what it costs
follows the mail of those asked for; with `people` None it is all the mail there is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from syncd.core.facts import Direction, MailClass
from syncd.core.mail.saying import Says
from syncd.core.relationships import (
    Acquaintance,
    Depth,
    Event,
    Relationship,
    Sign,
    Spoken,
    Word,
    acquaintances_of,
    depth_of,
    stand,
)
from syncd.store.letters import WAS_LOGGED
from syncd.store.schema import (
    contact_facts,
    contact_values,
    contacts,
    conversations,
    links,
    messages,
    participants,
)
from syncd.store.writing import chunks

_REFUSALS = frozenset({Says.DECLINE, Says.UNSUBSCRIBE})

_ADDRESSES: BindParameter[str] = bindparam("addresses", expanding=True)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_IN_CRM = select(contacts.c.crm_id).where(
    contacts.c.address.in_(_ADDRESSES), contacts.c.crm_id.is_not(None)
)
_IDENTITIES = (
    select(
        contacts.c.crm_id,
        contacts.c.address,
        contacts.c.name,
        contacts.c.made_by_us,
        contact_facts.c.address.label("primary"),
        contact_facts.c.stage,
        contact_facts.c.stage_since,
        contact_facts.c.do_not_contact,
        contact_values.c.stage.label("written"),
        contact_values.c.stage_is_theirs,
    )
    .outerjoin(contact_facts, contact_facts.c.crm_id == contacts.c.crm_id)
    .outerjoin(contact_values, contact_values.c.crm_id == contacts.c.crm_id)
    .where(contacts.c.crm_id.is_not(None))
    .order_by(contacts.c.crm_id, contacts.c.address)
)
_IDENTITIES_OF = _IDENTITIES.where(contacts.c.crm_id.in_(_IDS))
_CONVERSATIONS = (
    select(messages.c.conversation_id)
    .join(participants, participants.c.message_id == messages.c.id)
    .where(participants.c.address.in_(_ADDRESSES))
    .distinct()
)
_SPOKEN = (
    select(
        messages.c.conversation_id,
        messages.c.id,
        messages.c.at,
        messages.c.direction,
        messages.c.says,
        messages.c.mailbox,
        conversations.c.campaign,
        participants.c.address,
        participants.c.role,
        participants.c.name,
    )
    .join(participants, participants.c.message_id == messages.c.id)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        messages.c.mail_class == MailClass.HUMAN.value,
        messages.c.is_list.is_(False),
        WAS_LOGGED,
    )
    .order_by(messages.c.conversation_id, messages.c.at, messages.c.id)
)
_SPOKEN_IN = _SPOKEN.where(messages.c.conversation_id.in_(_IDS))
# Won, and perhaps lost since: what a page that cannot be seen says is neither.
_LINKS = select(links.c.person, links.c.client, links.c.won_at, links.c.lost_at).where(
    links.c.won_at.is_not(None), links.c.dropped_at.is_(None)
)
_LINKS_OF = _LINKS.where(links.c.person.in_(_ADDRESSES))


@dataclass(slots=True)
class Person:
    """Someone outside, with everything that says how we stand with them.

    `address` stands for them; `crm_id` is "" for someone who is not in the CRM.
    """

    address: str
    crm_id: str = ""
    name: str = ""
    addresses: set[str] = field(default_factory=set)
    word: Word = field(default_factory=Word)
    events: list[Event] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    campaigns: set[str] = field(default_factory=set)

    def stands(self) -> list[Relationship]:
        return stand(self.address, self.events, self.word)

    @property
    def depth(self) -> Depth:
        return depth_of(self.spoken)

    @property
    def known_by(self) -> tuple[Acquaintance, ...]:
        return acquaintances_of(self.spoken)


def everyone(
    tx: Connection, clients: Mapping[str, str], people: Iterable[str] | None = None
) -> dict[str, Person]:
    """People by the address that stands for them; `people` None: all that are known.

    `clients`: the client of each campaign, by its id.
    """
    asked = None if people is None else set(people)
    found = _Reading(clients, _persons(tx, asked))
    wanted = None if asked is None else found.addresses() | asked
    found.hear(_rows(tx, wanted))
    found.see(_links(tx, wanted))
    if wanted is None:
        return found.persons
    # Whoever else took part in their conversations is not told of.
    kept = {found.stands_for(address) for address in asked or ()}
    return {address: one for address, one in found.persons.items() if address in kept}


def every(
    tx: Connection,
    clients: Mapping[str, str],
    *,
    client: str | None = None,
    people: Iterable[str] | None = None,
) -> list[Relationship]:
    """How we stand with people, per client, sorted by person."""
    found = everyone(tx, clients, people)
    return [
        one
        for address in sorted(found)
        for one in found[address].stands()
        if client is None or one.client == client
    ]


def acquaintances(tx: Connection, people: Collection[str]) -> dict[str, tuple[Acquaintance, ...]]:
    """Who of us knows each of them, best first; by the address asked for."""
    return {asked: one.known_by for asked, one in by_asked(tx, people).items() if one.spoken}


def depths(tx: Connection, people: Collection[str]) -> dict[str, Depth]:
    """How deep our dialogue with each of them is; by the address asked for, every one there."""
    found = by_asked(tx, people)
    return {asked: found[asked].depth if asked in found else Depth() for asked in people}


def by_asked(
    tx: Connection, people: Collection[str], clients: Mapping[str, str] | None = None
) -> dict[str, Person]:
    """As `everyone`, by each address asked for."""
    found = everyone(tx, clients or {}, people)
    of_address = {each: one for one in found.values() for each in one.addresses}
    return {asked: of_address[asked] for asked in people if asked in of_address}


def conversations_with(tx: Connection, addresses: Collection[str], limit: int) -> list[int]:
    """The conversations in which somebody takes part under any of these, the newest first."""
    query = (
        select(messages.c.conversation_id)
        .join(participants, participants.c.message_id == messages.c.id)
        .where(participants.c.address.in_(list(addresses)))
        .group_by(messages.c.conversation_id)
        .order_by(func.max(messages.c.at).desc(), messages.c.conversation_id.desc())
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


def _persons(tx: Connection, asked: Collection[str] | None) -> dict[str, Person]:
    """Those in the CRM, by CRM id."""
    rows: list[Any] = []
    if asked is None:
        rows += tx.execute(_IDENTITIES).mappings()
    else:
        ids: set[str] = set()
        for some in chunks(asked):
            ids |= set(tx.execute(_IN_CRM, {"addresses": some}).scalars())
        for some in chunks(sorted(ids)):
            rows += tx.execute(_IDENTITIES_OF, {"ids": some}).mappings()
    found: dict[str, Person] = {}
    for crm_id, several in groupby(rows, key=itemgetter("crm_id")):
        each = list(several)
        first = each[0]
        # One that we made and never read has the address it was made with.
        made = next((row["address"] for row in each if row["made_by_us"]), first["address"])
        primary = first["primary"] or made
        found[crm_id] = Person(
            primary,
            crm_id,
            next((row["name"] for row in each if row["name"]), ""),
            {primary, *(row["address"] for row in each)},
            _word(first),
        )
    return found


def _word(row: Any) -> Word:
    if row["stage_since"] is None:
        return Word()
    # What differs from what we wrote, a person put there.
    theirs = bool(row["stage_is_theirs"]) or row["stage"] != (row["written"] or "")
    stage = row["stage"] if theirs else ""
    return Word(stage, row["stage_since"] if stage else None, bool(row["do_not_contact"]))


def _rows(tx: Connection, wanted: Collection[str] | None) -> Iterator[Any]:
    if wanted is None:
        yield from tx.execute(_SPOKEN).mappings()
        return
    numbers: set[int] = set()
    for some in chunks(sorted(wanted)):
        numbers |= set(tx.execute(_CONVERSATIONS, {"addresses": some}).scalars())
    for part in chunks(sorted(numbers)):
        yield from tx.execute(_SPOKEN_IN, {"ids": part}).mappings()


def _links(tx: Connection, wanted: Collection[str] | None) -> Iterator[Any]:
    if wanted is None:
        yield from tx.execute(_LINKS).mappings()
        return
    for some in chunks(sorted(wanted)):
        yield from tx.execute(_LINKS_OF, {"addresses": some}).mappings()


class _Reading:
    """Persons as the rows fill them."""

    def __init__(self, clients: Mapping[str, str], in_crm: Mapping[str, Person]) -> None:
        self._clients = clients
        self.persons = {one.address: one for one in in_crm.values()}
        self._of = {each: one for one in in_crm.values() for each in one.addresses}

    def addresses(self) -> set[str]:
        return set(self._of)

    def stands_for(self, address: str) -> str:
        return self._of[address].address if address in self._of else address

    def hear(self, rows: Iterable[Any]) -> None:
        for _, talk in groupby(rows, key=itemgetter("conversation_id")):
            self._hear(talk)

    def see(self, rows: Iterable[Any]) -> None:
        for row in rows:
            one = self._person(row["person"])
            sign, at = Sign.LINK_STANDS, row["won_at"]
            if row["lost_at"] is not None:
                sign, at = Sign.LINK_LOST, row["lost_at"]
            one.events.append(Event(at, sign, row["client"]))

    def _person(self, address: str, name: str = "") -> Person:
        if address not in self._of:
            made = self._of[address] = Person(address, addresses={address})
            self.persons[address] = made
        one = self._of[address]
        one.name = one.name or name
        return one

    def _hear(self, talk: Iterable[Any]) -> None:
        """One conversation, oldest first."""
        asked: dict[str, Person] = {}
        for _, several in groupby(talk, key=itemgetter("id")):
            rows = list(several)
            first = rows[0]
            client = self._clients.get(first["campaign"], "")
            if first["direction"] == Direction.SENT.value:
                for row in rows:
                    one = self._person(row["address"], row["name"])
                    asked[one.address] = one
                    self._note(one, first, Sign.WROTE, client, ours=True)
                continue
            for row in rows:
                if row["role"] != "from":
                    continue
                speaker = self._person(row["address"], row["name"])
                heard = [speaker]
                if speaker.address not in asked and len(asked) == 1:
                    # Editors answer from private addresses, and through colleagues.
                    heard += asked.values()
                for one in heard:
                    self._note(one, first, _said(first["says"]), client, ours=False)

    def _note(self, one: Person, row: Any, sign: Sign, client: str, *, ours: bool) -> None:
        one.events.append(Event(row["at"], sign, client))
        refusal = not ours and row["says"] in _REFUSALS
        one.spoken.append(Spoken(row["at"], row["mailbox"], ours, refusal))
        if row["campaign"]:
            one.campaigns.add(row["campaign"])


def _said(says: str) -> Sign:
    if says in _REFUSALS:
        return Sign.DECLINED
    return Sign.AGREED if says == Says.INTEREST else Sign.ANSWERED
