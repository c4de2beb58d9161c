"""A report as data: sections of tables, each with the chart that shows it, for every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.core.periods import Period
from syncd.reports.measures import Measure


@dataclass(frozen=True, slots=True)
class Column:
    """`key` names it for programs, `label` for people; `about` says what is counted."""

    key: str
    label: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """`key` names what the row is about for programs, `label` for people."""

    key: str
    label: str
    values: tuple[Measure, ...]
    is_whole: bool = False  # the sum of the others


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw of a table: the values of `columns`, by their keys.

    `kind`: bars lying (names to read), columns standing (an order in time), or balance (the
    first column up, the second down). `unit` is "%" for shares.
    """

    kind: str
    columns: tuple[str, ...]
    title: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One table with its chart. `notes` say how it is counted, or what is left out.

    `empty`: said in place of a table without rows. `head` is what the rows are.
    """

    key: str
    title: str
    head: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    chart: Chart | None = None
    notes: tuple[str, ...] = ()
    empty: str = ""

    def column(self, key: str) -> int:
        """The place of a column."""
        return next(at for at, one in enumerate(self.columns) if one.key == key)


@dataclass(frozen=True, slots=True)
class Report:
    """`campaign` is its id, "" for a report on all of them. `definitions`: (word, meaning)."""

    title: str
    period: Period
    made_at: datetime
    zone: str
    campaign: str
    sections: tuple[Section, ...]
    definitions: tuple[tuple[str, str], ...]
    summary: tuple[str, ...] = ()
    client: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not any(section.rows for section in self.sections)
