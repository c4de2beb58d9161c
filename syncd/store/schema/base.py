"""What every table is made with. Instants are UTC; addresses are normalised."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    event,
    text,
)
from sqlalchemy.engine import Dialect


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as seconds since 1970 so that every database compares it alike."""

    impl = Float(precision=53)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else value.timestamp()

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromtimestamp(value, UTC)


def index_of_few(name: str, *columns: str, which: str) -> Index:
    """An index of the few rows that wait, out of all there ever were.

    One of all of them is taken for the way to what was done long ago, too, and leads through
    the whole history. A query comes here only with the very words of `which`: see `PENDING`.
    """
    return Index(name, *columns, sqlite_where=text(which), postgresql_where=text(which))


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def widen(column: Column[Any]) -> None:
    """Numbers have 64 bits everywhere: SQLite's always do, PostgreSQL's 32 last some months."""
    if type(column.type) is Integer:
        column.type = BigInteger().with_variant(Integer(), "sqlite")


@event.listens_for(Table, "after_parent_attach")
def _complete(table: Table, parent: MetaData) -> None:
    if parent is metadata:
        for column in table.columns:
            widen(column)
