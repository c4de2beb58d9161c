"""Effects a service refused: kept until a person retries or drops them, never lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from syncd.store.schema import effects


def find(tx: Connection, number: int) -> dict[str, Any] | None:
    """A parked effect with its body, by the number `list` shows."""
    query = select(effects).where(effects.c.seq == number, effects.c.state == "parked")
    row = tx.execute(query).mappings().first()
    return None if row is None else dict(row)


def retry(tx: Connection, number: int, words: str) -> bool:
    """Let it be sent again, as if for the first time. False: it is not parked any more.

    What stood in doubt when it was parked was looked for and never found, so that sending
    it again doubles nothing that could have been known.
    """
    return _end(
        tx, number, state="planned", attempts=0, not_before=None, settled_at=None, note=words
    )


def drop(tx: Connection, number: int, words: str, now: datetime) -> bool:
    """Give it up for good: a state of its own, so that deciding again does not bring it back."""
    return _end(tx, number, state="dropped", note=words, settled_at=now)


def _end(tx: Connection, number: int, **values: Any) -> bool:
    statement = update(effects).where(effects.c.seq == number, effects.c.state == "parked")
    return tx.execute(statement.values(**values)).rowcount == 1
