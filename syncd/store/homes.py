"""Where a state can be: in a SQLite file, or on a PostgreSQL server. What differs is here."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError, InterfaceError, OperationalError

from syncd.store.schema import metadata
from syncd.store.server import Server

# Threads of one process that may be in the middle of a transaction, mailboxes' included.
CONNECTIONS = 8
MORE_CONNECTIONS = 72
PATIENCE = 600
# A pooled connection that a firewall has dropped is noticed within half a minute.
KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}

Where = Path | Server


class UnusableState(Exception):
    """The state cannot be opened or trusted. The message says what to do."""


class Home(Protocol):
    """What a database must do for `Store`."""

    at_opening: str
    remedy: str

    def engine(self) -> Engine: ...

    def make(self, engine: Engine) -> None:
        """What must stand before the tables can. Called where the state may be made."""

    def check(self, connection: Connection) -> None:
        """Raises the database's own error where this is no state."""

    def alone(self, connection: Connection) -> None:
        """From here to the end of the transaction nobody else changes the state."""

    def let_others_in(self) -> None:
        """Give who waits for `alone` the time to get it."""

    def version(self, connection: Connection) -> str | None: ...

    def scrub(self, engine: Engine) -> None:
        """Leave nothing of what was deleted in what the database has on the disk."""

    def broken(self, error: DatabaseError) -> bool:
        """Whether the state failed; else the mistake is ours."""


def stands_beside(path: Path) -> Path:
    """The file that says there is a state at `path`; see `syncd.store.standing`."""
    return path.with_name(f"{path.name}.stands")


def home(where: Where) -> Home:
    return OnServer(where) if isinstance(where, Server) else InFile(where)


# Longer than SQLite's longest nap of somebody who waits (sqliteDefaultBusyCallback in its main.c).
_GAP = 0.11


class InFile:
    """SQLite: a single connection, and the pool's only slot is the lock that threads wait for.

    Two writers checkpointing at once corrupted some versions of it. WAL runs with
    synchronous=FULL because a power cut may not forget what was sent.
    """

    at_opening = (
        "check the path, its owner and the disk; then restore the newest backup, or `syncd rebuild`"
    )
    remedy = "check the disk and its space; then restore the newest backup, or `syncd rebuild`"

    def __init__(self, path: Path) -> None:
        self._path = path

    def engine(self) -> Engine:
        path = self._path
        if stands_beside(path).exists() and not (path.exists() and path.stat().st_size):
            raise UnusableState(
                f"the state {path} is gone, although there was one; restore the newest backup, or "
                "`syncd rebuild` makes it anew from what the services hold; where it was removed "
                f"on purpose, remove {stands_beside(path).name} beside it, too"
            )
        if not path.exists():
            # Bodies of undelivered mail pass through: nobody else on the machine reads them.
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            except OSError as error:
                raise UnusableState(
                    f"cannot make the state {path}: {error.strerror}; check the folder and its "
                    "owner"
                ) from error
        engine = create_engine(
            f"sqlite:///{path}",
            pool_size=1,
            max_overflow=0,
            pool_timeout=PATIENCE,
            connect_args={"check_same_thread": False, "timeout": 30.0, "isolation_level": None},
        )

        @event.listens_for(engine, "connect")
        def _settings(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute("PRAGMA busy_timeout=30000")
            # What is deleted is overwritten: bodies leave the file when they leave the table.
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.close()

        # A deferred transaction that turns into a write fails at once when someone else
        # wrote meanwhile; IMMEDIATE waits its turn instead.
        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        return engine

    def make(self, engine: Engine) -> None:
        """The file is all it needs."""

    def check(self, connection: Connection) -> None:
        connection.execute(text("SELECT count(*) FROM sqlite_master")).one()

    def alone(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE has seen to it."""

    def let_others_in(self) -> None:
        """Who waits for the writer looks for it ten times a second: there must be a gap to see."""
        time.sleep(_GAP)

    def version(self, connection: Connection) -> str | None:
        there = connection.execute(
            text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
        ).first()
        return None if there is None else _version(connection)

    def scrub(self, engine: Engine) -> None:
        raw = engine.raw_connection()
        try:
            # The file is written anew, and the log, which holds older pages, cut to nothing.
            raw.cursor().execute("VACUUM")
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()

    def broken(self, error: DatabaseError) -> bool:
        # SQLITE_ERROR is a mistake of ours in a statement; the others are the file's.
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return not isinstance(error, IntegrityError) and code & 0xFF != sqlite3.SQLITE_ERROR


class OnServer:
    """PostgreSQL: many connections, and one advisory lock in place of SQLite's one writer.

    Deciding reads what reading mail writes, and takes away the marks that say so: two such
    transactions side by side could each miss what the other did, at any isolation that does
    not make one of them fail. They are short, and none waits for a service. READ COMMITTED,
    because what was read before the lock was ours would be out of date.
    """

    at_opening = "check the address, the user's rights, and that the server runs"
    remedy = "check that the server runs, and what it logged"

    def __init__(self, server: Server) -> None:
        self._server = server
        self._writing = select(func.pg_advisory_xact_lock(server.lock("writing")))

    def engine(self) -> Engine:
        return connect(
            self._server,
            pool_size=CONNECTIONS,
            max_overflow=MORE_CONNECTIONS,
            pool_timeout=PATIENCE,
        )

    def make(self, engine: Engine) -> None:
        there = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
        with engine.begin() as connection:
            # Only where it is missing: saying IF NOT EXISTS needs the right to make schemas.
            self.alone(connection)
            if connection.execute(there, {"name": self._server.schema}).first() is None:
                connection.exec_driver_sql(f"CREATE SCHEMA {self._server.schema}")

    def check(self, connection: Connection) -> None:
        connection.execute(text("SELECT 1")).one()

    def alone(self, connection: Connection) -> None:
        connection.execute(self._writing)

    def let_others_in(self) -> None:
        """The lock goes to whoever has waited longest."""

    def version(self, connection: Connection) -> str | None:
        there = connection.execute(text("SELECT to_regclass('alembic_version')")).scalar_one()
        return None if there is None else _version(connection)

    def scrub(self, engine: Engine) -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in metadata.sorted_tables:
                connection.execute(text(f'VACUUM FULL "{table.name}"'))

    def broken(self, error: DatabaseError) -> bool:
        return isinstance(error, OperationalError | InterfaceError)


def connect(server: Server, *options: str, **pool: Any) -> Engine:
    """An engine on the server. Its connections find the state's tables by themselves.

    Raises `MissingSecret`.
    """
    url = make_url(server.url).set(drivername="postgresql+psycopg", password=server.secret())
    engine = create_engine(
        url,
        pool_pre_ping=True,  # the server may have been restarted since
        connect_args={"options": server.options(*options), "connect_timeout": 10, **KEEPALIVES},
        **pool,
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.adapters.register_dumper(str, _without_nul())

    return engine


def _version(connection: Connection) -> str | None:
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


def _without_nul() -> type[Any]:
    """PostgreSQL takes no text with a NUL in it, and mail may hold one."""
    from psycopg.types.string import StrDumper

    class WithoutNul(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\x00", "") if "\x00" in obj else obj)

    return WithoutNul
