"""Inserts that may meet their own rows again, in the dialect of the database at hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

# SQLite allows 32,766 variables in a statement; this leaves room for the rest of it.
CHUNK = 500


def insert_new(tx: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose keys are not there yet; leave the others alone."""
    if rows:
        tx.execute(_insert_new(tx.dialect.name, table), rows)


def upsert(
    tx: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    keys: Sequence[str],
    keep: Sequence[str] = (),
) -> None:
    """Insert the rows; where `keys` meet a row, replace its other columns but `keep`."""
    if rows:
        rest = tuple(name for name in rows[0] if name not in {*keys, *keep})
        tx.execute(_upsert(tx.dialect.name, table, tuple(keys), rest), rows)


def chunks(values: Iterable[T]) -> Iterable[list[T]]:
    """`values` in lists short enough for one IN (…)."""
    everything = list(values)
    for start in range(0, len(everything), CHUNK):
        yield everything[start : start + CHUNK]


# Each is put together once: building a statement costs several times what it takes to run.
@cache
def _insert_new(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _upsert(dialect: str, table: Table, keys: tuple[str, ...], rest: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    values = {name: statement.excluded[name] for name in rest}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=values)


def _insert(dialect: str, table: Table) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
