"""What a campaign's notebook tells of its mail and its tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from syncd.core.dossier import Letter
from syncd.core.facts import Direction, MailClass
from syncd.store.schema import conversations, messages, participants, task_events, tasks
from syncd.store.schema import plan_items as items


@dataclass(frozen=True, slots=True)
class Happened:
    """What a person did to a task of a plan. `by`: the board's id of them, "" unknown."""

    at: datetime
    by: str
    what: str
    words: str
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FollowUp:
    title: str
    due: date | None
    assignee: str  # the board's id


def letters(tx: Connection, campaign: str, at_most: int) -> list[Letter]:
    """The latest mail between people in the campaign's conversations, the latest first."""
    query = (
        select(messages)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(
            conversations.c.campaign == campaign,
            messages.c.mail_class == MailClass.HUMAN.value,
            messages.c.verdict == "log",
        )
        .order_by(messages.c.at.desc(), messages.c.id.desc())
        .limit(at_most)
    )
    rows = tx.execute(query).mappings().all()
    people: dict[int, str] = {}
    outside = (
        select(participants)
        .where(participants.c.message_id.in_([row["id"] for row in rows]))
        .order_by(participants.c.role, participants.c.address)
    )
    for row in tx.execute(outside).mappings():
        people.setdefault(row["message_id"], row["name"] or row["address"])
    return [
        Letter(
            on=row["at"].date(),
            ours=row["direction"] == Direction.SENT.value,
            teammate=row["mailbox"],
            person=people.get(row["id"], row["sender"]),
            subject=row["subject"],
            files=tuple(row["details"].get("files", ())),
        )
        for row in rows
    ]


def follow_ups(tx: Connection, campaign: str, at_most: int) -> list[FollowUp]:
    """Open follow-up tasks in the campaign's conversations, the first due first."""
    query = (
        select(tasks.c.title, tasks.c.due, tasks.c.assignee)
        .join(conversations, conversations.c.id == tasks.c.conversation_id)
        .where(
            conversations.c.campaign == campaign,
            tasks.c.where == "board",
            tasks.c.done.is_(False),
            tasks.c.deleted.is_(False),
        )
        .order_by(tasks.c.due, tasks.c.title)
        .limit(at_most)
    )
    return [FollowUp(title, due, assignee) for title, due, assignee in tx.execute(query)]


def happened(tx: Connection, campaign: str, at_most: int) -> list[Happened]:
    """What people last did to the things of the campaign's plan, the latest first."""
    query = (
        select(task_events, items.c.seen, items.c.item)
        .join(items, items.c.mark == task_events.c.mark)
        .where(items.c.campaign == campaign)
        .order_by(task_events.c.at.desc(), task_events.c.id.desc())
        .limit(at_most)
    )
    return [
        Happened(
            row["at"], row["by"], row["what"], row["words"], {**row["seen"], "item": row["item"]}
        )
        for row in tx.execute(query).mappings()
    ]
