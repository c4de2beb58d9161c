"""What the doctor finds of the state: its room, its schema, whether it is sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from syncd.ports.manifest import Finding, State
from syncd.ports.secrets import MissingSecret
from syncd.store import fitness
from syncd.store.database import HEAD, Server, Store, UnusableState, Where

DISK_WARN, DISK_FAIL = 1 << 30, 100 << 20


def of(where: Where) -> Iterator[Finding]:
    if isinstance(where, Server):
        yield from _on_server(where)
        return
    path = where
    yield _disk(path)
    if not path.exists():
        words = f"there is no state {path} yet; syncd once or syncd run makes it"
        yield Finding("state.version", State.SKIPPED, words)
        return
    yield _version(path, f"SQLite {fitness.library()}")
    found = fitness.faults(path)
    if found:
        remedy = "stop syncd; the newest backup, or syncd rebuild: see State lost in the runbook"
        yield Finding("state.integrity", State.FAIL, "; ".join(found), str(path), remedy)
    else:
        yield Finding("state.integrity", State.OK, "sound", str(path))


def _on_server(server: Server) -> Iterator[Finding]:
    try:
        release = fitness.server_version(server)
    except OSError as error:
        remedy = "check the address in `store`, the password, and that the server runs"
        yield Finding("state.server", State.FAIL, str(error.strerror), str(server), remedy)
        return
    size = _size(fitness.room(server).used)
    yield Finding("state.server", State.OK, f"answers; the state takes {size}", str(server))
    yield _version(server, f"PostgreSQL {release}")


def _disk(path: Path) -> Finding:
    name, remedy = "state.disk", f"make room on the disk of {path.parent}"
    try:
        room = fitness.room(path)
    except OSError as error:
        return Finding(name, State.FAIL, str(error.strerror), str(path.parent), remedy)
    free = room.free or 0
    words = f"{_size(free)} free; the state takes {_size(room.used)}"
    # A migration and a backup each need as much again as there is.
    if free < max(DISK_FAIL, room.used):
        return Finding(name, State.FAIL, words, str(path.parent), remedy)
    if free < max(DISK_WARN, 2 * room.used):
        return Finding(name, State.WARN, words, str(path.parent), remedy)
    return Finding(name, State.OK, words, str(path.parent))


def _version(where: Where, database: str) -> Finding:
    name = "state.version"
    try:
        store = Store.reading(where, as_it_is=True)
    except (UnusableState, MissingSecret) as error:
        remedy = "check the file's owner, or restore the newest backup"
        return Finding(name, State.FAIL, str(error), str(where), remedy)
    try:
        version, suits = store.version(), store.suits()
    finally:
        store.close()
    words = f"schema {version or 'none'} of {HEAD}; {database}"
    if suits:
        return Finding(name, State.OK, words, str(where))
    if version is None and isinstance(where, Server):
        words = f"there is no state yet; syncd once, run or worker makes it; {database}"
        return Finding(name, State.SKIPPED, words, str(where))
    if version is not None and version > HEAD:
        remedy = "install the syncd that wrote it, or a newer one"
        return Finding(name, State.FAIL, words, str(where), remedy)
    remedy = "syncd once or syncd run brings it up to date"
    return Finding(name, State.WARN, words, str(where), remedy)


def _size(count: int) -> str:
    amount = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
