"""The follow-ups that were due in a span of days, and what happened in their conversations."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, exists, func, select

from syncd.core.facts import Direction, MailClass
from syncd.core.figures_kept import FollowUp
from syncd.store.schema import conversations, messages, participants, task_events, tasks
from syncd.store.writing import chunks

_MARKS: BindParameter[str] = bindparam("marks", expanding=True)
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_TASKS = (
    select(
        tasks.c.mark,
        tasks.c.where,
        tasks.c.conversation_id,
        tasks.c.anchor,
        tasks.c.step,
        tasks.c.due,
        tasks.c.due_written,
        tasks.c.done,
        tasks.c.deleted,
        tasks.c.closed_by,
        tasks.c.closed_at,
        conversations.c.campaign,
        messages.c.mailbox,
    )
    .join(conversations, conversations.c.id == tasks.c.conversation_id)
    # A task about something else than a conversation has no message it waits on.
    .join(messages, messages.c.key == tasks.c.anchor)
    .order_by(tasks.c.where, tasks.c.mark)
)
_MADE = (
    select(task_events.c.mark, func.min(task_events.c.at))
    .where(task_events.c.mark.in_(_MARKS), task_events.c.what == "made")
    .group_by(task_events.c.mark)
)
_SAID = (
    select(messages.c.conversation_id, messages.c.at, messages.c.direction)
    .where(
        messages.c.conversation_id.in_(_IDS),
        messages.c.mail_class == MailClass.HUMAN.value,
        messages.c.is_list.is_(False),
        exists().where(participants.c.message_id == messages.c.id),
    )
    .order_by(messages.c.at)
)


def follow_ups(
    tx: Connection, *, campaign: str | None, first: date | None, end: date
) -> Iterator[FollowUp]:
    """The follow-ups due from `first` on and before `end`, each once.

    One that stands in the CRM as well as on the board is the board's.
    """
    query = _TASKS.where(tasks.c.due_written < end)
    if first is not None:
        query = query.where(tasks.c.due_written >= first)
    if campaign is not None:
        query = query.where(conversations.c.campaign == campaign)
    once: dict[tuple[int, str, int], Any] = {}
    for row in tx.execute(query):
        once.setdefault((row.conversation_id, row.anchor, row.step), row)
    for some in chunks(once.values()):
        yield from _told(tx, some)


def _told(tx: Connection, rows: Sequence[Any]) -> Iterator[FollowUp]:
    found = tx.execute(_MADE, {"marks": [row.mark for row in rows]})
    made = {mark: at for mark, at in found}
    said: dict[tuple[int, bool], list[datetime]] = {}
    for number, at, direction in tx.execute(
        _SAID, {"ids": sorted({row.conversation_id for row in rows})}
    ):
        said.setdefault((number, direction == Direction.SENT.value), []).append(at)
    for row in rows:
        since = made.get(row.mark)
        yield FollowUp(
            campaign=row.campaign,
            teammate=row.mailbox,
            due=row.due_written,
            due_now=row.due,
            done=row.done,
            deleted=row.deleted,
            closed_by=row.closed_by,
            closed_at=row.closed_at,
            wrote_at=_next(said.get((row.conversation_id, True), ()), since),
            answered_at=_next(said.get((row.conversation_id, False), ()), since),
        )


def _next(times: Sequence[datetime], since: datetime | None) -> datetime | None:
    """The first time after `since`; None where it is not known when the task was made."""
    if since is None:
        return None
    place = bisect_right(times, since)
    return times[place] if place < len(times) else None
