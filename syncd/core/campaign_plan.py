"""A campaign's plan as ops wrote it: topics, target sites, steps, people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from syncd.core.calendar import Calendar, Span, Unit

_HOUR = Span(1, Unit.HOUR)


class Each(StrEnum):
    """What a step is done for."""

    TOPIC = "topic"
    TARGET = "target"
    MONTH = "month"
    CAMPAIGN = "campaign"


class What(StrEnum):
    """What kind of thing of a plan stands on the board."""

    PROJECT = "project"
    MILESTONE = "milestone"
    LIST = "task list"
    TASK = "task"
    NOTEBOOK = "notebook"


class TopicKind(StrEnum):
    CORE_PAGE = "core page"
    POST = "post"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    def plus(self, months: int) -> Month:
        years, month = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, month + 1)

    def last_working_day(self, calendar: Calendar) -> date:
        """The last day of it on which the team works; its last day where there is none."""
        last = self.plus(1).first - timedelta(days=1)
        days = (last - timedelta(days=back) for back in range(last.day))
        return next((day for day in days if calendar.works_on(day)), last)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A month, whose last working day is meant, or a day."""

    month: Month
    day: date | None = None

    def on(self, calendar: Calendar) -> date:
        return self.day or self.month.last_working_day(calendar)

    def __str__(self) -> str:
        return str(self.day or self.month)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the process. `takes`: working days. `owner`: an address, "" for nobody.

    `id` names it for ever; `name` is for people. `text` is Markdown of ours.
    """

    id: str
    name: str
    each: Each
    takes: int
    owner: str = ""
    text: str = ""
    checklist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A page to write. `text`: what else the file says of it, in Markdown of ours."""

    id: str
    name: str
    kind: TopicKind
    due: Deadline
    text: str = ""
    url: str = ""
    owner: str = ""  # instead of the steps' own


@dataclass(frozen=True, slots=True)
class Target:
    """A site we want a link from. `topic`: the id of the page offered to it, "" for none yet."""

    site: str
    topic: str = ""
    due: Deadline | None = None
    text: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """`months` from `starts` on. Targets that name neither month nor topic are taken in their
    order, so many a month. `dossier`: how often it is written at most, None: there is none.
    """

    project: str
    starts: Month
    months: int
    steps: tuple[Step, ...]
    topics: tuple[Topic, ...] = ()
    targets: tuple[Target, ...] = ()
    targets_a_month: int = 10
    dossier: Span | None = _HOUR

    def owners(self) -> set[str]:
        """Everybody who does something in it, by address."""
        parts = [one.owner for one in self.steps]
        parts += [one.owner for one in self.topics] + [one.owner for one in self.targets]
        return {owner for owner in parts if owner}

    def every_month(self) -> tuple[Month, ...]:
        return tuple(self.starts.plus(ahead) for ahead in range(self.months))
