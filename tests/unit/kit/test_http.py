from __future__ import annotations

from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from connectors._kit.http import TIMEOUT, Session
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
