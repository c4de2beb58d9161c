"""Opening the state: one writer, every commit durable, the schema brought up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

# What a block of `Store.begin` is given, and what every query takes.
Tx = Connection

# The newest migration; a test compares it with the scripts.
HEAD = "0002"


class UnusableState(Exception):
    """The state cannot be opened or trusted. The message says what to do."""


class Store:
    """The state. `begin()` is the only way in; each block is one transaction.

    SQLite has a single connection, and the pool's only slot is the lock that threads
    wait for: two writers checkpointing at once corrupted some versions of it. WAL runs
    with synchronous=FULL because a power cut may not forget what was sent.
    """

    def __init__(self, path: Path, *, migrate: bool = True) -> None:
        self.path = path
        self._engine = _open(path)
        try:
            with self._engine.connect() as connection:
                _check(connection)
        except (OperationalError, DatabaseError) as error:
            self._engine.dispose()
            reason = str(error.orig)
            raise UnusableState(
                f"cannot use the state {path}: {reason}; check the path, its owner and the disk, "
                "or restore it from a backup"
            ) from error
        try:
            if migrate:
                self._migrate()
        except BaseException:
            self.close()
            raise

    @classmethod
    def reading(cls, path: Path, *, as_it_is: bool = False) -> Store:
        """A state to look at, left exactly as it is. `as_it_is`: of any schema, to copy it."""
        if not path.exists():
            raise UnusableState(f"there is no state {path} yet; syncd once or syncd run makes it")
        store = cls(path, migrate=False)
        version = store.version()
        if version != HEAD and not as_it_is:
            store.close()
            raise UnusableState(
                f"the state {path} has schema {version or 'none'}, this syncd knows {HEAD}; "
                "syncd once or syncd run brings an older one up to date"
            )
        return store

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except DatabaseError as error:
            # SQLITE_ERROR is a mistake of ours in a statement; the others are the file's.
            code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
            if isinstance(error, IntegrityError) or code & 0xFF == sqlite3.SQLITE_ERROR:
                raise
            raise UnusableState(
                f"the state {self.path} failed: {error.orig}; check the disk and its space, "
                "or restore the state from a backup"
            ) from error

    def version(self) -> str | None:
        """The newest migration it went through; None for an empty one."""
        with self._engine.connect() as connection:
            return _version(connection)

    def close(self) -> None:
        self._engine.dispose()

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the state, as it is now, to `path`."""
        with self._engine.connect() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            target = sqlite3.connect(path)
            try:
                source.backup(target)
            finally:
                target.close()

    def _migrate(self) -> None:
        version = self.version()
        if version == HEAD:
            return
        from syncd.store.migrations.upgrade import upgrade

        upgrade(self._engine, version)


def _open(path: Path) -> Engine:
    if not path.exists():
        # Bodies of undelivered mail pass through: nobody else on the machine reads them.
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise UnusableState(
                f"cannot make the state {path}: {error.strerror}; check the folder and its owner"
            ) from error
    engine = create_engine(
        f"sqlite:///{path}",
        pool_size=1,
        max_overflow=0,
        pool_timeout=600,
        connect_args={"check_same_thread": False, "timeout": 30.0, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.close()

    # A deferred transaction that turns into a write fails at once when someone else
    # wrote meanwhile; IMMEDIATE waits its turn instead.
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _check(connection: Connection) -> None:
    connection.execute(text("SELECT count(*) FROM sqlite_master")).one()


def _version(connection: Connection) -> str | None:
    there = connection.execute(
        text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    ).first()
    if there is None:
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])
