"""A throw-away copy of a state on a server, for a rehearsal: temporary tables beside the real ones.

Names find temporary tables first, so that the same statements work on the copy. It is made by
the server itself, of one moment, ends with its one connection, and holds up nobody. Every
transaction but the one that makes it is read-only to all that is not temporary: were the
connection lost and another one opened, nothing could be written into the real tables.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text
from sqlalchemy.schema import CreateIndex, CreateTable

from syncd.store.homes import PATIENCE, OnServer, connect
from syncd.store.numbering import number_on
from syncd.store.schema import metadata


class InTemporaryTables(OnServer):
    def engine(self) -> Engine:
        options = ("default_transaction_read_only=on",)
        return connect(self._server, *options, pool_size=1, max_overflow=0, pool_timeout=PATIENCE)

    def make(self, engine: Engine) -> None:
        with engine.begin() as connection:
            moment = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE"
            connection.execute(text(moment))
            self._copy(connection)

    def alone(self, connection: Connection) -> None:
        """Nobody else sees it."""

    def let_others_in(self) -> None:
        """Nobody waits for it."""

    def _copy(self, connection: Connection) -> None:
        for table in metadata.sorted_tables:
            made = str(CreateTable(table).compile(dialect=connection.dialect))
            connection.execute(text(made.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1)))
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            copied = (
                f'INSERT INTO pg_temp."{table.name}" ({names}) '  # noqa: S608 - our own names
                f'SELECT {names} FROM {self._server.schema}."{table.name}"'
            )
            connection.execute(text(copied))
            # Cheaper once there is something in it; and without statistics of its own, which
            # nobody gathers for temporary tables, every question would be asked the long way.
            for index in sorted(table.indexes, key=lambda one: str(one.name)):
                connection.execute(CreateIndex(index))
            connection.execute(text(f'ANALYZE pg_temp."{table.name}"'))
        number_on(connection)
