"""How tasks look: the words of ops' templates or our own, filled with what is so.

All default wording is here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from syncd.core.markdown import Markdown, escaped, link
from syncd.core.template_language import BadTemplate, check, line, names_of, text

SENDER: Final = "sender"
CONTACT_OWNER: Final = "contact owner"


@dataclass(frozen=True, slots=True)
class TaskTemplate:
    """What is said of a task; None: left to the template around this one, or to the defaults.

    `title`, `body` and each line of `checklist` are templates. `owner` is SENDER,
    CONTACT_OWNER or an address. `priority` is "", "low", "medium" or "high".
    """

    title: str | None = None
    body: str | None = None
    owner: str | None = None
    priority: str | None = None
    tags: tuple[str, ...] | None = None
    checklist: tuple[str, ...] | None = None

    def over(self, outer: TaskTemplate) -> TaskTemplate:
        """This template with what it does not say taken from `outer`."""
        said = {
            field.name: value
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        return dataclasses.replace(outer, **said)


UNSAID: Final = TaskTemplate()


class Why(StrEnum):
    """What a task is for."""

    STEP = "step"
    NURTURE = "nurture"
    BOUNCE = "bounce"
    ANSWER = "answer"
    REVIEW = "review"
    LATER = "later"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Addressee:
    """The outside person. `name` and `first_name` are the address where no name is known."""

    name: str = ""
    first_name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class About:
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Last:
    """The newest message: ours while we wait, theirs once they have answered."""

    subject: str = ""
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a template may speak of: its fields are the names that ops write.

    Strangers' text goes in as it came. `step` counts from 1 and is 0 for tasks of no step;
    `wait` is the step's span in words, or the day they named. `links` come from
    `syncd.core.markdown.link`.
    `says` is the kind of answer by `Says`, `referred` whom they named, `urls` what they sent.
    """

    person: Addressee = Addressee()
    site: str = ""
    campaign: About = About()
    client: str = ""
    sender: str = ""
    stage: str = ""
    step: int = 0
    steps: int = 0
    wait: str = ""
    days_waiting: int = 0
    last: Last = Last()
    links: tuple[Markdown, ...] = ()
    says: str = ""
    referred: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskText:
    """A task's words, ready for `NewTask`: `body` and `checklist` are escaped Markdown.

    `problems`: what a template could not say here, and that our own words stand instead.
    """

    title: str
    body: str
    owner: str
    priority: str
    tags: tuple[str, ...]
    checklist: tuple[str, ...]
    problems: tuple[str, ...] = ()


NAMES: Final = names_of(Situation)

# What every task says; what this kind of task is about stands in the middle.
_BODY = """\
**Person:** {{ person.name }} ({{ person.address }})

**Site:** {{ site }}

{% if campaign.name %}**Campaign:** {{ campaign.name }}{% if client %}, for {{ client }}{% endif %}
{% endif %}

__MIDDLE__

**Last message:** {{ last.date }}, \
{% if last.subject %}{{ last.subject }}{% else %}(no subject){% endif %}

{{ links }}
"""
_LISTED = "{% for one in __NAME__ %}{{ one }}{% if not loop.last %}, {% endif %}{% endfor %}"


def _default(title: str, middle: str) -> TaskTemplate:
    return TaskTemplate(
        title=f"{title} {{{{ person.name }}}} ({{{{ site }}}})",
        body=_BODY.replace("__MIDDLE__", middle),
        owner=SENDER,
        priority="",
        tags=(),
        checklist=(),
    )


DEFAULTS: Final[Mapping[Why, TaskTemplate]] = {
    Why.STEP: _default(
        "Follow up with",
        "**Step:** {{ step }} of {{ steps }}, after {{ wait }} without an answer",
    ),
    Why.NURTURE: _default("Stay in touch with", "**Step:** nurture, after {{ wait }}"),
    Why.BOUNCE: _default("Find another address for", "**Step:** the address bounced"),
    Why.ANSWER: _default(
        '{% if says == "price" %}Talk money with{% else %}Answer{% endif %}',
        "**They say:** {{ says }}",
    ),
    Why.REVIEW: _default(
        "Review the answer of",
        "{% if referred %}**They name:** "
        + _LISTED.replace("__NAME__", "referred")
        + "{% else %}**They say:** {{ says }}{% endif %}",
    ),
    Why.LATER: _default("Write again to", "**Step:** they asked for later: {{ wait }}"),
    Why.LINK: _default(
        "Check the link of", "**They sent:** " + _LISTED.replace("__NAME__", "urls")
    ),
}


def first_name(name: str) -> str:
    """What one calls them: "Ada" of "Dr. Ada Lovelace" and of "Lovelace, Ada"."""
    family, comma, given = name.partition(",")
    words = (given if comma and given.strip() else family).split()
    called = [word for word in words if not word.endswith(".")]
    return (called or words or [""])[0]


def addressee(name: str, address: str) -> Addressee:
    return Addressee(name or address, first_name(name) or address, address)


def render(
    template: TaskTemplate, why: Why, situation: Situation, notes: tuple[str, ...] = ()
) -> TaskText:
    """The words of a task. Never raises: what a template cannot say is said in our own words.

    `notes` are plain lines, e.g. a warning, that end the body whatever the template says.
    """
    values = {field.name: getattr(situation, field.name) for field in dataclasses.fields(situation)}
    problems: list[str] = []

    def filled(key: str, source: str | None, default: str, fill: _Fill) -> str:
        if source is not None:
            try:
                if made := fill(source, values):
                    return made
                if default:
                    problems.append(f"the template of {key} says nothing here")
            except Exception as error:  # noqa: BLE001 - a template can fail in any way
                problems.append(f"the template of {key} fails here: {error}")
        return fill(default, values)

    ours = DEFAULTS[why]
    whole = template.over(ours)
    assert ours.title is not None
    assert ours.body is not None
    title = filled("title", template.title, ours.title, line)
    body = filled("body", template.body, ours.body, text)
    checklist = [filled("checklist", one, "", _one_line) for one in whole.checklist or ()]
    return TaskText(
        title=title,
        body="\n\n".join([body, *(f"**Note:** {escaped(note)}" for note in notes)]),
        owner=whole.owner or SENDER,
        priority=whole.priority or "",
        tags=whole.tags or (),
        checklist=tuple(one for one in checklist if one),
        problems=tuple(problems),
    )


_Fill = Callable[[str, Mapping[str, Any]], str]


def _one_line(source: str, values: Mapping[str, Any]) -> str:
    return " ".join(text(source, values).split())


# With everything, as strangers may put it; with nothing; and with as little as comes about.
SAMPLES: Final = (
    Situation(
        person=Addressee("Ada *Lovelace*", "Ada", "ada@site.example"),
        site="site.example",
        campaign=About("acme", "ACME / home builders"),
        client="acme.example",
        sender="maya@brightlink.example",
        stage="replied",
        step=2,
        steps=3,
        wait="5 business days",
        days_waiting=8,
        last=Last("[Guide](http://x.example) <b>", date(2026, 11, 2)),
        links=(link("Thread", "https://mail.example/1"), link("Contact", "https://crm.example/1")),
        says="price",
        referred=("Grace <grace@site.example>",),
        urls=("https://site.example/guide",),
    ),
    Situation(),
)


def check_title(source: str) -> None:
    """Raises `BadTemplate` saying what is wrong and which names there are."""
    _check(source, line)


def check_body(source: str) -> None:
    """As `check_title`, for the body or a line of the checklist."""
    _check(source, text)


def _check(source: str, fill: _Fill) -> None:
    check(source, NAMES)
    for number, sample in enumerate(SAMPLES):
        values = {field.name: getattr(sample, field.name) for field in dataclasses.fields(sample)}
        try:
            made = fill(source, values)
        except Exception as error:  # noqa: BLE001 - a template can fail in any way
            where = "where everything is empty; put it in {% if … %}" if number else "when filled"
            raise BadTemplate(f"fails {where}: {error}") from None
        if not made and not number:
            raise BadTemplate("says nothing; write some words")
