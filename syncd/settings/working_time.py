"""When the team works, and who stands in for whom: office hours, half days, hand-over."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from syncd.core.calendar import NOON, HalfDay, Hours
from syncd.core.mail.addresses import normalise, valid
from syncd.settings.fields import Unfit, shown

_HOURS = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-\u2013]\s*(\d{1,2}):(\d{2})\s*")
_HALF_DAY = re.compile(r"\s*(?:(\d{4})-)?(\d{1,2})-(\d{1,2})(?:\s+until\s+(\d{1,2}):(\d{2}))?\s*")
_LEAP_YEAR = 2024
_TIME = r"([01]?\d|2[0-3]):[0-5]\d"
_ADDRESS = r"^[^@\s]+@[^@\s]+$"


def _hours(given: Any) -> Hours:
    if isinstance(given, Hours):
        return given
    found = _HOURS.fullmatch(given) if isinstance(given, str) else None
    words = "should be two times of day, e.g. 09:00-17:30"
    if found is None:
        raise Unfit(words)
    try:
        opens, closes = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise Unfit(words) from None
    if opens >= closes:
        raise Unfit("ends before it begins; write when we begin first, e.g. 09:00-17:30")
    return Hours(opens, closes)


def _half_day(given: Any, info: ValidationInfo) -> HalfDay:
    made = given if isinstance(given, HalfDay) else _read_half_day(given)
    if "office_hours" not in info.data:
        return made  # they are wrong themselves; that is told where they stand
    hours = info.data["office_hours"]
    if hours is None:
        raise Unfit("needs office_hours beside it, which it shortens, e.g. 09:00-17:30")
    if made.until <= hours.opens:
        raise Unfit(f"would end before we begin at {hours.opens:%H:%M}; put it in days_off")
    if made.until >= hours.closes:
        raise Unfit(f"would not end before {hours.closes:%H:%M}; write an earlier time")
    return made


def _read_half_day(given: Any) -> HalfDay:
    # An unquoted full date is a date to YAML, one without its year is text.
    found = _HALF_DAY.fullmatch(str(given)) if isinstance(given, str | date) else None
    words = 'should be a day, e.g. 12-24, 2026-12-24 or "12-24 until 14:00"'
    if found is None:
        raise Unfit(words)
    try:
        day = date(int(found[1] or _LEAP_YEAR), int(found[2]), int(found[3]))
        until = time(int(found[4]), int(found[5])) if found[4] else NOON
    except ValueError:
        raise Unfit(words) from None
    return HalfDay(day.month, day.day, day.year if found[1] else None, until)


def _half_day_words(day: HalfDay) -> str:
    year = "" if day.year is None else f"{day.year}-"
    until = "" if day.until == NOON else f" until {day.until:%H:%M}"
    return f"{year}{day.month:02}-{day.day:02}{until}"


def address(given: Any) -> str:
    """A teammate's address, normalised."""
    found = normalise(given) if isinstance(given, str) else ""
    if not valid(found):
        raise Unfit(f"{shown(given)} is not an address, e.g. maya@brightlink.example")
    return found


def _leaver(given: Any) -> str:
    return "*" if given == "*" else address(given)


def _not_to_themselves(given: dict[str, str]) -> dict[str, str]:
    for leaver, heir in given.items():
        if leaver == heir:
            raise Unfit(f"{leaver} cannot take over from themselves; name somebody else")
    return given


OfficeHours = Annotated[
    Hours,
    PlainValidator(_hours),
    PlainSerializer(lambda it: f"{it.opens:%H:%M}-{it.closes:%H:%M}"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^\s*{_TIME}\s*[-\u2013]\s*{_TIME}\s*$",
            "examples": ["09:00-17:30"],
        }
    ),
]
HalfDayField = Annotated[
    HalfDay,
    PlainValidator(_half_day),
    PlainSerializer(_half_day_words),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^\s*(\d{{4}}-)?\d{{1,2}}-\d{{1,2}}(\s+until\s+{_TIME})?\s*$",
            "examples": ["12-24", "2026-12-31", "12-31 until 14:00"],
        }
    ),
]
Address = Annotated[
    str, PlainValidator(address), WithJsonSchema({"type": "string", "pattern": _ADDRESS})
]
_Leaver = Annotated[
    str,
    PlainValidator(_leaver),
    WithJsonSchema({"type": "string", "pattern": r"^(\*|[^@\s]+@[^@\s]+)$"}),
]
HandOver = Annotated[dict[_Leaver, Address], AfterValidator(_not_to_themselves)]
