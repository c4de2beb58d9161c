"""Finding columns by what their headers say, in any order, case and language."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from syncd.core.tabular.rows import Row, Unreadable

_GAPS = re.compile(r"[\W_]+")
_NEAR = 0.75
_SHOWN = 12
_LOOKED_THROUGH = 10


@dataclass(frozen=True, slots=True)
class Header:
    """Where the known columns are.

    `at`: position by canonical name. `unknown`: headers that mean nothing to us, as written.
    `doubled`: headers of a column that stands there already, and is read there.
    `suggestions`: canonical name of a column that is not there, and the unknown header that
    looks like it.
    """

    at: Mapping[str, int]
    unknown: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    suggestions: Mapping[str, str] = field(default_factory=dict)

    def missing(self, required: Iterable[str]) -> tuple[str, ...]:
        return tuple(each for each in required if each not in self.at)

    def cell(self, row: Row, column: str) -> str:
        """What a row says there, stripped; "" where the column or the cell is not there."""
        at = self.at.get(column)
        return row.cells[at].strip() if at is not None and at < len(row.cells) else ""

    def complaint(self, required: Iterable[str], spellings: Mapping[str, Sequence[str]]) -> str:
        """What is missing, and what may be meant, for a person; "" where nothing is."""
        words = []
        for each in self.missing(required):
            known = next(iter(spellings.get(each, ())), each)
            near = self.suggestions.get(each)
            words.append(f'no column "{known}"' + (f' (is it "{near}"? rename it)' if near else ""))
        return ", ".join(words)


def header(cells: Iterable[str], columns: Mapping[str, Sequence[str]]) -> Header:
    """Map a header row. `columns`: canonical name -> its spellings, the preferred one first.

    Case, accents, spaces and punctuation do not matter. Where two headers fit one column, the
    spelling that comes first wins, then the one further left.
    """
    written = [cell.strip().strip("\ufeff") for cell in cells]
    positions: dict[str, list[int]] = {}
    for position, cell in enumerate(written):
        positions.setdefault(folded(cell), []).append(position)
    at: dict[str, int] = {}
    used: set[int] = set()
    doubled: list[int] = []
    for name, spellings in columns.items():
        for spelling in dict.fromkeys(folded(each) for each in (*spellings, name)):
            for position in positions.get(spelling, ()):
                if position in used:
                    continue
                used.add(position)
                if name in at:
                    doubled.append(position)
                else:
                    at[name] = position
    left = [cell for position, cell in enumerate(written) if position not in used and cell]
    return Header(
        at,
        tuple(left),
        tuple(written[position] for position in sorted(doubled)),
        _suggestions(left, {name: columns[name] for name in columns if name not in at}),
    )


def table(
    rows: Iterable[Row],
    columns: Mapping[str, Sequence[str]],
    required: Collection[str],
    *,
    name: str,
) -> tuple[Header, Row, Iterator[Row]]:
    """The header of a table, its row, and the rows below it.

    The header is looked for in the first ten rows, since exports like to begin with a title.
    Raises `Unreadable` naming what is missing, what is there, and what may be meant.
    """
    rows = iter(rows)
    best: tuple[int, Header, Row] | None = None
    for row in itertools.islice(rows, _LOOKED_THROUGH):
        found = header(row.cells, columns)
        if not found.missing(required):
            return found, row, rows
        if best is None or len(found.at) > best[0]:
            best = (len(found.at), found, row)
    if best is None:
        raise Unreadable(f"{name} is empty; export it again")
    _, nearest, row = best
    there = ", ".join(cell.strip() for cell in row.cells[:_SHOWN] if cell.strip())
    raise Unreadable(
        f"{name}, line {row.line}: {nearest.complaint(required, columns)}; its columns are: {there}"
    )


def folded(text: str) -> str:
    """A header as it is compared: without case, accents, punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _GAPS.sub(" ", plain).strip()


def _suggestions(left: Sequence[str], missing: Mapping[str, Sequence[str]]) -> dict[str, str]:
    by_fold = {folded(cell): cell for cell in left}
    found = {}
    for name, spellings in missing.items():
        for spelling in (*spellings, name):
            near = get_close_matches(folded(spelling), by_fold, n=1, cutoff=_NEAR)
            if near:
                found[name] = by_fold[near[0]]
                break
    return found
