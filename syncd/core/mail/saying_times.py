"""The day from which someone may be asked again. None rather than wrong."""

from __future__ import annotations

import calendar
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from syncd.core.mail.dates import Day, days
from syncd.core.mail.phrase_data import Dates, fold
from syncd.core.mail.saying_data import Times
from syncd.core.mail.saying_words import Text

_WEEK = 7
_HALF_A_YEAR = 6  # months
_YEAR_DIGITS = 4
_DECEMBER = 12
# Of the north's seasons the first months, as people use the words and not the stars.
_SEASON_STARTS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
_SEASON_ENDS = {"spring": 6, "summer": 9, "autumn": 12, "winter": 3}
_QUARTERS = {"1": 1, "2": 4, "3": 7, "4": 10}
_LONGEST_AHEAD = timedelta(days=800)
_BEFORE_DAY = 26  # characters, "not before the 15th of"
_NOT = frozenset(
    {
        "not", "nothing", "nicht", "nichts", "erst", "pas", "rien", "no", "nada", "non", "niente",
        "nao", "niet", "niets", "nie", "inte", "ikke", "ei",
    }
)  # fmt: skip


class Calendar:
    """What the languages of one text call times, all in one, seen from `today`."""

    def __init__(
        self,
        times: Sequence[Times],
        names: Sequence[Dates],
        today: date,
        *,
        month_first: bool | None,
    ) -> None:
        self._today = today
        self._names = tuple(names)
        self._month_first = month_first
        self._months = {
            word: number
            for one in names
            for number, words in enumerate(one.months, 1)
            for word in words
        }
        union = frozenset[str]().union
        self._in = union(*(one.in_ for one in times))
        self._in_after = union(*(one.in_after for one in times))
        self._next = union(*(one.next_ for one in times))
        self._after = union(*(one.after for one in times))
        self._before = union(*(one.before for one in times))
        self._lead = union(*(one.lead for one in times))
        self._early = union(*(one.early for one in times))
        self._mid = union(*(one.mid for one in times))
        self._half = union(*(one.half for one in times))
        self._late = union(*(one.late for one in times))
        self._until = frozenset(
            word
            for one in names
            for phrase in one.until
            for word in (phrase.split()[0], phrase.split("'")[0])
        )
        self._numbers = {word: n for one in times for word, n in one.numbers.items()}
        self._units = {word: unit for one in times for word, unit in one.units.items()}
        self._seasons = {word: season for one in times for word, season in one.seasons.items()}
        self._feasts = {word: feast for one in times for word, feast in one.feasts.items()}

    def latest(self, text: Text, sentences: frozenset[int]) -> date | None:
        """The last day that one of these sentences names as a time to come."""
        found = [day for number in sentences for day in self._in_sentence(text, number)]
        ahead = [day for day in found if self._today < day <= self._today + _LONGEST_AHEAD]
        return max(ahead, default=None)

    def _in_sentence(self, text: Text, number: int) -> Iterator[date]:
        folded = fold(text.sentences[number].text)
        named = days(folded, self._names, self._today, month_first=self._month_first)
        exact = list(self._dated(folded, named))
        if exact:
            yield from exact
            return
        first = bisect_left(text.of_sentence, number)
        words = text.words[first : bisect_right(text.of_sentence, number)]
        spoken = list(self._spoken(words))
        yield from spoken or (day for one in named if not one.exact for day in one.dates)

    def _dated(self, text: str, named: Iterable[Day]) -> Iterator[date]:
        """Days with their number: "15 September", "15/9", "the 15th of September"."""
        for day in named:
            if not day.exact or len(day.dates) != 1:
                continue
            led = text[max(0, day.start - _BEFORE_DAY) : day.start].split()[-3:]
            if self._before.isdisjoint(led) or self._negated(led):
                later = not (self._after | self._until).isdisjoint(led[-2:])
                yield day.dates[0] + timedelta(days=int(later))

    @staticmethod
    def _negated(led: Sequence[str]) -> bool:
        """Whether "before June" is "not before June", which is June."""
        return not _NOT.isdisjoint(led)

    def _spoken(self, words: Sequence[str]) -> Iterator[date]:
        for place, word in enumerate(words):
            before = words[max(0, place - 4) : place]
            following = words[place + 1 : place + 3]
            if not self._before.isdisjoint(before) and not self._negated(before):
                continue
            if word in self._units:
                yield from self._unit(self._units[word], before, following)
            if word in self._months:
                yield from self._month(self._months[word], before, following)
            if word in self._seasons:
                yield from self._season(self._seasons[word], before, following)
            if word in self._feasts and not (self._after | self._lead).isdisjoint(before):
                yield self._feast(self._feasts[word], after=self._is_after(before))
            if word in {"q", "t"} and following[:1] and following[0] in _QUARTERS:
                yield self._coming(_QUARTERS[following[0]], 1, within=3)
            if _is_year(word) and self._months.keys().isdisjoint(before):
                yield date(int(word) + self._is_after(before), 1, 1)

    def _is_after(self, before: Sequence[str]) -> bool:
        return not self._after.isdisjoint(before)

    def _unit(self, unit: str, before: Sequence[str], following: Sequence[str]) -> Iterator[date]:
        number = next(filter(None, map(self._number, reversed(before[-2:]))), 0)
        if unit == "year" and not self._half.isdisjoint(before):
            unit, number = "month", _HALF_A_YEAR
        soon = not self._next.isdisjoint(before) or not self._next.isdisjoint(following)
        if number and (
            soon or not self._in.isdisjoint(before) or not self._in_after.isdisjoint(following)
        ):
            yield self._ahead(unit, number)
        elif soon:
            start = self._start_of_next(unit)
            yield self._part(unit, start, before) or start
        elif not self._late.isdisjoint(before):
            yield self._start_of_next(unit) - timedelta(days=3 if unit == "week" else 1)
        elif self._is_after(before):
            yield self._start_of_next(unit)

    def _number(self, word: str) -> int:
        if word.isdecimal() and word.isascii() and len(word) <= 2:
            return int(word)
        return self._numbers.get(word, 0)

    def _ahead(self, unit: str, number: int) -> date:
        if unit == "day":
            return self._today + timedelta(days=number)
        if unit == "week":
            return self._today + timedelta(days=_WEEK * number)
        months = number * {"month": 1, "quarter": 3, "year": 12}[unit]
        return _months_later(self._today, months)

    def _start_of_next(self, unit: str) -> date:
        today = self._today
        if unit == "day":
            return today + timedelta(days=1)
        if unit == "week":
            return today + timedelta(days=_WEEK - today.weekday())
        if unit == "year":
            return date(today.year + 1, 1, 1)
        months = 1 if unit == "month" else 3 - (today.month - 1) % 3
        return _months_later(today.replace(day=1), months)

    def _part(self, unit: str, start: date, before: Sequence[str]) -> date | None:
        """The middle or the end of a month to come."""
        if unit != "month":
            return None
        if not self._mid.isdisjoint(before):
            return start.replace(day=15)
        if not self._late.isdisjoint(before):
            return start.replace(day=calendar.monthrange(start.year, start.month)[1])
        return None

    def _month(self, month: int, before: Sequence[str], following: Sequence[str]) -> Iterator[date]:
        # "Before" comes here only as "not before".
        leads = self._lead | self._in | self._after | self._until | self._next | self._before
        parts = self._early | self._mid | self._late
        year = next((int(word) for word in following if _is_year(word)), 0)
        if not year and (leads | parts).isdisjoint(before[-2:]):
            return
        start = date(year, month, 1) if year else self._coming(month, 1)
        whole = not self._late.isdisjoint(before) and not self._until.isdisjoint(before)
        if self._is_after(before[-2:]) or whole:
            yield _months_later(start, 1)
        else:
            yield self._part("month", start, before[-2:]) or start

    def _season(
        self, season: str, before: Sequence[str], following: Sequence[str]
    ) -> Iterator[date]:
        if self._is_after(before):
            yield self._coming(_SEASON_ENDS[season], 1)
        elif not (self._lead | self._in | self._next | self._early).isdisjoint(
            before
        ) or not self._next.isdisjoint(following[:1]):
            yield self._coming(_SEASON_STARTS[season], 1)

    def _feast(self, feast: str, *, after: bool) -> date:
        if feast == "easter":
            day = _easter(self._today.year)
            if day < self._today:
                day = _easter(self._today.year + 1)
            return day + timedelta(days=2 * after)
        if feast == "christmas" and not after:
            return self._coming(_DECEMBER, 25)
        # After Christmas nobody is back before the year is.
        return self._coming(1, 2)

    def _coming(self, month: int, day: int, *, within: int = 1) -> date:
        """The next such day; the running month (of `within` months) counts as past."""
        today = self._today
        passed = month + within - 1 <= today.month if within == 1 else month <= today.month
        return date(today.year + passed, month, day)


def _is_year(word: str) -> bool:
    return (
        len(word) == _YEAR_DIGITS and word.startswith("20") and word.isascii() and word.isdecimal()
    )


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _easter(year: int) -> date:
    """Easter Sunday (the anonymous Gregorian algorithm)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)
