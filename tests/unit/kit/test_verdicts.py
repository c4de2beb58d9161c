from __future__ import annotations

import ssl
from datetime import UTC, datetime

import pytest
import requests
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError
from urllib3.exceptions import SSLError as TransportSSLError

from connectors._kit.verdicts import WORDS, of_exception, of_status, retry_after
from syncd.ports.verdicts import Changed, InDoubt, Locked, Refused, TryLater

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "on_read", "on_write"),
    [
        (429, TryLater, TryLater),
        (423, TryLater, TryLater),
        (477, TryLater, TryLater),
        (408, TryLater, InDoubt),
        (500, TryLater, InDoubt),
        (502, TryLater, InDoubt),
        (504, TryLater, InDoubt),
        (401, Locked, Locked),
        (403, Locked, Locked),
        (404, Changed, Changed),
        (409, Changed, Changed),
        (410, Changed, Changed),
        (412, Changed, Changed),
        (400, Refused, Refused),
        (402, Refused, Refused),
        (422, Refused, Refused),
    ],
)
def test_each_status_has_its_verdict(status, on_read, on_write):
    assert type(of_status(status, "no", service="board", writes=False)) is on_read
    assert type(of_status(status, "no", service="board", writes=True)) is on_write


def test_a_verdict_tells_service_status_and_words_but_never_a_whole_body():
    verdict = of_status(400, "x" * 5000, service="board", writes=True)
    assert str(verdict).startswith("board 400: x")
    assert len(str(verdict)) < WORDS + 50
    assert str(of_status(502, "", service="board", writes=False)) == "board 502"


def test_the_services_own_wait_is_kept():
    verdict = of_status(429, "", service="board", writes=True, after=7)
    assert isinstance(verdict, TryLater)
    assert verdict.after == 7


POOL = HTTPConnectionPool("board.test")
REFUSED = NewConnectionError(HTTPConnection("board.test"), "refused")
CERTIFICATE = TransportSSLError(ssl.SSLCertVerificationError("unknown authority"))


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectTimeout("no route"),
        requests.ConnectionError(MaxRetryError(POOL, "/", REFUSED)),
        requests.exceptions.SSLError(MaxRetryError(POOL, "/", CERTIFICATE)),
    ],
)
def test_what_never_left_may_be_sent_again(error):
    assert isinstance(of_exception(error, service="board", writes=True), TryLater)


@pytest.mark.parametrize(
    "error",
    [
        requests.ReadTimeout("slow"),
        requests.ConnectionError(ConnectionResetError(104, "reset")),
        requests.exceptions.ChunkedEncodingError("cut"),
        requests.exceptions.SSLError(MaxRetryError(POOL, "/", TransportSSLError("bad record"))),
    ],
)
def test_what_may_have_arrived_is_in_doubt_for_a_write_alone(error):
    assert isinstance(of_exception(error, service="board", writes=True), InDoubt)
    assert isinstance(of_exception(error, service="board", writes=False), TryLater)


def test_a_failure_being_handled_does_not_excuse_the_next_one():
    """A write sent from within an except block, whose answer is lost, may have arrived."""
    lost = requests.ReadTimeout("slow")
    lost.__context__ = requests.ConnectionError(MaxRetryError(POOL, "/", REFUSED))
    assert isinstance(of_exception(lost, service="board", writes=True), InDoubt)


def test_the_words_of_an_exception_stay_out_of_the_verdict():
    error = requests.ConnectionError("https://maya:hunter2@board.test/")
    assert "hunter2" not in str(of_exception(error, service="board", writes=True))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        (" 5 ", 5.0),
        ("0", 0.0),
        ("Mon, 23 Nov 2026 09:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 09:00:30 -0000", 30.0),
        ("Mon, 23 Nov 2026 10:01:00 +0100", 60.0),
        ("Mon, 23 Nov 2026 08:00:00 GMT", 0.0),
        ("soon", None),
        ("1.5", None),
        ("²", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert retry_after(header, NOW) == seconds
