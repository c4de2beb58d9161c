"""Staying just under a service's rate limit instead of finding it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from syncd.ports.clock import Clock
from syncd.ports.manifest import Budget
from syncd.ports.verdicts import TryLater

_NEVER = datetime.min.replace(tzinfo=UTC)


class Pacer:
    """A token bucket shared by the threads that call one service.

    `per_second` tokens flow in, at most `burst` are kept. A caller that would wait longer
    than `patience` seconds gets `TryLater` instead, so that a thread does other work.
    """

    def __init__(
        self, clock: Clock, *, per_second: float, burst: float, patience: float = 60.0
    ) -> None:
        self._clock = clock
        self._rate = per_second
        self._burst = burst
        self._patience = patience
        self._lock = threading.Lock()
        self._tokens = burst
        self._seen: datetime | None = None
        self._closed_until = _NEVER

    def take(self, cost: float = 1.0) -> None:
        """Wait for `cost` tokens. Raises `TryLater` when that would take too long."""
        wait = self._reserve(cost)
        if wait > 0:
            self._clock.sleep(wait)

    def pause(self, seconds: float) -> None:
        """Let nothing through for `seconds`: the service said so."""
        with self._lock:
            until = self._clock.now() + timedelta(seconds=seconds)
            self._closed_until = max(self._closed_until, until)

    def set_rate(self, per_second: float, burst: float) -> None:
        """Adopt the limit the service states in its headers."""
        with self._lock:
            self._rate, self._burst = per_second, burst
            self._tokens = min(self._tokens, burst)

    def budget(self) -> Budget:
        """What is left now, to be shown; asking takes nothing."""
        with self._lock:
            passed = 0.0
            if self._seen is not None:
                passed = max(0.0, (self._clock.now() - self._seen).total_seconds())
            left = min(self._burst, self._tokens + passed * self._rate)
            return Budget(left, self._burst, self._rate)

    def _reserve(self, cost: float) -> float:
        with self._lock:
            now = self._clock.now()
            if self._seen is not None:
                # A clock set back must not take tokens away.
                passed = max(0.0, (now - self._seen).total_seconds())
                self._tokens = min(self._burst, self._tokens + passed * self._rate)
            self._seen = now
            # Tokens may go negative: that is the queue of those already waiting.
            wait = max(0.0, (cost - self._tokens) / self._rate)
            wait = max(wait, (self._closed_until - now).total_seconds())
            if wait > self._patience:
                msg = f"our own pacing: the next call is due in {wait:.0f} s"
                raise TryLater(msg, after=wait)
            self._tokens -= cost
            return wait
