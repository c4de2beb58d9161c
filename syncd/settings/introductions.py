"""The introductions section: whom we ask how often, in whose words, and the task for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from syncd.core.calendar import Span, Unit
from syncd.core.facts import Place
from syncd.core.introduction_words import NAMES, check_subject, check_text
from syncd.core.introductions import AskRules
from syncd.core.template_language import LONGEST_TEMPLATE, described
from syncd.settings.fields import SPAN_PATTERN, Unfit, span_of
from syncd.settings.follow_up import BoardSection
from syncd.settings.section import Section
from syncd.settings.task import TaskTag


def _template(check: Callable[[str], None]) -> PlainValidator:
    def checked(given: Any) -> str:
        if not isinstance(given, str):
            raise Unfit('should be text, e.g. "Do you know {{ wanted }}?"')
        check(given)
        return given.strip()

    return PlainValidator(checked)


def _while(given: Any) -> Span:
    span = span_of(given)
    if span.unit is Unit.BUSINESS_DAY:
        raise Unfit("is elapsed time; write days or weeks, e.g. 60 days")
    return span


While = Annotated[
    Span,
    PlainValidator(_while),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": SPAN_PATTERN, "examples": ["60 days"]}),
]
_SCHEMA = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_TEMPLATE})


class AskTemplate(Section):
    """The words of the draft, in the team's own voice; the person who sends it may change them."""

    subject: Annotated[str, _template(check_subject), _SCHEMA] | None = Field(
        default=None,
        description="Its subject where it begins a thread, a Jinja template. Names: "
        f"{described(NAMES)}.",
    )
    text: Annotated[str, _template(check_text), _SCHEMA] | None = Field(
        default=None, description="Its text, a Jinja template, with the same names."
    )


class IntroductionsSection(Section):
    """Asking contacts to introduce us to sites we want links from: always as a draft."""

    ask_again_after: While = Field(
        default="90 days",
        validate_default=True,
        description="How long nobody is asked for a site again that somebody was asked for.",
    )
    per_contact: While = Field(
        default="60 days",
        validate_default=True,
        description="How long a contact is asked for nothing else once they were asked.",
    )
    min_answers: int = Field(
        default=2,
        ge=1,
        le=100,
        description="How many answers a contact must have given before a favour is asked of them.",
    )
    template: AskTemplate = Field(
        default=AskTemplate(), description="The words of the draft; syncd's own where left out."
    )
    board: BoardSection | None = Field(
        default=None,
        description="The list that gets a task for each draft; that of follow_up if left out.",
    )
    tasks: bool = Field(
        default=True, description="Whether each draft gets a task for whoever is to send it."
    )
    tags: tuple[TaskTag, ...] = Field(default=(), description="Tags of those tasks on the board.")
    thank: bool = Field(
        default=True, description="Whether an introduction gets a task to thank for it."
    )

    def rules(self, usual: Place | None) -> AskRules:
        """`usual`: where follow-up tasks go."""
        place = self.board.place if self.board is not None else usual
        return AskRules(
            ask_again=self.ask_again_after.delta,
            per_contact=self.per_contact.delta,
            min_answers=self.min_answers,
            place=place if self.tasks else None,
            subject=self.template.subject,
            text=self.template.text,
            tags=self.tags,
            thank=self.thank,
        )
