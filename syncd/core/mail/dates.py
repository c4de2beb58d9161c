"""Days named in a text, in many languages and notations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from syncd.core.mail.phrases import Dates

# With its year left out, a day just past is a forgotten absence, not one in eleven months.
_LONGEST_AHEAD = timedelta(days=400)
_LONGEST_OVER_NEW_YEAR = timedelta(days=200)
_SHORTEST_WEEKDAY = 5  # "so", "do" and "mar" are other words too
_BESIDE = 14

ORDINAL = r"(?:st|nd|rd|th|er|e|º|ª|°|\.)?"
_ISO = re.compile(r"(?<!\d)(?P<year>20\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
_CJK = re.compile(
    r"(?:(?P<year>20\d\d)\s?年\s?)?(?<!\d)(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?[日号號]?"
)
_NUMERIC = re.compile(
    r"(?<![\d./:-])(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})"
    r"(?:(?P<again>(?P=mark))(?P<year>20\d\d|\d\d)?)?(?![\d/:])"
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day named at `start` to `end`, with every date it may mean: none where it is past.

    `exact`: a date, not the name of a weekday. `ranged`: the last of "June 3-14".
    """

    start: int
    end: int
    dates: tuple[date, ...]
    exact: bool = True
    ranged: bool = False

    def later(self, by: int) -> Day:
        return replace(self, dates=tuple(one + timedelta(days=by) for one in self.dates))


def days(
    text: str, names: tuple[Dates, ...], today: date, *, month_first: bool | None
) -> list[Day]:
    """The days in a folded text, in order. `month_first`: 3/4 is March 4; None: may be either."""
    found: list[Day] = []
    for day in (*_written(text, names, today), *_numeric(text, today, month_first)):
        if not any(day.start < other.end and other.start < day.end for other in found):
            found.append(day)
    for weekday, number in _weekdays(text, names, today):
        beside = [n for n, day in enumerate(found) if day.exact and _are_beside(weekday, day)]
        if not beside:
            found.append(weekday)
        for n in beside:  # the weekday tells 3/4 from 4/3
            fitting = tuple(one for one in found[n].dates if one.weekday() == number)
            if fitting:
                found[n] = replace(found[n], dates=fitting)
    return sorted(found, key=lambda day: day.start)


def _are_beside(weekday: Day, day: Day) -> bool:
    return 0 <= day.start - weekday.end < _BESIDE or 0 <= weekday.start - day.end < 3


def _written(text: str, names: tuple[Dates, ...], today: date) -> Iterator[Day]:
    for pattern in (_ISO, _CJK):
        for found in pattern.finditer(text):
            yield _day(found, int(found["month"]), found["day"], today)
    months = {
        word: number
        for language in names
        for number, words in enumerate(language.months, 1)
        for word in words
    }
    if not months:
        return
    either = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
    year = r"(?:,?\s?(?:del?\s|\u0433\.?\s?)?(?P<year>20\d\d)\b)?"
    forward = (
        rf"(?<![\d.:/])(?P<day>\d{{1,2}}){ORDINAL}\s?(?:de\s|of\s|a\s)?"
        rf"(?P<month>{either})\b\.?{year}"
    )
    backward = (
        rf"\b(?P<month>{either})\b\.?\s(?:the\s)?(?P<day>\d{{1,2}}){ORDINAL}"
        rf"(?:\s?[-\u2013\u2014]\s?(?P<last>\d{{1,2}}){ORDINAL})?(?![\d:]|\s?(?:am|pm)\b){year}"
    )
    for found in re.finditer(forward, text):
        yield _day(found, months[found["month"]], found["day"], today)
    for found in re.finditer(backward, text):
        day = _day(found, months[found["month"]], found["last"] or found["day"], today)
        yield replace(day, ranged=found["last"] is not None)


def _day(found: re.Match[str], month: int, day: str, today: date) -> Day:
    one = _resolved(int(day), month, found["year"], today)
    return Day(found.start(), found.end(), (one,) if one else ())


def _numeric(text: str, today: date, month_first: bool | None) -> Iterator[Day]:  # noqa: FBT001 - three-valued
    for found in _NUMERIC.finditer(text):
        mark, year = found["mark"], found["year"]
        # 8.30 is a time and 2-3 a range of days: those marks need more to be a date.
        if (mark == "." and not found["again"]) or (mark == "-" and not year):
            continue
        if found.group() == "24/7":
            continue
        first, second = int(found["first"]), int(found["second"])
        orders = [(first, second), (second, first)]
        if mark != "/" or month_first is False:
            orders = orders[:1]
        elif month_first:
            orders = orders[1:]
        meant = {_resolved(day, month, year, today) for day, month in orders} - {None}
        if not meant and first != second and month_first is not None and mark == "/":
            meant = {_resolved(second, first, year, today), _resolved(first, second, year, today)}
            meant -= {None}
        yield Day(found.start(), found.end(), tuple(sorted(one for one in meant if one)))


def _resolved(day: int, month: int, year: str | None, today: date) -> date | None:
    """The date, in the year written or else the nearest to come; None where it is past."""
    try:
        if year:
            written = date(int(year) + (2000 if len(year) == 2 else 0), month, day)
            return written if today <= written <= today + _LONGEST_AHEAD else None
        this_year = date(today.year, month, day)
        if this_year >= today:
            return this_year
        next_year = date(today.year + 1, month, day)
    except ValueError:
        return None
    return next_year if next_year <= today + _LONGEST_OVER_NEW_YEAR else None


def _weekdays(text: str, names: tuple[Dates, ...], today: date) -> Iterator[tuple[Day, int]]:
    seen: set[int] = set()
    for language in names:
        for number, words in enumerate(language.weekdays):
            for word in words:
                joined = not word.isascii() and len(word) <= 3
                if len(word) < _SHORTEST_WEEKDAY and not joined:
                    continue
                pattern = re.escape(word) if joined else rf"\b{re.escape(word)}\b"
                for found in re.finditer(pattern, text):
                    if found.start() not in seen:
                        seen.add(found.start())
                        ahead = (number - today.weekday() - 1) % 7 + 1
                        day = Day(*found.span(), (today + timedelta(days=ahead),), exact=False)
                        yield day, number
