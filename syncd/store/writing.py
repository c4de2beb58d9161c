"""Inserts that may meet their own rows again, in the dialect of the database at hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

# SQLite allows 32,766 variables in a statement; this leaves room for the rest of it.
CHUNK = 500


def insert_new(tx: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose keys are not there yet; leave the others alone."""
    if rows:
        tx.execute(_insert(tx, table).on_conflict_do_nothing(), rows)


def upsert(
    tx: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    keys: Sequence[str],
    keep: Sequence[str] = (),
) -> None:
    """Insert the rows; where `keys` meet a row, replace its other columns but `keep`."""
    if not rows:
        return
    statement = _insert(tx, table)
    rest = {name: statement.excluded[name] for name in rows[0] if name not in {*keys, *keep}}
    tx.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=rest), rows)


def chunks(values: Iterable[T]) -> Iterable[list[T]]:
    """`values` in lists short enough for one IN (…)."""
    everything = list(values)
    for start in range(0, len(everything), CHUNK):
        yield everything[start : start + CHUNK]


def _insert(tx: Connection, table: Table) -> Any:
    if tx.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
