"""Holding a state on a server: one process alone, or any number of workers together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DatabaseError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from syncd.store.homes import UnusableState, connect
from syncd.store.server import Server

# How soon a process notices that the connection it holds the state by has broken: before
# anybody could have done much by taking its place.
BEAT = 5.0


class TakenAlready(Exception):
    """Somebody else holds it: as PostgreSQL knows them, by the name of their connection."""


@contextmanager
def held(
    server: Server, who: str, *, together: bool, lost: Callable[[str], None]
) -> Iterator[None]:
    """Hold the state while the block runs, alone or `together` with others who say so.

    By an advisory lock of a connection that does nothing else: the server drops it with the
    connection, however the process ends. `lost` is called, on a thread of its own, where the
    connection breaks before that. Raises `TakenAlready`, `UnusableState`.
    """
    engine = connect(server, poolclass=NullPool)
    ended = threading.Event()
    try:
        connection = _taken(engine.connect(), server, who, together=together)
    except DatabaseError as error:
        raise UnusableState(f"cannot use the state {server}: {error.orig}") from error
    beat = threading.Thread(target=_beat, args=(connection, ended, lost), name="hold", daemon=True)
    beat.start()
    try:
        yield
    finally:
        ended.set()
        beat.join()
        # Said, and not left to the end of the connection, which the server notices a little
        # later: whoever starts right after us would be turned away.
        with suppress(SQLAlchemyError):
            connection.execute(select(func.pg_advisory_unlock_all()))
        connection.close()


@contextmanager
def first(server: Server, what: str) -> Iterator[None]:
    """Of several that come at once the others wait until this one is done."""
    engine = connect(server, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(server.lock(what))))
        yield


def _taken(connection: Connection, server: Server, who: str, *, together: bool) -> Connection:
    number = server.lock("holding")
    # 63 bytes are what PostgreSQL keeps of a name.
    connection.execute(select(func.set_config("application_name", who[:63], False)))  # noqa: FBT003 - PostgreSQL's own
    take = func.pg_try_advisory_lock_shared if together else func.pg_try_advisory_lock
    if connection.execute(select(take(number))).scalar_one():
        connection.commit()
        return connection
    holders = text(
        "SELECT DISTINCT application_name, backend_start FROM pg_locks JOIN pg_stat_activity"
        " USING (pid) WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
        " AND classid = :high AND objid = :low ORDER BY backend_start"
    )
    unsigned = number & (1 << 64) - 1
    rows = connection.execute(holders, {"high": unsigned >> 32, "low": unsigned & (1 << 32) - 1})
    words = " and ".join(f"{name} since {at:%Y-%m-%d %H:%M:%S %Z}" for name, at in rows)
    connection.close()
    raise TakenAlready(words or "another syncd")


def _beat(connection: Connection, ended: threading.Event, lost: Callable[[str], None]) -> None:
    while not ended.wait(BEAT):
        try:
            connection.execute(text("SELECT 1"))
            connection.commit()
        except DatabaseError as error:
            lost(str(error.orig))
            return
