"""What a call costs and when it is too much (facts/gmail.md A4)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from connectors.gmail.simulator_errors import GmailError

# Method: units for projects made since May 2026, and for older ones.
UNITS = {
    "getProfile": (1, 1),
    "labels.list": (1, 1),
    "labels.get": (1, 1),
    "labels.create": (5, 5),
    "labels.update": (5, 5),
    "labels.patch": (5, 5),
    "labels.delete": (5, 5),
    "settings.sendAs.list": (1, 1),
    "settings.sendAs.get": (1, 1),
    "history.list": (2, 2),
    "messages.list": (5, 5),
    "messages.get": (20, 5),
    "messages.modify": (5, 5),
    "messages.trash": (20, 5),
    "messages.untrash": (5, 5),
    "messages.delete": (10, 10),
    "messages.batchModify": (50, 50),
    "messages.batchDelete": (50, 50),
    "messages.send": (100, 100),
    "messages.insert": (25, 25),
    "messages.import": (25, 25),
    "messages.attachments.get": (20, 5),
    "threads.list": (10, 10),
    "threads.get": (40, 10),
    "threads.modify": (10, 10),
    "threads.trash": (10, 10),
    "threads.untrash": (10, 10),
    "threads.delete": (20, 20),
    "drafts.create": (10, 10),
    "drafts.update": (15, 15),
    "drafts.get": (20, 5),
    "drafts.list": (5, 5),
    "drafts.send": (100, 100),
    "drafts.delete": (10, 10),
    "watch": (100, 100),
    "stop": (50, 50),
}
PER_MINUTE = {"new": 6000, "old": 15000}
_WINDOW_SECONDS = 60.0


class Quota:
    """Units per mailbox and minute. Counted always, refused only when told to."""

    def __init__(self) -> None:
        self.table = "new"
        self.enforce = False
        self.used: dict[str, int] = {}
        self._recent: dict[str, deque[tuple[float, int]]] = {}
        self._sums: dict[str, int] = {}

    def configure(self, body: Mapping[str, Any]) -> None:
        table = str(body.get("table", self.table))
        if table not in PER_MINUTE:
            raise ValueError(f"table is one of {', '.join(PER_MINUTE)}")
        self.table = table
        self.enforce = bool(body.get("enforce", self.enforce))

    def charge(self, address: str, method: str, now: float) -> None:
        """Take the method's units from the mailbox's minute, or raise as Gmail does."""
        units = UNITS[method][0 if self.table == "new" else 1]
        recent = self._recent.setdefault(address, deque())
        while recent and recent[0][0] <= now - _WINDOW_SECONDS:
            self._sums[address] -= recent.popleft()[1]
        total = self._sums.get(address, 0) + units
        if self.enforce and total > PER_MINUTE[self.table]:
            raise GmailError(
                403,
                "rateLimitExceeded",
                "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per "
                "user' of service 'gmail.googleapis.com' for consumer 'project_number:1'.",
            )
        recent.append((now, units))
        self._sums[address] = total
        self.used[address] = self.used.get(address, 0) + units
