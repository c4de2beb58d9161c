"""The links section: when earned links are looked at, and whose a lost one becomes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from syncd.core.calendar import Span, Unit
from syncd.core.links_course import LinkRules
from syncd.settings.fields import Unfit, span_of
from syncd.settings.follow_up import BoardSection
from syncd.settings.section import Section
from syncd.settings.task import Priority, TaskTag
from syncd.settings.working_time import Address


def _elapsed(given: Any) -> Span:
    span = span_of(given)
    if span.unit is Unit.BUSINESS_DAY:
        raise Unfit("pages are looked at on every day; write days or weeks")
    return span


Elapsed = Annotated[
    Span,
    PlainValidator(_elapsed),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*\d{1,5}\s+(seconds?|minutes?|hours?|days?|weeks?)\s*$",
            "examples": ["14 days", "1 week"],
        }
    ),
]


class LinksSection(Section):
    """How links to clients are looked after once they are known."""

    check_every: Elapsed = Field(
        default="14 days",
        validate_default=True,
        description="How often a page is looked at whose link has stood for a while; new ones "
        "are looked at sooner.",
    )
    strikes: int = Field(
        default=3,
        ge=1,
        le=20,
        description="How many looks in a row must miss a link before it counts as lost. A page "
        "that cannot be seen never counts.",
    )
    over: Elapsed = Field(
        default="3 days",
        validate_default=True,
        description="The time those looks must span at least.",
    )
    unverifiable_after: Elapsed = Field(
        default="30 days",
        validate_default=True,
        description="How long a page may fail to be seen before you are told.",
    )
    a_day: int = Field(
        default=10, ge=1, le=1000, description="The most tasks for lost links on one day."
    )
    board: BoardSection | None = Field(
        default=None,
        description="The list for tasks about lost links; that of the campaign's follow-ups "
        "where left out.",
    )
    owner: Address | None = Field(
        default=None,
        description="Whose such a task is where none of us knows the contact; whoever the link "
        "was told to where left out.",
    )
    priority: Priority = Field(default=Priority.HIGH, description="The priority of such a task.")
    tags: tuple[TaskTag, ...] = Field(default=(), description="Tags of such a task.")

    def rules(self) -> LinkRules:
        return LinkRules(
            every=self.check_every.delta,
            strikes=self.strikes,
            over=self.over.delta,
            unverifiable=self.unverifiable_after.delta,
            a_day=self.a_day,
            place=self.board.place if self.board is not None else None,
            owner=self.owner or "",
            priority="" if self.priority is Priority.NONE else self.priority.value,
            tags=self.tags,
        )
