"""Numbers that the database gives, where rows came with theirs."""

from __future__ import annotations

from sqlalchemy import Connection, false, func, select

from syncd.store.schema import metadata


def number_on(tx: Connection) -> None:
    """What is numbered by the database goes on after what was copied."""
    if tx.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            last = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            tx.execute(select(func.setval(sequence, last, false())))
