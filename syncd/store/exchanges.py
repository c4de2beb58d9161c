"""Conversations: their messages as the follow-up promise sees them, and how they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    func,
    select,
    update,
)

from syncd.core.promises.follow_up import Outlook
from syncd.core.promises.matching import Matter
from syncd.core.promises.waiting import Utterance
from syncd.store.letters import was_logged
from syncd.store.prospects import Membership, memberships
from syncd.store.schema import contacts, conversations, copies, messages, participants
from syncd.store.utterances import people_of, utterance
from syncd.store.writing import chunks

_PUT_AWAY = select(conversations.c.id).where(
    conversations.c.id.in_(bindparam("ids", expanding=True)), conversations.c.put_away.is_(True)
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """`threads`: Gmail thread by mailbox. `logged`: how many of its messages are in the CRM.

    `people`: everyone outside who takes part in those. `told`: what its contacts were last
    told to carry, see `stands`.
    """

    id: int
    campaign: str
    status: str
    told: str
    matter: Matter
    messages: tuple[Utterance, ...]
    logged: int
    people: frozenset[str]
    threads: tuple[tuple[str, str], ...]
    names: Mapping[str, str]


# Put together once: they are asked in every turn.
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_HEADS = select(conversations).where(conversations.c.id.in_(_IDS))
_MESSAGES = (
    select(messages)
    .where(messages.c.conversation_id.in_(_IDS))
    .order_by(messages.c.at, messages.c.key)
)
_COPIES = (
    select(copies.c.mailbox, copies.c.thread_id, copies.c.labels, messages.c.conversation_id)
    .join(messages, messages.c.id == copies.c.message_id)
    .where(messages.c.conversation_id.in_(_IDS))
    .order_by(copies.c.id)
)
_PEOPLE = select(participants).where(participants.c.message_id.in_(_IDS))


def load(tx: Connection, wanted: Sequence[int]) -> dict[int, Conversation]:
    """Conversations with all their messages, by number; those joined to others are absent."""
    found: dict[int, Conversation] = {}
    for some in chunks(wanted):
        heads = tx.execute(_HEADS, {"ids": some}).mappings().all()
        rows: dict[int, list[Any]] = {}
        for row in tx.execute(_MESSAGES, {"ids": some}).mappings():
            rows.setdefault(row["conversation_id"], []).append(row)
        people = people_of(tx, [row["id"] for each in rows.values() for row in each])
        brought = memberships(
            tx, {address for several in people.values() for address, _, _ in several}
        )
        labels: dict[int, set[str]] = {}
        threads: dict[int, dict[str, str]] = {}
        for mailbox, thread, named, conversation in tx.execute(_COPIES, {"ids": some}):
            labels.setdefault(conversation, set()).update(named)
            threads.setdefault(conversation, {})[mailbox] = thread
        for head in heads:
            number = head["id"]
            mine = rows.get(number, [])
            where = (frozenset(labels.get(number, ())), threads.get(number, {}))
            found[number] = _conversation(
                head, mine, people, where, _brought(mine, people, brought)
            )
    return found


def _brought(
    rows: Sequence[Any],
    people: Mapping[int, list[tuple[str, str, str]]],
    brought: Mapping[str, Sequence[Membership]],
) -> frozenset[str]:
    """The campaigns into which somebody here was brought; who only reads along says nothing."""
    return frozenset(
        one.campaign
        for row in rows
        for address, role, _ in people.get(row["id"], ())
        if role in {"from", "to"}
        for one in brought.get(address, ())
    )


def _conversation(
    head: Any,
    rows: Sequence[Any],
    people: Mapping[int, list[tuple[str, str, str]]],
    where: tuple[frozenset[str], Mapping[str, str]],
    members: frozenset[str],
) -> Conversation:
    labels, threads = where
    everyone = [person for row in rows for person in people.get(row["id"], ())]
    logged = [row["id"] for row in rows if was_logged(row["verdict"], row["reason"])]
    return Conversation(
        id=head["id"],
        campaign=head["campaign"],
        status=head["status"],
        told=head["story"].get("told", ""),
        matter=Matter(
            addresses=frozenset(address for address, _, _ in everyone),
            subjects=tuple(row["subject"] for row in rows),
            labels=labels,
            mailboxes=frozenset(threads),
            members=members,
        ),
        messages=tuple(utterance(row, people.get(row["id"], ())) for row in rows),
        logged=len(logged),
        people=frozenset(address for one in logged for address, _, _ in people.get(one, ())),
        threads=tuple(sorted(threads.items())),
        names={address: name for address, _, name in everyone if name},
    )


def stands(
    tx: Connection,
    conversation: int,
    *,
    campaign: str,
    outlook: Outlook,
    now: datetime,
    story: Mapping[str, str],
    backlog_due: datetime | None = None,
) -> None:
    """Write down how a conversation stands, and in `story` what else led there.

    `backlog_due`: since when it waits for its portion, None where it does not.
    """
    tx.execute(
        update(conversations)
        .where(conversations.c.id == conversation)
        .values(
            campaign=campaign,
            status=outlook.status,
            person=outlook.person,
            due_at=outlook.look_again,
            backlog_due=backlog_due,
            story={**outlook.story, **story, "decided_at": now.isoformat()},
        )
    )


def due(tx: Connection, now: datetime) -> list[int]:
    """Conversations whose time has come."""
    query = (
        select(conversations.c.id)
        .where(conversations.c.due_at <= now)
        .order_by(conversations.c.due_at, conversations.c.id)
    )
    return list(tx.execute(query).scalars())


def backlog(tx: Connection, limit: int) -> list[int]:
    """Conversations that wait for their portion: campaigns' first, the oldest first."""
    query = (
        select(conversations.c.id)
        .where(conversations.c.backlog_due.is_not(None))
        .order_by(conversations.c.campaign == "", conversations.c.backlog_due, conversations.c.id)
        .limit(limit)
    )
    return list(tx.execute(query).scalars()) if limit else []


def in_backlog(tx: Connection) -> list[tuple[str, datetime]]:
    """All that wait for their portion, in the order in which they come up."""
    query = (
        select(conversations.c.person, conversations.c.backlog_due)
        .where(conversations.c.backlog_due.is_not(None))
        .order_by(conversations.c.campaign == "", conversations.c.backlog_due, conversations.c.id)
    )
    return [(person, due) for person, due in tx.execute(query)]


def every(tx: Connection) -> list[int]:
    """All that may be decided again."""
    query = select(conversations.c.id).where(conversations.c.put_away.is_(False))
    return list(tx.execute(query).scalars())


def anchors(tx: Connection) -> dict[str, int]:
    """Every message's conversation, by the message's key: what a wait can begin with."""
    return {key: one for key, one in tx.execute(select(messages.c.key, messages.c.conversation_id))}


def among_put_away(tx: Connection, ids: Iterable[int]) -> frozenset[int]:
    """Those of these that ended long ago, and of which too little is kept to decide again."""
    found: set[int] = set()
    for some in chunks(ids):
        found |= set(tx.execute(_PUT_AWAY, {"ids": some}).scalars())
    return frozenset(found)


def take_out(tx: Connection, ids: Iterable[int]) -> None:
    """Somebody has written again: what comes now outweighs what is forgotten."""
    if away := among_put_away(tx, ids):
        tx.execute(update(conversations).where(conversations.c.id.in_(away)).values(put_away=False))


def next_due(tx: Connection) -> datetime | None:
    soonest: datetime | None = tx.execute(select(func.min(conversations.c.due_at))).scalar_one()
    return soonest


def of_messages(tx: Connection, keys: Sequence[str]) -> list[int]:
    query = select(messages.c.conversation_id).where(messages.c.key.in_(list(keys))).distinct()
    return list(tx.execute(query).scalars())


def with_contact(tx: Connection, crm_ids: Iterable[str]) -> list[int]:
    """The conversations in which these contacts take part, under any of their addresses."""
    found: set[int] = set()
    for some in chunks(crm_ids):
        query = (
            select(messages.c.conversation_id)
            .join(participants, participants.c.message_id == messages.c.id)
            .join(contacts, contacts.c.address == participants.c.address)
            .where(contacts.c.crm_id.in_(some))
            .distinct()
        )
        found |= set(tx.execute(query).scalars())
    return sorted(found)
