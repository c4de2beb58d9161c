"""What a campaign plans: topics, target sites, the process as named steps, people and roles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from syncd.core.calendar import Span, Unit
from syncd.core.campaign_plan import Deadline, Each, Month, TopicKind
from syncd.core.mail.addresses import is_free_mail, normalise, registrable, valid
from syncd.settings.fields import QuietAfter, Slug, Unfit, Words, shown, span_of
from syncd.settings.section import Section
from syncd.settings.shapes import OrWords, keyed
from syncd.settings.working_time import Address

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_MONTH_WORDS = r"20\d\d-(0[1-9]|1[0-2])"
_WEEK = 5  # working days
_LONGEST_STEP = 260
_MOST_ITEMS = 2_000
# What a task's title can take beside the name of a step.
_LONGEST_NAME = 120


def _month(given: Any) -> Month:
    if isinstance(given, Month):
        return given
    found = _MONTH.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None:
        raise Unfit("should be a month, e.g. 2026-12")
    return Month(int(found[1]), int(found[2]))


def _deadline(given: Any) -> Deadline:
    if isinstance(given, Deadline):
        return given
    # An unquoted full date is a date to YAML, a month is text.
    words = str(given).strip() if isinstance(given, str | date) else ""
    if found := _MONTH.fullmatch(words):
        return Deadline(Month(int(found[1]), int(found[2])))
    try:
        day = date.fromisoformat(words)
    except ValueError:
        day = date.min
    if not date(2000, 1, 1) <= day < date(2100, 1, 1):
        raise Unfit("should be a month or a day, e.g. 2026-12 or 2026-12-15")
    return Deadline(Month.of(day), day)


def _takes(given: Any) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given  # as it was read before
    span = span_of(given)
    if span.unit is Unit.WEEK:
        span = Span(span.amount * _WEEK, Unit.BUSINESS_DAY)
    if span.unit is not Unit.BUSINESS_DAY:
        raise Unfit('should be working days or weeks, e.g. "3 business days"')
    if span.amount > _LONGEST_STEP:
        raise Unfit("is longer than a year; split the step")
    return span.amount


def _site(given: Any) -> str:
    words = given.strip() if isinstance(given, str) else ""
    try:
        host = urlsplit(words if "://" in words else f"//{words}").hostname or ""
    except ValueError:
        host = ""
    domain = normalise(f"x@{host}").removeprefix("x@")
    if "@" in words or not valid(f"x@{domain}"):
        raise Unfit(f"{shown(given)} is not a site; write its domain, e.g. homes.example")
    home = registrable(domain)
    if is_free_mail(home):
        raise Unfit(f"{home} is a mail service, not a site that could link")
    return home


def _once(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """The items. Raises `Unfit` where two of them would be the same thing."""
    seen: dict[str, int] = {}
    for at, item in enumerate(items):
        first = seen.setdefault(item.key, at)
        if first != at:
            raise Unfit(
                f"[{at}] is {shown(item.key)} again, as [{first}] is; give one an id of its own "
                "or remove it"
            )
    return items


def slug(words: str) -> str:
    """A name that lasts, made from words for people."""
    return re.sub(r"[^\w]+", "-", words.lower()).strip("-_")[:63] or "x"


MonthField = Annotated[
    Month,
    PlainValidator(_month),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": rf"^{_MONTH_WORDS}$", "examples": ["2026-12"]}),
]
DeadlineField = Annotated[
    Deadline,
    PlainValidator(_deadline),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^\s*{_MONTH_WORDS}(-\d\d)?\s*$",
            "examples": ["2026-12", "2026-12-15"],
        }
    ),
]
WorkingDays = Annotated[
    int,
    PlainValidator(_takes),
    PlainSerializer(lambda days: f"{days} business day{'' if days == 1 else 's'}"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*\d{1,5}\s+(business\s+days?|weeks?)\s*$",
            "examples": ["3 business days", "2 weeks"],
        }
    ),
]
Site = Annotated[
    str, PlainValidator(_site), WithJsonSchema({"type": "string", "examples": ["homes.example"]})
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST_NAME)
]
Role = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
RoleName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
    WithJsonSchema({"type": "string", "pattern": r"^\s*\S.{0,59}$"}),
]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000)]


class _Named(Section):
    id: Slug | None = Field(
        default=None,
        description="Its name for ever; made from the name where none is given, and then a new "
        "name makes a new thing.",
    )
    name: Name = Field(description="Its name for people; it stands in the titles of tasks.")

    @property
    def key(self) -> str:
        return self.id or slug(self.name)


class StepOfPlan(_Named):
    """One step of the process. It becomes a task list, and a task for each thing it is done for."""

    each: Each = Field(
        default=Each.TOPIC,
        description="What it is done for: each topic, target or month, or once for the campaign.",
    )
    takes: WorkingDays = Field(
        description="How long it takes, e.g. 3 business days; 1 week is 5 of them."
    )
    owner: Role | None = Field(
        default=None, description="Who does it: a role from people, or an address."
    )
    text: Prose | None = Field(default=None, description="What is to be done, in Markdown.")
    checklist: tuple[Name, ...] = Field(
        default=(), max_length=30, description="What to tick off in every task of it."
    )


class TopicSection(_Named):
    """A page or post to write, and when it is to be done."""

    kind: TopicKind = Field(
        default=TopicKind.POST, description="A core page (links are earned for it) or a post."
    )
    due: DeadlineField = Field(
        description="The month or the day on which its last step is to be done."
    )
    url: Words | None = Field(default=None, description="Where it will stand, or stands.")
    owner: Role | None = Field(
        default=None, description="Who does its steps, instead of the steps' own people."
    )
    text: Prose | None = Field(default=None, description="What it is about, in Markdown.")


class TargetSection(Section):
    """A site we want a link from."""

    site: Site = Field(description="Its domain, e.g. homes.example.")
    topic: Words | None = Field(
        default=None, description="The id or name of the topic that is offered to it."
    )
    due: DeadlineField | None = Field(
        default=None,
        description="The month or day for its last step; otherwise after its topic, or in the "
        "order of the list, so many a month.",
    )
    owner: Role | None = Field(
        default=None, description="Who does its steps, instead of the steps' own people."
    )
    text: Prose | None = Field(default=None, description="What to know of it, in Markdown.")

    @property
    def key(self) -> str:
        return self.site


TargetField = Annotated[
    TargetSection,
    BeforeValidator(lambda given: given if isinstance(given, Section) else keyed(given, "site")),
    OrWords(r"^[^\s@]+\.[^\s@]+$", ("homes.example",)),
]


class PlanSection(Section):
    """The work of a campaign, laid out on the task board."""

    project: Words | None = Field(
        default=None,
        description="The project it is laid out in: one that stands, or one to be made; the "
        "campaign's name where none is given.",
    )
    starts: MonthField = Field(description="The first month, e.g. 2026-12.")
    months: Annotated[int, Field(ge=1, le=24)] = Field(
        default=6, description="How many months it runs, usually 4 to 12."
    )
    people: Annotated[
        Mapping[RoleName, Address],
        Field(description="Who does what: an address for each role, e.g. writer."),
    ] = {}
    steps: Annotated[
        tuple[StepOfPlan, ...], Field(min_length=1, max_length=40), AfterValidator(_once)
    ] = Field(description="The process: what is done for each topic and target, in this order.")
    topics: Annotated[
        tuple[TopicSection, ...], Field(max_length=_MOST_ITEMS), AfterValidator(_once)
    ] = Field(default=(), description="The pages and posts, each with its month.")
    targets_a_month: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=10, description="How many targets without a topic or month are taken up a month."
    )
    dossier: QuietAfter = Field(
        default="1 hour",
        validate_default=True,
        description="How often the campaign's notebook is written at most when something is "
        "new, e.g. 1 hour; or off.",
    )


Targets = Annotated[tuple[TargetField, ...], Field(max_length=_MOST_ITEMS), AfterValidator(_once)]
