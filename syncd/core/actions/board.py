"""What is written onto the task board."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from syncd.core.campaign_plan import What
from syncd.core.facts import Place


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task. `key` is its mark; `anchor` and `step` say which wait it is for.

    One that is no conversation's says what it is `about`, as "introduction:12"; its anchor is
    then not used.
    """

    kind: ClassVar[str] = "open_task"
    key: str
    anchor: str
    step: int
    place: Place
    title: str
    body: str
    due: date
    assignee: str  # address of the teammate
    priority: str = ""  # "" | low | medium | high
    tags: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """Move a task of ours, or hand it over, and say why in a comment.

    `expect_due` and `assignee_from` are what we wrote last: where something else stands, a
    person put it there, and the task is left alone.
    """

    kind: ClassVar[str] = "change_task"
    key: str
    mark: str
    comment: str
    due: date | None = None
    expect_due: date | None = None
    assignee: str = ""  # address of the teammate it goes to, "" to leave it
    assignee_from: str = ""


@dataclass(frozen=True, slots=True)
class CommentTask:
    kind: ClassVar[str] = "comment_task"
    key: str
    mark: str
    body: str


@dataclass(frozen=True, slots=True)
class CloseTask:
    """Complete a task of ours.

    `expect`: what must still stand there ("title", "due", "assignee" as the board's id), or a
    person has made it theirs; empty where that is known. `comment` is put on it once it is
    completed.
    """

    kind: ClassVar[str] = "close_task"
    key: str
    mark: str
    expect: dict[str, str] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ReopenTask:
    """Open a task of ours that we completed, unless a person has done something to it since."""

    kind: ClassVar[str] = "reopen_task"
    key: str
    mark: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AddPlanItem:
    """Make a thing of a campaign's plan. `key` is its mark.

    A project or task list that stands already under this name is taken over. `parent` and
    `after` are items of the same campaign, by `syncd.core.campaign_layout.Item.id`.
    """

    kind: ClassVar[str] = "add_plan_item"
    key: str
    campaign: str
    item: str
    what: What
    name: str
    text: str = ""
    due: date | None = None
    owner: str = ""  # address of the teammate, "" for nobody
    parent: str = ""
    after: tuple[str, ...] = ()
    people: tuple[str, ...] = ()  # who is let into a project that is made


@dataclass(frozen=True, slots=True)
class ChangePlanItem:
    """Bring fields of an item to what the campaign's file says.

    Fields by the names of `Item.fields`. One that no longer stands as `expect` says is a
    person's, and left. In `expect` the owner is the board's id.
    """

    kind: ClassVar[str] = "change_plan_item"
    key: str
    campaign: str
    item: str
    what: What
    mark: str
    put: dict[str, str] = field(default_factory=dict)
    expect: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndPlanItem:
    """Complete an item, if it still stands as `expect` says in every field."""

    kind: ClassVar[str] = "end_plan_item"
    key: str
    campaign: str
    item: str
    what: What
    mark: str
    expect: dict[str, str] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ReopenPlanItem:
    """Open an item again that we completed, unless a person has done something to it since."""

    kind: ClassVar[str] = "reopen_plan_item"
    key: str
    campaign: str
    item: str
    what: What
    mark: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AddDossier:
    """Make a campaign's notebook. `key` is its mark.

    What it says is kept with the campaign, not here: it names people, and is put together anew
    with everything that happens.
    """

    kind: ClassVar[str] = "add_dossier"
    key: str
    campaign: str
    name: str


@dataclass(frozen=True, slots=True)
class WriteDossier:
    """Bring our part of a campaign's notebook up to date; what people wrote stays."""

    kind: ClassVar[str] = "write_dossier"
    key: str
    campaign: str
    mark: str


@dataclass(frozen=True, slots=True)
class RaiseAlarm:
    """A task for ops about a trouble. `key` is its mark."""

    kind: ClassVar[str] = "raise_alarm"
    key: str
    place: Place
    title: str
    body: str
    due: date
    assignee: str  # address of the teammate, "" for nobody


@dataclass(frozen=True, slots=True)
class ClearAlarm:
    """The trouble is over: the task `mark` is completed."""

    kind: ClassVar[str] = "clear_alarm"
    key: str
    mark: str
