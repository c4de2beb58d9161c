"""How Gmail says no (facts/gmail.md A5)."""

from __future__ import annotations

import json
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


def invalid(message: str) -> GmailError:
    return GmailError(400, "invalidArgument", message)


def missing() -> GmailError:
    return GmailError(404, "notFound", "Requested entity was not found.")
