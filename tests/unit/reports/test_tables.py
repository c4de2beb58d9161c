"""Reports for programs: JSON and CSV."""

from __future__ import annotations

import csv
import io
import json

import pytest

from syncd.reports.measures import Per100, Share, Times
from syncd.reports.tables import COLUMNS, SCHEMA, as_csv, as_json
from tests.unit.reports.sample import HOSTILE, report


def lines(number: int = 240) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(report(number)), newline="")))


def test_csv_has_a_line_for_each_number():
    found = lines()
    assert tuple(found[0]) == COLUMNS
    values = sum(len(row.values) for one in report().sections for row in one.rows)
    assert len(found) == values
    assert len({(one["section"], one["row"], one["measure"]) for one in found}) == values


def test_a_spreadsheet_runs_nothing_of_what_people_wrote():
    labels = {one["label"] for one in lines() if one["section"] == "templates"}
    assert f"'{HOSTILE}" in labels
    for one in lines():
        assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in one.values())


def test_csv_and_json_say_the_same():
    told = json.loads(json.dumps(as_json(report())))
    assert told["schema"] == SCHEMA == 1
    for one in lines():
        rows = told["sections"][one["section"]]["rows"]
        row = next(row for row in rows if f"{row['key']}".lstrip("'") == one["row"].lstrip("'"))
        measure = row["values"][one["measure"]]
        for name in ("value", "low", "high", "count", "of"):
            assert one[name] == ("" if measure[name] is None else str(measure[name]))
        assert one["small"] == ("yes" if measure["small"] else "no")


def test_json_tells_the_span_the_zone_and_what_words_mean():
    told = as_json(report(campaign="north"))
    assert told["campaign"] == "north"
    assert told["period"] == {
        "since": "2026-06-30T23:00:00+00:00",
        "until": "2026-11-23T10:00:00+00:00",
        "first_day": "2026-07-01",
        "last_day": "2026-11-23",
        "zone": "Europe/London",
    }
    assert "Pitch" in told["definitions"]


def test_what_is_not_there_is_null_and_never_infinite():
    words = json.dumps(as_json(report(3)), allow_nan=False)
    assert '"value": null' in words


@pytest.mark.parametrize("number", [0, 1])
def test_an_empty_report_is_a_report(number: int):
    assert lines(number) == [] if not number else lines(number)
    assert set(as_json(report(number))["sections"]) == {one.key for one in report().sections}


def test_an_upper_end_that_is_not_there_is_none():
    from syncd.reports.tables import _told

    told = _told(Times(Per100(3, 100), Per100(0, 100)))
    assert told["high"] is None
    assert told["low"] is not None
    assert _told(Share(1, 4)) == {
        "unit": "share",
        "value": 0.25,
        "low": 0.045587,
        "high": 0.699358,
        "count": 1,
        "of": 4,
        "small": True,
    }
