"""What search sees: the records as they were a while ago (facts/hubspot.md 2.3, freshness)."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from connectors.hubspot.simulator_wire import iso, parse_time
from syncd.ports.clock import Clock

Properties = Mapping[str, str]


class SearchIndex:
    """Keeps only the difference between the truth and what search shows.

    `low` and `high` bound the delay in seconds; it differs from write to write, in a
    fixed pattern so that a run can be repeated.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.low = self.high = 0.0
        self._indexed_already = False
        self._writes = 0
        self._stale: dict[str, dict[str, Properties | None]] = {}
        self._due: list[tuple[datetime, int, str, str, Properties | None]] = []
        self._waiting: dict[tuple[str, str], tuple[int, datetime]] = {}  # how many, the last

    def written(
        self, kind: str, record_id: str, before: Properties | None, after: Properties | None
    ) -> None:
        """A record changed; None stands for not there."""
        self.settle()
        key = (kind, record_id)
        if (self.high <= 0 or self._indexed_already) and key not in self._waiting:
            return
        self._writes += 1
        lag = self.low + (self.high - self.low) * (self._writes * 7 % 11) / 10
        at = self._clock.now() + timedelta(seconds=lag)
        # Two writes to one record become visible in the order they were made.
        waiting, last = self._waiting.get(key, (0, at))
        at = max(at, last)
        self._waiting[key] = (waiting + 1, at)
        self._stale.setdefault(kind, {}).setdefault(record_id, before)
        heapq.heappush(self._due, (at, self._writes, kind, record_id, after))

    @contextmanager
    def indexed_already(self) -> Iterator[None]:
        """What is written meanwhile was there long before, and search knows it."""
        self._indexed_already = True
        try:
            yield
        finally:
            self._indexed_already = False

    def settle(self) -> None:
        """Let what has become visible be seen."""
        now = self._clock.now()
        while self._due and self._due[0][0] <= now:
            _, _, kind, record_id, after = heapq.heappop(self._due)
            waiting, last = self._waiting.pop((kind, record_id))
            if waiting > 1:
                self._waiting[kind, record_id] = (waiting - 1, last)
                self._stale[kind][record_id] = after
            else:
                del self._stale[kind][record_id]

    def stale(self, kind: str) -> Mapping[str, Properties | None]:
        """Records that search shows otherwise than they are: as they were, or None for hidden."""
        self.settle()
        return self._stale.get(kind, {})

    def snapshot(self) -> dict[str, Any]:
        self.settle()
        return {
            "low": self.low,
            "high": self.high,
            "stale": {
                kind: {record_id: shown and dict(shown) for record_id, shown in records.items()}
                for kind, records in self._stale.items()
                if records
            },
            "due": [
                [iso(at), kind, record_id, after and dict(after)]
                for at, _, kind, record_id, after in sorted(self._due, key=lambda due: due[:2])
            ],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self.low, self.high = state["low"], state["high"]
        self._stale = {kind: dict(records) for kind, records in state["stale"].items()}
        self._due, self._waiting = [], {}
        for number, (at_text, kind, record_id, after) in enumerate(state["due"], start=1):
            at = parse_time(at_text)
            assert at is not None
            self._due.append((at, number, kind, record_id, after))
            waiting, _ = self._waiting.get((kind, record_id), (0, at))
            self._waiting[kind, record_id] = (waiting + 1, at)
        self._writes = len(self._due)
        heapq.heapify(self._due)
