"""What stands in a report, and how it hangs together."""

from __future__ import annotations

import pytest

from syncd.core.statistics import Quartiles
from syncd.reports.document import Section
from syncd.reports.measures import Number, Per100, Share, Time, Times
from tests.unit.reports.sample import figures, report

KEYS = (
    *("funnel", "warmth", "campaigns", "sources", "teammates", "steps", "templates", "times"),
    *("follow_ups", "months"),
)


def section(key: str, number: int = 240) -> Section:
    return next(one for one in report(number).sections if one.key == key)


def numbers(key: str, column: str) -> tuple[int, int]:
    """The sum of a column's rows, and what the row of the whole says."""
    found = section(key)
    at = found.column(column)
    values = [(row.is_whole, row.values[at]) for row in found.rows]
    rows = [_count(value) for whole, value in values if not whole]
    [total] = [_count(value) for whole, value in values if whole]
    return sum(rows), total


def _count(value: object) -> int:
    match value:
        case Number():
            return value.value
        case Share():
            return value.part
        case _:
            raise AssertionError(value)


@pytest.mark.parametrize(
    ("key", "column"),
    [
        *(
            (key, column)
            for key in ("campaigns", "sources", "teammates", "templates")
            for column in ("written_to", "response", "placement", "bounced")
        ),
        *(("warmth", column) for column in ("messages", "links")),
        *(("follow_ups", column) for column in ("share", "on_time", "late", "snoozed", "open")),
        *(("months", column) for column in ("won", "lost", "net")),
    ],
)
def test_the_rows_add_up_to_the_whole(key: str, column: str):
    parts, whole = numbers(key, column)
    assert parts == whole > 0


def test_sections_agree_with_one_another():
    tally = figures().sums.total.tally
    funnel = {row.key: row.values[0] for row in section("funnel").rows}
    assert funnel["contacted"] == Number(numbers("sources", "written_to")[1])
    assert funnel["answered"] == Number(numbers("teammates", "response")[1])
    assert funnel["linked"] == Number(numbers("campaigns", "placement")[1])
    steps, times = section("steps"), section("times")
    assert sum(_count(row.values[1]) for row in steps.rows) == tally.answered
    assert sum(_count(row.values[0]) for row in times.rows) == tally.answered


def test_every_section_is_there_in_its_order_also_where_there_is_nothing():
    assert tuple(one.key for one in report().sections) == KEYS
    empty = report(0)
    assert empty.is_empty
    assert tuple(one.key for one in empty.sections) == KEYS
    assert all(one.empty.endswith(".") for one in empty.sections)
    assert empty.summary == ()


def test_a_campaigns_report_does_not_compare_campaigns():
    found = report(campaign="north")
    assert [one.key for one in found.sections] == [key for key in KEYS if key != "campaigns"]
    assert found.title == "Northwind"


def test_what_is_left_out_is_told_with_its_number():
    tally, theirs = figures().sums.total.tally, figures().sums.theirs
    [note] = section("funnel").notes
    assert f"{tally.bounced} bounced" in note
    assert f"{tally.absent} had an absence note" in note
    assert f"in {theirs.pitches} further conversations they wrote first" in note
    assert "2 links won in this time are not here" in section("warmth").notes[1]


def test_the_summary_says_how_much_warm_against_cold_is_worth():
    told = report().summary
    assert told[0].startswith("2")
    assert "pitches reached somebody" in told[0]
    existing = next(words for words in told if "who knew us" in words)
    assert "times as many (" in existing


def test_a_difference_that_may_be_chance_is_said_to_be():
    [words] = [one for one in report().summary if "who were introduced" in one]
    row = next(one for one in section("warmth").rows if one.key == "introduced")
    interval = row.values[3].interval
    assert interval is not None
    may_be_chance = interval.low <= 1 <= interval.high
    assert ("may be chance" in words or "too few" in words) is may_be_chance


@pytest.mark.parametrize(
    ("measure", "words", "ends", "small"),
    [
        (Share(3, 9), "33%", "12 to 65%", True),
        (Share(30, 100), "30%", "22 to 40%", False),
        (Share(0, 0), "\u2013", "", True),
        (Per100(5, 200), "2.5", "0.8 to 5.8", False),
        (Per100(1, 5), "20.0", "0.5 to 111.4", True),
        (Per100(0, 0), "\u2013", "", True),
        (Times(Per100(10, 100), Per100(10, 200)), "2.0 times", "0.7 to 5.4", False),
        (Times(Per100(3, 100), Per100(0, 100)), "\u2013", "", False),
        (Times(Per100(3, 100), None), "\u2013", "", False),
        (Time(Quartiles(20, 2.0, 6.25, 17.0), 8.5), "6.2 h", "2.0 h to 2.0 d", False),
        (Time(Quartiles(9, 8.5, 17.0, 34.0), 8.5), "2.0 d", "1.0 d to 4.0 d", True),
        (Time(None, 8.5), "\u2013", "", True),
        (Number(1234), "1,234", "", False),
    ],
)
def test_a_measure_shows_its_value_its_range_and_whether_it_is_small(measure, words, ends, small):
    assert (str(measure), measure.range, measure.is_small) == (words, ends, small)
