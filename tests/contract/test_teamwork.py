"""The Teamwork connector keeps the board's contract, with either home for its marks."""

from __future__ import annotations

from functools import partial

import pytest

from connectors.teamwork import MANIFEST
from connectors.teamwork.simulator import TeamworkSimulator
from syncd.ports.manifest import Role, Toolbox
from tests.contract.board import BoardContract
from tests.contract.board_world import World
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport


class TestTeamwork(BoardContract):
    @pytest.fixture(params=["allowed", 402], ids=["mark in a field", "mark in the description"])
    def world(self, request, monkeypatch):
        monkeypatch.setenv("TEAMWORK_API_KEY", "twp_sandbox")
        simulator = TeamworkSimulator(clock := DrivenClock())
        simulator.control("custom_fields", {"value": request.param})
        transport = SimulatorTransport({"teamwork": simulator})
        settings = MANIFEST.settings.model_validate(
            {
                "kind": "teamwork",
                "url": "http://teamwork.test",
                "api_key": {"env": "TEAMWORK_API_KEY"},
            }
        )
        tools = Toolbox(clock, transport=transport)
        connect = partial(MANIFEST.ports[Role.BOARD], settings, tools)
        return World(simulator, transport, clock, connect, connect())
