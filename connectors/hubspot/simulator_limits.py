"""Rate limits: the burst, the day, search and associations (facts/hubspot.md 3, section 6.4)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.hubspot.simulator_state import Portal
from connectors.hubspot.simulator_wire import answer
from syncd.ports.simulator import Answer

DEFAULTS: dict[str, Any] = {
    "enforce": False,
    "burst": 100,  # calls per 10 s
    "daily": 250_000,
    "search": 5,  # calls per second
    "associations": 100,  # calls per 10 s
    "retry_after": False,
}
INTERVAL = 10.0


class Limits:
    """Rolling windows. Neither enforced nor announced in headers until switched on."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.settings: dict[str, Any] = dict(DEFAULTS)
        self._windows: dict[str, deque[datetime]] = {}
        self._day = ""
        self._today = 0
        self._search_refusals = 0

    def refusal(self, family: str, *, search: bool, token: str) -> Answer | None:
        """The 429 for a call beyond a limit; None lets it through and counts it.

        The burst is counted by token, the day, search and associations by account.
        """
        if not self.settings["enforce"]:
            return None
        if search:
            if self._full("search", self.settings["search"], 1.0):
                self._search_refusals += 1
                return self._search_refusal(old=self._search_refusals % 2 == 0)
            return None
        name, window = _bucket(family, token)
        self._turn_the_day()
        if self._today >= self.settings["daily"]:
            return self._refusal("daily", "DAILY")
        if self._full(window, self.settings[name], INTERVAL):
            return self._refusal("ten_secondly_rolling", "TEN_SECONDLY_ROLLING")
        self._today += 1
        return None

    def headers(self, family: str, *, search: bool, token: str, oauth: bool) -> dict[str, str]:
        """None on search, and nothing of the day for OAuth (facts 3)."""
        if not self.settings["enforce"] or search:
            return {}
        name, window = _bucket(family, token)
        used = len(self._windows.get(window, ()))
        said = {
            "x-hubspot-ratelimit-interval-milliseconds": str(int(INTERVAL * 1000)),
            "x-hubspot-ratelimit-max": str(self.settings[name]),
            "x-hubspot-ratelimit-remaining": str(max(0, self.settings[name] - used)),
        }
        if oauth:
            return said
        left = self.settings["daily"] - self._today
        return said | {
            "x-hubspot-ratelimit-daily": str(self.settings["daily"]),
            "x-hubspot-ratelimit-daily-remaining": str(left),
        }

    def _full(self, name: str, most: int, seconds: float) -> bool:
        window = self._windows.setdefault(name, deque())
        now = self._portal.clock.now()
        while window and (now - window[0]).total_seconds() >= seconds:
            window.popleft()
        if len(window) >= most:
            return True
        window.append(now)
        return False

    def _turn_the_day(self) -> None:
        zone = ZoneInfo(str(self._portal.switches["time_zone"]))
        day = self._portal.clock.now().astimezone(zone).date().isoformat()
        if day != self._day:
            self._day, self._today = day, 0

    def _refusal(self, words: str, policy: str) -> Answer:
        return rate_refusal(words, policy, self._retry_after())

    def _search_refusal(self, *, old: bool) -> Answer:
        if old:
            body = {
                "status": "error",
                "message": "You have reached your secondly limit.",
                "correlationId": "00000000-0000-4000-8000-000000000429",
                "category": "RATE_LIMITS",
            }
            return answer(429, body, self._retry_after())
        return rate_refusal("secondly", "SECONDLY", self._retry_after())

    def _retry_after(self) -> Mapping[str, str]:
        return {"retry-after": "10"} if self.settings["retry_after"] else {}


def _bucket(family: str, token: str) -> tuple[str, str]:
    """The limit's name, and the window it is counted in."""
    if family.endswith("associations"):
        return "associations", "associations"
    return "burst", f"burst/{token}"


def rate_refusal(words: str, policy: str, headers: Mapping[str, str]) -> Answer:
    body = {
        "status": "error",
        "message": f"You have reached your {words} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": "00000000-0000-4000-8000-000000000429",
        "policyName": policy,
        "groupName": f"publicapi:private_app-api-calls-{words.replace('_', '-')}:24601337",
    }
    return answer(429, body, headers)
