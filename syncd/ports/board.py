"""What syncd asks of a task board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from syncd.core.facts import Person, Place, Task
from syncd.ports.needs import Readiness, Requirement
from syncd.ports.records import Records
from syncd.ports.verdicts import Outcome


@dataclass(frozen=True, slots=True)
class BoardTraits:
    """`settle_seconds`: absence of a mark proves nothing before this has passed since the write.

    `overlap_seconds`: how far behind its last poll a delta poll must look.
    """

    settle_seconds: float
    overlap_seconds: float


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to make. `key` is the mark. `body` is Markdown, already escaped.

    `checklist`: steps to tick, one line each, Markdown already escaped. `tags` that do not
    stand yet are made, those that do are reused; one that cannot be had is left out and
    named in the note.
    """

    key: str
    place: Place
    title: str
    body: str
    due: date | None = None
    assignee: str | None = None  # a Person.id of this board
    tags: tuple[str, ...] = ()
    priority: str = ""  # "" | low | medium | high
    checklist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewComment:
    """A comment to put on a task. `key` is the mark, kept in the comment's footer."""

    key: str
    task_id: str
    body: str  # plain text


@dataclass(frozen=True, slots=True)
class TaskChange:
    """Fields to replace on a task of ours; None leaves a field alone. Repeatable.

    `expect_due` and `expect_assignee` are what we last wrote there; None asks nothing. With
    either, the connector reads just before it writes, and writes nothing when a person came
    before: the outcome is then `Changed`, in words that say what they did (moved, gave to
    somebody else, completed, deleted). A field that has the wished value already is as
    expected, so that the change may be repeated. `expect_assignee` "" is nobody.
    """

    key: str
    task_id: str
    title: str | None = None
    body: str | None = None
    due: date | None = None
    assignee: str | None = None
    expect_due: date | None = None
    expect_assignee: str | None = None


@dataclass(frozen=True, slots=True)
class TaskChanges:
    """Tasks of ours that changed. Store `cursor` only together with `tasks`.

    `others`: what people did with tasks of their own, as far as the same answers show it. Without
    a cursor those that carry tags, as far as they come along.
    """

    tasks: tuple[Task, ...]
    cursor: str
    others: tuple[Task, ...] = ()


class TaskBoard(Records, Protocol):
    traits: BoardTraits

    def readiness(self, places: Sequence[Place], tags: Sequence[str]) -> Readiness:
        """Compare what stands with what is needed (lists, mark field, tags). Reads only."""
        ...

    def provide(self, requirement: Requirement) -> Outcome:
        """Make one missing thing. Repeatable. `Done.id` is the handle's value."""
        ...

    def use(self, handles: Mapping[str, str]) -> None:
        """Take back the handles of an earlier `readiness` and `provide`. No call is made."""
        ...

    def people(self, addresses: Sequence[str]) -> dict[str, Person]:
        """Users by exact address. Absent addresses are absent keys.

        Who left is there with `active` False: nothing can be assigned to them any more.
        Where somebody active has the address of somebody who left, it is theirs.
        """
        ...

    def changes(self, cursor: str | None, now: datetime) -> TaskChanges:
        """Tasks carrying a mark of ours that changed since the cursor, all pages.

        Completed and deleted ones included. A None cursor gives every such task. The
        returned cursor overlaps the past by `overlap_seconds`; seeing a task twice is
        normal. One call when nothing changed.
        """
        ...

    def find_tasks(self, marks: Sequence[str]) -> dict[str, Task]:
        """Our tasks by mark, completed and deleted ones included."""
        ...

    def create_tasks(self, batch: Sequence[NewTask]) -> list[Outcome]:
        """Not repeatable. An assignee the board refuses is left out and named in the note."""
        ...

    def change_tasks(self, batch: Sequence[TaskChange]) -> list[Outcome]:
        """Repeatable. A task that is gone gives `Changed`."""
        ...

    def complete_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        """Repeatable. A task that is gone gives `Changed`."""
        ...

    def reopen_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        """Repeatable. A task that is gone gives `Changed`."""
        ...

    def erase_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        """Delete tasks of ours, with all that hangs on them. Repeatable.

        One that is gone already is `Done(found=True)`.
        """
        ...

    def add_comments(self, batch: Sequence[NewComment]) -> list[Outcome]:
        """Not repeatable; found again by `find_comments`."""
        ...

    def find_comments(self, task_id: str, marks: Sequence[str]) -> dict[str, str]:
        """Comment ids by mark."""
        ...
