"""What a call costs and when it is too much (facts/gmail.md A4)."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.gmail.simulator_errors import MESSAGES, GmailError

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
    "settings.getVacation": (1, 1),
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
PER_PROJECT_AND_MINUTE = 1_200_000
_WINDOW_SECONDS = 60.0
# The day of Google's quotas.
_ZONE = ZoneInfo("America/Los_Angeles")
_QUERIES = (
    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute{}' of service "
    "'gmail.googleapis.com' for consumer 'project_number:1'."
)
# What a null leaves unlimited, Google limits without saying by how much, or not at all.
# `count_by` says whose units they are: the mailbox's; or those of all of one service account's
# mailboxes together, as Google's page has it; or its `quotaUser`'s (facts/gmail.md A3).
_SETTINGS: dict[str, Any] = {
    "table": "new",
    "enforce": False,
    "per_user": None,  # units a minute, the table's unless told
    "per_project": PER_PROJECT_AND_MINUTE,
    "per_day": None,  # units of all mailboxes; the published 80,000,000 only cost money
    "concurrent": None,  # calls of one user at a time
    "busy_seconds": 0.0,  # how long a call counts as going on
    "bandwidth": None,  # bytes of answers a minute and user
    "count_by": "mailbox",
}
_COUNTED = ("mailbox", "service_account", "quota_user")


@dataclass(slots=True)
class Window:
    """Amounts of the last minute, and their sum."""

    recent: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0

    def at(self, now: float) -> int:
        while self.recent and self.recent[0][0] <= now - _WINDOW_SECONDS:
            self.total -= self.recent.popleft()[1]
        return self.total

    def add(self, now: float, amount: int) -> None:
        self.at(now)
        self.recent.append((now, amount))
        self.total += amount


class Quota:
    """Units by user and minute. Counted always, refused only when told to."""

    def __init__(self) -> None:
        self._settings = dict(_SETTINGS)
        self.used: dict[str, int] = {}
        self._units: defaultdict[str, Window] = defaultdict(Window)
        self._bytes: defaultdict[str, Window] = defaultdict(Window)
        self._project = Window()
        self._day = ("", 0)
        self._going_on: defaultdict[str, deque[float]] = defaultdict(deque)
        self._in_batch: Counter[str] | None = None

    def settings(self) -> dict[str, Any]:
        return dict(self._settings)

    def configure(self, body: Mapping[str, Any]) -> None:
        unknown = sorted(set(body) - set(_SETTINGS))
        if unknown:
            raise ValueError(f"unknown limits: {', '.join(unknown)}")
        wanted = self._settings | dict(body)
        if wanted["table"] not in PER_MINUTE:
            raise ValueError(f"table is one of {', '.join(PER_MINUTE)}")
        if wanted["count_by"] not in _COUNTED:
            raise ValueError(f"count_by is one of {', '.join(_COUNTED)}")
        self._settings = wanted

    def whose(self, address: str, issuer: str, quota_user: str) -> str:
        """Whose budget a call is taken from."""
        if not issuer or self._settings["count_by"] == "mailbox":
            return address
        named = quota_user if self._settings["count_by"] == "quota_user" else ""
        return f"{issuer} {named}"

    @contextmanager
    def batch(self) -> Iterator[None]:
        """The parts of a batch are at work all at once."""
        self._in_batch = Counter()
        try:
            yield
        finally:
            self._in_batch = None

    def charge(self, address: str, method: str, now: float, *, who: str = "") -> None:
        """Take the method's units from the user's minute, or raise as Gmail does."""
        who = who or address
        units = UNITS[method][0 if self._settings["table"] == "new" else 1]
        day = datetime.fromtimestamp(now, _ZONE).date().isoformat()
        today = self._day[1] if self._day[0] == day else 0
        if self._settings["enforce"]:
            self._refuse(who, units, now, today)
        self._units[who].add(now, units)
        self._project.add(now, units)
        self._day = (day, today + units)
        self.used[address] = self.used.get(address, 0) + units
        if self._in_batch is not None:
            self._in_batch[who] += 1
        elif self._settings["busy_seconds"]:
            self._going_on[who].append(now + float(self._settings["busy_seconds"]))

    def sent(self, who: str, size: int, now: float) -> None:
        """Count what an answer weighs."""
        if self._settings["bandwidth"] is not None:
            self._bytes[who].add(now, size)

    def _refuse(self, who: str, units: int, now: float, today: int) -> None:
        limits = self._settings
        if limits["concurrent"] is not None and self._at_work(who, now) >= limits["concurrent"]:
            raise GmailError(429, "rateLimitExceeded", MESSAGES["rateLimitExceeded"])
        heavy = self._bytes[who]
        if limits["bandwidth"] is not None and heavy.at(now) >= limits["bandwidth"]:
            until = datetime.fromtimestamp(heavy.recent[0][0] + _WINDOW_SECONDS, UTC)
            stamp = until.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            words = f"User-rate limit exceeded.  Retry after {stamp}"
            raise GmailError(429, "rateLimitExceeded", words)
        if limits["per_day"] is not None and today + units > limits["per_day"]:
            raise GmailError(403, "dailyLimitExceeded", MESSAGES["dailyLimitExceeded"])
        if self._project.at(now) + units > limits["per_project"]:
            raise GmailError(403, "rateLimitExceeded", _QUERIES.format(""))
        most = limits["per_user"] or PER_MINUTE[limits["table"]]
        if self._units[who].at(now) + units > most:
            raise GmailError(403, "rateLimitExceeded", _QUERIES.format(" per user"))

    def _at_work(self, who: str, now: float) -> int:
        going_on = self._going_on[who]
        while going_on and going_on[0] <= now:
            going_on.popleft()
        return len(going_on) + (self._in_batch[who] if self._in_batch is not None else 0)
