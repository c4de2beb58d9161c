from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from connectors.teamwork.adapter import TeamworkBoard
from connectors.teamwork.settings import TeamworkSettings
from connectors.teamwork.simulator import TeamworkSimulator
from syncd.ports.manifest import Toolbox
from syncd.ports.simulator import Answer, Request
from tests.contract.board_world import World
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport

V3 = "/projects/api/v3"
BASIC = "Basic " + base64.b64encode(b"twp_sandbox:x").decode()


@dataclass
class Api:
    """The simulator as a client sees it, without the connector."""

    simulator: TeamworkSimulator

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        """`__` in a query name stands for what Python does not allow: f__1__eq."""
        pairs = tuple((name, str(value)) for name, value in query.items())
        return self.ask(method, path, body, pairs)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: tuple[tuple[str, str], ...] = (),
        auth: str = BASIC,
    ) -> Answer:
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        return self.simulator.handle(Request(method, path, query, {"authorization": auth}, raw))

    def json(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self.call(method, path, body, **query)
        assert answer.status < 300, (answer.status, answer.body)
        return json.loads(answer.body)


@pytest.fixture
def clock():
    return DrivenClock()


@pytest.fixture
def simulator(clock):
    return TeamworkSimulator(clock)


@pytest.fixture
def api(simulator):
    return Api(simulator)


@pytest.fixture
def settings(monkeypatch):
    monkeypatch.setenv("TEAMWORK_API_KEY", "twp_sandbox")
    key = {"env": "TEAMWORK_API_KEY"}
    return TeamworkSettings.model_validate(
        {"kind": "teamwork", "url": "http://teamwork.test", "api_key": key}
    )


@pytest.fixture
def world(clock, simulator, settings):
    transport = SimulatorTransport({"teamwork": simulator})
    connect = partial(TeamworkBoard, settings, Toolbox(clock, transport=transport))
    return World(simulator, transport, clock, connect, connect())


@pytest.fixture
def tasklist(simulator):
    return simulator.control("add_project", {"name": "Outreach", "lists": ["Follow-ups"]})["lists"][
        "Follow-ups"
    ]


@pytest.fixture
def make(api, tasklist):
    def make(name="Call Ann", **more):
        body = {"task": {"name": name, **more}}
        return api.json("POST", f"{V3}/tasklists/{tasklist}/tasks.json", body)["task"]

    return make


@pytest.fixture
def field(api):
    body = {"customfield": {"name": "syncd key", "type": "text-short", "entity": "task"}}
    return api.json("POST", f"{V3}/customfields.json", body)["customfield"]["id"]


def names(api: Api, path: str = f"{V3}/tasks.json", **query: Any) -> list[str]:
    """The names of the tasks a listing shows."""
    return [row["name"] for row in api.json("GET", path, **query)["tasks"]]
