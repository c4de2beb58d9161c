"""What we did for people, and they for us: a small ledger, and what it comes to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from syncd.core.facts import Task
from syncd.core.mail.addresses import normalise, valid
from syncd.core.rules import FavourRules

_APART = re.compile(r"[\s,;<>()\[\]\"']+|mailto:")


class Way(StrEnum):
    DONE = "done"  # by us, for them
    RECEIVED = "received"  # by them, for us


class Source(StrEnum):
    TOLD = "told"  # by command
    TASK = "task"  # completed under a tag
    CRM = "crm"  # set on the contact


@dataclass(frozen=True, slots=True)
class Favour:
    """`mark` makes it one favour within its source: the task's id, the contact's.

    `number`: how many it counts for. `teammate` and `day` as far as known.
    """

    person: str
    way: Way
    about: str
    teammate: str
    day: date
    source: Source
    mark: str
    number: int = 1
    id: int = 0

    def __str__(self) -> str:
        ways = {Way.DONE: "done for them", Way.RECEIVED: "received from them"}
        by = f" by {self.teammate}" if self.teammate else ""
        many = f"{self.number} favours " if self.number != 1 else ""
        return f"{many}{ways[self.way]} on {self.day}{by}: {self.about}"


@dataclass(frozen=True, slots=True)
class Balance:
    """`done`: by us; `received`: from them."""

    done: int = 0
    received: int = 0

    @property
    def owed_to_us(self) -> int:
        return self.done - self.received

    def __str__(self) -> str:
        if not (self.done or self.received):
            return ""
        if self.owed_to_us > 0:
            return f"owes us {self.owed_to_us} ({self.done} done, {self.received} received)"
        if self.owed_to_us < 0:
            return f"we owe {-self.owed_to_us} ({self.done} done, {self.received} received)"
        return f"even ({self.done} done, {self.received} received)"


def favour_told(person: str, way: Way, about: str, teammate: str, day: date) -> Favour:
    """A favour as somebody enters it: the same words of one day are the same favour."""
    mark = f"{person}/{way}/{day}/{about.casefold()}"
    return Favour(person, way, about, teammate, day, Source.TOLD, mark)


def balance(favours: Iterable[Favour]) -> Balance:
    several = list(favours)
    return Balance(
        sum(one.number for one in several if one.way is Way.DONE),
        sum(one.number for one in several if one.way is Way.RECEIVED),
    )


def way_of(task: Task, rules: FavourRules) -> Way | None:
    """What a task says by its tags, None where it is no favour (any more)."""
    if not task.done or task.deleted:
        return None
    tags = {tag.lower() for tag in task.tags}
    if rules.received_tag and rules.received_tag in tags:
        return Way.RECEIVED
    return Way.DONE if rules.done_tag and rules.done_tag in tags else None


def named_in(words: str) -> tuple[str, ...]:
    """The addresses that stand in a text, in order, each once."""
    found: dict[str, None] = {}
    for word in _APART.split(words):
        address = word.strip(".:!?")
        if "@" in address and valid(address):
            found[normalise(address)] = None
    return tuple(found)
