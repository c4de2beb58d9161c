"""The HubSpot connector keeps the CRM's contract, whatever the account lets it mark."""

from __future__ import annotations

from functools import partial

import pytest

from connectors.hubspot import MANIFEST
from connectors.hubspot.simulator import HubSpotSimulator
from syncd.ports.crm import Field
from syncd.ports.manifest import Role, Toolbox
from tests.contract.crm import CrmContract
from tests.contract.crm_world import World
from tests.contract.hubspot_words import WORDS, writes
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport

PROPERTIES = {field: f"syncd_{field.value}" for field in Field}


class TestHubSpot(CrmContract):
    @pytest.fixture(
        params=[
            ({}, "2026-09"),
            ({"email_properties": "refused"}, "2026-03"),
            ({"email_properties": "hidden", "email_message_id": "read_only"}, "2026-09"),
        ],
        ids=["own property", "Message-ID only", "no mark"],
    )
    def world(self, request, monkeypatch):
        switches, version = request.param
        monkeypatch.setenv("HUBSPOT_TOKEN", "pat-sandbox")
        simulator = HubSpotSimulator(clock := DrivenClock())
        simulator.control("portal", switches)
        transport = SimulatorTransport({"hubspot": simulator})
        settings = MANIFEST.settings.model_validate(
            {
                "kind": "hubspot",
                "api_url": "http://hubspot.test",
                "api_version": version,
                "token": {"env": "HUBSPOT_TOKEN"},
            }
        )
        connect = partial(MANIFEST.ports[Role.CRM], settings, Toolbox(clock, transport=transport))
        return World(simulator, transport, clock, connect, connect(), PROPERTIES, writes, WORDS)
