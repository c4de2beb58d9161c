"""From an HTTP answer, or its absence, to a verdict. Services add their own reasons first."""

from __future__ import annotations

import email.utils
from datetime import datetime

import requests
from urllib3.exceptions import NewConnectionError

from syncd.ports.verdicts import Changed, InDoubt, Locked, Refused, TryLater, Verdict

# How much of a service's words is kept: enough to act on, too little to leak a body.
WORDS = 300


def of_exception(error: Exception, *, service: str, writes: bool) -> Verdict:
    """The verdict on a call that brought no usable answer."""
    words = f"{service}: {type(error).__name__}"
    if _never_left(error):
        return TryLater(f"{words}: no connection")
    return InDoubt(f"{words}: no answer") if writes else TryLater(f"{words}: no answer")


def of_status(
    status: int, words: str, *, service: str, writes: bool, after: float | None = None
) -> Verdict:
    """The verdict on an answer outside 2xx. `after`: the service's own wait in seconds."""
    said = f"{service} {status}: {words[:WORDS]}".rstrip(": ")
    if status in {429, 423, 477}:
        return TryLater(said, after=after)
    if status >= 500:
        return InDoubt(said) if writes else TryLater(said, after=after)
    if status in {401, 403}:
        return Locked(said)
    if status in {404, 409, 410, 412}:
        return Changed(said)
    return Refused(said)


def retry_after(value: str | None, now: datetime) -> float | None:
    """A Retry-After header as seconds from now; None where absent or unreadable."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        at = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at.astimezone(now.tzinfo) - now).total_seconds())


def _never_left(error: BaseException | None) -> bool:
    """Whether the request certainly did not reach the service: no connection was made."""
    seen = 0
    while error is not None and seen < 8:
        if isinstance(error, requests.ConnectTimeout | NewConnectionError):
            return True
        if isinstance(error, requests.ConnectionError) and error.args:
            reason = getattr(error.args[0], "reason", None)
            if isinstance(reason, NewConnectionError):
                return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False
