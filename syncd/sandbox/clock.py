"""The sandbox's time: the real one plus an offset, or standing still."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta


def _real_now() -> datetime:
    return datetime.now(UTC)


class SandboxClock:
    """A `syncd.ports.clock.Clock` that people and tests can move.

    Running, it follows `real` at a distance; frozen, it moves only when told to, and
    sleeping moves it, so that nothing waits. Safe to read from any thread.
    """

    def __init__(
        self,
        start: datetime | None = None,
        *,
        frozen: bool = False,
        real: Callable[[], datetime] = _real_now,
    ) -> None:
        self._real = real
        self._lock = threading.Lock()
        self._here = threading.local()
        self._offset = timedelta(0)
        self._stands_at: datetime | None = real() if frozen else None
        if start is not None:
            self.set(start)

    @property
    def frozen(self) -> bool:
        return self._stands_at is not None

    def now(self) -> datetime:
        with self._lock:
            return self._now() + getattr(self._here, "skew", timedelta(0))

    @contextlib.contextmanager
    def skewed(self, seconds: float) -> Iterator[None]:
        """Read it so many seconds ahead, in this thread: a service whose clock is wrong."""
        if not seconds:
            yield
            return
        self._here.skew = timedelta(seconds=seconds)
        try:
            yield
        finally:
            self._here.skew = timedelta(0)

    def sleep(self, seconds: float) -> None:
        if self.frozen:
            self.advance(seconds)
        else:
            time.sleep(seconds)

    def advance(self, seconds: float = 0.0, *, days: float = 0.0) -> None:
        with self._lock:
            self._set(self._now() + timedelta(seconds=seconds, days=days))

    def set(self, at: datetime) -> None:
        """Be at this moment. Raises `ValueError` for a time without a zone."""
        if at.tzinfo is None:
            raise ValueError(f"{at.isoformat()} has no time zone; write it with Z or an offset")
        with self._lock:
            self._set(at.astimezone(UTC))

    def freeze(self) -> None:
        with self._lock:
            self._stands_at = self._now()

    def run(self) -> None:
        """Follow the real time again, from where the clock stands."""
        with self._lock:
            if self._stands_at is not None:
                self._offset = self._stands_at - self._real()
                self._stands_at = None

    def _now(self) -> datetime:
        return self._stands_at or self._real() + self._offset

    def _set(self, at: datetime) -> None:
        if self._stands_at is None:
            self._offset = at - self._real()
        else:
            self._stands_at = at
