"""Follow-up tasks we made, as last seen on the board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, select, update

from syncd.core.actions import OpenTask
from syncd.core.facts import Task
from syncd.core.promises.exchange import StepTask
from syncd.store import dirty, task_events
from syncd.store.schema import conversations, effects, messages, tasks
from syncd.store.task_events import TaskEvent
from syncd.store.writing import chunks, upsert

# Who closed a task whose run was taken back.
UNDONE = "undo"
# The conversation of a task that is none's: what it is about stands as its anchor.
NO_CONVERSATION = 0
_HANDLED = ("person", UNDONE)


@dataclass(frozen=True, slots=True)
class Chore:
    """A task as we made it. `assignee` is the board's id of whom it went to, "" for nobody.

    With `NO_CONVERSATION`, `anchor` is what it is about, as "introduction:12".
    """

    mark: str
    where: str
    conversation: int
    anchor: str
    step: int
    remote_id: str
    title: str
    due: date | None = None
    due_at: datetime | None = None
    assignee: str = ""
    subject_id: str = ""


def made(tx: Connection, chore: Chore, now: datetime) -> None:
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
        "due_written": chore.due,
        "due_at": chore.due_at,
        "assignee": chore.assignee,
        "assignee_written": chore.assignee,
        "done": False,
        "deleted": False,
        "closed_by": "",
        "closed_at": None,
        "kept_by_person": False,
        "subject_id": chore.subject_id,
    }
    upsert(tx, tasks, [row], ["mark"])
    task_events.happened(tx, TaskEvent(chore.mark, now, "made"))


def moved(tx: Connection, mark: str, due: date, due_at: datetime | None, now: datetime) -> None:
    """Record that we moved a task."""
    values = {"due": due, "due_written": due, "due_at": due_at}
    tx.execute(update(tasks).where(tasks.c.mark == mark).values(**values))
    task_events.happened(tx, TaskEvent(mark, now, "moved", words=f"to {due}"))


def handed_over(tx: Connection, mark: str, assignee: str, words: str, now: datetime) -> None:
    """Record that we gave a task to somebody else, by the board's id."""
    values = {"assignee": assignee, "assignee_written": assignee}
    tx.execute(update(tasks).where(tasks.c.mark == mark).values(**values))
    task_events.happened(tx, TaskEvent(mark, now, "handed over", words=words))


def wake(tx: Connection, marks: Iterable[str]) -> None:
    """Have what these tasks are for decided again: their conversations, or what they are about."""
    for some in chunks(marks):
        query = select(tasks.c.conversation_id, tasks.c.anchor).where(tasks.c.mark.in_(some))
        for conversation, anchor in tx.execute(query):
            kind, _, number = anchor.partition(":")
            if conversation != NO_CONVERSATION:
                kind, number = "conversation", str(conversation)
            dirty.mark(tx, kind, [number])


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
    task_events.happened(tx, TaskEvent(mark, now, "completed"))
    return _conversation(tx, mark)


def undone(tx: Connection, mark: str, now: datetime, words: str) -> int | None:
    """A task was completed because a run was taken back. Returns its conversation.

    As if a person had handled it: the step counts as taken, and has its task.
    """
    values = {"done": True, "closed_by": UNDONE, "closed_at": now}
    tx.execute(update(tasks).where(tasks.c.mark == mark).values(**values))
    task_events.happened(tx, TaskEvent(mark, now, "completed", words=words))
    return _conversation(tx, mark)


def reopened(tx: Connection, mark: str, now: datetime, words: str) -> int | None:
    """A task we had completed is open again, at a person's word, and theirs from now on."""
    values = {"done": False, "closed_by": "", "closed_at": None, "kept_by_person": True}
    tx.execute(update(tasks).where(tasks.c.mark == mark).values(**values))
    task_events.happened(tx, TaskEvent(mark, now, "reopened", words=words))
    return _conversation(tx, mark)


def _conversation(tx: Connection, mark: str) -> int | None:
    query = select(tasks.c.conversation_id).where(tasks.c.mark == mark)
    return tx.execute(query).scalar_one_or_none()


def known(tx: Connection, mark: str) -> dict[str, Any] | None:
    """The row of a task, as last seen."""
    row = tx.execute(select(tasks).where(tasks.c.mark == mark)).mappings().first()
    return None if row is None else dict(row)


def known_among(tx: Connection, marks: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The rows of tasks by mark, as last seen; those we never made are absent."""
    found: dict[str, dict[str, Any]] = {}
    for some in chunks(marks):
        for row in tx.execute(select(tasks).where(tasks.c.mark.in_(some))).mappings():
            found[row["mark"]] = dict(row)
    return found


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
    if not row["deleted"]:
        task_events.happened(tx, TaskEvent(mark, now, "deleted", by=""))
    return int(row["conversation_id"])


def observed(
    tx: Connection, seen: Iterable[Task], closing: frozenset[str], now: datetime
) -> set[int]:
    """Take in tasks as the board shows them. Returns the conversations to decide again.

    Among them `NO_CONVERSATION`, where a task of none changed: what it is about is dirty then.
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
                task_events.observed(tx, row, task, values, now)
                tx.execute(update(tasks).where(tasks.c.mark == row["mark"]).values(**values))
                touched.add(row["conversation_id"])
                if row["conversation_id"] == NO_CONVERSATION:
                    wake(tx, [row["mark"]])
    return touched


def _changes(was: RowMapping, task: Task, now: datetime, *, ours: bool) -> dict[str, object]:
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


_OF_CONVERSATIONS = (
    select(tasks)
    .where(tasks.c.conversation_id.in_(bindparam("ids", expanding=True)))
    .order_by(tasks.c.mark)
)


def of_conversations(tx: Connection, wanted: Iterable[int]) -> dict[int, tuple[StepTask, ...]]:
    """Our tasks by conversation; those without any are absent."""
    found: dict[int, tuple[StepTask, ...]] = {}
    for some in chunks(wanted):
        for row in tx.execute(_OF_CONVERSATIONS, {"ids": some}).mappings():
            number = row["conversation_id"]
            found[number] = (*found.get(number, ()), _step_task(row))
    return found


def _step_task(row: RowMapping) -> StepTask:
    return StepTask(
        mark=row["mark"],
        where=row["where"],
        anchor=row["anchor"],
        step=row["step"],
        open=not (row["done"] or row["deleted"]),
        closed_by_person_at=row["closed_at"] if row["closed_by"] in _HANDLED else None,
        kept_by_person=row["kept_by_person"],
        due=row["due"],
        due_written=row["due_written"],
        due_at=row["due_at"],
        assignee=row["assignee"],
        assignee_written=row["assignee_written"],
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


def open_marks(tx: Connection) -> list[str]:
    """The marks of our open tasks on the board."""
    query = select(tasks.c.mark).where(
        tasks.c.where == "board", tasks.c.done.is_(False), tasks.c.deleted.is_(False)
    )
    return list(tx.execute(query).scalars())


def opened_for(tx: Connection, person: str, since: datetime, besides: int) -> list[datetime]:
    """When tasks about a person were decided upon, in other conversations, since then."""
    theirs = select(conversations.c.id).where(
        conversations.c.person == person, conversations.c.id != besides
    )
    names = [f"conversation:{one}" for one in tx.execute(theirs).scalars()]
    found: list[datetime] = []
    for some in chunks(names):
        query = select(effects.c.planned_at).where(
            effects.c.object.in_(some),
            effects.c.kind == OpenTask.kind,
            effects.c.state != "withdrawn",
            effects.c.planned_at >= since,
        )
        found += tx.execute(query).scalars()
    return sorted(found)


def opened_by_rule(tx: Connection, rule: str, since: datetime) -> int:
    """How many tasks were decided upon by a rule (or one whose name begins so) since then."""
    query = select(func.count()).where(
        effects.c.kind == OpenTask.kind,
        effects.c.rule.startswith(rule, autoescape=True),
        effects.c.state != "withdrawn",
        effects.c.planned_at >= since,
    )
    return int(tx.execute(query).scalar_one())


def standing_by_rule(tx: Connection, rule: str) -> int:
    """How many tasks that such a rule opened are still open."""
    query = (
        select(func.count())
        .select_from(tasks)
        .join(effects, effects.c.key == tasks.c.mark)
        .where(
            effects.c.rule.startswith(rule, autoescape=True),
            tasks.c.done.is_(False),
            tasks.c.deleted.is_(False),
        )
    )
    return int(tx.execute(query).scalar_one())
