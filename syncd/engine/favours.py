"""Favours that tasks tell of: completed under a tag, each counts once."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.core.facts import Task
from syncd.core.favours import Favour, Source, named_in, way_of
from syncd.engine import directory
from syncd.engine.context import Context
from syncd.store import favours
from syncd.store.database import Tx


def observed(ctx: Context, tx: Tx, tasks: Iterable[Task]) -> int:
    """Take in what the board shows of tasks, ours and people's. Returns how many favours moved.

    A task that is open again, or has lost its tag, tells of none any more.
    """
    told = {task.id: _favour(ctx, tx, task) for task in tasks}
    return favours.take_in(tx, Source.TASK, told) if told else 0


def _favour(ctx: Context, tx: Tx, task: Task) -> Favour | None:
    way = way_of(task, ctx.rules.favours)
    person = _person(ctx, tx, task) if way is not None else ""
    if way is None or not person:
        return None
    day = ctx.rules.team.calendar.local_date(task.changed_at or ctx.now())
    return Favour(person, way, task.title, _teammate(ctx, tx, task), day, Source.TASK, task.id)


def _person(ctx: Context, tx: Tx, task: Task) -> str:
    """Whom the task is about: by its conversation where it is ours, else whom it names."""
    words = f"{task.title}\n{task.text}"
    if task.mark is not None:
        person, anchor = favours.person_of(tx, task.mark)
        if person:
            return person
        words = f"{anchor.replace(':', ' ')}\n{words}"
    own = ctx.own(tx)
    return next((one for one in named_in(words) if not own.has(one)), "")


def _teammate(ctx: Context, tx: Tx, task: Task) -> str:
    known = {directory.known_assignee(tx, one): one for one in ctx.ports.mail}
    return next((known[one] for one in task.assignees if one in known), "")
