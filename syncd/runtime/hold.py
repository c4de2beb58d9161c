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


class HeldElsewhere(Exception):
    """Another process works on this state. The message names it."""


@contextmanager
def hold(state: Path, command: str) -> Iterator[None]:
    """Hold `state` while the block runs. Raises `HeldElsewhere`.

    The kernel drops the lock with the process, however it ends: a killed daemon leaves
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
