"""From an HTTP answer, or its absence, to a verdict. Services add their own reasons first."""

from __future__ import annotations

import ssl
from datetime import datetime

import requests
from urllib3.exceptions import NewConnectionError

from connectors._kit.reading import header_date, number
from syncd.ports.verdicts import LONGEST_WAIT, Changed, InDoubt, Locked, Refused, TryLater, Verdict

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
    # 408: the service gave up waiting for the rest of a request it may have begun.
    if status >= 500 or status == 408:
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
    if value.strip().isdecimal():
        told = number(value)
        return LONGEST_WAIT if told is None else min(told, LONGEST_WAIT)
    at = header_date(value)
    return None if at is None else min(max(0.0, (at - now).total_seconds()), LONGEST_WAIT)


def _never_left(error: Exception) -> bool:
    """Whether the request certainly did not reach the service: no connection was made."""
    # A certificate is refused before the first byte of the request goes out.
    unconnected = (requests.ConnectTimeout, NewConnectionError, ssl.SSLCertVerificationError)
    return any(isinstance(each, unconnected) for each in _related(error))


def _related(error: BaseException) -> list[BaseException]:
    """An error with those it wraps: libraries hand them on as arguments or as a `reason`.

    Not what it was raised in the course of: a call made while an earlier failure is being
    handled would inherit that failure's innocence.
    """
    found, waiting = list[BaseException](), [error]
    while waiting and len(found) < 20:
        each = waiting.pop()
        if each not in found:
            found.append(each)
            inner = (each.__cause__, getattr(each, "reason", None), *each.args)
            waiting.extend(one for one in inner if isinstance(one, BaseException))
    return found
