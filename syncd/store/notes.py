"""Small things worth remembering, and the record of runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from syncd.store.schema import notebook, runs
from syncd.store.writing import upsert

# Put together once: both are asked many times a turn.
_VALUE = select(notebook.c.value).where(notebook.c.name == bindparam("name"))
_WRITTEN_AT = select(notebook.c.written_at).where(notebook.c.name == bindparam("name"))


def read(tx: Connection, name: str) -> Any:
    """The value last written under a name; None when there is none."""
    return tx.execute(_VALUE, {"name": name}).scalar_one_or_none()


def written_at(tx: Connection, name: str) -> datetime | None:
    return tx.execute(_WRITTEN_AT, {"name": name}).scalar_one_or_none()


def write(tx: Connection, name: str, value: Any, now: datetime) -> None:
    upsert(tx, notebook, [{"name": name, "value": value, "written_at": now}], ["name"])


def begin_run(tx: Connection, command: str, now: datetime, *, undoes: int | None = None) -> int:
    values = {"command": command, "began_at": now, "counts": {}, "undoes": undoes}
    row = tx.execute(insert(runs).values(**values))
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def end_run(tx: Connection, run: int, counts: Mapping[str, int], now: datetime) -> None:
    tx.execute(update(runs).where(runs.c.id == run).values(ended_at=now, counts=dict(counts)))
