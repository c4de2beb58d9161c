"""Which calendar a contact's due times are counted in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.calendar import Calendar, HalfDay, Hours, Span
from syncd.core.calendars import Calendars, Country, Whose, no_country

LONDON = ZoneInfo("Europe/London")
REPENTANCE = date(2026, 11, 18)
BOXING_DAY = date(2026, 12, 28)
TEAM = Calendar(LONDON, frozenset({BOXING_DAY}), Hours(time(9), time(17)), (HalfDay(12, 24),))
WORLD = {
    "DE": Country(frozenset({REPENTANCE})),
    "AE": Country(frozenset({date(2026, 12, 2)}), frozenset({4, 5})),
}


def calendars() -> Calendars:
    return Calendars(TEAM, WORLD.get)


def utc(words: str, zone: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_nothing_known_of_a_contact_is_the_teams_calendar_itself():
    some = calendars()
    for zone, country in (
        ("", ""),
        ("Mars/Olympus", "XX"),
        ("../etc/passwd", "Germany"),
        (" ", "1"),
    ):
        for clock in Whose:
            assert some.of(zone, country, clock) is TEAM, (zone, country)


def test_a_due_day_is_a_working_day_in_both_countries():
    shared = calendars().of("", "DE")
    assert not shared.works_on(REPENTANCE)
    assert not shared.works_on(BOXING_DAY)
    assert TEAM.works_on(REPENTANCE)
    due = shared.after(utc("2026-11-17 10:00", "Europe/London"), Span.parse("1 business day"))
    assert due == utc("2026-11-19 10:00", "Europe/London")


def test_weekends_of_both_countries_are_off():
    shared = calendars().of("", "ae")
    friday, sunday = date(2026, 11, 20), date(2026, 11, 22)
    assert not shared.works_on(friday)
    assert not shared.works_on(sunday)


def test_whose_clock_counts_is_a_choice():
    start = utc("2026-11-16 20:00", "America/New_York")  # 01:00 on Tuesday in London
    ours = calendars().of("America/New_York", "DE", Whose.TEAM)
    theirs = calendars().of("America/New_York", "DE", Whose.CONTACT)
    assert (ours.zone, theirs.zone) == (LONDON, ZoneInfo("America/New_York"))
    span = Span.parse("1 hour")
    assert ours.after(start, span) == utc("2026-11-17 09:00", "Europe/London")
    assert theirs.after(start, span) == utc("2026-11-17 09:00", "America/New_York")


def test_our_hours_and_half_days_are_kept_on_their_clock():
    theirs = calendars().of("Asia/Tokyo", "", Whose.CONTACT)
    assert (theirs.hours, theirs.half_days) == (TEAM.hours, TEAM.half_days)
    due = theirs.after(utc("2026-12-23 13:00", "Asia/Tokyo"), Span.parse("1 business day"))
    assert due == utc("2026-12-25 09:00", "Asia/Tokyo")


def test_a_calendar_is_made_once_for_a_place_and_countries_are_asked_only_when_needed():
    asked: list[str] = []

    def country(code: str) -> Country | None:
        asked.append(code)
        return WORLD.get(code)

    some = Calendars(TEAM, country)
    assert asked == []
    assert some.of("", "DE") is some.of("Asia/Tokyo", " de ", Whose.TEAM)
    assert some.of("Asia/Tokyo", "", Whose.CONTACT) is some.of("Asia/Tokyo", "??", Whose.CONTACT)
    assert set(asked) == {"DE"}


def test_the_core_alone_knows_no_country():
    assert no_country("DE") is None
    assert Calendars(TEAM).of("", "DE") is TEAM


@given(st.text(max_size=20), st.text(max_size=4), st.sampled_from(Whose))
def test_whatever_a_crm_holds_gives_a_calendar(zone, country, clock):
    assert calendars().of(zone, country, clock).hours == TEAM.hours
