"""Looking at the state beside whoever writes it: pages and metrics never make a turn wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as NoneFree

from syncd.store.homes import UnusableState, Where, connect
from syncd.store.server import Server

# Lookers at once. Each holds a connection of its own; more wait, and give up before a
# person would.
LOOKERS = 4
PATIENCE = 10


class View:
    """The state as of the last commit, to be read only.

    `Store.begin` takes the writer's lock even to read. Here each look is a transaction on a
    connection that cannot write: it sees one consistent state, waits for nobody, and nobody
    waits for it.
    """

    def __init__(self, where: Where) -> None:
        self.where = where
        pool = {"pool_size": LOOKERS, "max_overflow": 0, "pool_timeout": PATIENCE}
        if isinstance(where, Server):
            # One statement a look could last for ever holds back the server's cleaning up.
            only = ("default_transaction_read_only=on", "statement_timeout=30000")
            self._engine = connect(where, *only, isolation_level="REPEATABLE READ", **pool)
        else:
            self._engine = _beside(where, pool)

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """One consistent look. Raises `UnusableState`."""
        if isinstance(self.where, Path) and not self.where.exists():
            # Connecting would make an empty file, which is no state of ours.
            raise UnusableState(f"the state {self.where} is not there any more")
        try:
            with self._engine.connect() as connection, connection.begin() as transaction:
                yield connection
                transaction.rollback()
        except (DatabaseError, NoneFree) as error:
            words = str(error.orig) if isinstance(error, DatabaseError) else "all looks are taken"
            raise UnusableState(f"cannot look at the state {self.where}: {words}") from error

    def close(self) -> None:
        self._engine.dispose()


def _beside(path: Path, pool: dict[str, int]) -> Engine:
    """In WAL mode a deferred transaction sees the last commit, beside the writer."""
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"check_same_thread": False, "timeout": 5.0, "isolation_level": None},
        **pool,
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
