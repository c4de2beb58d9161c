"""Whether the daemon is alive and at work, as its loop and its calls show it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

# The loop sleeps half a minute at most, a call takes half a minute at most, and pacing
# lets a thread wait for a minute at most. Longer than all of them together: it hangs.
HANGS_AFTER = 300.0


@dataclass(slots=True)
class Pulse:
    """Beats with every round of the settling thread and every call it makes.

    Only that thread's: a mailbox that is read by another one must not hide that nothing
    is decided and delivered any more. `turns` counts the turns that ended.
    """

    clock: Callable[[], float] = time.monotonic
    turns: int = 0
    _last: float = field(default=0.0)
    _thread: int = field(default=0)

    def begin(self) -> None:
        """The calling thread is the one that settles."""
        self._thread, self._last = threading.get_ident(), self.clock()

    def beat(self) -> None:
        if threading.get_ident() == self._thread:
            self._last = self.clock()

    def turned(self) -> None:
        self.turns += 1
        self.beat()

    @property
    def age(self) -> float:
        """Seconds since the last beat."""
        return max(0.0, self.clock() - self._last)

    @property
    def alive(self) -> bool:
        return self._thread != 0 and self.age < HANGS_AFTER
