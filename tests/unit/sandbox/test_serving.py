"""The ASGI side, without sockets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any

from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.faults import FaultRule, Faults, Kind
from syncd.sandbox.serving import Served, Traffic
from tests.support.pretend import PretendSimulator

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Transport:
    """Remembers how a connection ended."""

    def __init__(self) -> None:
        self.end = ""

    def abort(self) -> None:
        self.end = "abort"

    def close(self) -> None:
        self.end = "close"

    def get_extra_info(self, _name: str) -> None:
        return None


class Line:
    """One request through the application, and all that came back."""

    def __init__(self, pretend: PretendSimulator, rules: list[FaultRule] | None = None) -> None:
        self.pretend = pretend
        self.faults = Faults()
        self.faults.set(rules or [])
        self.traffic = Traffic()
        self.transport = Transport()
        self.sent: list[MutableMapping[str, Any]] = []

    def ask(
        self,
        method: str = "GET",
        path: str = "/",
        body: tuple[bytes, ...] = (b"",),
        query: bytes = b"",
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> Line:
        asyncio.run(self._ask(method, path, body, query, headers))
        return self

    async def _ask(
        self,
        method: str,
        path: str,
        body: tuple[bytes, ...],
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
    ) -> None:
        served = Served(
            "gmail",
            self.pretend,
            SandboxClock(START, frozen=True),
            faults=self.faults,
            traffic=self.traffic,
        )
        waiting = [
            {"type": "http.request", "body": part, "more_body": number + 1 < len(body)}
            for number, part in enumerate(body)
        ]

        async def receive():
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message):
            self.sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query,
            "headers": list(headers),
            "transport": self.transport,
        }
        await served(scope, receive, send)

    @property
    def status(self):
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self):
        return dict(self.sent[0]["headers"])

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.sent[1:])


def test_a_request_reaches_the_simulator_whole():
    pretend = PretendSimulator()
    Line(pretend).ask(
        "POST",
        "/a b",
        body=(b"one ", b"two"),
        query=b"x=1&x=%C3%A4&empty=",
        headers=[(b"accept", b"a"), (b"accept", b"b")],
    )
    (request,) = pretend.requests
    assert (request.method, request.path, request.body) == ("POST", "/a b", b"one two")
    assert request.query == (("x", "1"), ("x", "ä"), ("empty", ""))
    assert request.headers == {"accept": "a, b"}


def test_an_answer_is_framed_and_carries_the_sandbox_time():
    line = Line(PretendSimulator()).ask()
    assert (line.status, line.body) == (200, b"[]")
    assert line.headers[b"content-length"] == b"2"
    assert line.headers[b"date"] == b"Mon, 23 Nov 2026 09:00:00 GMT"


def test_an_answer_without_a_body_has_no_length():
    line = Line(PretendSimulator()).ask(path="/nothing")
    assert (line.status, line.body) == (204, b"")
    assert b"content-length" not in line.headers
    assert line.headers[b"x-left"] == b"yes"


def test_head_gets_the_length_and_no_body():
    line = Line(PretendSimulator()).ask("HEAD")
    assert (line.headers[b"content-length"], line.body) == (b"2", b"")


def test_a_simulator_that_fails_is_reported_and_answers_like_no_service(caplog):
    with caplog.at_level(logging.ERROR, "syncd.sandbox"):
        line = Line(PretendSimulator()).ask(path="/broken")
    assert line.status == 500
    assert b"sandbox_failure" in line.body
    assert "the pretend service is broken" in caplog.text


def test_a_simulator_that_stays_silent_has_its_connection_reset():
    line = Line(PretendSimulator()).ask(path="/silent")
    assert (line.sent, line.transport.end) == ([], "abort")


def test_a_client_that_leaves_before_the_end_changes_nothing():
    pretend = PretendSimulator()
    line = Line(pretend)
    line.ask("POST", body=())
    assert (pretend.requests, line.sent) == ([], [])


def test_a_reset_before_does_nothing_and_a_reset_after_did_it():
    for kind, done in ((Kind.RESET_BEFORE, []), (Kind.RESET_AFTER, ["x"])):
        pretend = PretendSimulator()
        line = Line(pretend, [FaultRule(kind)]).ask("POST", body=(b"x",))
        assert (line.sent, line.transport.end, pretend.lines) == ([], "abort", done)


def test_a_black_hole_swallows_and_a_lost_answer_was_done():
    for kind, done in ((Kind.BLACK_HOLE, []), (Kind.LOSE_ANSWER, ["x"])):
        pretend = PretendSimulator()
        line = Line(pretend, [FaultRule(kind)]).ask("POST", body=(b"x",))
        assert (line.sent, line.transport.end, pretend.lines) == ([], "", done)


def test_half_an_answer_promises_the_whole_and_closes():
    pretend = PretendSimulator()
    line = Line(pretend, [FaultRule(Kind.HALF_ANSWER)]).ask("POST", body=(b"x",))
    assert line.headers[b"content-length"] == b"5"
    assert (line.body, line.transport.end, pretend.lines) == (b'["', "close", ["x"])


def test_a_status_replaces_the_answer_and_with_effect_the_thing_was_done():
    for effect, done in ((False, []), (True, ["x"])):
        pretend = PretendSimulator()
        rule = FaultRule(Kind.STATUS, status=503, effect=effect)
        line = Line(pretend, [rule]).ask("POST", body=(b"x",))
        assert (line.status, pretend.lines) == (503, done)


def test_a_slow_answer_comes_all_the_same():
    line = Line(PretendSimulator(), [FaultRule(Kind.SLOW, seconds=0.01)]).ask()
    assert (line.status, line.body) == (200, b"[]")


def test_calls_are_noted_with_what_befell_them():
    line = Line(PretendSimulator(), [FaultRule(Kind.RESET_AFTER, path="/lost")])
    line.ask(path="/lost").ask(path="/found")
    recent = line.traffic.describe()["recent"]
    assert [(each["path"], each["status"], each["fault"]) for each in recent] == [
        ("/found", 200, ""),
        ("/lost", 0, "reset_after"),
    ]
