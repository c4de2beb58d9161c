"""One conversation as the follow-up promise sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from syncd.core.links import LinkSeen
from syncd.core.promises.waiting import Utterance, newest_of_ours
from syncd.core.rules import ANSWERS, Consequence

# Step numbers of tasks that belong to no step of a cadence: another address after a bounce,
# what an answer calls for at once, and what it calls for later.
BOUNCE_STEP = -1
ANSWER_STEP = -2
LATER_STEP = -3


@dataclass(frozen=True, slots=True)
class StepTask:
    """A task we made for a step, as last seen. `where`: board or crm.

    `due_written` and `assignee_written` are what we wrote last; where the board shows
    something else, a person wanted it so. `due_at`: when a task in the CRM is due.
    """

    mark: str
    where: str
    anchor: str
    step: int
    open: bool
    closed_by_person_at: datetime | None = None
    kept_by_person: bool = False
    due: date | None = None
    due_written: date | None = None
    due_at: datetime | None = None
    assignee: str = ""
    assignee_written: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether it is for us to change: open, and nobody has taken it back from us."""
        return self.open and not self.kept_by_person


@dataclass(frozen=True, slots=True)
class StopSign:
    """Why nobody is to be followed up here. `at`: it ends only waits begun before it."""

    words: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One conversation. `contact`: the CRM id of the awaited person, "" where none.

    `names`: of outside people, by address. `stage`: how far we are with the awaited one.
    `threads`: Gmail thread by mailbox. `links`: lines for the task (thread, contact).
    `contact_owner`: the teammate who owns the contact, "" where none of us does.
    `heirs`: who takes over, by the address of each teammate who left; `gone`: their addresses
    by their ids on the board. `asked_lately`: when other tasks about the same person came
    up. `collisions`: who else of us wrote to the same site for somebody else, in words.
    `checks_links`: pages are looked at by ourselves, no person need do it; `links_seen`: what
    was seen there, by the page's address. `introduced_in`: keys of the messages with which
    somebody introduced us to whom they were asked for; that has a task of its own.
    """

    id: int
    campaign: str
    client: str
    messages: tuple[Utterance, ...]
    elsewhere: tuple[Utterance, ...] = ()
    tasks: tuple[StepTask, ...] = ()
    contact: str = ""
    contact_owner: str = ""
    campaign_id: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    stage: str = ""
    threads: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    answers: Mapping[str, Consequence] = field(default_factory=lambda: ANSWERS)
    stops: tuple[StopSign, ...] = ()
    heirs: Mapping[str, str] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    asked_lately: tuple[datetime, ...] = ()
    collisions: tuple[str, ...] = ()
    checks_links: bool = False
    links_seen: Mapping[str, LinkSeen] = field(default_factory=dict)
    introduced_in: frozenset[str] = frozenset()

    @property
    def awaited(self) -> str:
        """Whom our newest message went to first, "" before we ever wrote."""
        newest = newest_of_ours(self.messages)
        return newest.person if newest is not None else ""
