"""The words in which we ask for an introduction: the team's template, or our own.

What comes out is a draft that a person reads before sending it, and may change.
"""

from __future__ import annotations

import dataclasses
import html
import re
from dataclasses import dataclass
from typing import Final

from syncd.core.mail.addresses import valid
from syncd.core.template_language import BadTemplate, check, line, names_of, plain
from syncd.core.templates import About, Addressee, addressee


@dataclass(frozen=True, slots=True)
class Sender:
    """Who of us asks. `name` and `first_name` are the address where no name is known."""

    name: str = ""
    first_name: str = ""
    address: str = ""


_NOBODY: Final = Addressee()
_NO_CAMPAIGN: Final = About()


@dataclass(frozen=True, slots=True)
class Ask:
    """What a template may speak of: its fields are the names that ops write.

    `site` is theirs, `wanted` the one we would like to be introduced to, `page` where theirs
    links to it. `last_subject` is that of the thread it goes into, or of our last exchange.
    """

    person: Addressee = _NOBODY
    site: str = ""
    wanted: str = ""
    page: str = ""
    campaign: About = _NO_CAMPAIGN
    client: str = ""
    sender: Sender = Sender()
    last_subject: str = ""
    owed: int = 0


@dataclass(frozen=True, slots=True)
class AskText:
    """`problems`: what a template could not say here, and that our own words stand instead."""

    subject: str
    text: str
    html: str
    problems: tuple[str, ...] = ()


NAMES: Final = names_of(Ask)

SUBJECT: Final = "Do you know the people behind {{ wanted }}?"
TEXT: Final = """\
Hi {{ person.first_name }},

I hope you are well. I noticed that {{ site }} links to {{ wanted }}\
{% if page %} ({{ page }}){% endif %}. Do you happen to know the people there?

We would like to get in touch with them{% if client %} about something we are working on for \
{{ client }}{% endif %}. If you know someone there and don't mind, would you introduce us? A line \
with both of us in copy would be wonderful. And if it doesn't suit you, no problem at all.

Thank you, and do tell me when I can do something for you.

Best,
{{ sender.first_name }}
"""

_PARAGRAPH = re.compile(r"\n{2,}")
_REPLY = re.compile(r"\s*re\s*:", re.IGNORECASE)


def sender(name: str, address: str) -> Sender:
    known = addressee(name, address)
    # Without a name, what stands before the "@": nobody signs with an address.
    first = known.first_name if name else address.partition("@")[0].partition(".")[0].capitalize()
    return Sender(name or address, first, address)


def greeted(name: str, address: str) -> Addressee:
    """As `addressee`, but nobody is greeted by their address."""
    known = addressee(name, address)
    if name and not valid(name):
        return known
    return dataclasses.replace(known, first_name="there")


def write(subject: str | None, text: str | None, ask: Ask) -> AskText:
    """The words of a draft. Never raises: what a template cannot say is said in our own words."""
    values = {field.name: getattr(ask, field.name) for field in dataclasses.fields(ask)}
    problems: list[str] = []
    made = {}
    for name, given, ours, fill in (
        ("subject", subject, SUBJECT, line),
        ("text", text, TEXT, plain),
    ):
        made[name] = ""
        if given is not None:
            try:
                made[name] = fill(given, values)
            except Exception as error:  # noqa: BLE001 - a template can fail in any way
                problems.append(f"the template of {name} fails here: {error}")
            else:
                if not made[name]:
                    problems.append(f"the template of {name} says nothing here")
        made[name] = made[name] or fill(ours, values)
    words = made["text"] + "\n"
    return AskText(made["subject"], words, as_html(words), tuple(problems))


def reply_subject(subject: str) -> str:
    """The subject with which a draft joins a thread: Gmail wants that of the thread."""
    return subject if _REPLY.match(subject) else f"Re: {subject}"


def as_html(text: str) -> str:
    """Plain text as HTML: everything escaped, paragraphs and lines kept."""
    paragraphs = (
        "<p>" + "<br>\n".join(html.escape(one) for one in part.splitlines()) + "</p>"
        for part in _PARAGRAPH.split(text.strip())
        if part.strip()
    )
    return "\n".join(paragraphs)


# With everything, as strangers may put it; and with nothing.
SAMPLES: Final = (
    Ask(
        person=Addressee("Ann <b>Lee</b>", "Ann", "ann@alpine.example"),
        site="alpine.example",
        wanted="buildblog.example",
        page="https://alpine.example/huts?a=1&b=2",
        campaign=About("acme", "ACME / home builders"),
        client="acme.example",
        sender=Sender("Maya Roe", "Maya", "maya@brightlink.example"),
        last_subject="Guest post?",
        owed=1,
    ),
    Ask(),
)


def check_subject(source: str) -> None:
    """Raises `BadTemplate` saying what is wrong and which names there are."""
    _check(source, one_line=True)


def check_text(source: str) -> None:
    _check(source, one_line=False)


def _check(source: str, *, one_line: bool) -> None:
    check(source, NAMES)
    for number, sample in enumerate(SAMPLES):
        values = {field.name: getattr(sample, field.name) for field in dataclasses.fields(sample)}
        try:
            made = line(source, values) if one_line else plain(source, values)
        except Exception as error:  # noqa: BLE001 - a template can fail in any way
            where = "where everything is empty; put it in {% if … %}" if number else "when filled"
            raise BadTemplate(f"fails {where}: {error}") from None
        if not made and not number:
            raise BadTemplate("says nothing; write some words")
