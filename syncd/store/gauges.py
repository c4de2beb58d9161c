"""What is measured of the state: how far behind, how much waits, how long it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from syncd.core.actions import LogEmail
from syncd.store.schema import LISTED, PENDING, copies, effects, messages
from syncd.store.writing import chunks


@dataclass(frozen=True, slots=True)
class Queue:
    """`number` effects wait to be sent, the longest of them since `oldest`."""

    number: int
    oldest: datetime | None


def unread(tx: Connection) -> dict[str, int]:
    """How many messages of each mailbox are known and not fetched yet."""
    query = select(copies.c.mailbox, func.count()).where(LISTED).group_by(copies.c.mailbox)
    return {mailbox: int(number) for mailbox, number in tx.execute(query)}


def behind(tx: Connection) -> dict[str, datetime]:
    """For each mailbox with something on its way, when the oldest of that was received.

    On its way: not decided yet, or to be logged and not in the CRM. What waits for a person
    (reviewed, refused, held, only observed) is not.
    """
    to_be_sent = select(func.substr(effects.c.object, len("message:") + 1)).where(
        effects.c.kind == LogEmail.kind, effects.c.state.in_(("planned", "sending"))
    )
    found: dict[str, datetime] = {}
    for on_its_way in (PENDING, messages.c.key.in_(to_be_sent)):
        query = (
            select(copies.c.mailbox, func.min(copies.c.at))
            .join(messages, messages.c.id == copies.c.message_id)
            .where(copies.c.state == "stored", on_its_way)
            .group_by(copies.c.mailbox)
        )
        for mailbox, at in tx.execute(query):
            if at is not None:
                found[mailbox] = min(at, found.get(mailbox, at))
    return found


def queue(tx: Connection) -> Queue:
    """What is decided and not sent."""
    query = select(func.count(), func.min(effects.c.planned_at)).where(effects.c.state == "planned")
    number, oldest = tx.execute(query).one()
    return Queue(int(number), oldest)


def received(tx: Connection, keys: Iterable[str]) -> dict[str, tuple[str, datetime]]:
    """Whose each of these messages is, and when the first of its mailboxes received it."""
    found: dict[str, tuple[str, datetime]] = {}
    for some in chunks(keys):
        query = (
            select(messages.c.key, messages.c.mailbox, func.min(copies.c.at))
            .join(copies, copies.c.message_id == messages.c.id)
            .where(messages.c.key.in_(some), copies.c.at.is_not(None))
            .group_by(messages.c.key, messages.c.mailbox)
        )
        found |= {key: (mailbox, at) for key, mailbox, at in tx.execute(query)}
    return found


def arrived(tx: Connection, since: datetime, until: datetime) -> Counter[str]:
    """How many messages each mailbox received from one moment to another, whatever became
    of them.
    """
    query = (
        select(copies.c.mailbox, func.count())
        .where(copies.c.at >= since, copies.c.at < until)
        .group_by(copies.c.mailbox)
    )
    return Counter({mailbox: int(number) for mailbox, number in tx.execute(query)})
