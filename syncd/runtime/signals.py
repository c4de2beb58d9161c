"""Signals, heard on a thread of their own.

A handler interrupts the main thread anywhere, also while it holds a lock that what follows
needs: of an event, of the log, of the state. So the handler only puts the signal's number
into a queue, whose `put` may be interrupted and entered again, and a thread does the rest.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue


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
    came: SimpleQueue[int | None] = SimpleQueue()

    def listen() -> None:
        while (number := came.get()) is not None:
            act(signal.Signals(number))

    listener = threading.Thread(target=listen, name="signals", daemon=True)
    listener.start()
    for number in numbers:
        signal.signal(number, lambda sent, _frame: came.put(sent))
    try:
        yield
    finally:
        came.put(None)
        listener.join()
