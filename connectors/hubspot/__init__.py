"""HubSpot as the CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.hubspot.settings import HubSpotSettings
from syncd.ports.manifest import Finding, Manifest, Role, Toolbox, Wants

if TYPE_CHECKING:
    from syncd.ports.clock import Clock
    from syncd.ports.crm import Crm
    from syncd.ports.hints import Hints
    from syncd.ports.signin import SignIn
    from syncd.ports.simulator import Simulator


def _crm(settings: HubSpotSettings, tools: Toolbox) -> Crm:
    from connectors.hubspot.adapter import HubSpotCrm

    return HubSpotCrm(settings, tools)


def _probe(settings: HubSpotSettings, tools: Toolbox, wants: Wants) -> list[Finding]:
    from connectors.hubspot.probe import probe

    return probe(settings, tools, wants)


def _sign_in(settings: HubSpotSettings, tools: Toolbox) -> SignIn | None:
    from connectors.hubspot.oauth import sign_in

    return sign_in(settings, tools)


def _hints(settings: HubSpotSettings, tools: Toolbox) -> Hints | None:
    from connectors.hubspot.hooks import hints

    return hints(settings, tools)


def _simulator(clock: Clock) -> Simulator:
    from connectors.hubspot.simulator import HubSpotSimulator

    return HubSpotSimulator(clock)


MANIFEST = Manifest(
    kind="hubspot",
    title="HubSpot",
    settings=HubSpotSettings,
    ports={Role.CRM: _crm},
    probe=_probe,
    sign_in=_sign_in,
    hints=_hints,
    simulator=_simulator,
)
