"""Whether the state is sound, and how large it is. Reads only, and beside a daemon that writes."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from syncd.ports.secrets import MissingSecret
from syncd.store.homes import Where, connect
from syncd.store.server import Server

# More would say nothing new: one fault is enough to stop trusting a file.
_MOST = 5


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes left where the state is, and how large the state is (0: it is not there yet).

    `free` None: on a server, whose disk is not ours to see.
    """

    free: int | None
    used: int


def faults(path: Path) -> list[str]:
    """What SQLite finds wrong with the file at `path`, in its words; empty where all is well.

    By a connection of its own, on the state as it was last committed: the one writer that
    the state has is not held up.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as raw:
            rows = raw.execute(f"PRAGMA quick_check({_MOST})").fetchall()
    except sqlite3.Error as error:
        return [str(error)]
    found = [str(row[0]) for row in rows]
    return [] if found == ["ok"] else found


def library() -> str:
    """The version of SQLite that this process works with."""
    return sqlite3.sqlite_version


def room(where: Where) -> Room:
    """The room there is for a state, whether or not it is there. Raises `OSError`."""
    if isinstance(where, Server):
        return Room(None, _asked(where, _SIZE))
    folder = where.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    used = sum(
        one.stat().st_size
        for name in (where.name, f"{where.name}-wal")
        if (one := where.with_name(name)).exists()
    )
    return Room(shutil.disk_usage(folder).free, used)


def server_version(server: Server) -> str:
    """What runs there, e.g. "15.14". Raises `OSError`."""
    return str(_asked(server, "SHOW server_version"))


def size(connection: Connection) -> int:
    """The bytes that the tables of a state on a server take, indices included."""
    return int(connection.execute(text(_SIZE)).scalar_one())


_SIZE = (
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c"
    " WHERE c.relnamespace = to_regnamespace(current_schema()) AND c.relkind = 'r'"
)


def _asked(server: Server, question: str) -> int:
    try:
        engine = connect(server, pool_size=1, max_overflow=0)
        try:
            with engine.connect() as connection:
                found: int = connection.execute(text(question)).scalar_one()
                return found
        finally:
            engine.dispose()
    except (DatabaseError, MissingSecret) as error:
        words = str(error.orig) if isinstance(error, DatabaseError) else str(error)
        raise OSError(0, words) from error
