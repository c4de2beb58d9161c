"""Pitches added up: the whole, and the same pitches by campaign, person, source and step."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from syncd.core.calendar import Calendar
from syncd.core.figures import Pitch, Source, StepTally, Tally, add_steps
from syncd.core.statistics import Quartiles, quartiles

_NEXT = timedelta(days=4)  # from the 28th into the next month


@dataclass(slots=True)
class Group:
    """Pitches of one kind: their numbers, and the working hours each answer took."""

    tally: Tally = field(default_factory=Tally)
    hours: array[float] = field(default_factory=lambda: array("d"))

    def add(self, pitch: Pitch, hours: float | None) -> None:
        self.tally.add(pitch)
        if hours is not None:
            self.hours.append(hours)

    def join(self, other: Group) -> None:
        self.tally.join(other.tally)
        self.hours.extend(other.hours)

    @property
    def time(self) -> Quartiles | None:
        """The working hours from our message that was answered to the answer."""
        return quartiles(self.hours)


@dataclass(slots=True)
class Sums:
    """The pitches of a span of time. `theirs`: conversations that they began, which are in
    none of the others. `steps`: by the place of a message of ours, from 1.
    """

    total: Group = field(default_factory=Group)
    theirs: Tally = field(default_factory=Tally)
    campaigns: dict[str, Group] = field(default_factory=dict)
    teammates: dict[str, Group] = field(default_factory=dict)
    sources: dict[Source, Group] = field(default_factory=dict)
    steps: dict[int, StepTally] = field(default_factory=dict)

    def add(self, pitch: Pitch, hours: float | None) -> None:
        if pitch.source is Source.THEIRS:
            self.theirs.add(pitch)
            return
        self.total.add(pitch, hours)
        self.campaigns.setdefault(pitch.campaign, Group()).add(pitch, hours)
        self.teammates.setdefault(pitch.teammate, Group()).add(pitch, hours)
        self.sources.setdefault(pitch.source, Group()).add(pitch, hours)
        if pitch.counts:
            add_steps(self.steps, pitch)


def hours_of(pitch: Pitch, calendar: Calendar) -> float | None:
    """The working hours that the answer took; None without one."""
    if pitch.answered_at is None:
        return None
    return calendar.worked(pitch.asked_at, pitch.answered_at).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class Month:
    """Links first seen to stand in a month, and links seen to be gone in it."""

    first: date
    won: int = 0
    lost: int = 0


def by_month(won: Iterable[date], lost: Iterable[date]) -> list[Month]:
    """From the first month in which anything happened to the last, empty ones included."""
    counts: dict[date, list[int]] = {}
    for place, days in enumerate((won, lost)):
        for day in days:
            counts.setdefault(day.replace(day=1), [0, 0])[place] += 1
    if not counts:
        return []
    found, month = [], min(counts)
    while month <= max(counts):
        found.append(Month(month, *counts.get(month, (0, 0))))
        month = (month.replace(day=28) + _NEXT).replace(day=1)
    return found
