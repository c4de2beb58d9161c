"""What Gmail's refusals mean, by their `reason` (facts/gmail.md A5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors._kit import verdicts as http
from connectors._kit.reading import parsed
from syncd.ports.verdicts import CursorLost, Locked, TryLater, Verdict

SERVICE = "gmail"

# The per-minute window is Gmail's own and its start is not told; a whole one always helps.
_MINUTE = 60.0
_HOUR = 3600.0

# "User-rate limit exceeded.  Retry after 2020-01-21T12:57:51.196Z": the time stands in the
# message only, and may be hours away.
_RETRY_AFTER = re.compile(r"Retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)", re.IGNORECASE)

# How long to keep away when the service names a limit but no time. None: ours to choose.
_THROTTLES: dict[str, float | None] = {
    "rateLimitExceeded": _MINUTE,
    "quotaExceeded": _MINUTE,
    "userRateLimitExceeded": None,
    "dailyLimitExceeded": _HOUR,
}

_REMEDIES = {
    "authError": "renew the access: `syncd auth gmail`, or check the service account's key",
    "domainPolicy": "the Workspace administrator has disabled this app: allow it under "
    "Security > API controls",
    "insufficientPermissions": "authorise the scope gmail.modify (gmail.readonly with "
    "read_only) for the service account, or run `syncd auth gmail` again",
    "accessNotConfigured": "enable the Gmail API in the Google Cloud project",
    "failedPrecondition": "check that the address is a user of the domain, not suspended, "
    "with Gmail switched on, and that the service account acts for it",
}
_ASK_THE_ADMINISTRATOR = "check the mailbox's access in the Workspace admin console"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer outside 2xx as Gmail words it; empty where it says nothing.

    `retry_after` is the header of that name, which Gmail rarely sends.
    """

    status: int
    reason: str = ""
    words: str = ""
    retry_after: str | None = None

    @classmethod
    def read(cls, status: int, body: bytes, retry_after: str | None = None) -> Refusal:
        """From any body: JSON of any shape, HTML, nothing."""
        try:
            said = parsed(body)
        except ValueError:
            return cls(status, retry_after=retry_after)
        error: Any = said.get("error") if isinstance(said, dict) else None
        if not isinstance(error, dict):
            return cls(status, "", str(error or ""), retry_after)
        errors = error.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else {}
        reason = first.get("reason") if isinstance(first, dict) else None
        return cls(status, str(reason or ""), str(error.get("message") or ""), retry_after)


def of_refusal(refusal: Refusal, *, writes: bool, now: datetime) -> Verdict:
    """The verdict on an answer outside 2xx."""
    words = f"{refusal.reason} {refusal.words}".strip()
    said = f"{SERVICE} {refusal.status}: {words[: http.WORDS]}"
    if refusal.status == 429 or (refusal.status == 403 and refusal.reason in _THROTTLES):
        return TryLater(said, after=_wait(refusal, now))
    if refusal.status in {401, 403} or refusal.reason == "failedPrecondition":
        reason = "authError" if refusal.status == 401 else refusal.reason
        return Locked(said, remedy=_REMEDIES.get(reason, _ASK_THE_ADMINISTRATOR))
    after = http.retry_after(refusal.retry_after, now)
    return http.of_status(refusal.status, words, service=SERVICE, writes=writes, after=after)


def of_history(refusal: Refusal, *, now: datetime) -> Verdict:
    """The verdict on a refused history.list: what it no longer knows is a lost cursor.

    A cursor Gmail cannot read is as lost as one it has forgotten. We send no labelId, so
    a deleted label cannot be the cause of the 404 (facts/gmail.md A5, D15).
    """
    if refusal.status == 404 or (refusal.status == 400 and refusal.reason == "invalidArgument"):
        return CursorLost(f"{SERVICE} {refusal.status}: {refusal.words[: http.WORDS]}")
    return of_refusal(refusal, writes=False, now=now)


def of_token(mailbox: str, words: str, *, retryable: bool) -> Verdict:
    """The verdict on a refused access token; `words` are the token endpoint's."""
    said = f"{SERVICE}: no access to {mailbox}: {words[: http.WORDS]}"
    if retryable:
        return TryLater(said)
    lower = words.lower()
    # google-auth replaces the endpoint's words on rapt errors by advice about gcloud.
    if "rapt" in lower or "reauthentication" in lower:
        remedy = (
            "the Workspace session control asks for a new sign-in: mark the app as trusted "
            "(https://support.google.com/a/answer/9368756), then run `syncd auth gmail`"
        )
    elif "unauthorized_client" in lower:
        remedy = (
            "authorise the service account's client id and scope in the admin console, "
            "Security > API controls > Domain-wide delegation"
        )
    elif "invalid email or user id" in lower:
        remedy = "check the mailbox's address: the domain has no such user"
    elif "short-lived" in lower or "iat" in lower.split():
        remedy = "set this machine's clock: the token request's times are refused"
    else:
        remedy = "run `syncd auth gmail` for this mailbox, or check the service account's key"
    return Locked(said, remedy=remedy)


def unreadable(*, writes: bool) -> Verdict:
    """The verdict on a 2xx answer that makes no sense: half of it may be missing."""
    return http.of_status(502, "an answer that cannot be read", service=SERVICE, writes=writes)


def _wait(refusal: Refusal, now: datetime) -> float | None:
    told = _RETRY_AFTER.search(refusal.words)
    if told is not None:
        try:
            at = datetime.fromisoformat(told[1])
        except ValueError:
            return _MINUTE
        return max(0.0, (at - now).total_seconds())
    after = http.retry_after(refusal.retry_after, now)
    if after is not None:
        return after
    if refusal.status == 429:
        # "Too many concurrent requests": over as soon as the others have ended.
        return None
    return _THROTTLES[refusal.reason]
