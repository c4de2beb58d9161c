"""What a table is made of, and the one way in which reading it fails."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`line` is where a person finds it: the line in a text file, the row in a spreadsheet.

    `cells` stand as written, neither stripped nor filled up to the header's width.
    """

    line: int
    cells: tuple[str, ...]


class Unreadable(Exception):
    """This is no table we can read; the words say why, and what to do about it."""
