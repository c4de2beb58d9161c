"""Whose doing something was: our newest conversation with a person before it happened."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, select

from syncd.core.facts import Direction, MailClass
from syncd.store.schema import contacts, conversations, messages, participants
from syncd.store.writing import chunks

_PEOPLE: BindParameter[str] = bindparam("people", expanding=True)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_IN_CRM = select(contacts.c.address, contacts.c.crm_id).where(
    contacts.c.address.in_(_PEOPLE), contacts.c.crm_id.is_not(None)
)
_ADDRESSES = select(contacts.c.crm_id, contacts.c.address).where(contacts.c.crm_id.in_(_IDS))
_WRITTEN = (
    select(
        participants.c.address,
        messages.c.at,
        messages.c.conversation_id,
        conversations.c.campaign,
    )
    .join(messages, messages.c.id == participants.c.message_id)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        participants.c.address.in_(_PEOPLE),
        messages.c.direction == Direction.SENT.value,
        messages.c.mail_class == MailClass.HUMAN.value,
    )
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person did or that was said of them. `campaign` "": of any."""

    person: str
    at: datetime
    campaign: str = ""


def contacts_of(tx: Connection, people: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Every address of the contact that each address belongs to, itself always among them."""
    asked = set(people)
    contact: dict[str, str] = {}
    for some in chunks(sorted(asked)):
        contact |= {address: crm_id for address, crm_id in tx.execute(_IN_CRM, {"people": some})}
    addresses: dict[str, set[str]] = {}
    for some in chunks(sorted(set(contact.values()))):
        for crm_id, address in tx.execute(_ADDRESSES, {"ids": some}):
            addresses.setdefault(crm_id, set()).add(address)
    return {one: tuple(sorted({one, *addresses.get(contact.get(one, ""), ())})) for one in asked}


def credited(tx: Connection, events: Iterable[Event]) -> dict[Event, int]:
    """The conversation each was the doing of; those we had not written to before are absent."""
    wanted = list(events)
    persons = contacts_of(tx, (one.person for one in wanted))
    written: dict[str, list[tuple[datetime, int, str]]] = {}
    for some in chunks(sorted({address for group in persons.values() for address in group})):
        for address, at, number, campaign in tx.execute(_WRITTEN, {"people": some}):
            written.setdefault(address, []).append((at, number, campaign))
    found: dict[Event, int] = {}
    for event in wanted:
        ours = sorted(
            (at, number)
            for address in persons[event.person]
            for at, number, campaign in written.get(address, ())
            if event.campaign in {"", campaign}
        )
        before = bisect_right(ours, event.at, key=lambda one: one[0])
        if before:
            found[event] = ours[before - 1][1]
    return found
