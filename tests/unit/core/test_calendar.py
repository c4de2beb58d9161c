"""Working time, by tables and by what must hold for any of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.calendar import Calendar, Span, Unit

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
HOLIDAYS = frozenset(
    {
        date(2026, 12, 25),
        date(2026, 12, 28),  # in lieu of Boxing Day, a Saturday
        date(2027, 1, 1),
        date(2026, 5, 4),
    }
)
TEAM = Calendar(LONDON, HOLIDAYS)


def local(words: str, zone: ZoneInfo = LONDON) -> datetime:
    """What the team's wall shows, e.g. 2026-11-20 17:30."""
    return datetime.strptime(words, "%Y-%m-%d %H:%M").replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("3 business days", Span(3, Unit.BUSINESS_DAY)),
        ("1 business day", Span(1, Unit.BUSINESS_DAY)),
        ("  2   Business   Days ", Span(2, Unit.BUSINESS_DAY)),
        ("90 days", Span(90, Unit.DAY)),
        ("1 week", Span(1, Unit.WEEK)),
        ("36 hours", Span(36, Unit.HOUR)),
        ("5 minutes", Span(5, Unit.MINUTE)),
        ("2 seconds", Span(2, Unit.SECOND)),
        ("0 days", Span(0, Unit.DAY)),
    ],
)
def test_spans_are_read_as_people_write_them(words, span):
    assert Span.parse(words) == span


@pytest.mark.parametrize(
    "words",
    ["", "3", "days", "three days", "-1 days", "1.5 days", "3 months", "3 days ago", "999999 days"],
)
def test_what_is_no_span_is_told_what_would_be_one(words):
    with pytest.raises(ValueError, match=f'"{words}" is not a span; write a whole number and'):
        Span.parse(words)


@given(st.integers(0, 99_999), st.sampled_from(Unit))
def test_a_span_reads_its_own_words(amount, unit):
    assert Span.parse(str(Span(amount, unit))) == Span(amount, unit)


def test_spans_of_clock_time_have_a_length_and_business_days_have_none():
    assert [Span(2, unit).delta for unit in Unit if unit is not Unit.BUSINESS_DAY] == [
        timedelta(seconds=2),
        timedelta(minutes=2),
        timedelta(hours=2),
        timedelta(days=2),
        timedelta(weeks=2),
    ]
    with pytest.raises(ValueError, match="business days have no fixed length"):
        assert Span(1, Unit.BUSINESS_DAY).delta


DUE = [
    # business days count whole working days after the day of writing
    ("2026-11-23 09:00", "1 business day", "2026-11-24 09:00", "Monday to Tuesday"),
    ("2026-11-20 09:00", "1 business day", "2026-11-23 09:00", "Friday to Monday"),
    ("2026-11-20 23:30", "1 business day", "2026-11-23 23:30", "late on Friday, the same"),
    ("2026-11-21 10:00", "1 business day", "2026-11-23 10:00", "Saturday to Monday"),
    ("2026-11-22 10:00", "1 business day", "2026-11-23 10:00", "Sunday to Monday"),
    ("2026-11-20 09:00", "5 business days", "2026-11-27 09:00", "a week of work"),
    ("2026-11-20 09:00", "10 business days", "2026-12-04 09:00", "two, over a month's end"),
    ("2026-12-24 12:00", "1 business day", "2026-12-29 12:00", "over Christmas and its Monday"),
    ("2026-12-24 12:00", "3 business days", "2026-12-31 12:00", "and on"),
    ("2026-12-31 12:00", "1 business day", "2027-01-04 12:00", "over New Year"),
    ("2026-11-21 10:00", "0 business days", "2026-11-23 10:00", "none, but not on a Saturday"),
    ("2026-11-23 10:00", "0 business days", "2026-11-23 10:00", "none"),
    # days and weeks move off a day off
    ("2026-11-20 09:00", "1 day", "2026-11-23 09:00", "Saturday moves to Monday"),
    ("2026-11-18 09:00", "2 days", "2026-11-20 09:00", "a working day stays"),
    ("2026-12-18 09:00", "1 week", "2026-12-29 09:00", "Christmas moves past its Monday"),
    ("2026-01-31 09:00", "1 day", "2026-02-02 09:00", "over a month's end"),
    ("2028-02-28 09:00", "1 day", "2028-02-29 09:00", "a leap day"),
    ("2026-09-01 09:00", "90 days", "2026-11-30 09:00", "a quarter"),
    # the wall clock keeps its time over a change of clocks
    ("2026-03-27 09:00", "1 business day", "2026-03-30 09:00", "spring forward on Sunday"),
    ("2026-10-23 09:00", "1 business day", "2026-10-26 09:00", "fall back on Sunday"),
    ("2026-03-27 09:00", "3 days", "2026-03-30 09:00", "spring, days"),
    ("2026-10-23 09:00", "1 week", "2026-10-30 09:00", "autumn, weeks"),
]


@pytest.mark.parametrize(("start", "span", "due", "reason"), DUE, ids=[row[3] for row in DUE])
def test_due_times_fall_where_a_person_would_put_them(start, span, due, reason):
    # Times are stored in UTC; the team counts on its own wall.
    came = TEAM.after(local(start).astimezone(UTC), Span.parse(span))
    assert came.astimezone(LONDON).replace(tzinfo=None) == local(due).replace(tzinfo=None), reason
    assert came.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "span", "hours"),
    [
        ("2026-03-28 20:00", "12 hours", 12),
        ("2026-10-24 20:00", "12 hours", 12),
        ("2026-10-24 20:00", "90 minutes", 1.5),
        ("2026-11-21 10:00", "1 hour", 1),
        ("2026-11-21 10:00", "36 seconds", 0.01),
    ],
    ids=["spring", "autumn", "minutes", "on a Saturday", "seconds"],
)
@pytest.mark.parametrize("zone", [UTC, LONDON], ids=str)
def test_hours_are_hours_whatever_the_clocks_and_the_calendar_do(start, span, hours, zone):
    began = local(start).astimezone(zone)
    came = TEAM.after(began, Span.parse(span))
    assert came.astimezone(UTC) - began.astimezone(UTC) == timedelta(hours=hours)
    assert came.tzinfo is zone


def test_a_local_time_that_is_skipped_moves_forward():
    team = Calendar(NEW_YORK)
    # On Sunday 8 March 2026 no clock in New York shows 02:30; weeks keep Sundays for the test.
    day = date(2026, 3, 8)
    skipped = team._at(day, local("2026-03-08 02:30").time(), like=datetime.now(UTC))
    assert skipped == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert skipped.astimezone(NEW_YORK).hour == 3


def test_of_a_local_time_that_comes_twice_the_first_counts():
    twice = TEAM._at(date(2026, 10, 25), local("2026-10-25 01:30").time(), like=datetime.now(UTC))
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_mail_late_in_the_evening_counts_for_the_teams_day_not_for_utc():
    team = Calendar(NEW_YORK)
    # Thursday 22:00 in New York is Friday in UTC.
    start = local("2026-11-19 22:00", NEW_YORK).astimezone(UTC)
    assert team.local_date(start) == date(2026, 11, 19)
    came = team.after(start, Span(1, Unit.BUSINESS_DAY)).astimezone(NEW_YORK)
    assert came == local("2026-11-20 22:00", NEW_YORK)


def test_a_day_starts_at_midnight_on_the_teams_wall():
    utc = datetime(2026, 1, 1, tzinfo=UTC)
    assert TEAM.start_of(date(2026, 9, 1), like=utc) == datetime(2026, 8, 31, 23, tzinfo=UTC)
    assert TEAM.start_of(date(2026, 11, 1), like=utc) == datetime(2026, 11, 1, tzinfo=UTC)
    # Summer time begins at midnight in Cairo: that day has no 00:00.
    cairo = Calendar(ZoneInfo("Africa/Cairo"))
    assert cairo.start_of(date(2026, 4, 24), like=utc) == datetime(2026, 4, 23, 22, tzinfo=UTC)


def test_two_years_of_holidays_do_not_hang_the_daemon():
    day = date(2026, 1, 1)
    always_off = Calendar(LONDON, frozenset(day + timedelta(days=n) for n in range(800)))
    assert always_off.next_working_day(day) == day


zones = st.sampled_from(
    ["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo"]
).map(ZoneInfo)
calendars = st.builds(
    Calendar,
    zones,
    st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=40),
)
_FIRST, _LAST = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-06-01")
moments = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
day_spans = st.builds(
    Span, st.integers(0, 60), st.sampled_from([Unit.DAY, Unit.BUSINESS_DAY, Unit.WEEK])
)
spans = st.builds(Span, st.integers(0, 60), st.sampled_from(Unit))


@given(calendars, moments, day_spans)
def test_due_times_of_days_land_on_working_days(calendar, start, span):
    assert calendar.works_on(calendar.local_date(calendar.after(start, span)))


@given(calendars, moments, day_spans)
def test_due_times_of_days_keep_the_time_of_day_unless_the_clocks_skip_it(calendar, start, span):
    came = calendar.after(start, span).astimezone(calendar.zone)
    wanted = start.astimezone(calendar.zone)
    drift = datetime.combine(came, came.time()) - datetime.combine(came, wanted.time())
    assert timedelta(0) <= drift <= timedelta(hours=1)


@given(calendars, moments, moments, spans)
def test_what_was_written_later_is_not_due_on_an_earlier_day(calendar, one, other, span):
    first, second = sorted([one, other])
    earlier, later = calendar.after(first, span), calendar.after(second, span)
    assert calendar.local_date(earlier) <= calendar.local_date(later)


@given(calendars, moments, spans)
def test_a_longer_wait_never_ends_earlier(calendar, start, span):
    longer = Span(span.amount + 1, span.unit)
    assert calendar.after(start, span) <= calendar.after(start, longer)


@given(calendars, moments, spans)
def test_no_wait_ends_before_it_began(calendar, start, span):
    # A repeated hour: the same time of day may come out an hour earlier when nothing is added.
    slack = timedelta(hours=1) if span.amount == 0 else timedelta(0)
    assert calendar.after(start, span) >= start - slack


@given(calendars, moments, st.integers(1, 30))
def test_business_days_are_that_many_working_days_later(calendar, start, amount):
    began = calendar.local_date(start)
    ended = calendar.local_date(calendar.after(start, Span(amount, Unit.BUSINESS_DAY)))
    between = [began + timedelta(days=n) for n in range(1, (ended - began).days + 1)]
    assert sum(map(calendar.works_on, between)) == amount
