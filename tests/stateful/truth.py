"""What is true of the people's conversations, kept as they happen.

Written from the promises' words, without a look at how syncd decides: a second opinion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
NURTURE = 2
BOUNCE = -1
# The cadence of the settings these tests run with.
BUSINESS_DAYS = {0: 3, 1: 5}
NURTURE_DAYS = 90


@dataclass(frozen=True)
class Letter:
    """One message, wherever it lies. `logged`: whether it belongs into HubSpot."""

    key: str
    subject: str
    at: datetime
    ours: bool
    outside: tuple[str, ...]
    logged: bool = True
    reason: str = ""


@dataclass
class Closing:
    """A person completed or deleted the task of a step."""

    task: int
    step: int
    at: datetime


@dataclass
class Wait:
    """We wrote, and they have not answered. `ours`: when and under what subject we wrote."""

    ours: list[tuple[datetime, str]]
    bounced_by: str = ""
    over: bool = False
    closings: list[Closing] = field(default_factory=list)
    searched: set[str] = field(default_factory=set)  # bounced messages whose task was closed

    def step_at(self, now: datetime, theirs: Callable[[int], bool]) -> int | None:
        """The step that should have a task at `now`; None while none is due.

        `theirs` tells of a task that a person took back: its closing does not count.
        """
        if self.over:
            return None
        if self.bounced_by:
            return BOUNCE
        step, since = 0, self.ours[0][0]
        counted = [one for one in self.closings if not theirs(one.task)]
        happened: list[tuple[datetime, Closing | None]] = [(at, None) for at, _ in self.ours[1:]]
        happened += [(one.at, one) for one in counted]
        for at, closing in sorted(happened, key=lambda one: one[0]):
            if step > NURTURE:
                break
            if closing is None:
                step += at >= falls_due(step, since)
            elif closing.step != step:
                continue
            else:
                step += 1
            since = at
        if step > NURTURE or now < falls_due(step, since):
            return None
        return step


@dataclass
class Talk:
    """One conversation. `labels`: those a person put on it, in any mailbox."""

    number: int
    person: str
    mailbox: str
    topic: str
    begun_by_us: bool
    letters: list[Letter] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    bounces: int = 0

    @property
    def wait(self) -> Wait | None:
        """The wait that is not over, if there is one."""
        return self.waits[-1] if self.waits and not self.waits[-1].over else None

    @property
    def awaited(self) -> set[str]:
        """Everybody outside that we ever wrote to in this conversation."""
        return {one for letter in self.letters if letter.ours for one in letter.outside}

    @property
    def campaigns(self) -> set[str]:
        """The campaign a conversation belongs to: a label says more than a subject."""
        if "Campaigns/ACME" in self.labels:
            return {"acme"}
        if "Campaigns/Zeta" in self.labels:
            return {"zeta"}
        return {"acme"} if "builder guide" in self.topic.lower() else set()

    @property
    def people(self) -> set[str]:
        return {one for letter in self.letters if letter.logged for one in letter.outside}

    def we_wrote(self, letter: Letter) -> None:
        self.letters.append(letter)
        if self.wait is None:
            self.waits.append(Wait([]))
        wait = self.waits[-1]
        wait.ours.append((letter.at, letter.subject))
        wait.bounced_by = ""

    def they_answered(self) -> None:
        if self.wait is not None:
            self.wait.over = True

    def wait_of(self, subject: str) -> Wait | None:
        """The wait in which we sent the message of that subject."""
        return next((w for w in self.waits if any(s == subject for _, s in w.ours)), None)


def falls_due(step: int, since: datetime) -> datetime:
    """When a step begun at `since` is due: by the wall clock, on a working day."""
    local = since.astimezone(LONDON).replace(tzinfo=None)
    if step == NURTURE:
        local = _to_working_day(local + timedelta(days=NURTURE_DAYS))
    else:
        for _ in range(BUSINESS_DAYS[step]):
            local = _to_working_day(local + timedelta(days=1))
    return local.replace(tzinfo=LONDON).astimezone(since.tzinfo)


def _to_working_day(local: datetime) -> datetime:
    while local.isoweekday() > 5:
        local += timedelta(days=1)
    return local
