"""What is true of the people's conversations, kept as they happen.

Written from the promises' words, without a look at how syncd decides: a second opinion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
NURTURE = 2
BOUNCE = -1
# What an answer calls for at once, and what it calls for later.
AT_ONCE = -2
LATER = -3
# The cadence of the settings these tests run with.
BUSINESS_DAYS = {0: 3, 1: 5}
NURTURE_DAYS = 90
ABSENCE_DAYS = 5
AFTER_A_NO = 180
# Absences hold in other conversations when they are no older than this.
ABSENCE_HOLDS = timedelta(days=30)
# What fell due longer ago than this when it is first seen comes up in daily portions.
FRESH = timedelta(days=3)
STOP_LABEL = "syncd/Stop"


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


@dataclass(frozen=True)
class Absence:
    """An automatic answer. `back`: the day on which they say they are back, if they do."""

    person: str
    at: datetime
    back: date | None
    talk: int


@dataclass(frozen=True)
class Answer:
    """What somebody said, and under what subject. `until`: the day they name."""

    subject: str
    at: datetime
    says: str
    until: date | None = None

    @property
    def calls_for(self) -> tuple[int, datetime] | None:
        """The step it asks for and when it is due; None where it asks for nothing."""
        match self.says:
            case "price":
                return AT_ONCE, self.at
            case "decline":
                local = self.at.astimezone(LONDON) + timedelta(days=AFTER_A_NO)
                return LATER, _to_working_day(local)
            case "not_now":
                assert self.until is not None
                return LATER, _to_working_day(datetime.combine(self.until, time(), LONDON))
        return None


@dataclass
class Closing:
    """A person completed or deleted the task of a step."""

    task: int
    step: int
    at: datetime


@dataclass(frozen=True)
class Step:
    """A step of the cadence. `put_off_to`: when it is due, because they are away.

    `due` None: by what happened, not by the cadence.
    """

    number: int
    is_due: bool = False
    due: datetime | None = None
    put_off_to: datetime | None = None


@dataclass
class Wait:
    """We wrote, and they have not answered. `ours`: when and under what subject we wrote."""

    ours: list[tuple[datetime, str]]
    bounced_by: str = ""
    over: bool = False
    closings: list[Closing] = field(default_factory=list)
    searched: set[str] = field(default_factory=set)  # bounced messages whose task was closed

    def step_at(
        self, now: datetime, theirs: Callable[[int], bool], absences: Sequence[Absence] = ()
    ) -> Step:
        """How far we are at `now`.

        `theirs` tells of a task that a person took back: its closing does not count.
        """
        if self.over:
            return Step(NURTURE + 1)
        if self.bounced_by:
            return Step(BOUNCE, is_due=True)
        step, since = 0, self.ours[0][0]
        away: Absence | None = None
        happened: list[tuple[datetime, Closing | Absence | None]] = [
            (at, None) for at, _ in self.ours[1:]
        ]
        happened += [(one.at, one) for one in self.closings if not theirs(one.task)]
        happened += [(one.at, one) for one in absences if one.back or one.at >= self.ours[0][0]]
        for at, what in sorted(happened, key=lambda one: one[0]):
            if step > NURTURE:
                break
            if isinstance(what, Absence):
                # Of two, the later word counts.
                away = what
                continue
            if what is None:
                step += at >= falls_due(step, since, away)
            elif what.step != step:
                continue
            else:
                step += 1
            since = at
        if step > NURTURE:
            return Step(step)
        due = falls_due(step, since, away)
        if away is None or due == falls_due(step, since):
            return Step(step, is_due=now >= due, due=due)
        put_off_to = None if away.at < since else due
        return Step(step, is_due=now >= due, due=due, put_off_to=put_off_to)


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
    answers: list[Answer] = field(default_factory=list)  # since we last wrote

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
        self.answers = []

    def they_answered(self, answer: Answer) -> None:
        if not self.waits:
            return
        self.waits[-1].over = True
        self.answers.append(answer)

    def follows(self) -> tuple[Answer, int, datetime] | None:
        """What is to be done after their answers: the newest that calls for anything."""
        for answer in reversed(self.answers):
            if answer.says == "unsubscribe":
                return None
            if answer.calls_for is not None:
                return answer, *answer.calls_for
        return None

    def absences(self, every: Sequence[Absence]) -> list[Absence]:
        """Those that hold here: of whom we wrote to, told here or lately."""
        if not any(letter.ours for letter in self.letters):
            return []
        first = min(letter.at for letter in self.letters if letter.ours)
        return [
            one
            for one in every
            if one.person in self.awaited
            and (one.talk == self.number or one.at >= first - ABSENCE_HOLDS)
        ]

    def wait_of(self, subject: str) -> Wait | None:
        """The wait in which we sent the message of that subject."""
        return next((w for w in self.waits if any(s == subject for _, s in w.ours)), None)


def falls_due(step: int, since: datetime, away: Absence | None = None) -> datetime:
    """When a step begun at `since` is due: by the wall clock, on a working day.

    An absence puts it off to the first business day after the return, or by some days.
    """
    local = since.astimezone(LONDON).replace(tzinfo=None)
    if step == NURTURE:
        local = _to_working_day(local + timedelta(days=NURTURE_DAYS))
    else:
        local = _business_days(local, BUSINESS_DAYS[step])
    if away is not None and away.back is not None:
        local = max(local, _business_days(datetime.combine(away.back, time()), 1))
    elif away is not None and away.at >= since:
        local = _business_days(local, ABSENCE_DAYS)
    return local.replace(tzinfo=LONDON).astimezone(since.tzinfo)


def _business_days(local: datetime, number: int) -> datetime:
    for _ in range(number):
        local = _to_working_day(local + timedelta(days=1))
    return local


def _to_working_day(local: datetime) -> datetime:
    while local.isoweekday() > 5:
        local += timedelta(days=1)
    return local
