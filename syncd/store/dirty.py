"""What must be decided again. Marked in the commit that changed the facts."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, select

from syncd.store.schema import dirty
from syncd.store.writing import chunks, insert_new

# Put together once: building a statement costs several times what it takes to run.
_EVERY = select(dirty.c.id).where(dirty.c.kind == bindparam("kind")).order_by(dirty.c.id)
_AMONG = select(dirty.c.id).where(
    dirty.c.kind == bindparam("kind"), dirty.c.id.in_(bindparam("ids", expanding=True))
)
_FORGET = delete(dirty).where(
    dirty.c.kind == bindparam("kind"), dirty.c.id.in_(bindparam("ids", expanding=True))
)


def mark(tx: Connection, kind: str, ids: Iterable[int | str]) -> None:
    insert_new(tx, dirty, [{"kind": kind, "id": str(one)} for one in ids])


def every(tx: Connection, kind: str) -> list[str]:
    return list(tx.execute(_EVERY, {"kind": kind}).scalars())


def among(tx: Connection, objects: Iterable[str]) -> frozenset[str]:
    """Those of these objects ("conversation:7") that must be decided again."""
    ids: dict[str, list[str]] = {}
    for one in objects:
        kind, _, number = one.partition(":")
        ids.setdefault(kind, []).append(number)
    found: set[str] = set()
    for kind, wanted in ids.items():
        for some in chunks(wanted):
            rows = tx.execute(_AMONG, {"kind": kind, "ids": some}).scalars()
            found |= {f"{kind}:{one}" for one in rows}
    return frozenset(found)


def forget(tx: Connection, kind: str, ids: Iterable[int | str]) -> None:
    for part in chunks(str(one) for one in ids):
        tx.execute(_FORGET, {"kind": kind, "ids": part})
