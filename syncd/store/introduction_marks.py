"""Asks of ours that people have sent, known by the Message-ID we gave their drafts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from syncd.core.facts import Direction
from syncd.store.schema import messages, participants


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours. `key` is its key."""

    key: str
    mailbox: str
    subject: str
    at: datetime
    conversation: int


_SENT = select(
    messages.c.key,
    messages.c.message_id,
    messages.c.mailbox,
    messages.c.subject,
    messages.c.at,
    messages.c.conversation_id,
).where(messages.c.direction == Direction.SENT.value)


def _sent(row: Any) -> Sent:
    return Sent(row.key, row.mailbox, row.subject, row.at, row.conversation_id)


def sent_by_mark(tx: Connection) -> dict[str, Sent]:
    """What people have sent of our drafts as it was, by the mark in its Message-ID."""
    query = _SENT.where(messages.c.message_id.startswith("syncd.", autoescape=True))
    return {
        row.message_id.removeprefix("syncd.").partition("@")[0]: _sent(row)
        for row in tx.execute(query)
    }


def last_to(tx: Connection, person: str, until: datetime) -> Sent | None:
    """What we last wrote to somebody, up to then."""
    query = (
        _SENT.join(participants, participants.c.message_id == messages.c.id)
        .where(participants.c.address == person, messages.c.at <= until)
        .order_by(messages.c.at.desc())
        .limit(1)
    )
    row = tx.execute(query).first()
    return None if row is None else _sent(row)
