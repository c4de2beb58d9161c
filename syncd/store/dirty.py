"""What must be decided again. Marked in the commit that changed the facts."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from syncd.store.schema import dirty
from syncd.store.writing import chunks, insert_new


def mark(tx: Connection, kind: str, ids: Iterable[int | str]) -> None:
    insert_new(tx, dirty, [{"kind": kind, "id": str(one)} for one in ids])


def every(tx: Connection, kind: str) -> list[str]:
    query = select(dirty.c.id).where(dirty.c.kind == kind).order_by(dirty.c.id)
    return list(tx.execute(query).scalars())


def forget(tx: Connection, kind: str, ids: Iterable[int | str]) -> None:
    for part in chunks(str(one) for one in ids):
        tx.execute(delete(dirty).where(dirty.c.kind == kind, dirty.c.id.in_(part)))
