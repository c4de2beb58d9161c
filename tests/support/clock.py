"""A clock that moves when told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday


class DrivenClock:
    """Sleeping moves the clock; nothing waits."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self.slept = 0.0

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.advance(seconds)

    def advance(self, seconds: float = 0.0, *, days: float = 0.0) -> None:
        self._now += timedelta(seconds=seconds, days=days)
