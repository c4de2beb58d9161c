"""Working time: spans such as "3 business days", counted in a zone, its hours and holidays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

# Days of the week as Python counts them: Saturday and Sunday.
WEEKEND = frozenset({5, 6})
NOON = time(12)


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
class Hours:
    """When the office is open: from `opens` on and before `closes`, on the same day."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class HalfDay:
    """A working day that ends at `until`; every year where `year` is None."""

    month: int
    day: int
    year: int | None = None
    until: time = NOON

    def is_on(self, day: date) -> bool:
        return (self.month, self.day) == (day.month, day.day) and self.year in {None, day.year}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working time. `holidays` are days off besides the `weekend`.

    Without `hours` every moment of a working day is as good as another, and a half day is
    a working day like any other.
    """

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()
    hours: Hours | None = None
    half_days: tuple[HalfDay, ...] = ()
    weekend: frozenset[int] = WEEKEND

    def works_on(self, day: date) -> bool:
        return day.weekday() not in self.weekend and day not in self.holidays

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

        Seconds, minutes and hours are elapsed time, at night and on days off as well. Days
        and weeks keep the local time of day over a change of clocks; a result that falls on
        a day off moves to the next working day. Business days count whole working days
        after the day of `start`: written on Friday evening, "1 business day" is Monday at
        the same time of day.

        With office hours every result is inside them: one that is not moves to the next
        opening. And days count from the next opening when `start` is outside: what was
        written on Friday night or on Saturday counts as Monday's first, and is due after
        what was written on Friday at noon.
        """
        if span.unit in {Unit.SECOND, Unit.MINUTE, Unit.HOUR}:
            # Through UTC: adding to a local time keeps the clock on the wall, not the hours.
            return self.next_opening((start.astimezone(UTC) + span.delta).astimezone(start.tzinfo))
        local = self.next_opening(start).astimezone(self.zone)
        day, clock = local.date(), local.time()
        if span.unit is Unit.BUSINESS_DAY:
            for _ in range(span.amount):
                day = self.next_working_day(day + timedelta(days=1))
        else:
            day += span.delta
        if self.hours is not None and not self.works_on(day):
            return self.opening(day, like=start)
        return self.next_opening(self._at(self.next_working_day(day), clock, like=start))

    def start_of(self, day: date, *, like: datetime) -> datetime:
        """Midnight of `day` in this calendar's zone, in the zone of `like`."""
        return self._at(day, time(), like=like)

    def opening(self, day: date, *, like: datetime) -> datetime:
        """When work begins on `day` or, where that is off, on the next working day.

        Midnight where there are no office hours. In the zone of `like`.
        """
        opens = time() if self.hours is None else self.hours.opens
        return self._at(self.next_working_day(day), opens, like=like)

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself inside office hours, or where there are none; else when they next begin."""
        if self.hours is None:
            return at
        day = self.local_date(at)
        if self.works_on(day):
            closes = self._closes(day, self.hours)
            # In UTC: two times of one zone are compared by the clock on the wall, which
            # shows an hour twice when the clocks go back.
            now = at.astimezone(UTC)
            if now < self._at(day, self.hours.opens, like=now):
                return self.opening(day, like=at)
            if now < self._at(day, closes, like=now):
                return at
        return self.opening(day + timedelta(days=1), like=at)

    @property
    def day_length(self) -> timedelta:
        """The working time of a whole working day."""
        if self.hours is None:
            return timedelta(days=1)
        opens, closes = (
            timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
            for at in (self.hours.opens, self.hours.closes)
        )
        return closes - opens

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`: within office hours or, where there are none,
        at any time of a working day. Nothing where `end` is not later.
        """
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        found, day, last = timedelta(), self.local_date(start), self.local_date(end)
        while day <= last:
            if self.works_on(day):
                opens, closes = self._open(day, like=start)
                found += max(timedelta(), min(end, closes) - max(start, opens))
            day += timedelta(days=1)
        return found

    def _open(self, day: date, *, like: datetime) -> tuple[datetime, datetime]:
        """When a working day begins and ends."""
        if self.hours is None:
            return self._at(day, time(), like=like), self._at(
                day + timedelta(days=1), time(), like=like
            )
        closes = self._closes(day, self.hours)
        return self._at(day, self.hours.opens, like=like), self._at(day, closes, like=like)

    def _closes(self, day: date, hours: Hours) -> time:
        return min([hours.closes, *(h.until for h in self.half_days if h.is_on(day))])

    def _at(self, day: date, clock: time, *, like: datetime) -> datetime:
        # fold=0 takes the first of a repeated hour; a skipped hour moves forward.
        local = datetime.combine(day, clock.replace(tzinfo=None), tzinfo=self.zone)
        return local.astimezone(like.tzinfo)
