from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from connectors._kit.http import LONGEST, TIMEOUT, Session, TooMuch
from connectors._kit.pacing import Pacer
from syncd.ports.manifest import Call, Toolbox
from syncd.ports.verdicts import Refused, TryLater
from tests.support.clock import DrivenClock


class Recorder(BaseAdapter):
    """Answers from a list; an exception in it is raised."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers = list(answers)
        self.seen: list[tuple[requests.PreparedRequest, dict[str, Any]]] = []

    def send(self, request: requests.PreparedRequest, *_args: Any, **kwargs: Any) -> Any:
        self.seen.append((request, kwargs))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers = answer
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, str(request.url)
        response.headers.update(headers)
        response._content = b"{}"
        return response

    def close(self) -> None:
        """Nothing is held open."""


def session_of(*answers: Any, pacer: Pacer | None = None) -> tuple[Session, Recorder, list[Call]]:
    calls: list[Call] = []
    recorder = Recorder(*answers)
    tools = Toolbox(DrivenClock(), observe=calls.append, transport=recorder)
    return Session("board", tools, pacer=pacer), recorder, calls


def test_every_call_has_a_timeout():
    session, recorder, _ = session_of((200, {}), (200, {}))
    session.get("https://board.test/a")
    session.get("https://board.test/a", timeout=3)
    assert [kwargs["timeout"] for _, kwargs in recorder.seen] == [TIMEOUT, 3]


def test_every_exchange_is_told_without_its_query():
    session, _, calls = session_of((200, {}), (503, {}))
    session.get("https://board.test/people?searchTerm=maya@brightlink.example")
    session.post("https://board.test/tasks")
    told = [(call.service, call.method, call.path, call.status) for call in calls]
    assert told == [("board", "GET", "/people", 200), ("board", "POST", "/tasks", 503)]
    assert all(call.seconds >= 0 for call in calls)


def test_a_call_without_an_answer_is_told_with_status_zero():
    session, _, calls = session_of(requests.ReadTimeout("slow"))
    with pytest.raises(requests.ReadTimeout):
        session.get("https://board.test/a")
    assert [call.status for call in calls] == [0]


def test_nothing_is_sent_twice():
    session, recorder, _ = session_of(requests.ConnectionError("reset"), (503, {}), (200, {}))
    with pytest.raises(requests.ConnectionError):
        session.post("https://board.test/tasks")
    assert session.post("https://board.test/tasks").status_code == 503
    assert len(recorder.seen) == 2


def test_a_redirect_is_an_answer_and_not_followed():
    session, recorder, calls = session_of((302, {"location": "https://evil.test/b"}), (200, {}))
    assert session.post("https://board.test/a").status_code == 302
    assert len(recorder.seen) == 1
    assert [call.status for call in calls] == [302]


def test_what_pacing_holds_back_is_not_sent():
    clock = DrivenClock()
    pacer = Pacer(clock, per_second=1, burst=1)
    pacer.pause(3600)
    session, recorder, calls = session_of((200, {}), pacer=pacer)
    with pytest.raises(TryLater):
        session.get("https://board.test/a")
    assert not recorder.seen
    assert not calls


def test_a_netrc_never_replaces_the_credentials_in_the_settings(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine board.test login maya password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    session, recorder, _ = session_of((200, {}), (200, {}))
    session.get("https://board.test/a")
    session.auth = ("twp_key", "x")
    session.get("https://board.test/a")
    first, second = (request.headers.get("Authorization") for request, _ in recorder.seen)
    assert first is None
    assert second == "Basic dHdwX2tleTp4"


def test_the_environments_proxies_are_looked_up_once_for_each_host(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "near.test")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ours.pem")
    session, recorder, _ = session_of(*[(200, {})] * 4)
    session.get("https://far.test/a")
    session.get("https://near.test/a")
    monkeypatch.setattr("requests.sessions.get_environ_proxies", None)
    session.get("https://far.test/b")
    session.get("https://near.test/b")
    told = [(dict(kwargs["proxies"]), kwargs["verify"]) for _, kwargs in recorder.seen]
    far = {"https": "http://proxy.test:3128", "no": "near.test"}
    assert told == [(far, "/etc/ours.pem"), ({}, "/etc/ours.pem")] * 2


def test_what_a_caller_says_of_a_call_comes_before_the_environment(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ours.pem")
    session, recorder, _ = session_of((200, {}), (200, {}))
    session.get("https://board.test/a")
    session.get("https://board.test/a", verify="/etc/theirs.pem")
    assert [kwargs["verify"] for _, kwargs in recorder.seen] == ["/etc/ours.pem", "/etc/theirs.pem"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "MERGE"])
def test_for_reading_only_nothing_leaves_but_reads(method: str):
    recorder = Recorder((200, {}), (200, {}))
    tools = Toolbox(DrivenClock(), transport=recorder, read_only=True)
    session = Session("board", tools, asks=lambda path, body: path == "/search" and body == b"q")
    session.get("https://board.test/a")
    session.post("https://board.test/search", data="q")
    for url in ("https://board.test/a", "https://board.test/search"):
        with pytest.raises(Refused, match="read-only: board is not asked to"):
            session.request(method, url)
    assert [str(request.method) for request, _ in recorder.seen] == ["GET", "POST"]


class Drip(io.RawIOBase):
    """A body that comes in pieces, each after some seconds."""

    def __init__(self, pieces: int, size: int, waits: Callable[[], None]) -> None:
        super().__init__()
        self.left, self.size, self.waits = pieces, size, waits

    def read1(self, _most: int = -1) -> bytes:
        if not self.left:
            return b""
        self.left -= 1
        self.waits()
        return b"x" * self.size


class Pours(BaseAdapter):
    def __init__(self, raw: Any, status: int = 200) -> None:
        super().__init__()
        self.raw, self.status = raw, status

    def send(self, request: requests.PreparedRequest, *_args: Any, **_more: Any) -> Any:
        response = requests.Response()
        response.status_code, response.raw, response.request = self.status, self.raw, request
        response.headers["Location"] = "https://elsewhere.test/"
        response.url = str(request.url)
        return response

    def close(self) -> None:
        """Nothing is held open."""


def poured(raw: Any, status: int = 200) -> requests.Response:
    session = Session("board", Toolbox(DrivenClock(), transport=Pours(raw, status)), largest=1000)
    return session.get("https://board.test/a")


@pytest.mark.parametrize("status", [200, 302, 500])
def test_an_answer_is_read_to_a_limit_and_no_further(status: int):
    raw = Drip(100, 300, lambda: None)
    with pytest.raises(TooMuch):
        poured(raw, status)
    assert raw.left == 96
    assert poured(Drip(3, 300, lambda: None), status).content == b"x" * 900


def test_what_is_unpacked_counts():
    packed = gzip.compress(b"0" * 10_000)
    raw = HTTPResponse(io.BytesIO(packed), {"content-encoding": "gzip"}, preload_content=False)
    assert len(packed) < 100
    with pytest.raises(TooMuch):
        poured(raw)


def test_an_answer_in_drops_ends(monkeypatch: pytest.MonkeyPatch):
    now = [0.0]
    monkeypatch.setattr("connectors._kit.http.time.monotonic", lambda: now[0])

    def waits() -> None:
        now[0] += 29.0

    raw = Drip(1_000, 1, waits)
    with pytest.raises(requests.ReadTimeout):
        poured(raw)
    assert now[0] < LONGEST + 60


@pytest.mark.parametrize("words", ["Mon, 01 Jan 2020 00:00:00 +99999999999999", "x", "9" * 5_000])
def test_a_date_of_any_kind_is_a_date_or_none(words: str):
    session, _, calls = session_of((200, {"Date": words}))
    session.get("https://board.test/a")
    assert calls[0].at is None
