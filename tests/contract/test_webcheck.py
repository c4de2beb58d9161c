"""The checker of links keeps its contract, on the small web of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pytest

from connectors.webcheck import MANIFEST
from connectors.webcheck.simulator import WebSimulator
from syncd.core.facts import Page
from syncd.ports.manifest import Role, Toolbox
from tests.contract.web import POST, WebContract, World, link
from tests.contract.web_anywhere import AnyWebContract
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport


@dataclass
class KnownPage:
    """Satisfies `tests.contract.web_anywhere.Web`."""

    world: World
    page: str = POST
    links_to: str = "acme.example"

    def check(self, url: str, targets: tuple[str, ...]) -> Page:
        return self.world.check(url, targets)

    def asked(self) -> list[str]:
        return [path for _, _, path in self.world.transport.calls]


class TestWebcheck(WebContract, AnyWebContract):
    @pytest.fixture
    def web(self, world):
        world.put(POST, link())
        return KnownPage(world)

    @pytest.fixture
    def world(self):
        simulator = WebSimulator(clock := DrivenClock())
        transport = SimulatorTransport({"webcheck": simulator})
        settings = MANIFEST.settings.model_validate(
            {"kind": "webcheck", "through": "http://webcheck.test"}
        )
        connect = partial(MANIFEST.ports[Role.WEB], settings, Toolbox(clock, transport=transport))
        return World(simulator, transport, clock, connect, connect())
