"""Opening the state: one writer at a time, every commit durable, the schema brought up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, ProgrammingError

from syncd.store.homes import Home, UnusableState, Where, home, stands_beside
from syncd.store.server import Server

__all__ = ["HEAD", "Server", "Store", "Tx", "UnusableState", "Where"]

# What a block of `Store.begin` is given, and what every query takes.
Tx = Connection

# The newest migration; a test compares it with the scripts.
HEAD = "0003"


class Store:
    """The state. `begin()` and `beside()` are the only ways in; each block is one transaction.

    `where`: a file of SQLite, or a server.
    """

    def __init__(self, where: Where, *, migrate: bool = True, at: Home | None = None) -> None:
        self.where = where
        self._home = home(where) if at is None else at
        self._engine = self._opened()
        try:
            with self._engine.connect() as connection:
                self._home.check(connection)
        except DatabaseError as error:
            self._engine.dispose()
            raise UnusableState(
                f"cannot use the state {where}: {error.orig}; {self._home.at_opening}"
            ) from error
        try:
            if migrate:
                self._migrate()
        except BaseException:
            self.close()
            raise

    @classmethod
    def reading(cls, where: Where, *, as_it_is: bool = False) -> Store:
        """A state to look at, left exactly as it is. `as_it_is`: of any schema, to copy it."""
        if isinstance(where, Path) and not (where.exists() or stands_beside(where).exists()):
            raise UnusableState(f"there is no state {where} yet; syncd once or syncd run makes it")
        store = cls(where, migrate=False)
        try:
            if not as_it_is:
                store._refuse_other_schemas()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def rehearsing(cls, where: Where, copy: Path) -> Store:
        """A throw-away copy of a state, to be written in: on a server temporary tables, where it
        lets us have them, else the file `copy`. Raises `UnusableState`.
        """
        original = cls.reading(where, as_it_is=isinstance(where, Path))
        try:
            if isinstance(where, Server):
                from syncd.store.rehearsed import InTemporaryTables

                with suppress(ProgrammingError):
                    return cls(where, at=InTemporaryTables(where))
            original.copy_to(copy)
        finally:
            original.close()
        return cls(copy)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Nobody else, on any machine, changes the state meanwhile.
        """
        with self.beside() as connection:
            self._home.alone(connection)
            yield connection

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        """A transaction beside that of somebody else, where the database can have two.

        For a look, and for rows that only the caller changes, such as a mailbox's own while
        its job is held. Never to take away a mark that somebody else may be setting.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except DatabaseError as error:
            if not self._home.broken(error):
                raise
            raise UnusableState(
                f"the state {self.where} failed: {error.orig}; {self._home.remedy}"
            ) from error

    def version(self) -> str | None:
        """The newest migration it went through; None for an empty one."""
        with self.beside() as connection:
            return self._home.version(connection)

    def suits(self) -> bool:
        """Whether this syncd can work on the schema as it is."""
        version = self.version()
        if version is None or version <= HEAD:
            return version == HEAD
        with self.beside() as connection:
            return _oldest(connection) <= HEAD

    def close(self) -> None:
        self._engine.dispose()

    def let_others_in(self) -> None:
        """Between two of many transactions that follow each other, so that nobody starves."""
        self._home.let_others_in()

    def scrub(self) -> None:
        """Leave nothing of what was deleted on the disk. It takes as long as a copy does."""
        self._home.scrub(self._engine)

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy of the state, as it is now, to a file that is not there yet."""
        if isinstance(self.where, Server):
            from syncd.store.moving import copy_rows

            target = Store(path)
            try:
                copy_rows(self, target)
            finally:
                target.close()
            return
        with self._engine.connect() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            # Made first, so that nobody else reads it even for a moment.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            copy = sqlite3.connect(path)
            try:
                source.backup(copy)
            finally:
                copy.close()

    def _opened(self) -> Engine:
        return self._home.engine()

    def _refuse_other_schemas(self) -> None:
        if self.suits():
            return
        version = self.version()
        if version is None and isinstance(self.where, Server):
            raise UnusableState(
                f"there is no state {self.where} yet; syncd once, run or worker makes it"
            )
        raise UnusableState(
            f"the state {self.where} has schema {version or 'none'}, this syncd knows {HEAD}; "
            "syncd once or syncd run brings an older one up to date"
        )

    def _migrate(self) -> None:
        self._home.make(self._engine)
        if self.suits():
            return
        from syncd.store.migrations.upgrade import upgrade

        upgrade(self._engine, self._home)


def _oldest(connection: Connection) -> str:
    """The schema that a syncd must know to work on a newer one beside the newer syncd.

    Migrations only add, so that it can; the one that some day takes something away says so
    here, and then older ones must have ended.
    """
    from syncd.store import notes

    return str(notes.read(connection, OLDEST) or "9999")


# Written by the migrations; see `_oldest`.
OLDEST = "schema:oldest"
