"""The open web: whether a page links to one of our clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.webcheck.settings import WebcheckSettings
from syncd.ports.manifest import Manifest, Role, Toolbox

if TYPE_CHECKING:
    from syncd.ports.clock import Clock
    from syncd.ports.simulator import Simulator
    from syncd.ports.web import LinkChecker


def _web(settings: WebcheckSettings, tools: Toolbox) -> LinkChecker:
    from connectors.webcheck.adapter import WebLinkChecker

    return WebLinkChecker(settings, tools)


def _simulator(clock: Clock) -> Simulator:
    from connectors.webcheck.simulator import WebSimulator

    return WebSimulator(clock)


MANIFEST = Manifest(
    kind="webcheck",
    title="Link checks",
    settings=WebcheckSettings,
    ports={Role.WEB: _web},
    simulator=_simulator,
)
