"""What lies between a client and the site: rate limit, faults, and counts of calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from connectors.teamwork.simulator_answers import ok, v1_error, v3_error
from syncd.ports.simulator import Answer, Request

RATE_WORDS = "You have exceeded your rate limit. Please try again in a little while."

# An answer that never comes. A transport or server closes the connection in its place.
SILENCE = Answer(0)

FAULTS = ("answer", "answer_after", "lose_request", "lose_answer", "half_answer")


# What the headers state while no limit is enforced: calls a minute nobody makes.
UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """`per_minute` holds only when `enforce` is on; the headers are always there.

    `style`: 429, or 400 as old v1 said it. `reset`: seconds to go, or epoch seconds.
    `family`: the headers' first words, "x-ratelimit" or "x-rate-limit".
    """

    per_minute: int = 150
    enforce: bool = False
    style: int = 429
    reset: str = "seconds"
    family: str = "x-ratelimit"
    block_seconds: float = 60.0


@dataclass(slots=True)
class RateLimit:
    """So many calls a minute for the whole site; whoever goes over waits out a block."""

    limits: Limits = field(default_factory=Limits)
    _window: datetime | None = None
    _used: int = 0

    def configure(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        self.limits = replace(self.limits, **changes)
        self._window, self._used = None, 0
        return asdict(self.limits)

    def refusal(self, request: Request, now: datetime) -> Answer | None:
        """Count the call; the refusal when it is one too many."""
        if self._window is None or now >= self._window:
            self._window, self._used = now + timedelta(minutes=1), 0
        self._used += 1
        if not self.limits.enforce or self._used <= self.limits.per_minute:
            return None
        if self._used == self.limits.per_minute + 1:
            self._window = now + timedelta(seconds=self.limits.block_seconds)
        if self.limits.style == 400:
            return v1_error(400, "Rate Limit Reached")
        if request.path.startswith("/projects/api/"):
            return v3_error(429, "Too Many Requests", RATE_WORDS)
        return v1_error(429, RATE_WORDS)

    def headers(self, now: datetime) -> dict[str, str]:
        # A client that paces itself by the headers must not be slowed by a limit that
        # does not hold.
        limit = self.limits.per_minute if self.limits.enforce else UNLIMITED
        left = max(0, limit - self._used)
        until = self._window or now
        seconds = max(0, round((until - now).total_seconds()))
        reset = seconds if self.limits.reset == "seconds" else round(until.timestamp())
        said = {"limit": limit, "remaining": left, "reset": reset}
        return {f"{self.limits.family}-{key}": str(value) for key, value in said.items()}


def worded(request: Request, status: int, variant: str) -> Answer:
    """A status in Teamwork's words, by surface. 400 with the variant "rate" is old v1's 429."""
    if status == 400 and variant == "rate":
        return replace(v1_error(400, "Rate Limit Reached"), headers={"x-ratelimit-remaining": "0"})
    words = RATE_WORDS if status == 429 else f"the site answered {status}"
    if request.path.startswith("/projects/api/"):
        return v3_error(status, _phrase(status), words)
    return v1_error(status, words)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # the 52x of what stands before a site
        return "Error"


@dataclass(slots=True)
class Fault:
    """What befalls the next `count` calls whose method and path match.

    `kind`: "answer" in the site's place; "answer_after" the site acted; "lose_request"
    before it acts; "lose_answer" after; "half_answer": the body ends in the middle.
    """

    count: int = 1
    method: str = ".*"
    path: str = ".*"
    kind: str = "answer"
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"kind must be one of {', '.join(FAULTS)}")

    def befalls(self, request: Request) -> bool:
        return bool(
            self.count
            and re.fullmatch(self.method, request.method)
            and re.search(self.path, request.path)
        )

    def before(self) -> Answer | None:
        """What is answered without asking the site."""
        if self.kind == "lose_request":
            return SILENCE
        return self._own() if self.kind == "answer" else None

    def after(self, answer: Answer) -> Answer:
        """What becomes of the site's answer."""
        match self.kind:
            case "lose_answer":
                return SILENCE
            case "answer_after":
                return self._own()
            case _:
                return replace(answer, body=answer.body[: len(answer.body) // 2])

    def _own(self) -> Answer:
        if isinstance(self.body, str) or self.body is None:
            headers = {"content-type": "text/html", **self.headers}
            return Answer(self.status, (self.body or "").encode(), headers)
        return ok(self.body, self.status, self.headers)


@dataclass(slots=True)
class Stats:
    """Calls by method and path, ids replaced by #."""

    calls: dict[str, int] = field(default_factory=dict)

    def count(self, request: Request) -> None:
        key = f"{request.method} {re.sub(r'(?<=/)[0-9]+(?=[./])', '#', request.path)}"
        self.calls[key] = self.calls.get(key, 0) + 1

    def told(self) -> dict[str, Any]:
        return {"total": sum(self.calls.values()), "calls": dict(sorted(self.calls.items()))}
