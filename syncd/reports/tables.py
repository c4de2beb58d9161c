"""A report for programs: JSON in a shape that is kept, and CSV in one long, tidy table."""

from __future__ import annotations

import math
from typing import Any

from syncd.core.csv_out import written
from syncd.reports.document import Report
from syncd.reports.measures import Measure, Number, Per100, Share, Time, Times

# Raised when something of the shape below goes or changes its meaning; additions do not.
SCHEMA = 1

COLUMNS = (
    "section",
    "row",
    "label",
    "measure",
    "unit",
    "value",
    "low",
    "high",
    "count",
    "of",
    "small",
)
_DIGITS = 6


def as_json(report: Report) -> dict[str, Any]:
    """`{"schema": 1, "campaign", "period", "sections": {KEY: {"rows": [...]}}}`.

    A row is `{"key", "label", "whole", "values": {COLUMN: MEASURE}}`, a measure
    `{"unit", "value", "low", "high", "count", "of", "small"}`. `value` is null where there is
    nothing to count; shares are 0 to 1, times working hours. `low` and `high` are the ends of
    the range of 95 %, of a time the quartiles; null where there is none, or no upper end.
    """
    span = report.period
    return {
        "schema": SCHEMA,
        "title": report.title,
        "campaign": report.campaign or None,
        "period": {
            "since": span.since and span.since.isoformat(),
            "until": span.until.isoformat(),
            "first_day": span.first and span.first.isoformat(),
            "last_day": span.last.isoformat(),
            "zone": report.zone,
        },
        "made_at": report.made_at.isoformat(),
        "summary": list(report.summary),
        "sections": {
            section.key: {
                "title": section.title,
                "notes": list(section.notes),
                "rows": [
                    {
                        "key": row.key,
                        "label": row.label,
                        "whole": row.is_whole,
                        "values": {
                            column.key: _told(value)
                            for column, value in zip(section.columns, row.values, strict=True)
                        },
                    }
                    for row in section.rows
                ],
            }
            for section in report.sections
        },
        "definitions": dict(report.definitions),
    }


def as_csv(report: Report) -> str:
    """A line for each number, so that any of them can be filtered, joined and drawn anew."""
    rows: list[list[object]] = []
    for section in report.sections:
        for row in section.rows:
            for column, value in zip(section.columns, row.values, strict=True):
                told = _told(value)
                rows.append(
                    [section.key, row.key, row.label, column.key, *(told[n] for n in COLUMNS[4:])]
                )
    return written(COLUMNS, rows)


def _told(measure: Measure) -> dict[str, Any]:
    interval = measure.interval
    count, of = _basis(measure)
    return {
        "unit": _UNITS[type(measure)],
        "value": _number(measure.value),
        "low": None if interval is None else _number(interval.low),
        "high": None if interval is None else _number(interval.high),
        "count": count,
        "of": of,
        "small": measure.is_small and measure.value is not None,
    }


_UNITS: dict[type, str] = {
    Number: "count",
    Share: "share",
    Per100: "per 100",
    Times: "times",
    Time: "working hours",
}


def _basis(measure: Measure) -> tuple[int | None, int | None]:
    """How many, of how many."""
    match measure:
        case Share():
            return measure.part, measure.whole
        case Per100():
            return measure.count, measure.among
        case Time():
            return (None if measure.quartiles is None else measure.quartiles.number), None
        case _:
            return None, None


def _number(value: float | None) -> float | None:
    # JSON knows no infinity; an upper end that is not there is none.
    if value is None or math.isinf(value):
        return None
    return value if isinstance(value, int) else round(value, _DIGITS)
