"""Signals, heard on a thread of their own.

A handler in Python runs on the main thread, between two of its instructions. That is wrong
twice: it may interrupt the main thread while it holds a lock that what follows needs (of an
event, of the log, of the state), and it does not run while the main thread waits in C and was
not the one interrupted, or was an instant before it began to wait. So the interpreter writes
the number of each signal into a pipe, from whatever thread it hits, and a thread reads there.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

# No signal has this number.
_END = 0


class LastResort:
    """Ends the process where it does not end by itself within `seconds` of being asked to."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    def begin(self) -> bool:
        """Whether this is the first time of asking."""
        if self._timer is not None:
            return False
        self._timer = threading.Timer(self._seconds, os._exit, (0,))
        self._timer.daemon = True
        self._timer.start()
        return True

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


@contextmanager
def heard(
    numbers: Sequence[signal.Signals], act: Callable[[signal.Signals], None]
) -> Iterator[None]:
    """Have `act` called with each of these signals while the block runs, one at a time.

    Must be entered on the main thread. The handlers stay when it is left: what comes then
    has been asked for already.
    """
    reading, writing = os.pipe()
    # The interpreter must never wait for room there, and the listener for nothing else.
    os.set_blocking(writing, False)

    def listen() -> None:
        while True:
            for number in os.read(reading, 64):
                if number == _END:
                    return
                if number in numbers:
                    act(signal.Signals(number))

    listener = threading.Thread(target=listen, name="signals", daemon=True)
    listener.start()
    before = signal.set_wakeup_fd(writing)
    for number in numbers:
        signal.signal(number, _nothing_more)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.write(writing, bytes([_END]))
        listener.join()
        os.close(reading)
        os.close(writing)


def _nothing_more(_number: int, _frame: object) -> None:
    """A handler, so that the signal is told of and does not end the process."""
