"""Moving a state from one database to another, row by row, and seeing that all of it came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from syncd.store.database import HEAD, OLDEST, Store, UnusableState
from syncd.store.numbering import number_on
from syncd.store.schema import metadata, notebook

# Rows in memory at once, and in one statement.
ROWS = 5_000

Told = Callable[[str, int], None]


def copy_rows(
    source: Store, target: Store, told: Told = lambda _table, _rows: None
) -> Mapping[str, int]:
    """Copy everything, as it is at one moment, into a state in which nothing is yet.

    In one transaction on either side: all of it came, or nothing did. `told` hears how many
    rows of a table have been copied. Returns the rows by table, counted on both sides.
    Raises `UnusableState`.
    """
    if not source.suits():
        raise UnusableState(
            f"the state {source.where} has schema {source.version() or 'none'}, this syncd knows "
            f"{HEAD}; syncd once or syncd run brings it up to date first"
        )
    with source.beside() as there, target.begin() as here:
        _one_moment(there)
        if here.execute(select(func.count()).select_from(notebook)).scalar_one() > 1 or any(
            here.execute(select(table).limit(1)).first() for table in _besides_notes()
        ):
            raise UnusableState(
                f"there is something in the state {target.where} already; nothing is copied over it"
            )
        here.execute(notebook.delete().where(notebook.c.name == OLDEST))
        for table in metadata.sorted_tables:
            done = 0
            for rows in _portions(there, table):
                here.execute(insert(table), rows)
                done += len(rows)
                told(table.name, done)
        number_on(here)
        return _compared(there, here, target)


def _besides_notes() -> list[Table]:
    return [table for table in metadata.sorted_tables if table is not notebook]


def _one_moment(tx: Connection) -> None:
    """What is read from here on is of one moment, whoever writes meanwhile."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _portions(tx: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    found = tx.execution_options(stream_results=True, yield_per=ROWS).execute(select(table))
    for part in found.mappings().partitions():
        yield [dict(row) for row in part]


def _compared(there: Connection, here: Connection, target: Store) -> dict[str, int]:
    counted: dict[str, int] = {}
    for table in metadata.sorted_tables:
        count = select(func.count()).select_from(table)
        was, now = (int(tx.execute(count).scalar_one()) for tx in (there, here))
        if was != now:
            raise UnusableState(f"{was} rows of {table.name} became {now} in {target.where}")
        counted[table.name] = now
    return counted
