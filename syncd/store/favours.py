"""The ledger of favours. The same person under several addresses is one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from syncd.core.facts import Contact
from syncd.core.favours import Balance, Favour, Source, Way, balance
from syncd.store import tombstones
from syncd.store.schema import contacts, favours, messages, participants, tasks
from syncd.store.writing import chunks, insert_new, upsert

_STANDS = favours.c.removed_at.is_(None)
_OF_MARKS = select(favours).where(
    favours.c.source == bindparam("source"),
    favours.c.mark.in_(bindparam("marks", expanding=True)),
)
_OF_PEOPLE = (
    select(favours)
    .where(favours.c.person.in_(bindparam("people", expanding=True)), _STANDS)
    .order_by(favours.c.day, favours.c.id)
)
_SAME = select(contacts.c.address, contacts.c.crm_id).where(
    contacts.c.crm_id.in_(
        select(contacts.c.crm_id).where(
            contacts.c.address.in_(bindparam("people", expanding=True)),
            contacts.c.crm_id.is_not(None),
        )
    )
)


def add(tx: Connection, one: Favour) -> tuple[int, bool]:
    """Enter a favour by its source and mark. Returns its number, and whether it is new.

    One that was removed before is entered again.
    """
    known = _known(tx, one.source, [one.mark]).get(one.mark)
    if known is not None and known["removed_at"] is None:
        return int(known["id"]), False
    _enter(tx, one)
    return int(_known(tx, one.source, [one.mark])[one.mark]["id"]), True


def take_in(tx: Connection, source: Source, found: Mapping[str, Favour | None]) -> int:
    """What a service tells, by mark; None: it is none (any more). Returns how many changed.

    One that a person has removed here is not brought back by what it was told by.
    """
    changed = 0
    known = _known(tx, source, found)
    gone = tombstones.among(tx, {one.person for one in found.values() if one is not None})
    for mark, told in found.items():
        one = None if told is None or told.person in gone else told
        row = known.get(mark)
        if one is None:
            if row is not None and row["removed_at"] is None:
                # Not marked as removed: told again, it counts again.
                tx.execute(favours.delete().where(favours.c.id == row["id"]))
                changed += 1
        elif row is None:
            insert_new(tx, favours, [_row(one)])
            changed += 1
        elif row["removed_at"] is None and _favour(row) != replace(one, id=row["id"]):
            _enter(tx, one)
            changed += 1
    return changed


def saw(tx: Connection, seen: Iterable[Contact], now: datetime) -> int:
    """What people set on contacts in the CRM."""
    found: dict[str, Favour | None] = {}
    for contact in seen:
        one = None
        if contact.favours and contact.addresses:
            way = Way.DONE if contact.favours > 0 else Way.RECEIVED
            words = "set on the contact in the CRM"
            number = abs(contact.favours)
            one = Favour(
                contact.addresses[0], way, words, "", now.date(), Source.CRM, contact.id, number
            )
        found[contact.id] = one
    known = _known(tx, Source.CRM, found)
    fresh = {
        mark: one
        for mark, one in found.items()
        if (one is None) != (mark not in known)
        or (
            one is not None and (one.number, one.way) != (known[mark]["number"], known[mark]["way"])
        )
    }
    return take_in(tx, Source.CRM, fresh) if fresh else 0


def remove(tx: Connection, number: int, now: datetime) -> Favour | None:
    """Take one out; None where there is none of that number."""
    row = tx.execute(select(favours).where(favours.c.id == number, _STANDS)).mappings().first()
    if row is None:
        return None
    tx.execute(update(favours).where(favours.c.id == number).values(removed_at=now))
    return _favour(row)


def of_number(tx: Connection, number: int) -> Favour | None:
    row = tx.execute(select(favours).where(favours.c.id == number, _STANDS)).mappings().first()
    return None if row is None else _favour(row)


def every(tx: Connection, people: Collection[str] | None = None) -> list[Favour]:
    """The favours of people, under all their addresses; of everybody, the oldest first."""
    if people is None:
        query = select(favours).where(_STANDS).order_by(favours.c.day, favours.c.id)
        return [_favour(row) for row in tx.execute(query).mappings()]
    same = _same(tx, people)
    wanted = sorted({each for several in same.values() for each in several})
    return _of(tx, wanted)


def balances(tx: Connection, people: Collection[str]) -> dict[str, Balance]:
    """What it comes to, by the address asked for, for every one of them."""
    same = _same(tx, people)
    by_address: dict[str, list[Favour]] = {}
    for one in _of(tx, sorted({each for several in same.values() for each in several})):
        by_address.setdefault(one.person, []).append(one)
    return {
        asked: balance(one for each in same[asked] for one in by_address.get(each, ()))
        for asked in people
    }


def person_of(tx: Connection, mark: str) -> tuple[str, str]:
    """Whom a task of ours is about, and its anchor; "" where neither is known."""
    row = tx.execute(select(tasks.c.anchor).where(tasks.c.mark == mark)).first()
    if row is None:
        return "", ""
    query = (
        select(participants.c.address)
        .join(messages, messages.c.id == participants.c.message_id)
        .where(messages.c.key == row.anchor)
        .order_by(participants.c.role.desc(), participants.c.address)
    )
    return tx.execute(query).scalars().first() or "", row.anchor


def _same(tx: Connection, people: Collection[str]) -> dict[str, frozenset[str]]:
    """Every address of each person, by the address asked for."""
    ids: dict[str, str] = {}
    of_contact: dict[str, set[str]] = {}
    for some in chunks(sorted(set(people))):
        for address, crm_id in tx.execute(_SAME, {"people": some}):
            ids[address] = crm_id
            of_contact.setdefault(crm_id, set()).add(address)
    return {one: frozenset({one} | of_contact.get(ids.get(one, ""), set())) for one in people}


def _of(tx: Connection, addresses: Collection[str]) -> list[Favour]:
    found = [
        _favour(row)
        for some in chunks(addresses)
        for row in tx.execute(_OF_PEOPLE, {"people": some}).mappings()
    ]
    return sorted(found, key=lambda one: (one.day, one.id))


def _known(tx: Connection, source: Source, marks: Iterable[str]) -> dict[str, Any]:
    return {
        row["mark"]: row
        for some in chunks(marks)
        for row in tx.execute(_OF_MARKS, {"source": source.value, "marks": some}).mappings()
    }


def _enter(tx: Connection, one: Favour) -> None:
    upsert(tx, favours, [_row(one)], ["source", "mark"])


def _row(one: Favour) -> dict[str, Any]:
    return {
        "person": one.person,
        "way": one.way.value,
        "about": one.about,
        "teammate": one.teammate,
        "day": one.day,
        "source": one.source.value,
        "mark": one.mark,
        "number": one.number,
        "removed_at": None,
    }


def _favour(row: Any) -> Favour:
    return Favour(
        row["person"],
        Way(row["way"]),
        row["about"],
        row["teammate"],
        row["day"],
        Source(row["source"]),
        row["mark"],
        row["number"],
        row["id"],
    )
