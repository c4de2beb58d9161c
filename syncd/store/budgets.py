"""What services' limits still allow, kept where every machine sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import bindparam, func, select, update

from syncd.ports.budgets import Change, Tokens
from syncd.store.database import Store, Tx
from syncd.store.schema import budgets
from syncd.store.writing import insert_new

_ROW = select(budgets).where(budgets.c.name == bindparam("name")).with_for_update()
_CHANGE = update(budgets).where(budgets.c.name == bindparam("row"))


class SharedPurse:
    """Tokens in the state. By the database's clock: those of several machines differ."""

    shared = True

    def __init__(
        self, store: Store, name: str, now: Callable[[Tx], datetime] | None = None
    ) -> None:
        self._store = store
        self._name = name
        self._now = now or _of_the_server

    def change(self, work: Change) -> Tokens:
        with self._store.beside() as tx:
            row = tx.execute(_ROW, {"name": self._name}).mappings().first()
            now = self._now(tx)
            if row is None:
                insert_new(tx, budgets, [{"name": self._name, **_columns(work(None, now))}])
                # Of two who found nothing, one was first.
                row = tx.execute(_ROW, {"name": self._name}).mappings().one()
                return _tokens(dict(row))
            tokens = work(_tokens(dict(row)), now)
            tx.execute(_CHANGE, {"row": self._name, **_columns(tokens)})
            return tokens


def _columns(tokens: Tokens) -> dict[str, object]:
    return {
        "tokens": tokens.left,
        "at": tokens.at,
        "closed_until": tokens.closed_until,
        "rate": tokens.rate,
        "burst": tokens.burst,
    }


def _tokens(row: dict[str, object]) -> Tokens:
    return Tokens(
        rate=row["rate"],  # type: ignore[arg-type] # columns of a row have no types
        burst=row["burst"],  # type: ignore[arg-type]
        left=row["tokens"],  # type: ignore[arg-type]
        at=row["at"],  # type: ignore[arg-type]
        closed_until=row["closed_until"],  # type: ignore[arg-type]
    )


def _of_the_server(tx: Tx) -> datetime:
    seconds = tx.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one()
    return datetime.fromtimestamp(float(seconds), UTC)
