"""The stand-in for HubSpot, asked as any client would and through the connector."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.hubspot.adapter import HubSpotCrm
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.simulator import HubSpotSimulator
from syncd.ports.crm import CrmNeeds
from syncd.ports.manifest import Call, Toolbox
from syncd.ports.simulator import Request
from syncd.ports.verdicts import Done
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport

NEEDS = CrmNeeds(
    campaigns={"acme": "ACME", "bolt": "Bolt"},
    tags={"diy": "diy"},
    stages={"contacted": "Contacted", "replied": "Replied"},
    tasks=True,
)
TOKEN = "pat-sandbox"
V = "/crm/objects/2026-09"


@dataclass(frozen=True)
class Said:
    status: int
    data: Any
    headers: Mapping[str, str]

    @property
    def category(self) -> str:
        return str(self.data.get("category", ""))

    @property
    def message(self) -> str:
        return str(self.data.get("message", ""))


@dataclass
class Service:
    clock: DrivenClock = field(default_factory=DrivenClock)
    simulator: HubSpotSimulator = field(init=False)
    transport: SimulatorTransport = field(init=False)
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.simulator = HubSpotSimulator(self.clock)
        self.transport = SimulatorTransport({"hubspot": self.simulator})

    def settings(self, **more: Any) -> HubSpotSettings:
        given: dict[str, Any] = {"kind": "hubspot", "token": {"env": "HUBSPOT_TOKEN"}}
        return HubSpotSettings.model_validate({**given, "api_url": "http://hubspot.test", **more})

    def tools(self) -> Toolbox:
        return Toolbox(self.clock, self.calls.append, self.transport)

    def client(self, **more: Any) -> HubSpotClient:
        return HubSpotClient(self.settings(**more), self.tools())

    def crm(self, **more: Any) -> HubSpotCrm:
        return HubSpotCrm(self.settings(**more), self.tools())

    def ready(self, **more: Any) -> HubSpotCrm:
        """A connector to an account in which everything stands."""
        crm = self.crm(**more)
        for need in crm.readiness(NEEDS).missing:
            assert isinstance(crm.provide(need), Done)
        self.transport.calls.clear()
        return crm

    def tell(self, command: str, **body: Any) -> dict[str, Any]:
        return self.simulator.control(command, body)

    def ask(
        self, method: str, path: str, body: object = None, token: str = TOKEN, **query: Any
    ) -> Said:
        sent = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        pairs = tuple((name, str(value)) for name, value in query.items())
        headers = {"authorization": f"Bearer {token}"}
        answer = self.simulator.handle(Request(method, path, pairs, headers, sent))
        data = json.loads(answer.body) if answer.body else None
        return Said(answer.status, data, answer.headers)

    def contact(self, address: str, **properties: str) -> str:
        made = self.ask("POST", f"{V}/contacts", {"properties": {"email": address, **properties}})
        assert made.status == 201, made
        return str(made.data["id"])

    def email(self, *contacts: str, **properties: str) -> str:
        values = {"hs_timestamp": "2026-11-20T09:00:00Z", "hs_email_direction": "EMAIL"}
        links = [to(one) for one in contacts]
        body: dict[str, Any] = {"properties": values | properties, "associations": links}
        made = self.ask("POST", f"{V}/emails", body)
        assert made.status == 201, made
        return str(made.data["id"])


def to(contact: str, type_id: int = 198) -> dict[str, Any]:
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    return {"to": {"id": contact}, "types": [kind]}
