"""CSV for people's spreadsheets: what outsiders wrote must never be run there as a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime

# What a spreadsheet takes for the beginning of a formula, also after white space, and signs that
# nobody sees, which it skips.
_FORMULA = frozenset({"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"})


def cell(value: object) -> str:
    """A value as it may stand in a cell: text that would be a formula gets an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)  # a number of ours, a minus included, is none of theirs
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    words = str(value).replace("\x00", "")
    first = next((sign for sign in words if unicodedata.category(sign)[0] not in "ZC"), "")
    risky = words.startswith(("\t", "\r", "\n")) or first in _FORMULA
    return f"'{words}" if risky else words


def written(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A whole table with its header, as RFC 4180 wants it."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([cell(one) for one in columns])
    table.writerows([cell(one) for one in row] for row in rows)
    return out.getvalue()
