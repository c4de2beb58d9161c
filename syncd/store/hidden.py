"""Stored messages as the rules for what is never logged look at them, copy by copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from syncd.core.promises.log import NATIVE
from syncd.core.promises.matching import Matter
from syncd.store.schema import copies, messages, participants, tasks

# Messages in memory at once.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """`copies`: what the rules see of it in each mailbox; none where no copy is held any more.

    `crm_id` None: no engagement of ours.
    """

    id: int
    conversation: int
    crm_id: str | None
    copies: tuple[Matter, ...]


def every(tx: Connection) -> Iterator[Stored]:
    """All messages, in portions."""
    after = 0
    while True:
        query = (
            select(
                messages.c.id,
                messages.c.conversation_id,
                messages.c.subject,
                messages.c.crm_id,
                messages.c.reason,
            )
            .where(messages.c.id > after)
            .order_by(messages.c.id)
            .limit(_BATCH)
        )
        rows = tx.execute(query).all()
        if not rows:
            return
        after = rows[-1].id
        ids = [row.id for row in rows]
        people: dict[int, set[str]] = {}
        named = select(participants.c.message_id, participants.c.address)
        for one, address in tx.execute(named.where(participants.c.message_id.in_(ids))):
            people.setdefault(one, set()).add(address)
        held: dict[int, list[tuple[str, frozenset[str]]]] = {}
        where = select(copies.c.message_id, copies.c.mailbox, copies.c.labels)
        for one, mailbox, labels in tx.execute(where.where(copies.c.message_id.in_(ids))):
            held.setdefault(one, []).append((mailbox, frozenset(labels)))
        for row in rows:
            yield Stored(
                row.id,
                row.conversation_id,
                None if row.reason == NATIVE else row.crm_id,
                tuple(
                    Matter(
                        frozenset(people.get(row.id, ())),
                        (row.subject,),
                        labels,
                        frozenset({mailbox}),
                    )
                    for mailbox, labels in held.get(row.id, ())
                ),
            )


def open_tasks(tx: Connection, conversations: list[int]) -> list[tuple[str, str]]:
    """Our tasks in these conversations, which nobody has deleted: (where, id)."""
    found: list[tuple[str, str]] = []
    for start in range(0, len(conversations), _BATCH):
        query = select(tasks.c.where, tasks.c.remote_id).where(
            tasks.c.conversation_id.in_(conversations[start : start + _BATCH]),
            tasks.c.remote_id.is_not(None),
            tasks.c.deleted.is_(False),
        )
        found += [(where, remote) for where, remote in tx.execute(query)]
    return found
