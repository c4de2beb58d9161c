"""The state by the page: every query has a limit, and none counts what is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from syncd.store.schema import (
    conversations,
    copies,
    effects,
    messages,
    participants,
    runs,
    task_events,
    tasks,
)

ESCAPE = "\\"


@dataclass(frozen=True, slots=True)
class Page:
    """`rows` from number `start` on; `more`: there are further ones."""

    rows: Sequence[Any]
    start: int
    size: int
    more: bool


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation, as its latest message shows it."""

    id: int
    campaign: str
    status: str
    person: str
    due_at: datetime | None
    subject: str
    at: datetime
    messages: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """A campaign's conversations: those we wrote in, of them those answered, and how all stand."""

    campaign: str
    written: int
    answered: int
    waiting: int
    bounced: int
    quiet: int
    open_tasks: int


def talks(
    tx: Connection, words: str, *, status: str, campaign: str | None, start: int, size: int
) -> Page:
    """Conversations, the latest first. `words`: in a subject, an address or a name."""
    latest = func.max(messages.c.at).label("at")
    query = (
        select(
            conversations.c.id,
            conversations.c.campaign,
            conversations.c.status,
            conversations.c.person,
            conversations.c.due_at,
            # SQLite gives the other columns of the row that holds the maximum.
            messages.c.subject,
            latest,
            func.count(),
        )
        .join(messages, messages.c.conversation_id == conversations.c.id)
        .group_by(conversations.c.id)
        .order_by(latest.desc(), conversations.c.id.desc())
    )
    if status:
        query = query.where(conversations.c.status == status)
    if campaign is not None:
        query = query.where(conversations.c.campaign == campaign)
    for word in words.split()[:8]:
        like = f"%{_literally(word)}%"
        with_person = select(participants.c.message_id).where(
            or_(
                participants.c.address.like(like, escape=ESCAPE),
                participants.c.name.like(like, escape=ESCAPE),
            )
        )
        # Conversations, not messages: how many a conversation has must not shrink with the
        # search.
        found = select(messages.c.conversation_id).where(
            or_(messages.c.subject.like(like, escape=ESCAPE), messages.c.id.in_(with_person))
        )
        query = query.where(conversations.c.id.in_(found))
    return _page(tx, query, start, size, lambda row: Talk(*row))


def messages_of(tx: Connection, conversation: int, limit: int) -> list[dict[str, Any]]:
    """The messages of a conversation, oldest first, as `overview.find_messages` gives them.

    Of a longer one, the latest `limit`.
    """
    query = (
        select(messages)
        .where(messages.c.conversation_id == conversation)
        .order_by(messages.c.at.desc(), messages.c.id.desc())
        .limit(limit)
    )
    found = [dict(row) for row in tx.execute(query).mappings()][::-1]
    ids = [row["id"] for row in found]
    seen: dict[int, list[dict[str, Any]]] = {}
    where = select(
        copies.c.message_id,
        copies.c.mailbox,
        copies.c.remote_id,
        copies.c.thread_id,
        copies.c.labels,
    ).where(copies.c.message_id.in_(ids))
    for copy in tx.execute(where).mappings():
        seen.setdefault(copy["message_id"], []).append(dict(copy))
    outside: dict[int, list[str]] = {}
    people = select(participants.c.message_id, participants.c.address).where(
        participants.c.message_id.in_(ids)
    )
    for message, address in tx.execute(people):
        outside.setdefault(message, []).append(address)
    return [
        {**row, "copies": seen.get(row["id"], []), "outside": outside.get(row["id"], [])}
        for row in found
    ]


def task_history(tx: Connection, marks: Sequence[str]) -> list[dict[str, Any]]:
    """What happened to these tasks, oldest first."""
    query = (
        select(task_events)
        .where(task_events.c.mark.in_(list(marks)))
        .order_by(task_events.c.at, task_events.c.id)
        .limit(500)
    )
    return [dict(row) for row in tx.execute(query).mappings()]


def funnels(tx: Connection) -> dict[str, Funnel]:
    """How each campaign's conversations went, by its id ("": outside all)."""
    sent = _campaigns_with(messages.c.direction == "sent")
    answers = _campaigns_with(
        (messages.c.direction == "received") & (messages.c.mail_class == "human"),
        also_sent=True,
    )
    written = {campaign: int(number) for campaign, number in tx.execute(sent)}
    answered = {campaign: int(number) for campaign, number in tx.execute(answers)}
    standing: dict[tuple[str, str], int] = {}
    by_status = select(conversations.c.campaign, conversations.c.status, func.count()).group_by(
        conversations.c.campaign, conversations.c.status
    )
    for campaign, status, number in tx.execute(by_status):
        standing[campaign, status] = int(number)
    still = (
        select(conversations.c.campaign, func.count())
        .join(tasks, tasks.c.conversation_id == conversations.c.id)
        .where(tasks.c.done.is_(False), tasks.c.deleted.is_(False))
        .group_by(conversations.c.campaign)
    )
    open_tasks = {campaign: int(number) for campaign, number in tx.execute(still)}
    names = {campaign for campaign, _ in standing} | written.keys()
    return {
        name: Funnel(
            name,
            written.get(name, 0),
            answered.get(name, 0),
            standing.get((name, "waiting"), 0),
            standing.get((name, "bounced"), 0),
            standing.get((name, "quiet"), 0),
            open_tasks.get(name, 0),
        )
        for name in sorted(names)
    }


def runs_page(tx: Connection, start: int, size: int) -> Page:
    """Runs, the latest first."""
    query = select(runs).order_by(runs.c.id.desc())
    return _page(tx, query, start, size, lambda row: dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name


def run(tx: Connection, number: int) -> dict[str, Any] | None:
    row = tx.execute(select(runs).where(runs.c.id == number)).mappings().first()
    return None if row is None else dict(row)


def effects_page(
    tx: Connection,
    start: int,
    size: int,
    *,
    state: str = "",
    run: int | None = None,
    latest_first: bool = True,
) -> Page:
    """Effects in a state, or of a run, without their bodies."""
    columns = [column for column in effects.c if column.name != "body"]
    order = effects.c.seq.desc() if latest_first else effects.c.seq
    query = select(*columns).order_by(order)
    if state:
        query = query.where(effects.c.state == state)
    if run is not None:
        query = query.where(effects.c.run_id == run)
    return _page(tx, query, start, size, lambda row: dict(row._mapping))  # noqa: SLF001 - likewise


def _campaigns_with(condition: Any, *, also_sent: bool = False) -> Any:
    query = (
        select(conversations.c.campaign, func.count(conversations.c.id.distinct()))
        .join(messages, messages.c.conversation_id == conversations.c.id)
        .where(condition)
        .group_by(conversations.c.campaign)
    )
    if also_sent:
        ours = select(messages.c.conversation_id).where(messages.c.direction == "sent")
        query = query.where(conversations.c.id.in_(ours))
    return query


def _page(tx: Connection, query: Any, start: int, size: int, made: Any) -> Page:
    # One more than is shown tells whether there is more, without counting all there is.
    found = [made(row) for row in tx.execute(query.offset(start).limit(size + 1))]
    return Page(found[:size], start, size, len(found) > size)


def _literally(word: str) -> str:
    for special in (ESCAPE, "%", "_"):
        word = word.replace(special, ESCAPE + special)
    return word
