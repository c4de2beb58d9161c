from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.gmail import verdicts
from connectors.gmail.verdicts import Refusal
from syncd.ports.verdicts import (
    Changed,
    CursorLost,
    InDoubt,
    Locked,
    Refused,
    TryLater,
    Verdict,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def body(reason: str, message: str = "said so") -> bytes:
    errors = [{"reason": reason, "message": message, "domain": "global"}]
    return json.dumps({"error": {"code": 0, "message": message, "errors": errors}}).encode()


QUOTA = (
    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of "
    "service 'gmail.googleapis.com' for consumer 'project_number:1'."
)
LATER = "User-rate limit exceeded.  Retry after 2026-11-23T11:00:00.500Z"

# status, reason, message, writes, verdict, seconds to wait
ROWS: list[tuple[int, str, str, bool, type[Verdict], float | None]] = [
    (400, "invalidArgument", "Invalid id value", False, Refused, None),
    (400, "invalidArgument", "Invalid label: Label_9", True, Refused, None),
    (400, "failedPrecondition", "Precondition check failed.", False, Locked, None),
    (400, "failedPrecondition", "Mail service not enabled", True, Locked, None),
    (401, "authError", "Invalid Credentials", False, Locked, None),
    (403, "rateLimitExceeded", QUOTA, False, TryLater, 60.0),
    (403, "rateLimitExceeded", QUOTA, True, TryLater, 60.0),
    (403, "userRateLimitExceeded", "User Rate Limit Exceeded", False, TryLater, None),
    (403, "userRateLimitExceeded", LATER, False, TryLater, 7200.5),
    (403, "dailyLimitExceeded", "Daily Limit Exceeded", False, TryLater, 3600.0),
    (403, "domainPolicy", "The domain administrators have disabled this", False, Locked, None),
    (403, "insufficientPermissions", "Insufficient Permission", True, Locked, None),
    (403, "accessNotConfigured", "Gmail API has not been used", False, Locked, None),
    (403, "forbidden", "Delegation denied", False, Locked, None),
    (404, "notFound", "Requested entity was not found.", True, Changed, None),
    (409, "aborted", "Label name exists or conflicts", True, Changed, None),
    (429, "rateLimitExceeded", "Too many concurrent requests for user", False, TryLater, None),
    (429, "rateLimitExceeded", "Resource has been exhausted", True, TryLater, None),
    (429, "", LATER, False, TryLater, 7200.5),
    (500, "backendError", "Backend Error", False, TryLater, None),
    (503, "backendError", "Backend Error", False, TryLater, None),
    (500, "backendError", "Backend Error", True, InDoubt, None),
]


@pytest.mark.parametrize(("status", "reason", "message", "writes", "verdict", "after"), ROWS)
def test_a_refusal_means(
    status: int,
    reason: str,
    message: str,
    writes: bool,  # noqa: FBT001 - a column of the table
    verdict: type[Verdict],
    after: float | None,
) -> None:
    refusal = Refusal.read(status, body(reason, message))
    got = verdicts.of_refusal(refusal, writes=writes, now=NOW)
    assert type(got) is verdict
    assert message[:20] in str(got)
    if isinstance(got, TryLater):
        assert got.after == after
    if isinstance(got, Locked):
        assert got.remedy


def test_the_remedies_differ_by_what_is_wrong() -> None:
    reasons = ["domainPolicy", "insufficientPermissions", "accessNotConfigured"]
    made = [
        verdicts.of_refusal(Refusal(403, reason, ""), writes=False, now=NOW) for reason in reasons
    ]
    assert len({each.remedy for each in made if isinstance(each, Locked)}) == len(reasons)


@pytest.mark.parametrize(("status", "said", "after"), [(503, "17", 17.0), (429, "9", 9.0)])
def test_a_retry_after_header_is_honoured(status: int, said: str, after: float) -> None:
    got = verdicts.of_refusal(Refusal(status, retry_after=said), writes=False, now=NOW)
    assert isinstance(got, TryLater)
    assert got.after == after


def test_a_retry_time_that_is_past_means_now() -> None:
    words = "Retry after 2020-01-21T12:57:51.196Z"
    got = verdicts.of_refusal(Refusal(429, "", words), writes=False, now=NOW)
    assert isinstance(got, TryLater)
    assert got.after == 0.0


def test_a_retry_time_that_is_none_costs_a_minute() -> None:
    got = verdicts.of_refusal(
        Refusal(429, "", "Retry after 2026-99-99T12:00:00Z"), writes=False, now=NOW
    )
    assert isinstance(got, TryLater)
    assert got.after == 60.0


@pytest.mark.parametrize(
    ("status", "reason", "verdict"),
    [
        (404, "notFound", CursorLost),
        (400, "invalidArgument", CursorLost),
        (400, "failedPrecondition", Locked),
        (500, "backendError", TryLater),
        (403, "rateLimitExceeded", TryLater),
    ],
)
def test_only_an_unknown_cursor_is_a_lost_cursor(
    status: int, reason: str, verdict: type[Verdict]
) -> None:
    assert type(verdicts.of_history(Refusal(status, reason), now=NOW)) is verdict


@pytest.mark.parametrize(
    ("words", "retryable", "verdict", "remedy"),
    [
        ("token endpoint 503", True, TryLater, ""),
        ("invalid_grant: Token has been expired or revoked.", False, Locked, "auth gmail"),
        ("invalid_grant: reauth related error (invalid_rapt)", False, Locked, "9368756"),
        ("Reauthentication is needed. Please run `gcloud auth`", False, Locked, "9368756"),
        ("unauthorized_client: Client is unauthorized", False, Locked, "delegation"),
        ("invalid_grant: Invalid email or User ID", False, Locked, "no such user"),
        ("invalid_grant: Token must be a short-lived token", False, Locked, "clock"),
    ],
)
def test_a_refused_token_means(
    words: str,
    retryable: bool,  # noqa: FBT001 - a column of the table
    verdict: type[Verdict],
    remedy: str,
) -> None:
    got = verdicts.of_token("maya@b.example", words, retryable=retryable)
    assert type(got) is verdict
    if isinstance(got, Locked):
        assert remedy in got.remedy


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "errors", "reason", "message"]), inner)
    ),
)


@settings(deadline=None)
@given(st.integers(300, 599), st.binary(max_size=80) | _JSON.map(lambda x: json.dumps(x).encode()))
def test_any_body_is_read(status: int, said: bytes) -> None:
    verdicts.of_refusal(Refusal.read(status, said), writes=True, now=NOW)
