"""What the simulated services send by themselves, carried out by the sandbox."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from connectors.teamwork.simulator import TeamworkSimulator
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.courier import Courier
from syncd.sandbox.server import Sandbox


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.slow = threading.Event()
        self.slow.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?who=syncd"

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 5
        while len(self.got) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.slow.wait(5)
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Silence."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.slow.set()
        server.shutdown()
        thread.join()


def _hooked(url: str) -> tuple[TeamworkSimulator, SandboxClock]:
    clock = SandboxClock(frozen=True)
    simulator = TeamworkSimulator(clock)
    site = simulator.site
    row: dict[str, Any] = {"event": "TASK.CREATED", "url": url, "version": "2", "token": "s"}
    row |= {"contentType": "application/json", "status": "ACTIVE", "discarded": 0}
    site.add("webhooks", row | {"projectId": None})
    simulator.control("add_project", {"name": "P", "lists": ["L"]})
    return simulator, clock


def _task(name: str) -> dict[str, Any]:
    return {"list": "P/L", "name": name}


def test_a_webhook_arrives_and_is_tried_again_until_it_is_taken(receiver):
    simulator, clock = _hooked(receiver.url)
    with Sandbox({"teamwork": simulator}, clock) as sandbox:
        receiver.status = 500
        sandbox.control("teamwork", "add_task", _task("Call Ann"))
        receiver.wait_for(1)
        receiver.status = 200
        answer = requests.post(
            f"{sandbox.url('control')}/api/clock", json={"advance": 3600}, timeout=5
        )
        assert answer.ok
        receiver.wait_for(2)
        deadline = time.monotonic() + 5
        while sandbox.control("teamwork", "outbox") != {"due": [], "waiting": 0}:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    (headers, body), again = receiver.got
    assert headers["x-projects-event"] == "TASK.CREATED"
    assert json.loads(body)["task"]["name"] == "Call Ann"
    assert again[1] == body


def test_a_receiver_that_takes_its_time_is_not_waited_for(receiver):
    simulator, _clock = _hooked(receiver.url)
    simulator.control("add_task", _task("x"))
    receiver.slow.clear()
    assert asyncio.run(Courier({"t": simulator}, timeout=0.05).carry_out("t")) == 1
    assert simulator.control("outbox", {}) == {"due": [], "waiting": 1}


def test_nothing_leaves_this_machine(caplog):
    simulator, _clock = _hooked("http://198.51.100.7/hook")
    simulator.control("add_task", _task("x"))
    with caplog.at_level(logging.WARNING):
        assert asyncio.run(Courier({"t": simulator}).carry_out("t")) == 1
    assert "to this machine only" in caplog.text
    assert simulator.control("outbox", {}) == {"due": [], "waiting": 1}


def test_a_receiver_that_is_not_there_is_a_failure():
    with Receiver() as gone:
        url = gone.url
    simulator, _clock = _hooked(url)
    simulator.control("add_task", _task("x"))
    assert asyncio.run(Courier({"t": simulator}).carry_out("t")) == 1
    assert simulator.control("outbox", {}) == {"due": [], "waiting": 1}
