"""Looking at the state beside whoever writes it: pages and metrics never make a turn wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as NoneFree

from syncd.store.database import UnusableState

# Lookers at once. Each holds a connection of its own; more wait, and give up before a
# person would.
LOOKERS = 4
PATIENCE = 10


class View:
    """The state as of the last commit, to be read only.

    `Store.begin` takes the writer's lock even to read. Here each look is a deferred
    transaction on a connection that cannot write: in WAL mode such a look sees one
    consistent state, waits for nobody, and nobody waits for it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine(
            f"sqlite:///{path}",
            pool_size=LOOKERS,
            max_overflow=0,
            pool_timeout=PATIENCE,
            connect_args={"check_same_thread": False, "timeout": 5.0, "isolation_level": None},
        )

        @event.listens_for(self._engine, "connect")
        def _settings(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA query_only=ON")

        @event.listens_for(self._engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """One consistent look. Raises `UnusableState`."""
        if not self.path.exists():
            # Connecting would make an empty file, which is no state of ours.
            raise UnusableState(f"the state {self.path} is not there any more")
        try:
            with self._engine.connect() as connection, connection.begin() as transaction:
                yield connection
                transaction.rollback()
        except (DatabaseError, NoneFree) as error:
            words = str(error.orig) if isinstance(error, DatabaseError) else "all looks are taken"
            raise UnusableState(f"cannot look at the state {self.path}: {words}") from error

    def close(self) -> None:
        self._engine.dispose()
