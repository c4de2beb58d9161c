"""What syncd asks of a task board beside tasks: projects, milestones, task lists, notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from syncd.core.campaign_plan import What
from syncd.ports.verdicts import Outcome


@dataclass(frozen=True, slots=True)
class NewRecord:
    """Something to make. `key` is the mark. `text` is Markdown, already escaped.

    `project`: the id of the project it goes into, "" for a project. `parent`: the id of a
    task's list. `owner`: a Person.id, "" for nobody. `after`: ids of tasks to be completed
    before a task. `members`: Person.ids that are let into a project that is made.
    """

    key: str
    what: What
    name: str
    project: str = ""
    parent: str = ""
    text: str = ""
    due: date | None = None
    owner: str = ""
    after: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """Something that stands. `mark` None: a person made it. `owner`: ids, comma-joined, sorted.

    `text` is without the mark.
    """

    id: str
    what: What
    name: str
    mark: str | None = None
    text: str = ""
    due: date | None = None
    owner: str = ""
    done: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class RecordChange:
    """Fields to replace: name, text, due (ISO, never ""), owner (a Person.id, "" for nobody),
    after (ids, comma-joined).

    `expect`: what must still stand there for a field to be replaced.
    """

    key: str
    what: What
    id: str
    put: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """A message people wrote to each other in a project: only its head, never its text."""

    id: str
    title: str
    author: str = ""  # a name for people
    at: str = ""  # ISO 8601
    url: str = ""


class Records(Protocol):
    """Part of a `TaskBoard`."""

    def create_records(self, batch: Sequence[NewRecord]) -> list[Outcome]:
        """Not repeatable; found again by `find_records`.

        A project or task list of exactly that name is taken over: `Done` with `found`, unless
        it carries this very mark. An owner the board refuses is left out and named in the
        note. What it leans on being gone gives `Changed`.
        """
        ...

    def find_records(self, what: What, project: str, marks: Sequence[str]) -> dict[str, Record]:
        """Records of ours by mark, completed and deleted ones included where the board shows
        them. `project`: the id of their project, "" for projects themselves.
        """
        ...

    def records(self, what: What, project: str) -> list[Record]:
        """Everything of a kind in a project, people's too, completed included. For
        milestones, task lists and notebooks; `text` of notebooks included.
        """
        ...

    def record(self, what: What, record_id: str) -> Record | None:
        """One of them as it stands now; None when it is not there any more."""
        ...

    def change_records(self, batch: Sequence[RecordChange]) -> list[Outcome]:
        """Repeatable. The connector reads just before it writes.

        A field that stands neither as expected nor as wished is left: `Done.left` names it,
        and `Done.was` what stood there. Of `after` only what we put or expect is added or
        taken away. A record that is gone, or completed, gives `Changed`.
        """
        ...

    def end_records(self, batch: Sequence[RecordChange]) -> list[Outcome]:
        """Complete, with `expect` as above (`put` is empty): anything else gives `Changed`.
        Repeatable for tasks and milestones; other kinds are `Refused`. One that is completed
        already is `Done` with `found`.
        """
        ...

    def reopen_records(self, batch: Sequence[RecordChange]) -> list[Outcome]:
        """Open again. Repeatable. One that is gone gives `Changed`."""
        ...

    def posts(self, project: str, at_most: int) -> list[Post]:
        """What people last wrote to each other in a project, the latest first."""
        ...
