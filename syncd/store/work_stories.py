"""What is known of tasks that belong to no conversation: of plans, introductions, lost links."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, or_, select

from syncd.store import introductions, links, task_events
from syncd.store.chores import NO_CONVERSATION
from syncd.store.overview import EFFECT_COLUMNS
from syncd.store.schema import effects, plan_items, tasks

Story = dict[str, Any]


def find(tx: Connection, what: str) -> Story | None:
    """By a task's id on the board or its mark. None where no such task is known.

    `about`: plan | introduction | losses | alarm; `task`: its row; `events`; and what it is about.
    """
    return _of_a_plan(tx, what) or _of_something(tx, what)


def _of_a_plan(tx: Connection, what: str) -> Story | None:
    query = select(plan_items).where(
        or_(plan_items.c.remote_id == what, plan_items.c.mark == what), plan_items.c.remote_id != ""
    )
    row = tx.execute(query.limit(1)).mappings().first()
    if row is None:
        return None
    return {
        "about": "plan",
        "task": dict(row),
        "events": task_events.of_tasks(tx, [row["mark"]]),
        "effects": _effects(tx, f"campaign:{row['campaign']}", row["item"], row["mark"]),
    }


def _of_something(tx: Connection, what: str) -> Story | None:
    query = select(tasks).where(
        or_(tasks.c.remote_id == what, tasks.c.mark == what),
        tasks.c.conversation_id == NO_CONVERSATION,
    )
    row = tx.execute(query.limit(1)).mappings().first()
    if row is None:
        return None
    kind, _, name = row["anchor"].partition(":")
    story: Story = {
        "about": kind,
        "task": dict(row),
        "events": task_events.of_tasks(tx, [row["mark"]]),
        "effects": _effects(tx, row["anchor"], "", row["mark"]),
    }
    if kind == "introduction" and name.isdigit():
        story["introductions"] = introductions.get(tx, [int(name)])
    if kind == "losses":
        found = links.of_bundles(tx, [name]).get(name, [])
        story["links"] = found
        story["history"] = links.history(tx, [one.id for one in found])
    return story


def _effects(tx: Connection, name: str, item: str, mark: str) -> list[Story]:
    """What was done: for an introduction or losses all of it, of a plan what is the item's own."""
    query = select(*EFFECT_COLUMNS, effects.c.body).where(
        effects.c.object.in_([name, f"task:{mark}"])
    )
    rows = [dict(row) for row in tx.execute(query.order_by(effects.c.seq)).mappings()]
    mine = [row for row in rows if not item or row["body"].get("item") == item]
    return [{key: value for key, value in row.items() if key != "body"} for row in mine]
