"""Spans of days as people write them: "2026-09-01", "2026-Q3", "2026-09", "2026", "90 days"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from syncd.core.calendar import Calendar

_FORMS = '"2026-09-01", "2026-09", "2026-Q3", "2026" or "90 days"'
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-?q([1-4])", re.IGNORECASE)
_YEAR = re.compile(r"\d{4}")
_BACK = re.compile(r"(\d{1,4})\s+(day|week|month|year)s?(?:\s+ago)?", re.IGNORECASE)

_DAY = timedelta(days=1)


class NoPeriod(ValueError):
    """Words that name no day or span. The message says which do."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` on and before `until`, which is not in it. `since` None: from the first.

    `first` and `last` are its days in the team's zone; `last` is in it, as far as it has come.
    """

    since: datetime | None
    until: datetime
    first: date | None
    last: date

    def holds(self, at: datetime) -> bool:
        return at < self.until and (self.since is None or self.since <= at)

    def __str__(self) -> str:
        if self.first is None:
            return f"up to {self.last:%-d %B %Y}"
        return f"{self.first:%-d %B %Y} to {self.last:%-d %B %Y}"


def period(since: str | None, until: str | None, calendar: Calendar, now: datetime) -> Period:
    """The period that two words name, by the team's days; the last day belongs to it.

    `since` alone runs to `now`, unless it names a span that ends by itself: "2026-Q3" is that
    quarter. Raises `NoPeriod`.
    """
    today = calendar.local_date(now)
    first = end = None
    if since is not None:
        first, after, ends = _span(since, today)
        end = after if ends else None
    if until is not None:
        _, end, _ = _span(until, today)
    if end is None or end > today:
        last, ends_at = today, now
    else:
        last, ends_at = end - _DAY, calendar.start_of(end, like=now)
    if first is not None and last < first:
        raise NoPeriod(f"nothing lies between {first} and {last}: the end is before the beginning")
    begins_at = None if first is None else calendar.start_of(first, like=now)
    return Period(begins_at, ends_at, first, last)


def _span(words: str, today: date) -> tuple[date, date, bool]:
    """The first day, the day after the last, and whether it ends by itself: a day does not."""
    text = words.strip()
    try:
        if found := _DATE.fullmatch(text):
            day = date(int(found[1]), int(found[2]), int(found[3]))
            return day, day + _DAY, False
        if found := _QUARTER.fullmatch(text):
            return *_months(int(found[1]), 3 * int(found[2]) - 2, 3), True
        if found := _MONTH.fullmatch(text):
            return *_months(int(found[1]), int(found[2]), 1), True
        if _YEAR.fullmatch(text):
            return *_months(int(text), 1, 12), True
        if found := _BACK.fullmatch(text):
            day = _back(today, int(found[1]), found[2].lower())
            return day, day + _DAY, False
    except (ValueError, OverflowError):
        pass
    raise NoPeriod(f'"{words}" is no day or span of days; write {_FORMS}')


def _months(year: int, month: int, number: int) -> tuple[date, date]:
    first = date(year, month, 1)
    return first, date(year + (month + number > 12), (month + number - 1) % 12 + 1, 1)


def _back(today: date, amount: int, unit: str) -> date:
    """`amount` days, weeks, months or years before today."""
    if unit in {"day", "week"}:
        return today - timedelta(days=amount * (7 if unit == "week" else 1))
    months = today.year * 12 + today.month - 1 - amount * (12 if unit == "year" else 1)
    # The last day of a shorter month where today is later in its own.
    first, after = _months(months // 12, months % 12 + 1, 1)
    return min(first.replace(day=1) + timedelta(days=today.day - 1), after - _DAY)
