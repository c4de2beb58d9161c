"""The follow-up section: when a silent conversation gets a task, which, where, and when none."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema

from syncd.core.calendar import Span, Unit
from syncd.core.calendars import Whose
from syncd.core.facts import Place
from syncd.core.rules import Rate, StopOn
from syncd.settings.fields import (
    SPAN_PATTERN,
    SPAN_WORDS,
    InboxLabel,
    SpanField,
    Unfit,
    Words,
    span_of,
)
from syncd.settings.section import Section
from syncd.settings.shapes import OrWords, is_none, keyed
from syncd.settings.task import TaskSection

_NURTURE = re.compile(r"\s*nurture\s+after\s+(.+)", re.IGNORECASE)
_RATE = re.compile(r"\s*(\d{1,3})\s+per\s+(.+)", re.IGNORECASE)

S = TypeVar("S", bound=Section)


class BoardSection(Section):
    """The list on the task board that follow-up tasks go to, by the names people see."""

    project: Words = Field(description="The project's name.")
    task_list: Words = Field(description="The name of a task list in it; setup makes it.")

    @property
    def place(self) -> Place:
        return Place(self.project, self.task_list)


class StepSection(Section):
    """One step: how long to wait, and how its task differs."""

    after: SpanField = Field(description="How long to wait for an answer, e.g. 5 business days.")
    task: TaskSection | None = Field(default=None, description="How this step's task differs.")


class NurtureSection(Section):
    """What comes after the last step: staying in touch."""

    after: SpanField = Field(description="How long after the last step, e.g. 90 days.")
    task: TaskSection | None = Field(default=None, description="How its task differs.")


def _nurture(given: Any) -> Any:
    if is_none(given):
        return None
    if isinstance(given, str):
        found = _NURTURE.fullmatch(given)
        if found is None:
            raise Unfit('should be "none" or e.g. "nurture after 90 days"')
        return {"after": found.group(1)}
    if given is None or isinstance(given, dict | NurtureSection):
        return given
    raise Unfit('should be "none" or e.g. "nurture after 90 days"')


Step = Annotated[
    StepSection,
    BeforeValidator(lambda given: keyed(given, "after")),
    OrWords(SPAN_PATTERN, ("3 business days",)),
]
Nurture = Annotated[
    NurtureSection | None,
    BeforeValidator(_nurture),
    OrWords(
        rf"^\s*([Nn]one|[Nn]urture\s+after\s+{SPAN_WORDS})\s*$", ("nurture after 90 days", "none")
    ),
]


class StageSection(Section):
    """The cadence for people at one stage; what it does not say comes from around it."""

    enabled: bool = Field(default=True, description="false: no follow-up tasks for them.")
    steps: tuple[Step, ...] | None = Field(
        default=None, min_length=1, description="Their steps, in place of the others."
    )
    then: Nurture = Field(default=None, description="What comes after their last step.")
    task: TaskSection | None = Field(default=None, description="How their tasks differ.")


_STAGE = "How people are followed up "


class StagesSection(Section):
    """Cadences of their own for people by how far we are with them."""

    contacted: StageSection | None = Field(
        default=None, description=f"{_STAGE}whom we have written to, no more."
    )
    replied: StageSection | None = Field(
        default=None, description=f"{_STAGE}who have answered before."
    )
    agreed: StageSection | None = Field(default=None, description=f"{_STAGE}who have agreed.")
    linked: StageSection | None = Field(default=None, description=f"{_STAGE}who have linked.")
    declined: StageSection | None = Field(default=None, description=f"{_STAGE}who have declined.")
    lost: StageSection | None = Field(default=None, description=f"{_STAGE}whose link is lost.")
    bounced: StageSection | None = Field(
        default=None, description=f"{_STAGE}whose address bounced."
    )


class StopSection(Section):
    """What ends the wait besides an answer, which always does."""

    label: InboxLabel = Field(
        default="syncd/Stop",
        validate_default=True,
        description="A Gmail label under which a person stops a thread's follow-up, or none.",
    )
    on: tuple[StopOn, ...] = Field(
        default=tuple(StopOn),
        description="decline (they declined), linked (the contact's stage), do_not_contact (set "
        "on the contact) and bounce (nobody can be reached).",
    )


def _rate(given: Any) -> Rate | None:
    if given is None or isinstance(given, Rate):
        return given
    if is_none(given):
        return None
    found = _RATE.fullmatch(given) if isinstance(given, str) else None
    if found is None or not int(found[1]):
        raise Unfit('should be a number and a span, e.g. "2 per week" or "3 per 10 days", or none')
    per = span_of(found[2] if found[2][0].isdigit() else f"1 {found[2]}")
    if per.unit is Unit.BUSINESS_DAY:
        raise Unfit('cannot be counted in business days; write e.g. "2 per week"')
    return Rate(int(found[1]), per)


def _rate_words(rate: Rate | None) -> str:
    return "none" if rate is None else f"{rate.amount} per {rate.per}"


class AtMostSection(Section):
    """How many tasks there may be."""

    per_person: Annotated[
        Rate | None,
        PlainValidator(_rate),
        PlainSerializer(_rate_words),
        WithJsonSchema(
            {
                "type": "string",
                "pattern": r"^\s*([Nn]one|\d{1,3}\s+per\s+(\d{1,5}\s+)?"
                r"(second|minute|hour|day|week)s?)\s*$",
                "examples": ["2 per week", "none"],
            }
        ),
    ] = Field(
        default=None,
        description="Tasks about the same outside person, over all campaigns: e.g. 2 per week, "
        "or none for no limit.",
    )


def _span_or_none(given: Any) -> Span | None:
    return None if is_none(given) else span_of(given)


SpanOrNone = Annotated[
    Span | None,
    PlainValidator(_span_or_none),
    PlainSerializer(lambda it: "none" if it is None else str(it)),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^\s*([Nn]one|{SPAN_WORDS})\s*$",
            "examples": ["14 days", "none"],
        }
    ),
]


class BacklogSection(Section):
    """How conversations that were overdue before syncd came are brought up, oldest first."""

    a_day: int = Field(default=20, ge=1, description="So many of their tasks are opened a day.")
    at_most: int = Field(
        default=200, ge=1, description="While so many of them stand open, no more are opened."
    )
    max_age: SpanOrNone = Field(
        default="none",
        validate_default=True,
        description="What fell due longer ago than this is left alone, e.g. 180 days; or none.",
    )


class FollowUpSection(Section):
    """When a conversation in which we wait for an answer gets a task, and where.

    A campaign's own section says only what differs: the rest comes from the top-level one.
    """

    enabled: bool = Field(default=True, description="false: no follow-up tasks.")
    steps: tuple[Step, ...] = Field(
        default=(),
        min_length=1,
        description="How long to wait for an answer before each task: the first span counts from "
        "our message, each further one from the last follow-up. A step may be "
        "{after: SPAN, task: …}.",
    )
    then: Nurture = Field(
        default=None,
        description="After the last step: nurture after a span, {after: SPAN, task: …}, or none.",
    )
    board: BoardSection | None = Field(default=None, description="Where the tasks go.")
    task: TaskSection | None = Field(default=None, description="How the tasks look.")
    stages: StagesSection | None = Field(
        default=None,
        description="Cadences of their own for people by how far we are with them, e.g. "
        "replied: they have answered before.",
    )
    clock: Whose = Field(
        default=Whose.TEAM,
        description="Whose time zone due times and office hours are counted in: team or contact "
        "(where the CRM knows it). Holidays of both countries are always kept.",
    )
    stop: StopSection = Field(
        default=StopSection(), description="What ends the wait besides an answer."
    )
    at_most: AtMostSection = Field(
        default=AtMostSection(), description="How many tasks there may be."
    )
    collision: SpanOrNone = Field(
        default="14 days",
        validate_default=True,
        description="The task warns when someone wrote to the same site for another client "
        "within this span; or none.",
    )
    absence: SpanField = Field(
        default="5 business days",
        validate_default=True,
        description="How long an absence that names no day of return puts off what is due.",
    )
    backlog: Annotated[
        BacklogSection | None,
        BeforeValidator(lambda given: None if is_none(given) else given),
        OrWords("^[Nn]one$"),
    ] = Field(
        default=BacklogSection(),
        description="How conversations that were overdue before syncd came are brought up; none: "
        "all at once.",
    )
    crm_task: bool = Field(default=False, description="true: a task on the CRM contact as well.")
    inbox_label: InboxLabel = Field(
        default=None,
        description="A Gmail label under which the thread returns to the inbox when a task opens, "
        "or none.",
    )
    same_company: bool = Field(
        default=False,
        description="true: an answer from another address at the same company counts too (never "
        "for free-mail domains).",
    )

    def over(self, outer: FollowUpSection | None) -> FollowUpSection:
        """This section with what it does not say taken from `outer`."""
        return self if outer is None else _over(self, outer)


def _over(inner: S, outer: S) -> S:
    """`inner` over `outer`, key by key, and so for the sections inside both."""
    said: dict[str, Any] = {}
    for name in inner.model_fields_set:
        value, theirs = getattr(inner, name), getattr(outer, name)
        both = isinstance(value, Section) and type(value) is type(theirs)
        said[name] = _over(value, theirs) if both else value
    return outer.model_copy(update=said)
