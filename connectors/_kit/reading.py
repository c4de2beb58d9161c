"""Reading what services and files hold, of which nothing is promised."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from syncd.ports.verdicts import TryLater

# Longer than anything a service gives lasts, and short enough to be counted with.
_LONGEST_LIFE = 10 * 366 * 86_400.0


# What JSON may hold and no database takes: half of a pair that UTF-16 writes one sign in, escaped
# or as bytes, as cut emoji leave it; and NUL.
_UNSTORABLE = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\\u0000")


def parsed(body: bytes) -> Any:
    """A JSON value whose texts every database takes.

    Raises `ValueError` alone, also for one that nests deeper than any does.
    """
    try:
        given = json.loads(body)
        return _storable(given) if _UNSTORABLE.search(body) else given
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _storable(given: Any) -> Any:
    if isinstance(given, str):
        whole = given.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace("\x00", "")
    if isinstance(given, dict):
        return {_storable(key): _storable(value) for key, value in given.items()}
    return [_storable(one) for one in given] if isinstance(given, list) else given


def json_object(body: bytes | str) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        given = parsed(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


class Turning:
    """Where a listing goes on. One that comes back to where it was would never end."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._been: set[str] = set()

    def to(self, place: object) -> str:
        """The place, "" for the end. Raises `TryLater` for one that was there before."""
        there = str(place or "")
        if there in self._been:
            raise TryLater(f"{self._what}: its pages lead back to themselves")
        if there:
            self._been.add(there)
        return there


def header_date(header: str | None) -> datetime | None:
    """An aware time as HTTP headers hold it; None for anything else.

    A zone of "-0000" reads as no zone at all, and is that of UTC.
    """
    try:
        at = parsedate_to_datetime(header) if header else None
    except (ValueError, OverflowError, LookupError, TypeError):  # of the library's own parser
        return None
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def number(given: object) -> float | None:
    """A number, as one or as text; None for anything else, as for "nan" and "1e999"."""
    try:
        found = float(str(given))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def lasting(given: object, otherwise: float) -> float:
    """For how many seconds something is good; `otherwise` where that is not told."""
    found = number(given)
    return otherwise if found is None else min(max(0.0, found), _LONGEST_LIFE)


def instant(given: object) -> datetime | None:
    """An aware time in ISO 8601; None for anything else."""
    try:
        at = datetime.fromisoformat(str(given))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
