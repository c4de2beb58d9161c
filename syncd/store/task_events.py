"""What happened to our tasks, and who did it: for people who ask why."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from syncd.core.facts import Task
from syncd.store.schema import task_events

US = "us"


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """`by`: "us", the board's id of a person, or "" where the board does not say."""

    mark: str
    at: datetime
    what: str
    by: str = US
    words: str = ""


def happened(tx: Connection, event: TaskEvent) -> None:
    tx.execute(insert(task_events), [dataclasses.asdict(event)])


def observed(
    tx: Connection, was: RowMapping, task: Task, changed: Mapping[str, Any], now: datetime
) -> None:
    """Record what the board shows that we did not do ourselves."""
    by, at = task.changed_by, task.changed_at or now
    for what, words in _told(was, task, changed):
        happened(tx, TaskEvent(was["mark"], at, what, by, words))


def of_tasks(tx: Connection, marks: Iterable[str]) -> list[TaskEvent]:
    """Everything that happened to these tasks, in order."""
    query = (
        select(task_events)
        .where(task_events.c.mark.in_(list(marks)))
        .order_by(task_events.c.at, task_events.c.id)
    )
    return [
        TaskEvent(row["mark"], row["at"], row["what"], row["by"], row["words"])
        for row in tx.execute(query).mappings()
    ]


def _told(was: RowMapping, task: Task, changed: Mapping[str, Any]) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    if "title" in changed:
        told.append(("renamed", f"to {task.title}"))
    if "due" in changed and task.due != was["due_written"]:
        told.append(("moved", f"from {was['due']} to {task.due}"))
    if "assignee" in changed and changed["assignee"] != was["assignee_written"]:
        told.append(("reassigned", f"from {was['assignee'] or 'nobody'} to {changed['assignee']}"))
    if changed.get("closed_by") == "person":
        told.append(("deleted" if task.deleted else "completed", ""))
    elif changed.get("kept_by_person"):
        told.append(("restored" if was["deleted"] else "reopened", ""))
    return told
