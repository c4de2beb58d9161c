"""The checker of links keeps its contract, on the small web of the sandbox."""

from __future__ import annotations

from functools import partial

import pytest

from connectors.webcheck import MANIFEST
from connectors.webcheck.simulator import WebSimulator
from syncd.ports.manifest import Role, Toolbox
from tests.contract.web import WebContract, World
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport


class TestWebcheck(WebContract):
    @pytest.fixture
    def world(self):
        simulator = WebSimulator(clock := DrivenClock())
        transport = SimulatorTransport({"webcheck": simulator})
        settings = MANIFEST.settings.model_validate(
            {"kind": "webcheck", "through": "http://webcheck.test"}
        )
        connect = partial(MANIFEST.ports[Role.WEB], settings, Toolbox(clock, transport=transport))
        return World(simulator, transport, clock, connect, connect())
