"""Teamwork.com Projects as a task board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.teamwork.settings import TeamworkSettings
from syncd.ports.manifest import Finding, Manifest, Role, Toolbox, Wants

if TYPE_CHECKING:
    from syncd.ports.board import TaskBoard
    from syncd.ports.clock import Clock
    from syncd.ports.hints import Hints
    from syncd.ports.simulator import Simulator


def _board(settings: TeamworkSettings, tools: Toolbox) -> TaskBoard:
    from connectors.teamwork.adapter import TeamworkBoard

    return TeamworkBoard(settings, tools)


def _probe(settings: TeamworkSettings, tools: Toolbox, wants: Wants) -> list[Finding]:
    from connectors.teamwork.probe import probe

    return probe(settings, tools, wants)


def _hints(settings: TeamworkSettings, tools: Toolbox) -> Hints | None:
    from connectors.teamwork.hooks import hints

    return hints(settings, tools)


def _simulator(clock: Clock) -> Simulator:
    from connectors.teamwork.simulator import TeamworkSimulator

    return TeamworkSimulator(clock)


MANIFEST = Manifest(
    kind="teamwork",
    title="Teamwork.com",
    settings=TeamworkSettings,
    ports={Role.BOARD: _board},
    probe=_probe,
    hints=_hints,
    simulator=_simulator,
)
