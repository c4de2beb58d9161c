"""A second opinion on the promises, from what the scripted people know they did.

Nothing of syncd's state or promises is used: the rules are read as plain data, and days,
waits and steps are counted here once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from syncd.core.calendar import Span, Unit
from syncd.core.rules import ANSWERS, Cadence, Consequence, Does
from syncd.sandbox.people.journal import Handled, Journal, Kind, Said, Talk
from syncd.sandbox.people.stage import Seen, step_of, thread_of

_BOUNCED = "the address bounced"
_WEEKEND = (5, 6)
_CLOSING = ("completes", "deletes")
# How the words begin by which a task says that it belongs to a step of the cadence.
_STEPS = (*"123456789", _BOUNCED)
# An automatic answer holds for what is written this much later as well: it comes but once.
_ABSENCE_HOLDS = timedelta(days=30)
# What the words that contacts use may be taken for.
_MEANS: Mapping[str, tuple[str, ...]] = {
    "answer": ("interest", "question", "other"),
    "price": ("price",),
    "refer": ("referral",),
    "decline": ("decline",),
    "unsubscribe": ("unsubscribe",),
    "publish": ("live",),
}
# A page that people say is live is so here: the look at it finds the link.
_NO_TASK = (Does.NOTHING, Does.DO_NOT_CONTACT, Does.CHECK_LINK)
# Tasks that follow from pages, not from mail.
_ABOUT_LINKS = re.compile(r"(Lost link|\d+ lost links) to ")


class Wanted(StrEnum):
    """Whether a talk should have an open task. EITHER: words that may be taken in two ways,
    or a task that was opened, perhaps, before we heard that they are away.
    """

    NONE = "none"
    ONE = "one"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules as the settings say them. `cadences`: by campaign; "" for other mail.

    `answers`: what follows from each kind of answer, likewise; the usual, where it is missing.
    `projects`: where plans of campaigns stand, whose tasks follow from no mail.
    """

    zone: ZoneInfo
    holidays: frozenset[date]
    cadences: Mapping[str, Cadence | None]
    answers: Mapping[str, Mapping[str, Consequence]] = field(default_factory=dict)
    projects: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Wait:
    """Since when, at which step; `bounced` by a notice that leaves nobody reached.

    `began` with our first message. `opened`: the step whose task may stand although it was
    put off.
    """

    began: datetime
    since: datetime
    step: int = 0
    opened: int = -1
    bounced: bool = False
    closed: bool = False  # a person closed the task that asks for another address


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that moves a wait. `said` or `handled`, one of them."""

    at: datetime
    rank: int
    said: Said | None = None
    handled: Handled | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """The journal as the talks need it: closings by talk, talks that others began, and
    absences by sender.
    """

    closings: Mapping[str, list[_Event]]
    begun: list[Talk]
    absences: Mapping[str, list[Said]]

    @classmethod
    def of(cls, journal: Journal) -> _Known:
        closings: dict[str, list[_Event]] = {}
        for one in journal.handled:
            if one.touch in _CLOSING:
                closings.setdefault(one.talk, []).append(_Event(one.at, 1, handled=one))
        absences: dict[str, list[Said]] = {}
        for talk in journal.talks.values():
            for said in talk.said:
                if said.kind is Kind.AWAY:
                    absences.setdefault(said.by, []).append(said)
        begun = [talk for talk in journal.talks.values() if talk.begun_by_them]
        return cls(closings, begun, absences)


@dataclass(slots=True)
class Oracle:
    """Knows for every talk whether it should have an open task, at any moment."""

    journal: Journal
    rules: Rulebook
    broken: list[str] = field(default_factory=list)
    looks: int = 0

    def check(self, tasks: Iterable[Seen], now: datetime) -> None:
        """Compare the board, at rest, with what each talk calls for."""
        self.looks += 1
        found: dict[str, list[Seen]] = {key: [] for key in self.journal.talks}
        threads = {
            thread: talk.key
            for talk in self.journal.talks.values()
            for thread in talk.threads.values()
        }
        for task in tasks:
            planned = task.place.rpartition("/")[0] in self.rules.projects
            if task.done or not task.ours or planned or _ABOUT_LINKS.match(task.title):
                continue
            key = threads.get(thread_of(task))
            if key is None:
                self._say(now, f"a task that belongs to no conversation: {task.title}")
            else:
                found[key].append(task)
        known = _Known.of(self.journal)
        for key, here in found.items():
            wanted = self.wanted(self.journal.talks[key], now, known)
            if len(here) > 1 or (wanted is Wanted.ONE and not here):
                self._say(now, f"{len(here)} open tasks where one is due: {key}{_titles(here)}")
            elif here and wanted is Wanted.NONE:
                self._say(now, f"an open task where none is due: {key}{_titles(here)}")

    def wanted(self, talk: Talk, now: datetime, known: _Known | None = None) -> Wanted:
        others = self.rules.cadences[""]
        cadence = self.rules.cadences.get(talk.campaign, others) if talk.labelled else others
        if cadence is None:
            return Wanted.NONE
        events = self._events(talk, cadence, now, known or _Known.of(self.journal))
        answered = self._after_answers(events, talk, now)
        if answered is not None:
            return answered
        return self._open(events, cadence, now)

    def _after_answers(self, events: Sequence[_Event], talk: Talk, now: datetime) -> Wanted | None:
        """What the answers since we last wrote call for; None where there are none."""
        answers: list[Said] = []
        closed: list[datetime] = []
        written = False
        for event in events:
            if event.handled is not None and not event.handled.step.startswith(_STEPS):
                closed.append(event.at)
            elif event.said is not None and event.said.kind is Kind.HUMAN:
                written = written or event.said.ours
                answers = [] if event.said.ours else [*answers, event.said] * written
        if not answers:
            return None
        campaign = talk.campaign if talk.labelled else ""
        rules = self.rules.answers.get(campaign, ANSWERS)
        for answer in reversed(answers):
            follows = [rules[says] for says in _MEANS[answer.does or "answer"]]
            if all(one.does is Does.NOTHING for one in follows):
                continue
            if any(one != follows[0] for one in follows):
                return Wanted.EITHER
            if any(at >= answer.at for at in closed) or follows[0].does in _NO_TASK:
                return Wanted.NONE
            span = follows[0].span
            due = answer.at if span is None else self._later(answer.at, span)
            return Wanted.ONE if now >= due else Wanted.NONE
        return Wanted.NONE

    def _open(self, events: Sequence[_Event], cadence: Cadence, now: datetime) -> Wanted:
        wait: _Wait | None = None
        absences: list[Said] = []
        for event in events:
            if event.said is not None and event.said.kind is Kind.AWAY:
                due = None if wait is None else self._due(wait, cadence, absences)
                absences.append(event.said)
                if wait is not None and due is not None and event.at >= due:
                    wait.opened = wait.step
            elif event.said is not None:
                wait = self._after(wait, event.said, cadence, absences)
            elif event.handled is not None and event.handled.step and wait is not None:
                self._closed(wait, event.handled, cadence)
        if wait is None:
            return Wanted.NONE
        if wait.bounced:
            return Wanted.NONE if wait.closed else Wanted.ONE
        due = self._due(wait, cadence, absences)
        if due is not None and now >= due:
            return Wanted.ONE
        put_off = due is not None and wait.opened == wait.step
        return Wanted.EITHER if put_off else Wanted.NONE

    def _after(
        self, wait: _Wait | None, said: Said, cadence: Cadence, absences: Sequence[Said]
    ) -> _Wait | None:
        if said.kind is Kind.BOUNCE:
            if wait is not None:
                wait.bounced = True
            return wait
        if not said.ours:
            return None
        if wait is None:
            return _Wait(said.at, said.at)
        due = self._due(wait, cadence, absences)
        # A message written before its turn restarts the clock; one in its turn takes the step.
        step = wait.step if due is None or said.at < due else wait.step + 1
        return _Wait(wait.began, said.at, step, wait.opened)

    def _closed(self, wait: _Wait, handled: Handled, cadence: Cadence) -> None:
        if wait.bounced:
            wait.closed = wait.closed or handled.step.startswith(_BOUNCED)
        elif handled.at >= wait.since and _number(handled.step, cadence) == wait.step:
            wait.step, wait.since = wait.step + 1, handled.at

    def _due(self, wait: _Wait, cadence: Cadence, absences: Sequence[Said]) -> datetime | None:
        spans = [*cadence.steps, *([cadence.nurture] if cadence.nurture is not None else [])]
        if wait.step >= len(spans):
            return None
        due = self._later(wait.since, spans[wait.step])
        # The last word counts. One without a date says nothing of what was written after it.
        away = [one for one in absences if one.returns or one.at >= wait.began][-1:]
        for one in away:
            if one.returns is not None:
                start = datetime.combine(one.returns, time(), tzinfo=self.rules.zone)
                due = max(due, self._later(start, Span(1, Unit.BUSINESS_DAY)))
            elif one.at >= wait.since:
                due = self._later(due, cadence.absence)
        return due

    def _events(
        self, talk: Talk, cadence: Cadence, now: datetime, known: _Known
    ) -> Sequence[_Event]:
        found = [_Event(one.at, 0, said=one) for one in talk.said]
        found += [_Event(one.at, 0, said=one) for one in _elsewhere(talk, cadence, known)]
        found += known.closings.get(talk.key, ())
        return sorted((one for one in found if one.at <= now), key=lambda one: (one.at, one.rank))

    def _later(self, start: datetime, span: Span) -> datetime:
        if span.unit in {Unit.SECOND, Unit.MINUTE, Unit.HOUR}:
            return start + span.delta
        local = start.astimezone(self.rules.zone)
        day = local.date()
        if span.unit is Unit.BUSINESS_DAY:
            left = span.amount
            while left:
                day += timedelta(days=1)
                left -= self._works(day)
        else:
            day += span.delta
        while not self._works(day):
            day += timedelta(days=1)
        return datetime.combine(day, local.timetz().replace(tzinfo=self.rules.zone))

    def _works(self, day: date) -> bool:
        return day.weekday() not in _WEEKEND and day not in self.rules.holidays

    def _say(self, now: datetime, words: str) -> None:
        self.broken.append(f"{now.astimezone(self.rules.zone):%Y-%m-%d %H:%M}: {words}")


def _elsewhere(talk: Talk, cadence: Cadence, known: _Known) -> list[Said]:
    """What those we wrote to said elsewhere, as far as it counts here.

    Answers in threads they began themselves, absences wherever and even a little earlier.
    """
    ours = talk.ours
    if not ours:
        return []
    awaited = {address for one in ours for address in one.to}
    companies = {one.partition("@")[2] for one in awaited} if cadence.same_company else set()
    found = [
        said
        for other in known.begun
        if other.key != talk.key
        for said in other.said
        if not said.ours
        and said.kind is Kind.HUMAN
        and said.at >= ours[0].at
        and (said.by in awaited or said.by.partition("@")[2] in companies)
    ]
    return found + [
        said
        for address in awaited
        for said in known.absences.get(address, ())
        if said.talk != talk.key and said.at >= ours[0].at - _ABSENCE_HOLDS
    ]


def _number(words: str, cadence: Cadence) -> int:
    """Which step a task says it is for, from 0; -1 for none of the cadence's."""
    if words.startswith("nurture"):
        return len(cadence.steps)
    first = words.partition(" ")[0]
    return int(first) - 1 if first.isdigit() else -1


def _titles(tasks: Sequence[Seen]) -> str:
    return "".join(f"; {one.title} ({step_of(one)})" for one in tasks)
