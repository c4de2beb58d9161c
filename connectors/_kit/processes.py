"""Programs we start: in a group of their own, so that nothing of them is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from syncd.ports.verdicts import TryLater

_LOOK_SECONDS = 0.2
_FAREWELL_SECONDS = 2.0


class TimeIsUp(Exception):
    """It did not end in the time it was given."""


@contextlib.contextmanager
def started(argv: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program, and the end of it and of whatever it started. Raises `OSError`."""
    process = subprocess.Popen(  # noqa: S603 - a list, never a shell
        list(argv), start_new_session=True, **options
    )
    try:
        yield process
    finally:
        _end(process)


def wait(process: subprocess.Popen[bytes], seconds: float, stop: Callable[[], bool]) -> int:
    """Its exit status. Raises `TimeIsUp`, and `TryLater` where `stop` said so."""
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(_LOOK_SECONDS)
        if stop():
            raise TryLater("syncd is ending: the crawl is made another time")
        if time.monotonic() >= until:
            raise TimeIsUp


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask first, then insist. The group outlives its leader: what that left is ended too."""
    _signal(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_FAREWELL_SECONDS)
    _signal(process, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
