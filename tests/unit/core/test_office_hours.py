"""Working time with office hours and half days: by tables, and by what must hold for any of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.calendar import Calendar, HalfDay, Hours, Span, Unit
from tests.unit.core.test_calendar import HOLIDAYS, LONDON, local

NINE_TO_FIVE = Hours(time(9), time(17, 30))
OFFICE = Calendar(
    LONDON, HOLIDAYS, NINE_TO_FIVE, (HalfDay(12, 24), HalfDay(12, 31, 2026, time(14)))
)

DUE = [
    # inside office hours nothing changes
    ("2026-11-23 10:00", "1 business day", "2026-11-24 10:00", "inside"),
    ("2026-11-20 16:00", "3 business days", "2026-11-25 16:00", "over a weekend"),
    ("2026-11-23 10:00", "2 hours", "2026-11-23 12:00", "hours inside"),
    # elapsed time that ends outside moves to the next opening
    ("2026-11-23 17:00", "2 hours", "2026-11-24 09:00", "hours past the closing"),
    ("2026-11-23 17:29", "60 seconds", "2026-11-24 09:00", "closing itself is outside"),
    ("2026-11-20 17:00", "90 minutes", "2026-11-23 09:00", "minutes past Friday's closing"),
    ("2026-11-23 02:00", "3 hours", "2026-11-23 09:00", "before the opening"),
    ("2026-11-21 12:00", "1 hour", "2026-11-23 09:00", "on a Saturday"),
    ("2026-11-20 17:00", "64 hours", "2026-11-23 09:00", "nights and weekends elapse"),
    ("2026-11-20 17:00", "65 hours", "2026-11-23 10:00", "and a little more"),
    # days count from the next opening
    ("2026-11-20 18:00", "1 business day", "2026-11-24 09:00", "Friday evening is Monday's first"),
    ("2026-11-21 10:00", "1 business day", "2026-11-24 09:00", "so is Saturday"),
    ("2026-11-23 07:00", "1 business day", "2026-11-24 09:00", "and Monday before the opening"),
    ("2026-11-20 23:30", "1 week", "2026-11-30 09:00", "weeks as well"),
    ("2026-11-21 10:00", "0 business days", "2026-11-23 09:00", "none at all"),
    # days that end on a day off
    ("2026-11-18 16:00", "3 days", "2026-11-23 09:00", "Saturday moves to Monday's opening"),
    ("2026-12-18 10:00", "1 week", "2026-12-29 09:00", "Christmas moves past its Monday"),
    # half days
    ("2026-12-23 11:00", "1 business day", "2026-12-24 11:00", "in the morning of a half day"),
    ("2026-12-23 12:00", "1 business day", "2026-12-29 09:00", "noon is over"),
    ("2026-12-23 16:00", "1 business day", "2026-12-29 09:00", "in its afternoon"),
    ("2027-12-23 16:00", "1 business day", "2027-12-27 09:00", "every year"),
    ("2026-12-30 13:00", "1 business day", "2026-12-31 13:00", "a half day until two"),
    ("2026-12-30 14:00", "1 business day", "2027-01-04 09:00", "and after two"),
    ("2027-12-30 14:00", "1 business day", "2027-12-31 14:00", "in that year only"),
    ("2026-12-24 13:00", "1 business day", "2026-12-30 09:00", "written in its afternoon"),
    # clocks
    ("2026-03-27 17:00", "1 business day", "2026-03-30 17:00", "spring forward on Sunday"),
    ("2026-10-23 17:00", "1 business day", "2026-10-26 17:00", "fall back on Sunday"),
    ("2026-10-24 23:00", "3 hours", "2026-10-26 09:00", "hours into the hour that comes twice"),
]


@pytest.mark.parametrize(("start", "span", "due", "reason"), DUE, ids=[row[3] for row in DUE])
def test_due_times_fall_inside_office_hours(start, span, due, reason):
    came = OFFICE.after(local(start).astimezone(UTC), Span.parse(span))
    assert came.astimezone(LONDON).replace(tzinfo=None) == local(due).replace(tzinfo=None), reason
    assert came.tzinfo is UTC


def test_half_days_are_whole_days_where_no_office_hours_are_kept():
    team = replace(OFFICE, hours=None)
    start = local("2026-12-23 16:00")
    assert team.after(start, Span(1, Unit.BUSINESS_DAY)) == local("2026-12-24 16:00")


def test_work_begins_at_the_opening_of_the_next_working_day():
    utc = datetime(2026, 1, 1, tzinfo=UTC)
    assert OFFICE.opening(date(2026, 11, 21), like=utc) == local("2026-11-23 09:00")
    assert OFFICE.opening(date(2026, 11, 23), like=utc) == local("2026-11-23 09:00")
    midnight = Calendar(LONDON).opening(date(2026, 11, 21), like=utc)
    assert midnight == local("2026-11-23 00:00")


def test_an_office_that_is_open_in_the_hour_that_comes_twice_is_open_both_times():
    sundays = Calendar(LONDON, hours=Hours(time(0, 30), time(1, 45)), weekend=frozenset())
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert sundays.next_opening(first) == first
    # 01:30 on the wall for the second time, when the office has closed at the first 01:45.
    assert sundays.next_opening(second) == datetime(2026, 10, 26, 0, 30, tzinfo=UTC)


def test_an_opening_that_the_clocks_skip_comes_an_hour_later():
    sundays = Calendar(LONDON, hours=Hours(time(1, 30), time(8)), weekend=frozenset())
    night = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert sundays.next_opening(night) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


zones = st.sampled_from(
    ["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo"]
).map(ZoneInfo)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
# Clocks change between midnight and three, so these hours come once on every day.
openings = st.builds(time, st.integers(4, 11), st.sampled_from([0, 15, 30]))
closings = st.builds(time, st.integers(13, 23), st.sampled_from([0, 30]))
half_days = st.builds(
    HalfDay, st.integers(1, 12), st.integers(1, 28), st.sampled_from([None, 2026, 2027])
)
offices = st.builds(
    Calendar,
    zones,
    st.frozensets(days, max_size=40),
    st.builds(Hours, openings, closings),
    st.lists(half_days, max_size=5).map(tuple),
    st.sampled_from([frozenset({5, 6}), frozenset({4, 5}), frozenset({4, 5, 6}), frozenset()]),
)
_FIRST, _LAST = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-06-01")
moments = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
spans = st.builds(Span, st.integers(0, 60), st.sampled_from(Unit))


def is_open(office: Calendar, at: datetime) -> bool:
    """Told by the wall alone."""
    wall = at.astimezone(office.zone)
    assert office.hours is not None
    closes = office.hours.closes
    if any(half.is_on(wall.date()) for half in office.half_days):
        closes = min(closes, time(12))
    return office.works_on(wall.date()) and office.hours.opens <= wall.time() < closes


@given(offices, moments, spans)
def test_whatever_the_span_it_ends_when_the_office_is_open(office, start, span):
    assert is_open(office, office.after(start, span))


@given(offices, moments, moments, spans)
def test_what_was_written_later_is_never_due_earlier(office, one, other, span):
    first, second = sorted([one, other])
    assert office.after(first, span) <= office.after(second, span)


@given(offices, moments, spans)
def test_a_longer_wait_never_ends_earlier(office, start, span):
    assert office.after(start, span) <= office.after(start, Span(span.amount + 1, span.unit))


@given(offices, moments, spans)
def test_no_wait_ends_before_it_began(office, start, span):
    assert office.after(start, span) >= start


@given(offices, moments)
def test_the_next_opening_is_the_first_moment_that_is_open(office, at):
    opening = office.next_opening(at)
    assert office.next_opening(opening) == opening
    if opening != at:
        assert not is_open(office, at)
        assert not is_open(office, opening - timedelta(minutes=1))


@given(offices, moments, st.sampled_from([Unit.MINUTE, Unit.HOUR]), st.integers(0, 60))
def test_hours_are_put_off_by_the_office_and_by_nothing_else(office, start, unit, amount):
    span = Span(amount, unit)
    assert office.after(start, span) == office.next_opening(start + span.delta)


@given(offices, moments, st.integers(1, 30))
def test_business_days_are_at_least_that_many_working_days(office, start, amount):
    began = office.local_date(office.next_opening(start))
    ended = office.local_date(office.after(start, Span(amount, Unit.BUSINESS_DAY)))
    between = [began + timedelta(days=n) for n in range(1, (ended - began).days + 1)]
    # One more where the afternoon of a half day pushed it on.
    assert amount <= sum(map(office.works_on, between)) <= amount + 1 + len(office.half_days)
