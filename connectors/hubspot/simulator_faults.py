"""Faults by command: refusals in the service's place, and answers lost after the effect."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.hubspot.simulator_access import NO_AUTH
from connectors.hubspot.simulator_limits import rate_refusal
from connectors.hubspot.simulator_wire import answer
from syncd.ports.clock import Clock
from syncd.ports.simulator import Answer, Request

_PAGE = b"<html><head><title>HubSpot</title></head><body>Something went wrong</body></html>"
_POLICIES = {
    "TEN_SECONDLY_ROLLING": "ten_secondly_rolling",
    "SECONDLY": "secondly",
    "DAILY": "daily",
}
_WORDS = {
    423: "The resource is locked",
    477: "The account is being migrated",
    500: "internal error",
}


@dataclass(slots=True)
class Fault:
    """`n` calls that match, after letting `skip` of them through."""

    method: str
    path: str
    n: int
    skip: int
    status: int
    body: object
    headers: dict[str, str]
    policy: str
    effect: str  # "none": in the service's place; "lost", "half": after it acted
    seconds: float  # above 0: from the first call struck on, for so long, instead of `n`
    until: datetime | None = None


class Faults:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._faults: list[Fault] = []

    def add(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`method`, `path` (regular expressions), `n`, `skip`; then one of: `status` with
        `body`, `headers` or `policy` (of a 429); `lose_answer`; `half`. `seconds` in
        `n`'s place: a record is locked or an account migrated for a while (facts 3).
        """
        effect = "lost" if body.get("lose_answer") else "half" if body.get("half") else "none"
        self._faults.append(
            Fault(
                method=str(body.get("method", ".*")),
                path=str(body.get("path", "")),
                n=int(body.get("n", 1)),
                skip=int(body.get("skip", 0)),
                status=int(body.get("status", 504 if effect == "lost" else 500)),
                body=body.get("body"),
                headers={key.lower(): str(value) for key, value in body.get("headers", {}).items()},
                policy=str(body.get("policy", "")),
                effect=effect,
                seconds=float(body.get("seconds", 0)),
            )
        )
        return {"faults": len(self._faults)}

    def clear(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        self._faults = []
        return {"faults": 0}

    def around(self, request: Request, serve: Callable[[], Answer]) -> Answer:
        fault = self._due(request)
        if fault is None:
            return serve()
        if fault.effect == "none":
            return self._while(fault, _told(fault))
        served = serve()
        if fault.effect == "half":
            half = served.body[: len(served.body) // 2]
            return Answer(served.status, half, served.headers)
        return _told(fault)

    def _due(self, request: Request) -> Fault | None:
        for fault in self._faults:
            if not re.fullmatch(fault.method, request.method, re.IGNORECASE):
                continue
            if not re.search(fault.path, request.path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.seconds > 0:
                if self._lasts(fault):
                    return fault
                continue
            fault.n -= 1
            if fault.n <= 0:
                self._faults.remove(fault)
            return fault
        return None

    def _lasts(self, fault: Fault) -> bool:
        now = self._clock.now()
        fault.until = fault.until or now + timedelta(seconds=fault.seconds)
        return now < fault.until

    def _while(self, fault: Fault, told: Answer) -> Answer:
        """Of the lasting ones, only 477 says how much longer (facts 3)."""
        if fault.until is None or fault.status != 477:
            return told
        left = math.ceil((fault.until - self._clock.now()).total_seconds())
        return Answer(told.status, told.body, {"retry-after": str(left), **told.headers})


def worded(request: Request, status: int, variant: str) -> Answer:
    """A status in HubSpot's words. Of 429, `variant` is the policy (TEN_SECONDLY_ROLLING,
    SECONDLY, DAILY), or RATE_LIMITS for search's other phrasing.
    """
    search = request.path.endswith("/search")
    if status == 429 and variant == "RATE_LIMITS":
        words = "You have reached your secondly limit."
        body = {"status": "error", "message": words, "correlationId": CORRELATION}
        return answer(429, body | {"category": "RATE_LIMITS"})
    if status == 429:
        policy = variant or ("SECONDLY" if search else "TEN_SECONDLY_ROLLING")
        return rate_refusal(_POLICIES.get(policy, policy.lower()), policy, {})
    if status == 401:
        body = {"status": "error", "message": NO_AUTH, "correlationId": CORRELATION}
        return answer(401, body | {"category": "INVALID_AUTHENTICATION"})
    headers = {"retry-after": "1"} if status == 477 else {}
    words = _WORDS.get(status, "internal error")
    return answer(
        status, {"status": "error", "message": words, "correlationId": CORRELATION}, headers
    )


def _told(fault: Fault) -> Answer:
    if fault.policy:
        words = _POLICIES.get(fault.policy, fault.policy.lower())
        return rate_refusal(words, fault.policy, fault.headers)
    if isinstance(fault.body, str):
        return Answer(fault.status, fault.body.encode(), fault.headers)
    if fault.body is not None:
        return answer(fault.status, fault.body, fault.headers)
    if fault.status > 500:
        return Answer(fault.status, _PAGE, {"content-type": "text/html", **fault.headers})
    words = _WORDS.get(fault.status, "refused by a switch of the sandbox")
    body = {"status": "error", "message": words, "correlationId": CORRELATION}
    return answer(fault.status, body, fault.headers)


CORRELATION = "00000000-0000-4000-8000-000000000000"
