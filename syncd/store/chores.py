"""Follow-up tasks we made, as last seen on the board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select, update

from syncd.core.facts import Task
from syncd.core.promises.follow_up import StepTask
from syncd.store.schema import messages, tasks
from syncd.store.writing import chunks, upsert


@dataclass(frozen=True, slots=True)
class Chore:
    mark: str
    where: str
    conversation: int
    anchor: str
    step: int
    remote_id: str
    title: str
    due: date | None = None
    subject_id: str = ""


def made(tx: Connection, chore: Chore) -> None:
    """A task of ours stands now."""
    row = {
        "mark": chore.mark,
        "where": chore.where,
        "conversation_id": chore.conversation,
        "anchor": chore.anchor,
        "step": chore.step,
        "remote_id": chore.remote_id,
        "title": chore.title,
        "due": chore.due,
        "assignee": "",
        "done": False,
        "deleted": False,
        "closed_by": "",
        "closed_at": None,
        "kept_by_person": False,
        "subject_id": chore.subject_id,
    }
    upsert(tx, tasks, [row], ["mark"])


def conversation_of(tx: Connection, anchor: str) -> int:
    """The conversation of a wait's first message, as it is now: it may have been joined."""
    query = select(messages.c.conversation_id).where(messages.c.key == anchor)
    return int(tx.execute(query).scalar_one())


def closed_by_us(tx: Connection, mark: str, now: datetime) -> int | None:
    """Record that we closed a task. Returns its conversation."""
    tx.execute(
        update(tasks)
        .where(tasks.c.mark == mark, tasks.c.closed_by == "")
        .values(done=True, closed_by="us", closed_at=now)
    )
    query = select(tasks.c.conversation_id).where(tasks.c.mark == mark)
    return tx.execute(query).scalar_one_or_none()


def vanished(tx: Connection, mark: str, now: datetime) -> int | None:
    """A task we wanted to touch is gone: a person deleted it. Returns its conversation."""
    row = tx.execute(select(tasks).where(tasks.c.mark == mark)).mappings().first()
    if row is None:
        return None
    tx.execute(
        update(tasks)
        .where(tasks.c.mark == mark)
        .values(deleted=True, closed_by=row["closed_by"] or "person", closed_at=now)
    )
    return int(row["conversation_id"])


def observed(
    tx: Connection, seen: Iterable[Task], closing: frozenset[str], now: datetime
) -> set[int]:
    """Take in tasks as the board shows them. Returns the conversations to decide again.

    `closing`: marks of tasks we have asked, or are about to ask, to be completed; any
    other completion was a person's. Tasks whose marks we do not know are left alone.
    """
    by_mark = {task.mark: task for task in seen if task.mark is not None}
    touched: set[int] = set()
    for some in chunks(by_mark):
        rows = tx.execute(select(tasks).where(tasks.c.mark.in_(some))).mappings().all()
        for row in rows:
            task = by_mark[row["mark"]]
            values = _changes(row, task, now, ours=row["mark"] in closing)
            if values:
                tx.execute(update(tasks).where(tasks.c.mark == row["mark"]).values(**values))
                touched.add(row["conversation_id"])
    return touched


def _changes(row: object, task: Task, now: datetime, *, ours: bool) -> dict[str, object]:
    was = dict(row)  # type: ignore[call-overload]
    assignee = ",".join(sorted(task.assignees))
    seen = {
        "title": task.title,
        "due": task.due,
        "assignee": assignee,
        "done": task.done,
        "deleted": task.deleted,
    }
    values: dict[str, object] = {name: new for name, new in seen.items() if was[name] != new}
    if not values:
        return {}
    closed = task.done or task.deleted
    if closed and not was["closed_by"]:
        values["closed_by"] = "us" if ours and task.done else "person"
        values["closed_at"] = task.changed_at or now
    elif not closed and was["closed_by"]:
        # Reopened or restored by a person: from now on it is theirs.
        values |= {"closed_by": "", "closed_at": None, "kept_by_person": True}
    return values


def of_conversation(tx: Connection, conversation: int) -> tuple[StepTask, ...]:
    query = select(tasks).where(tasks.c.conversation_id == conversation).order_by(tasks.c.mark)
    return tuple(
        StepTask(
            mark=row["mark"],
            where=row["where"],
            anchor=row["anchor"],
            step=row["step"],
            open=not (row["done"] or row["deleted"]),
            closed_by_person_at=row["closed_at"] if row["closed_by"] == "person" else None,
            kept_by_person=row["kept_by_person"],
        )
        for row in tx.execute(query).mappings()
    )


def remote(tx: Connection, marks: Iterable[str]) -> dict[str, tuple[str, str]]:
    """(remote id, CRM contact) of tasks by mark."""
    found: dict[str, tuple[str, str]] = {}
    for some in chunks(marks):
        query = select(tasks.c.mark, tasks.c.remote_id, tasks.c.subject_id).where(
            tasks.c.mark.in_(some)
        )
        found |= {mark: (remote_id, subject) for mark, remote_id, subject in tx.execute(query)}
    return found


def open_count(tx: Connection, since: datetime) -> int:
    """How many tasks were open then: those open now, and those we have closed since."""
    still = tasks.c.done.is_(False) & tasks.c.deleted.is_(False)
    closed = (tasks.c.closed_by == "us") & (tasks.c.closed_at >= since)
    query = select(func.count()).where(tasks.c.where == "board", still | closed)
    return int(tx.execute(query).scalar_one())
