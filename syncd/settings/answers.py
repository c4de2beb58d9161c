"""The answers section: what follows from what people say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from syncd.core.calendar import Span
from syncd.core.rules import ANSWERS, Consequence, Does
from syncd.core.templates import UNSAID, TaskTemplate
from syncd.settings.fields import SPAN_WORDS, Unfit, did_you_mean, shown, span_of
from syncd.settings.section import Section
from syncd.settings.shapes import OrWords, keyed
from syncd.settings.task import TaskSection

_CHOICES = (
    'nothing, task, review task (either with ", high priority"), nurture after a span, '
    "wait a span, do not contact or check link"
)
_SPANNED = re.compile(r"(nurture\s+after|wait)\s+(.+)", re.IGNORECASE)
_PRIORITY = re.compile(r"(low|medium|high)\s+priority", re.IGNORECASE)
_PLAIN = {it.value: it for it in Does if it not in {Does.NURTURE, Does.WAIT}}
_PATTERN = (
    r"^\s*(nothing|(review\s+)?task(\s*,\s*(low|medium|high)\s+priority)?"
    rf"|(nurture\s+after|wait)\s+{SPAN_WORDS}|do not contact|check link)\s*$"
)
_NO_TASK = {Does.NOTHING, Does.DO_NOT_CONTACT}


class Doing(NamedTuple):
    does: Does
    span: Span | None = None
    priority: str | None = None

    def __str__(self) -> str:
        return str(Consequence(self.does, self.span, TaskTemplate(priority=self.priority)))


def _doing(given: Any) -> Doing:
    if isinstance(given, Doing):
        return given
    if not isinstance(given, str):
        raise Unfit(f"should be {_CHOICES}")
    words, _, more = (" ".join(part.split()) for part in given.partition(","))
    if spanned := _SPANNED.fullmatch(words):
        does = Does.WAIT if spanned[1].lower() == "wait" else Does.NURTURE
        span = span_of(spanned[2])
    else:
        found = _PLAIN.get(words.lower().replace("_", " "))
        if found is None:
            near = did_you_mean(words, [*_PLAIN, "nurture after 90 days", "wait 30 days"])
            raise Unfit(f"should be {_CHOICES}, not {shown(given)}{near}")
        does, span = found, None
    if not more:
        return Doing(does, span)
    priority = _PRIORITY.fullmatch(more)
    if priority is None or does not in {Does.TASK, Does.REVIEW}:
        raise Unfit(
            f'only "task" and "review task" take more words, e.g. "task, high priority", '
            f"not {shown(given)}"
        )
    return Doing(does, span, priority[1].lower())


class AnswerSection(Section):
    """What follows from one kind of answer."""

    do: Annotated[
        Doing | None,
        PlainValidator(_doing),
        PlainSerializer(lambda it: None if it is None else str(it)),
        WithJsonSchema({"type": "string", "pattern": _PATTERN}),
    ] = Field(default=None, description=f"What to do: {_CHOICES}.")
    task: TaskSection | None = Field(default=None, description="How the task looks.")


def _fits(given: AnswerSection | None, info: ValidationInfo) -> AnswerSection | None:
    if given is None:
        return given
    kind = info.field_name or ""
    does = given.do.does if given.do is not None else ANSWERS[kind].does
    if does is Does.CHECK_LINK and kind != "live":
        raise Unfit("there is no link to check; that is for live")
    if (
        given.task is not None
        and does in _NO_TASK
        and (given.do is not None or does is not Does.NOTHING)
    ):
        raise Unfit(f'"{does}" makes no task; leave the task out, or write do: task')
    return given


_Answer = Annotated[
    AnswerSection | None,
    BeforeValidator(lambda given: given if given is None else keyed(given, "do")),
    OrWords(_PATTERN, ("task, high priority", "wait 30 days")),
    AfterValidator(_fits),
]


def _answer(what: str, kind: str) -> Any:
    return Field(
        default=None, description=f"{what}.", json_schema_extra={"default": str(ANSWERS[kind])}
    )


class AnswersSection(Section):
    """What follows when people answer. An answer always ends the wait; this comes after."""

    unsubscribe: _Answer = _answer("They ask not to be written to again", "unsubscribe")
    decline: _Answer = _answer("They say no", "decline")
    live: _Answer = _answer("They say that the link is there, with its address", "live")
    referral: _Answer = _answer("They name somebody else to write to", "referral")
    not_now: _Answer = _answer("They say later; the span is for those who name no date", "not_now")
    price: _Answer = _answer("They ask for money", "price")
    interest: _Answer = _answer("They are interested", "interest")
    question: _Answer = _answer("They ask something", "question")
    other: _Answer = _answer("They say anything else", "other")


def consequences(*sections: AnswersSection | None) -> Mapping[str, Consequence]:
    """What follows from each kind of answer: each section over those before it."""
    found = dict(ANSWERS)
    for section in sections:
        if section is not None:
            said = {kind: getattr(section, kind) for kind in found}
            found |= {kind: _over(own, found[kind]) for kind, own in said.items() if own}
    return found


def _over(said: AnswerSection, outer: Consequence) -> Consequence:
    task = said.task.template() if said.task is not None else UNSAID
    if said.do is not None:
        # Written anew, it means what it says: "task" is not of high priority any more.
        own = TaskTemplate(priority=said.do.priority)
        return Consequence(said.do.does, said.do.span, task.over(own))
    does = Does.TASK if outer.does is Does.NOTHING else outer.does
    return replace(outer, does=does, task=task.over(outer.task))
