"""Spans of days as people write them."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.core.calendar import Calendar
from syncd.core.periods import NoPeriod, period
from tests.support.mail import LONDON

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        (None, None, None, "2026-11-23"),
        ("2026-09-01", None, "2026-09-01", "2026-11-23"),
        ("2026-09-01", "2026-09-30", "2026-09-01", "2026-09-30"),
        ("2026-09-01", "2026-10", "2026-09-01", "2026-10-31"),
        (None, "2026-Q1", None, "2026-03-31"),
        ("2026-Q3", None, "2026-07-01", "2026-09-30"),
        ("2026q4", None, "2026-10-01", "2026-11-23"),
        ("2026-02", None, "2026-02-01", "2026-02-28"),
        ("2025-12", None, "2025-12-01", "2025-12-31"),
        ("2025", None, "2025-01-01", "2025-12-31"),
        ("2026", None, "2026-01-01", "2026-11-23"),
        ("2025", "2026-02-10", "2025-01-01", "2026-02-10"),
        ("90 days", None, "2026-08-25", "2026-11-23"),
        ("2 weeks ago", None, "2026-11-09", "2026-11-23"),
        ("9 months", None, "2026-02-23", "2026-11-23"),
        ("1 year", None, "2025-11-23", "2026-11-23"),
        ("2026-11-23", None, "2026-11-23", "2026-11-23"),
        ("2026-09-01", "2027", "2026-09-01", "2026-11-23"),
    ],
)
def test_words_name_days(since, until, first, last):
    found = period(since, until, LONDON, NOW)
    assert found.first == (date.fromisoformat(first) if first else None)
    assert found.last == date.fromisoformat(last)


def test_a_month_ago_of_a_long_month_is_the_last_of_a_short_one():
    assert period("1 month", None, LONDON, datetime(2026, 3, 31, tzinfo=UTC)).first == date(
        2026, 2, 28
    )


def test_a_period_begins_and_ends_at_the_teams_midnight_and_is_open_at_its_end():
    found = period("2026-03", None, Calendar(ZoneInfo("America/New_York")), NOW)
    # The clocks there changed within it.
    assert found.since == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert found.until == datetime(2026, 4, 1, 4, tzinfo=UTC)
    assert found.holds(found.since)
    assert not found.holds(found.until)
    assert found.holds(found.until - timedelta(seconds=1))


def test_a_period_that_goes_on_ends_now():
    assert period("2026-11-01", None, LONDON, NOW).until == NOW
    assert period(None, None, LONDON, NOW).since is None


def test_neighbouring_periods_share_nothing_and_leave_nothing_out():
    ends = [period(f"2026-{month:02}", None, LONDON, NOW) for month in range(1, 11)]
    assert all(a.until == b.since for a, b in itertools.pairwise(ends))


@pytest.mark.parametrize(
    "words", ["", "yesterday", "2026-13", "2026-02-30", "2026-Q5", "0000", "9999-12-31x", "-3 days"]
)
def test_what_names_no_day_is_told_with_what_does(words: str):
    with pytest.raises(NoPeriod, match="2026-Q3"):
        period(words, None, LONDON, NOW)


def test_nothing_lies_between_an_end_and_a_later_beginning():
    with pytest.raises(NoPeriod, match="the end is before the beginning"):
        period("2026-09-01", "2026-08", LONDON, NOW)
    with pytest.raises(NoPeriod, match="before the beginning"):
        period("2027-01-01", None, LONDON, NOW)


def test_a_period_is_told_in_words():
    assert str(period("2026-Q3", None, LONDON, NOW)) == "1 July 2026 to 30 September 2026"
    assert str(period(None, None, LONDON, NOW)) == "up to 23 November 2026"
