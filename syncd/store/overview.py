"""What the state adds up to, for people: coverage, standing, and the story of one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Float, Integer, String, case, cast, func, or_, select

from syncd.store import contact_facts, task_events
from syncd.store.schema import (
    bodies,
    contact_values,
    contacts,
    conversations,
    copies,
    effects,
    engagements,
    mailboxes,
    messages,
    participants,
    tasks,
)

_OUTCOME = case(
    (copies.c.state == "listed", "unread"),
    (copies.c.state != "stored", copies.c.state),
    (messages.c.crm_id.is_not(None), "logged"),
    (messages.c.verdict == "skip", "skipped"),
    (messages.c.verdict == "review", "review"),
    else_="waiting",
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """`number` copies of a mailbox came to `outcome` for `reason`. `day` is in UTC."""

    mailbox: str
    day: date | None
    outcome: str  # logged | waiting | skipped | review | never | unreadable | unread
    reason: str
    number: int


def coverage(
    tx: Connection, *, by_day: bool = False, since: datetime | None = None
) -> list[Coverage]:
    """Every copy each mailbox showed us, and what became of it. Nothing is left out.

    Messages that were gone before they could be read (drafts, mostly) are not counted.
    `since`: only what was received then or later.
    """
    days = cast(cast(copies.c.at, Float) / 86400, Integer)
    day = days if by_day else cast(0, Integer)
    reason = func.coalesce(func.nullif(messages.c.reason, ""), copies.c.reason)
    query = (
        select(copies.c.mailbox, day, _OUTCOME, reason, func.count())
        .outerjoin(messages, messages.c.id == copies.c.message_id)
        .where(copies.c.state != "gone")
        .group_by(copies.c.mailbox, day, _OUTCOME, reason)
        .order_by(copies.c.mailbox, day, _OUTCOME, reason)
    )
    if since is not None:
        query = query.where(copies.c.at >= since)
    return [
        Coverage(
            mailbox,
            None if not by_day or number is None else _day(number),
            result,
            why or "",
            count,
        )
        for mailbox, number, result, why, count in tx.execute(query)
    ]


def message_outcomes(tx: Connection) -> list[Coverage]:
    """As `coverage`, but each message once, in however many mailboxes it is."""
    reason = func.coalesce(func.nullif(messages.c.reason, ""), copies.c.reason)
    one = func.coalesce(cast(messages.c.id, String), cast(-copies.c.id, String))
    query = (
        select(_OUTCOME, reason, func.count(one.distinct()))
        .select_from(copies)
        .outerjoin(messages, messages.c.id == copies.c.message_id)
        .where(copies.c.state != "gone")
        .group_by(_OUTCOME, reason)
    )
    return [Coverage("", None, found, why or "", n) for found, why, n in tx.execute(query)]


def reasons(tx: Connection) -> dict[tuple[str, str], str]:
    """Why copies, by mailbox and Gmail id, are not logged; those without a reason left out."""
    reason = func.coalesce(func.nullif(messages.c.reason, ""), copies.c.reason)
    query = (
        select(copies.c.mailbox, copies.c.remote_id, reason)
        .outerjoin(messages, messages.c.id == copies.c.message_id)
        .where(reason != "")
    )
    return {(mailbox, remote): why for mailbox, remote, why in tx.execute(query)}


def examples(tx: Connection, kind: str, number: int) -> list[str]:
    """A few of the effects of a kind that were done, in words."""
    query = (
        select(effects.c.summary)
        .where(effects.c.kind == kind, effects.c.state == "done")
        .order_by(effects.c.seq.desc())
        .limit(number)
    )
    return list(tx.execute(query).scalars())


def doubles(tx: Connection) -> list[tuple[str, str, str]]:
    """Messages we logged that another writer logged as well: (subject, our id, their id)."""
    query = (
        select(messages.c.subject, messages.c.crm_id, engagements.c.id)
        .join(engagements, engagements.c.message_id == messages.c.message_id)
        .where(
            messages.c.message_id != "",
            messages.c.crm_id.is_not(None),
            messages.c.crm_id != engagements.c.id,
            engagements.c.ours.is_(False),
        )
        .distinct()
    )
    return [(subject, ours, theirs) for subject, ours, theirs in tx.execute(query)]


def totals(tx: Connection) -> dict[str, int]:
    """Distinct messages, contacts, conversations and tasks by how they stand."""
    counted: dict[str, int] = {}
    verdicts = select(messages.c.verdict, func.count()).group_by(messages.c.verdict)
    for verdict, number in tx.execute(verdicts):
        counted[f"messages.{verdict}"] = number
    states = select(contacts.c.state, contacts.c.made_by_us, func.count()).group_by(
        contacts.c.state, contacts.c.made_by_us
    )
    for state, ours, number in tx.execute(states):
        counted[f"contacts.{'created' if ours else state}"] = number
    standing = select(conversations.c.status, func.count()).group_by(conversations.c.status)
    for status, number in tx.execute(standing):
        counted[f"conversations.{status}"] = number
    still = select(func.count()).where(tasks.c.done.is_(False), tasks.c.deleted.is_(False))
    counted["tasks.open"] = tx.execute(still).scalar_one()
    closed = select(tasks.c.closed_by, func.count()).group_by(tasks.c.closed_by)
    for who, number in tx.execute(closed):
        if who:
            counted[f"tasks.closed_by_{who}"] = number
    counted["bodies"] = tx.execute(select(func.count()).select_from(bodies)).scalar_one()
    return counted


def promises(tx: Connection) -> list[tuple[str, str, int]]:
    """How many effects each promise has in each state: (promise, state, number)."""
    query = select(effects.c.promise, effects.c.state, func.count()).group_by(
        effects.c.promise, effects.c.state
    )
    return [(promise, state, int(number)) for promise, state, number in tx.execute(query)]


def standing(tx: Connection) -> list[dict[str, Any]]:
    """The mailboxes, one row each."""
    return [dict(row) for row in tx.execute(select(mailboxes)).mappings()]


def find_messages(tx: Connection, what: str) -> list[dict[str, Any]]:
    """Messages by key, Message-ID (with or without brackets), Gmail id or engagement id."""
    bare = what.strip().strip("<>")
    by_copy = select(copies.c.message_id).where(copies.c.remote_id == bare)
    query = select(messages).where(
        or_(
            messages.c.key == bare,
            messages.c.message_id == bare,
            messages.c.crm_id == bare,
            messages.c.id.in_(by_copy),
        )
    )
    found = []
    for row in tx.execute(query.limit(20)).mappings():
        where = select(copies.c.mailbox, copies.c.remote_id, copies.c.labels).where(
            copies.c.message_id == row["id"]
        )
        seen = [dict(copy) for copy in tx.execute(where).mappings()]
        people = select(participants.c.address).where(participants.c.message_id == row["id"])
        found.append({**row, "copies": seen, "outside": list(tx.execute(people).scalars())})
    return found


def find_conversations(tx: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    query = select(conversations).where(conversations.c.id.in_(list(ids)))
    found = []
    for row in tx.execute(query).mappings():
        made = select(tasks).where(tasks.c.conversation_id == row["id"])
        rows = [dict(task) for task in tx.execute(made).mappings()]
        for task in rows:
            task["events"] = task_events.of_tasks(tx, [task["mark"]])
        found.append({**row, "tasks": rows})
    return found


def find_contact(tx: Connection, address: str) -> dict[str, Any] | None:
    """A contact by one of its addresses: standing, what we wrote, its conversations."""
    row = tx.execute(select(contacts).where(contacts.c.address == address)).mappings().first()
    talks = (
        select(messages.c.conversation_id)
        .join(participants, participants.c.message_id == messages.c.id)
        .where(participants.c.address == address)
        .distinct()
    )
    ids = list(tx.execute(talks).scalars())
    if row is None and not ids:
        return None
    values = facts = None
    if row is not None and row["crm_id"]:
        wrote = select(contact_values).where(contact_values.c.crm_id == row["crm_id"])
        values = tx.execute(wrote).mappings().first()
        facts = contact_facts.of(tx, [row["crm_id"]]).get(row["crm_id"])
    return {
        "address": address,
        "contact": dict(row) if row else None,
        "written": dict(values) if values else None,
        "facts": facts,
        "conversations": ids,
    }


def find_task(tx: Connection, what: str) -> int | None:
    """The conversation of a task, by its id on the board or its mark."""
    query = select(tasks.c.conversation_id).where(
        or_(tasks.c.remote_id == what, tasks.c.mark == what)
    )
    return tx.execute(query.limit(1)).scalar_one_or_none()


EFFECT_COLUMNS = (
    effects.c.kind,
    effects.c.state,
    effects.c.summary,
    effects.c.note,
    effects.c.remote_id,
    effects.c.run_id,
    effects.c.rule,
    effects.c.cause,
    effects.c.planned_at,
    effects.c.settled_at,
)


def effects_on(tx: Connection, names: Sequence[str]) -> list[dict[str, Any]]:
    """The effects on these objects, oldest first, without their bodies."""
    query = select(*EFFECT_COLUMNS).where(effects.c.object.in_(list(names))).order_by(effects.c.seq)
    return [dict(row) for row in tx.execute(query).mappings()]


def _day(number: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date()
