"""Whether a state in a file is what it was: there at all, whole, and sound.

Beside the state stands a small file that says there is one. A state that is gone, or empty,
while that file is there was lost: starting afresh in its place would be silent about it, and
do again what was done.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd.store import fitness
from syncd.store.homes import UnusableState, stands_beside

REMEDY = "restore the newest backup, or `syncd rebuild` makes it anew from what the services hold"
# A look at every page of a small state costs nothing to speak of; a large one is looked at
# once a day, whoever starts how often.
_AT_ONCE = 32 << 20
_A_DAY = timedelta(days=1)
_MAGIC = b"SQLite format 3\x00"


def note(path: Path) -> None:
    """From now on there is a state at `path`."""
    beside = stands_beside(path)
    if not beside.exists():
        _write(beside, {"since": _now(), "checked": _now()})


def forget(path: Path) -> None:
    """There is none any more, and that is meant."""
    stands_beside(path).unlink(missing_ok=True)


def check(path: Path) -> None:
    """Raises `UnusableState` where a state is damaged. Reads only, and not every time all of it."""
    if not path.exists():
        return
    _close_to_others(path)
    words = _torn(path)
    # A disk that filled up in the middle of a checkpoint leaves the file torn and the log whole:
    # SQLite mends that by itself, and then says whether it could.
    mended = bool(words) and _has_log(path)
    if words and not mended:
        raise UnusableState(f"the state {path} is damaged: {words}; {REMEDY}")
    beside = stands_beside(path)
    told = _read(beside)
    try:
        checked = datetime.fromisoformat(str(told.get("checked")))
        lately = datetime.now(UTC) - checked < _A_DAY
    except (ValueError, TypeError):
        lately = False
    if lately and path.stat().st_size > _AT_ONCE and not mended:
        return
    if found := fitness.faults(path):
        raise UnusableState(f"the state {path} is damaged: {'; '.join(found)}; {REMEDY}")
    if told and path.stat().st_size > _AT_ONCE:
        _write(beside, told | {"checked": _now()})


def set_aside(path: Path) -> Path | None:
    """Move what is left of a state out of the way. Returns where to; None where there is none."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    target = path.with_name(f"{path.name}.broken-{stamp}")
    moved = None
    for name in ("", "-wal", "-shm"):
        there = path.with_name(path.name + name)
        if there.exists():
            there.replace(target.with_name(target.name + name))
            moved = target
    forget(path)
    return moved


def _close_to_others(path: Path) -> None:
    """A state that was copied or restored may have come with any rights."""
    for name in ("", "-wal", "-shm"):
        there = path.with_name(path.name + name)
        with contextlib.suppress(OSError):
            if stat.S_IMODE(there.stat().st_mode) & 0o077:
                there.chmod(0o600)


def _torn(path: Path) -> str:
    """What the file's head says is wrong with it; "" for nothing. An empty file is none yet."""
    size = path.stat().st_size
    if size == 0:
        return ""
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(_MAGIC) or len(head) < 100:
        return "it is no database"
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page
    # As of the last checkpoint: what came since then is in the log beside it.
    pages = int.from_bytes(head[28:32], "big")
    counted = head[24:28] == head[92:96]
    if counted and size < page * pages:
        return f"it was cut off: {size} bytes of {page * pages}"
    return ""


def _has_log(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, value: dict[str, str]) -> None:
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file)
    fresh.replace(path)
