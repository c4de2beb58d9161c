"""What really happened in a scenario, as the people know who did it. The oracle reads this."""

from __future__ import annotations

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


@dataclass(slots=True)
class Journal:
    """`threads`: talks by Gmail's thread id. `stages`: by contact address, as last set by hand."""

    talks: dict[str, Talk] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    handled: list[Handled] = field(default_factory=list)
    threads: dict[str, str] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)

    def by_thread(self, thread: str) -> Talk | None:
        return self.talks.get(self.threads.get(thread, ""))
