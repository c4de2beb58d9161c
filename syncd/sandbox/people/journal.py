"""What really happened in a scenario, as the people know who did it. The oracle reads this."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from syncd.sandbox.example_mail import Letter
from syncd.sandbox.people.cast import Contact


class Kind(StrEnum):
    """What a message is, known because we wrote it so."""

    HUMAN = "human"
    AWAY = "away"
    BOUNCE = "bounce"
    NEWSLETTER = "newsletter"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Said:
    """A message. `id` is its Message-ID; `returns`: when one who is away is back.

    `copy`: a mailbox of ours and the id of its copy there.
    """

    id: str
    at: datetime
    talk: str
    by: str
    to: tuple[str, ...]
    ours: bool
    kind: Kind
    copy: tuple[str, str]
    does: str = ""
    returns: date | None = None


@dataclass(slots=True)
class Talk:
    """One exchange. `owner`: the teammate whose it is; `partner`: the address written to.

    `threads` are Gmail's ids by mailbox. `labelled` once it can be told that it is its
    campaign's. `over`: nobody of ours will write again.
    """

    key: str
    campaign: str
    contact: Contact
    owner: str
    partner: str
    begun_by_them: bool = False
    said: list[Said] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    threads: dict[str, str] = field(default_factory=dict)
    labelled: bool = False
    over: bool = False
    dead: bool = False
    away_told: bool = False
    rounds: int = 0

    @property
    def ours(self) -> list[Said]:
        return [one for one in self.said if one.ours]

    @property
    def answered(self) -> bool:
        return any(not one.ours and one.kind is Kind.HUMAN for one in self.said)

    @property
    def silent(self) -> bool:
        """Whether the last word of a person was ours."""
        spoken = [one for one in self.said if one.kind is Kind.HUMAN]
        return bool(spoken) and spoken[-1].ours


@dataclass(frozen=True, slots=True)
class Handled:
    """What a person did to a task. `step`: the words the task itself has for its step."""

    at: datetime
    task: str
    talk: str
    by: str
    touch: str
    step: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Stood:
    """A page from a moment on: whether the link stands there. `site`: whose page it is."""

    at: datetime
    link: bool
    site: str


@dataclass(slots=True)
class Journal:
    """`threads`: talks by Gmail's thread id. `stages`: by contact address, as last set by hand.

    `left`: teammates who are gone. `pages`: what became of those that people published.
    """

    talks: dict[str, Talk] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    handled: list[Handled] = field(default_factory=list)
    threads: dict[str, str] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    pages: dict[str, list[Stood]] = field(default_factory=dict)

    def deeds(self) -> Counter[str]:
        """How often people did what, in words."""
        found: Counter[str] = Counter()
        for talk in self.talks.values():
            for number, one in enumerate(talk.said):
                found[_deed(talk, one, first=number == 0)] += 1
        for touched in self.handled:
            dated = touched.touch == "moves" and "/" not in str(touched.value)
            verb = {"comments": "comments on"}.get(touched.touch, touched.touch)
            found[f"{'postpones' if dated else verb} a task"] += 1
        found["sets a stage"] += len(self.stages)
        found["leaves the team"] += len(self.left)
        ends = [one for stood in self.pages.values() for one in stood if not one.link]
        found["takes a link away"] += len(ends)
        return +found

    def by_thread(self, thread: str) -> Talk | None:
        return self.talks.get(self.threads.get(thread, ""))


def _deed(talk: Talk, one: Said, *, first: bool) -> str:
    if one.ours:
        return "pitches" if first else "writes again"
    if one.does == "publish":
        return "publishes"
    if one.kind is Kind.AWAY:
        return f"is away ({talk.contact.language})"
    if one.kind is not Kind.HUMAN:
        return "bounces"
    if talk.begun_by_them:
        return f"{one.does}s in a new thread"
    if one.by == talk.contact.colleague[1] != talk.partner:
        return f"{one.does}s through a colleague"
    if one.by != talk.partner:
        return f"{one.does}s from another address"
    return {"price": "asks for a price"}.get(one.does, f"{one.does}s")
