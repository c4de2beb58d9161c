"""How much working time lies between two moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.calendar import Calendar, HalfDay, Hours

ALL_DAY = Calendar(ZoneInfo("Europe/London"), frozenset({date(2026, 12, 25)}))
OFFICE = Calendar(
    ZoneInfo("Europe/London"),
    frozenset({date(2026, 12, 25)}),
    Hours(time(9), time(17, 30)),
    (HalfDay(12, 24),),
)


def at(day: int, hour: float = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC) + timedelta(hours=hour)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [
        (ALL_DAY, at(2, 10), at(2, 12), 2),
        (ALL_DAY, at(6, 12), at(9, 12), 24),  # over a weekend
        (ALL_DAY, at(7, 9), at(8, 20), 0),
        (OFFICE, at(2, 10), at(2, 12), 2),
        (OFFICE, at(2, 7), at(2, 20), 8.5),
        (OFFICE, at(2, 16.5), at(3, 10), 2),
        (OFFICE, at(6, 17), at(9, 9.5), 1),
        (OFFICE, at(24, 9, 12), at(28, 10, 12), 4),  # a half day, Christmas, a weekend
        (OFFICE, at(3, 9), at(2, 9), 0),
        (ALL_DAY, at(25, 0, 10), at(26, 0, 10), 0),  # the Sunday on which clocks go back
    ],
)
def test_nights_weekends_and_holidays_do_not_count(calendar, start, end, hours):
    assert calendar.worked(start, end) == timedelta(hours=hours)


def test_a_day_is_as_long_as_the_office_is_open():
    assert OFFICE.day_length == timedelta(hours=8.5)
    assert ALL_DAY.day_length == timedelta(days=1)


_MOMENTS = st.integers(0, 60 * 24 * 60).map(lambda minutes: at(1) + timedelta(minutes=minutes))


@given(st.sampled_from([OFFICE, ALL_DAY]), _MOMENTS, _MOMENTS, _MOMENTS)
def test_the_parts_of_a_span_add_up(calendar, one, two, three):
    first, middle, last = sorted([one, two, three])
    whole = calendar.worked(first, last)
    assert whole == calendar.worked(first, middle) + calendar.worked(middle, last)
    assert timedelta() <= whole <= last - first
