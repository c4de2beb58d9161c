"""One process at a time works on a state; a second one is told who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog

from syncd.store.database import Server, Where
from syncd.store.holding import TakenAlready, held

log: structlog.stdlib.BoundLogger = structlog.get_logger("syncd")


class HeldElsewhere(Exception):
    """Another process works on this state. The message names it."""


@contextmanager
def hold(state: Where, command: str, *, together: bool = False) -> Iterator[None]:
    """Hold `state` while the block runs. Raises `HeldElsewhere`.

    `together`: with any number of others who say so, on a server; nobody alone meanwhile.
    """
    if isinstance(state, Server):
        with _on_server(state, command, together=together):
            yield
    else:
        with _file(state, command):
            yield


@contextmanager
def _on_server(server: Server, command: str, *, together: bool) -> Iterator[None]:
    who = f"syncd {command}, process {os.getpid()} on {socket.gethostname()}"
    try:
        with held(server, who, together=together, lost=_lost):
            yield
    except TakenAlready as error:
        raise HeldElsewhere(
            f"the state {server} is in use by {error}; stop it first, or use another state"
        ) from error


def _lost(words: str) -> None:
    """Whoever holds the state no more must not go on: ending at once is what we are made for.

    What was under way stays in doubt in the ledger, and is looked up by whoever comes next.
    """
    log.critical("hold_lost", words=words)
    os._exit(1)


@contextmanager
def _file(state: Path, command: str) -> Iterator[None]:
    """The kernel drops the lock with the process, however it ends: a killed daemon leaves
    nothing to clean up. The file beside the state only says who holds it.
    """
    path = state.with_name(state.name + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HeldElsewhere(_holder(path, state)) from error
        who = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "command": command,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(who).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(path: Path, state: Path) -> str:
    try:
        who = json.loads(path.read_text(encoding="utf-8"))
        holder = (
            f"syncd {who['command']}, process {who['pid']} on {who['host']} since {who['since']}"
        )
    except (OSError, ValueError, KeyError):
        holder = "another syncd"
    return f"the state {state} is in use by {holder}; stop it first, or use another state"
