"""How tasks look, as ops write it: words, owner, priority, tags, checklist."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, PlainValidator, StringConstraints, WithJsonSchema

from syncd.core.mail.addresses import normalise, valid
from syncd.core.template_language import LONGEST_TEMPLATE, described
from syncd.core.templates import (
    CONTACT_OWNER,
    NAMES,
    SENDER,
    TaskTemplate,
    check_body,
    check_title,
)
from syncd.settings.fields import Unfit, did_you_mean, shown
from syncd.settings.section import Section

_OWNERS = (SENDER, CONTACT_OWNER)
# Teamwork takes tags of fewer than 50 characters.
_LONGEST_TAG = 49
_LONGEST_CHECKLIST = 50


class Priority(StrEnum):
    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def _template(check: Callable[[str], None]) -> PlainValidator:
    def checked(given: Any) -> str:
        if not isinstance(given, str):
            raise Unfit('should be text, e.g. "Follow up with {{ person.name }}"')
        check(given)
        return given.strip()

    return PlainValidator(checked)


def _owner(given: Any) -> str:
    words = " ".join(given.replace("_", " ").split()) if isinstance(given, str) else ""
    if words.lower() in _OWNERS:
        return words.lower()
    if not valid(normalise(words)):
        near = did_you_mean(words, _OWNERS) or "; it is nobody's address"
        raise Unfit(f"should be {SENDER}, {CONTACT_OWNER} or an address, not {shown(given)}{near}")
    return normalise(words)


_TEMPLATE_SCHEMA = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_TEMPLATE})
TitleTemplate = Annotated[str, _template(check_title), _TEMPLATE_SCHEMA]
BodyTemplate = Annotated[str, _template(check_body), _TEMPLATE_SCHEMA]
Owner = Annotated[
    str,
    PlainValidator(_owner),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*([Ss]ender|[Cc]ontact[ _]owner|[^@\s]+@[^@\s]+)\s*$",
            "examples": [SENDER, CONTACT_OWNER],
        }
    ),
]
TaskTag = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST_TAG)
]


class TaskSection(Section):
    """How a task looks. What is not said comes from the task section around this one."""

    title: TitleTemplate | None = Field(
        default=None,
        description=f"Its title, a Jinja template. Names: {described(NAMES)}.",
    )
    body: BodyTemplate | None = Field(
        default=None,
        description="Its text, a Jinja template in Markdown, with the same names; their values "
        "are escaped.",
    )
    owner: Owner | None = Field(
        default=None,
        description="Whose it is: sender (of our last message), contact owner (in the CRM) or "
        "an address.",
    )
    priority: Priority | None = Field(
        default=None, description="Its priority: none, low, medium or high."
    )
    tags: tuple[TaskTag, ...] | None = Field(default=None, description="Its tags on the board.")
    checklist: tuple[BodyTemplate, ...] | None = Field(
        default=None, max_length=_LONGEST_CHECKLIST, description="Steps to tick off, as templates."
    )

    def template(self) -> TaskTemplate:
        return TaskTemplate(
            title=self.title,
            body=self.body,
            owner=self.owner,
            priority=priority_of(self.priority),
            tags=self.tags,
            checklist=self.checklist,
        )


def priority_of(priority: Priority | None) -> str | None:
    """As the core has it: "" is none, None is not said."""
    if priority is None:
        return None
    return "" if priority is Priority.NONE else priority.value
