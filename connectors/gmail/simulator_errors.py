"""How Gmail says no (facts/gmail.md A5)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from syncd.ports.simulator import Answer

JSON = {"content-type": "application/json; charset=UTF-8"}

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_USAGE = frozenset(
    {"dailyLimitExceeded", "quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"}
)


MESSAGES = {
    "rateLimitExceeded": "Too many concurrent requests for user",
    "userRateLimitExceeded": "User Rate Limit Exceeded",
    "dailyLimitExceeded": "Daily Limit Exceeded",
    "authError": "Invalid Credentials",
    "failedPrecondition": "Precondition check failed.",
    "notFound": "Requested entity was not found.",
    "backendError": "Backend Error",
    "domainPolicy": "The domain administrators have disabled Gmail apps.",
    "insufficientPermissions": "Request had insufficient authentication scopes.",
}
_REASONS = {
    400: "failedPrecondition",
    401: "authError",
    403: "userRateLimitExceeded",
    404: "notFound",
    429: "rateLimitExceeded",
}
# 429s that differ in their words alone; the time one names stands in the message.
_EXHAUSTED, _RETRY_AFTER = "exhausted", "retryAfter"
_AGAIN = timedelta(minutes=1)


class GmailError(Exception):
    """A refusal, on its way to becoming an answer."""

    def __init__(
        self, code: int, reason: str, message: str, *, more: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.more = more or {}

    def answer(self) -> Answer:
        detail = {"message": self.message, "domain": self._domain(), "reason": self.reason}
        status = _STATUS.get(self.code, "UNKNOWN")
        if self.reason == "failedPrecondition":
            status = "FAILED_PRECONDITION"
        error = {"code": self.code, "message": self.message, "errors": [detail | self.more]}
        return answer({"error": error | {"status": status}}, self.code)

    def _domain(self) -> str:
        # The same reason stands in another domain on a 429.
        return "usageLimits" if self.code == 403 and self.reason in _USAGE else "global"


def answer(body: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body, separators=(",", ":")).encode(), JSON)


def worded(status: int, variant: str, now: datetime) -> Answer:
    """A status in Gmail's words; `variant` is its reason, or for 429 one of two phrasings."""
    reason = variant or _REASONS.get(status, "backendError")
    message = MESSAGES.get(reason, reason)
    if variant == _EXHAUSTED:
        reason, message = "rateLimitExceeded", "Resource has been exhausted (e.g. check quota)."
    elif variant == _RETRY_AFTER:
        until = (now + _AGAIN).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        reason, message = "rateLimitExceeded", f"User-rate limit exceeded.  Retry after {until}"
    return GmailError(status, reason, message).answer()


def invalid(message: str) -> GmailError:
    return GmailError(400, "invalidArgument", message)


def missing() -> GmailError:
    return GmailError(404, "notFound", "Requested entity was not found.")
