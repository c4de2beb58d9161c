"""Working time: spans such as "3 business days", counted in a team's zone and holidays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_SATURDAY = 5


class Unit(StrEnum):
    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    BUSINESS_DAY = "business day"
    WEEK = "week"


_SPAN = re.compile(
    r"\s*(\d{1,5})\s+(seconds?|minutes?|hours?|business\s+days?|days?|weeks?)\s*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Span:
    amount: int
    unit: Unit

    @classmethod
    def parse(cls, words: str) -> Span:
        """Read "3 business days", "1 week", "90 days". Raises `ValueError` saying what fits."""
        found = _SPAN.fullmatch(words)
        if found is None:
            msg = (
                f'"{words}" is not a span; write a whole number and minutes, hours, days, '
                '"business days" or weeks, e.g. "3 business days"'
            )
            raise ValueError(msg)
        unit = " ".join(found.group(2).lower().split()).removesuffix("s")
        return cls(int(found.group(1)), Unit(unit))

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}{'' if self.amount == 1 else 's'}"

    @property
    def delta(self) -> timedelta:
        """Elapsed time, for spans of clock time. Raises `ValueError` for business days."""
        match self.unit:
            case Unit.SECOND:
                return timedelta(seconds=self.amount)
            case Unit.MINUTE:
                return timedelta(minutes=self.amount)
            case Unit.HOUR:
                return timedelta(hours=self.amount)
            case Unit.DAY:
                return timedelta(days=self.amount)
            case Unit.WEEK:
                return timedelta(weeks=self.amount)
            case Unit.BUSINESS_DAY:
                raise ValueError("business days have no fixed length")


@dataclass(frozen=True, slots=True)
class Calendar:
    """A team's working time. `holidays` are dates off besides Saturdays and Sundays."""

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in self.holidays

    def next_working_day(self, day: date) -> date:
        """`day` itself when it is one. Gives up, returning `day`, after two years of holidays."""
        for ahead in range(731):
            if self.works_on(day + timedelta(days=ahead)):
                return day + timedelta(days=ahead)
        return day

    def local_date(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def after(self, start: datetime, span: Span) -> datetime:
        """The instant `span` after `start`, in the zone of `start`.

        Days and weeks keep the local time of day over a change of clocks. A result of
        days, weeks or business days that falls on a day off moves to the next working
        day. Business days count whole working days after the day of `start`: written on
        Friday evening, "1 business day" is Monday at the same time of day.
        """
        if span.unit in {Unit.SECOND, Unit.MINUTE, Unit.HOUR}:
            # Through UTC: adding to a local time keeps the clock on the wall, not the hours.
            return (start.astimezone(UTC) + span.delta).astimezone(start.tzinfo)
        local = start.astimezone(self.zone)
        day = local.date()
        if span.unit is Unit.BUSINESS_DAY:
            for _ in range(span.amount):
                day = self.next_working_day(day + timedelta(days=1))
            day = self.next_working_day(day)
        else:
            day = self.next_working_day(day + span.delta)
        return self._at(day, local.time(), like=start)

    def start_of(self, day: date, *, like: datetime) -> datetime:
        """Midnight of `day` in the team's zone, in the zone of `like`."""
        return self._at(day, time(), like=like)

    def _at(self, day: date, clock: time, *, like: datetime) -> datetime:
        # fold=0 takes the first of a repeated hour; a skipped hour moves forward.
        local = datetime.combine(day, clock.replace(tzinfo=None), tzinfo=self.zone)
        return local.astimezone(like.tzinfo)
