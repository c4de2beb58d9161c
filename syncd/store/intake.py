"""Taking in what was read: one record a message, whatever the number of its copies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, not_, select, update

from syncd.core.facts import Direction, Party
from syncd.core.mail.addresses import domain_of, is_free_mail
from syncd.core.mail.reading import Reading, reused_key
from syncd.store import copies as copies_
from syncd.store import dirty, exchanges, forgotten, introduction_mail, letters, sites
from syncd.store.joining import Conversations
from syncd.store.letters import IS_UNDONE
from syncd.store.schema import (
    bodies,
    conversations,
    messages,
    participants,
)
from syncd.store.writing import chunks

# Put together once: asked for every batch that is read.
_KNOWN = select(
    messages.c.key,
    messages.c.id,
    messages.c.fingerprint,
    messages.c.direction,
    messages.c.conversation_id,
).where(messages.c.key.in_(bindparam("keys", expanding=True)))
_MAKE = insert(messages).returning(messages.c.key, messages.c.id)
_AWAITING = (
    select(messages.c.conversation_id)
    .join(participants, participants.c.message_id == messages.c.id)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        participants.c.address.in_(bindparam("people", expanding=True)),
        conversations.c.status.in_(("waiting", "bounced")),
        messages.c.direction == Direction.SENT.value,
    )
    .distinct()
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A copy that was fetched and read."""

    copy: int
    thread_id: str
    labels: frozenset[str]
    received_at: datetime
    reading: Reading
    backlog: bool = False


@dataclass(slots=True)
class _Known:
    id: int
    fingerprint: str
    direction: str
    conversation: int


def absorb(tx: Connection, arrivals: Sequence[Arrival]) -> None:
    """Store the arrivals of one batch: messages, people, conversations, and what is dirty.

    A message that is here already gains a copy. A Message-ID that another message (other
    sender or date) has already is a reused one: the message gets a key of its own.
    """
    arrivals = forgotten.let_in(tx, arrivals)
    known = _known(tx, [arrival.reading.key for arrival in arrivals])
    prints = {key: entry.fingerprint for key, entry in known.items()}
    arrivals = [_with_own_key(arrival, prints) for arrival in arrivals]
    known |= _known(tx, [a.reading.key for a in arrivals if a.reading.key not in known])
    joined = Conversations(tx, [arrival.reading for arrival in arrivals])
    fresh: dict[str, Arrival] = {}
    touched: set[int] = set()
    for arrival in arrivals:
        reading = arrival.reading
        touched.add(joined.of(reading))
        if reading.key in known:
            _another_copy(tx, known[reading.key], arrival)
        elif reading.key not in fresh or _knows_more(arrival, fresh[reading.key].reading.direction):
            fresh[reading.key] = arrival
    dirty.mark(tx, "conversation", touched)
    joined.save()
    exchanges.take_out(tx, touched)
    ids = {key: entry.id for key, entry in known.items()}
    ids |= _insert(tx, list(fresh.values()), joined)
    copies_.keep(
        tx,
        [(a.copy, ids[a.reading.key], a.thread_id, a.labels, a.received_at) for a in arrivals],
    )
    _wake_waiting(tx, fresh.values())
    # Of what is known already, too: only its own mailbox's copy tells which thread it is in.
    introduction_mail.wake(
        tx,
        {party.address for arrival in arrivals for _, party in arrival.reading.outside},
        max((arrival.received_at for arrival in arrivals), default=datetime.now(UTC)),
    )
    # List mail of someone we have written to is logged, and also what came before.
    letters.reconsider(tx, _written_to(fresh.values()))


def _known(tx: Connection, keys: Iterable[str]) -> dict[str, _Known]:
    found: dict[str, _Known] = {}
    for some in chunks(dict.fromkeys(keys)):
        found |= {key: _Known(*rest) for key, *rest in tx.execute(_KNOWN, {"keys": some})}
    return found


def _with_own_key(arrival: Arrival, prints: dict[str, str]) -> Arrival:
    """`prints`: the fingerprint each key stands for, added to as the batch goes on."""
    reading = arrival.reading
    if prints.setdefault(reading.key, reading.fingerprint) == reading.fingerprint:
        return arrival
    return replace(arrival, reading=replace(reading, key=reused_key(reading)))


def _knows_more(arrival: Arrival, direction: str) -> bool:
    """Whether a copy is the sender's own, which knows best.

    It alone names hidden recipients; and an alias nobody told us of looks like a stranger
    in a teammate's inbox.
    """
    ours = arrival.reading.direction is Direction.SENT
    return "SENT" in arrival.labels or (ours and direction != Direction.SENT)


def _another_copy(tx: Connection, entry: _Known, arrival: Arrival) -> None:
    if not _knows_more(arrival, entry.direction):
        return
    reading = arrival.reading
    mine = participants.c.message_id == entry.id
    before = set(tx.execute(select(participants.c.address).where(mine)).scalars())
    tx.execute(delete(participants).where(mine))
    _insert_people(tx, {reading.key: entry.id}, [arrival])
    tx.execute(
        update(messages)
        .where(messages.c.id == entry.id)
        .values(
            direction=reading.direction,
            mailbox=reading.mailbox,
            recipients=_recipients(reading),
        )
    )
    if any(party.address not in before for _, party in reading.outside):
        # Skipped because nobody outside was to be seen, perhaps.
        tx.execute(
            update(messages)
            .where(messages.c.id == entry.id, messages.c.verdict == "skip", not_(IS_UNDONE))
            .values(verdict="pending", reason="")
        )


def _insert(tx: Connection, arrivals: Sequence[Arrival], joined: Conversations) -> dict[str, int]:
    if not arrivals:
        return {}
    rows = [
        _row(arrival.reading, joined.of(arrival.reading)) | {"backlog": arrival.backlog}
        for arrival in arrivals
    ]
    made = tx.execute(_MAKE, rows)
    ids: dict[str, int] = {key: number for key, number in made}
    _insert_people(tx, ids, arrivals)
    texts = [
        {"message_id": ids[a.reading.key], "text": a.reading.text, "html": a.reading.html}
        for a in arrivals
    ]
    tx.execute(insert(bodies), texts)
    return ids


def _insert_people(tx: Connection, ids: dict[str, int], arrivals: Sequence[Arrival]) -> None:
    people = [
        {
            "message_id": ids[arrival.reading.key],
            "address": party.address,
            "role": role,
            "name": party.name,
        }
        for arrival in arrivals
        for role, party in arrival.reading.outside
    ]
    if people:
        tx.execute(insert(participants), people)
        sites.learn(tx, [str(one["address"]) for one in people])


def _row(reading: Reading, conversation: int) -> dict[str, Any]:
    return {
        "key": reading.key,
        "message_id": reading.message_id,
        "fingerprint": reading.fingerprint,
        "conversation_id": conversation,
        "at": reading.at,
        "direction": reading.direction,
        "mail_class": reading.mail_class,
        "subclass": reading.subclass,
        "says": reading.says,
        "opening": reading.opening,
        "is_list": reading.is_list,
        "subject": reading.subject,
        "sender": reading.sender.address if reading.sender else "",
        "sender_name": reading.sender.name if reading.sender else "",
        "recipients": _recipients(reading),
        "mailbox": reading.mailbox,
        "verdict": "pending",
        "reason": "",
        "details": dict(reading.details),
    }


def _recipients(reading: Reading) -> dict[str, list[list[str]]]:
    return {
        "to": _pairs(reading.to),
        "cc": _pairs(reading.cc),
        "bcc": _pairs(reading.bcc),
    }


def _pairs(parties: Iterable[Party]) -> list[list[str]]:
    return [[party.address, party.name] for party in parties]


def _written_to(arrivals: Iterable[Arrival]) -> set[str]:
    return {
        party.address
        for arrival in arrivals
        if arrival.reading.direction is Direction.SENT
        for _, party in arrival.reading.outside
    }


def _wake_waiting(tx: Connection, arrivals: Iterable[Arrival]) -> None:
    """Conversations that wait for someone who has just written, wherever they wrote.

    For anyone they went to, and for anyone else at their companies: what that counts for
    is decided there.
    """
    senders = {
        arrival.reading.sender.address
        for arrival in arrivals
        if arrival.reading.direction is Direction.RECEIVED and arrival.reading.sender
    }
    if not senders:
        return
    companies = {sites.site_of(one) for one in senders if not is_free_mail(domain_of(one))}
    for some in chunks(sorted(senders.union(sites.at(tx, companies)))):
        dirty.mark(tx, "conversation", tx.execute(_AWAITING, {"people": some}).scalars())
