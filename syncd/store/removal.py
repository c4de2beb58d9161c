"""Messages taken out of the state, and with them everything that is of them alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from syncd.store import dirty
from syncd.store.schema import (
    bodies,
    conversation_keys,
    conversations,
    copies,
    effects,
    link_tellings,
    messages,
    task_events,
    tasks,
)
from syncd.store.writing import chunks


@dataclass(frozen=True, slots=True)
class Removed:
    """`keys` of the messages, and the conversations of which nothing is left."""

    keys: tuple[str, ...]
    conversations: tuple[int, ...]


def remove(tx: Connection, reasons: Mapping[int, str]) -> Removed:
    """Keep nothing of these messages but that there were some, and why: `reasons` by id."""
    keys: list[str] = []
    touched: set[int] = set()
    for some in chunks(reasons):
        query = select(messages.c.id, messages.c.key, messages.c.conversation_id)
        for one, key, conversation in tx.execute(query.where(messages.c.id.in_(some))).all():
            keys.append(key)
            touched.add(conversation)
            tx.execute(
                update(copies)
                .where(copies.c.message_id == one)
                .values(state="never", reason=reasons[one], message_id=None, labels=[])
            )
        tx.execute(delete(messages).where(messages.c.id.in_(some)))
    for part in chunks(keys):
        tx.execute(delete(link_tellings).where(link_tellings.c.message.in_(part)))
    forget_effects(tx, [f"message:{key}" for key in keys])
    left = _with_messages(tx, touched)
    dirty.mark(tx, "conversation", left)
    gone = tuple(sorted(touched - left))
    _remove_conversations(tx, gone)
    return Removed(tuple(keys), gone)


def drop_bodies(tx: Connection, ids: Iterable[int]) -> None:
    for some in chunks(ids):
        tx.execute(delete(bodies).where(bodies.c.message_id.in_(some)))


def drop_tasks(tx: Connection, condition: ColumnElement[bool]) -> None:
    """Forget tasks, what happened to them, and what we wrote there."""
    marks = list(tx.execute(select(tasks.c.mark).where(condition)).scalars())
    for some in chunks(marks):
        tx.execute(delete(task_events).where(task_events.c.mark.in_(some)))
        tx.execute(delete(tasks).where(tasks.c.mark.in_(some)))
    forget_effects(tx, [f"task:{mark}" for mark in marks])


def forget_effects(tx: Connection, objects: Iterable[str], *prefixes: str) -> None:
    """Take effects out of the ledger: what they were for is gone, and is decided no more."""
    for some in chunks(objects):
        tx.execute(delete(effects).where(effects.c.object.in_(some)))
    if prefixes:
        begins = (effects.c.object.startswith(one, autoescape=True) for one in prefixes)
        tx.execute(delete(effects).where(or_(*begins)))


def _with_messages(tx: Connection, ids: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for some in chunks(ids):
        query = select(messages.c.conversation_id).where(messages.c.conversation_id.in_(some))
        found |= set(tx.execute(query.distinct()).scalars())
    return found


def _remove_conversations(tx: Connection, ids: Iterable[int]) -> None:
    for some in chunks(ids):
        keys = conversation_keys.c.conversation_id.in_(some)
        tx.execute(delete(conversation_keys).where(keys))
        tx.execute(delete(conversations).where(conversations.c.id.in_(some)))
        drop_tasks(tx, tasks.c.conversation_id.in_(some))
        dirty.forget(tx, "conversation", some)
        forget_effects(tx, [f"conversation:{one}" for one in some])
