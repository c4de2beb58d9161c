"""Whether the state's file is sound. Reads only, and beside a daemon that writes."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

# More would say nothing new: one fault is enough to stop trusting a file.
_MOST = 5


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes left where the state is, and how large the state is (0: it is not there yet)."""

    free: int
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


def room(path: Path) -> Room:
    """The room there is for the state at `path`, whether or not it is there. Raises `OSError`."""
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    used = sum(
        one.stat().st_size
        for name in (path.name, f"{path.name}-wal")
        if (one := path.with_name(name)).exists()
    )
    return Room(shutil.disk_usage(folder).free, used)
