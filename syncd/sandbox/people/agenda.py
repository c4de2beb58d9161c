"""What people have resolved to do, in the order of time, and when they work."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from syncd.core.calendar import Calendar


@dataclass(slots=True)
class Agenda:
    """Deeds wait for their moment; those of one moment are done in the order they were planned."""

    calendar: Calendar
    _waiting: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _planned: int = 0

    def at(self, moment: datetime, deed: Callable[[], None]) -> None:
        self._planned += 1
        heapq.heappush(self._waiting, (moment, self._planned, deed))

    @property
    def next(self) -> datetime | None:
        return self._waiting[0][0] if self._waiting else None

    def take(self) -> Callable[[], None]:
        return heapq.heappop(self._waiting)[2]

    def moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.calendar.zone)

    def day(self, at: datetime) -> date:
        return at.astimezone(self.calendar.zone).date()

    def workday_after(self, at: datetime, days: int = 1) -> date:
        day = self.day(at)
        for _ in range(days):
            day = self.calendar.next_working_day(day + timedelta(days=1))
        return day
