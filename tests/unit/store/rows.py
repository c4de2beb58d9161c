"""Rows put into the state directly, for what is only read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Float, Integer, Table, insert

from syncd.store.database import Tx
from syncd.store.schema import Instant

EARLY = datetime(2026, 1, 1, tzinfo=UTC)


def put(tx: Tx, table: Table, *rows: dict[str, Any]) -> None:
    """Insert rows; what is not given and must be is empty."""
    for row in rows:
        tx.execute(insert(table), [{**_empty(table), **row}])


def _empty(table: Table) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for column in table.columns:
        if column.nullable or column.server_default is not None:
            continue
        match column.type:
            case Instant():
                given[column.name] = EARLY
            case Boolean():
                given[column.name] = False
            case JSON():
                given[column.name] = {}
            case Date():
                given[column.name] = EARLY.date()
            case Integer() | Float():
                if not column.primary_key:
                    given[column.name] = 0
            case _:
                given[column.name] = ""
    return given
