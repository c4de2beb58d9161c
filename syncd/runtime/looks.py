"""One look at a place at a time; whoever asks meanwhile gets one more after it, and no more.

Places are words: a mailbox, the board, the CRM. A storm of hints costs one look a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# A hint may come before the service shows what it tells of (facts/gmail.md A6, "race"; HubSpot's
# search is as late): what is not found yet is looked for again after so many seconds.
AGAIN = (5.0, 30.0)
# The least time between two looks that were hinted at.
GAP = 1.0


class Looks:
    """`later` has something called after some seconds, on a thread of its own.

    `look` looks at a place and returns how much was new.
    """

    def __init__(
        self,
        look: Callable[[str], int],
        later: Callable[[str, float, Callable[[], None]], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._later = later
        self._clock = clock
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._asked: set[str] = set()
        self._due: dict[str, float] = {}  # looks to come, by place
        self._began: dict[str, float] = {}
        self._tries: dict[str, int] = {}  # how often a hinted look found nothing

    def now(self, place: str) -> None:
        """Look, on the calling thread; where somebody looks already, once more after them."""
        with self._lock:
            if place in self._busy:
                self._asked.add(place)
                return
            self._busy.add(place)
            self._due.pop(place, None)  # this is that look
            self._began[place] = self._clock()
        found = 0
        try:
            found = self._look(place)
        finally:
            self._ended(place, found)

    def soon(self, place: str) -> None:
        """A hint. Returns at once."""
        with self._lock:
            self._tries[place] = 0
            if place in self._busy:
                self._asked.add(place)
            else:
                self._plan(place, 0.0)

    def forget(self) -> None:
        """What was to come does not come any more."""
        with self._lock:
            self._due.clear()
            self._tries.clear()

    def _ended(self, place: str, found: int) -> None:
        with self._lock:
            self._busy.discard(place)
            if place in self._asked:
                self._asked.discard(place)
                self._plan(place, 0.0)
            elif found or self._tries.get(place, len(AGAIN)) >= len(AGAIN):
                self._tries.pop(place, None)
            else:
                pause = AGAIN[self._tries[place]]
                self._tries[place] += 1
                self._plan(place, pause)

    def _plan(self, place: str, pause: float) -> None:
        now = self._clock()
        due = max(now + pause, self._began.get(place, now - GAP) + GAP)
        if self._due.get(place, due + 1) <= due:
            return
        self._due[place] = due

        def come() -> None:
            with self._lock:
                if self._due.get(place) != due:
                    return  # somebody looked meanwhile, or a hint has it looked at sooner
            self.now(place)

        self._later(place, due - now, come)
