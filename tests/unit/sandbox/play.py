"""Scenarios played with nobody minding them: people and simulators, no daemon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from syncd import wiring
from syncd.core.calendar import Calendar, Span
from syncd.core.facts import Place
from syncd.core.rules import Cadence
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.people.agenda import Agenda
from syncd.sandbox.people.scenario import Scenario
from syncd.sandbox.people.stage import Stage
from syncd.sandbox.simulation import Simulation, prepared
from syncd.sandbox.simulation_oracle import Oracle, Rulebook
from syncd.sandbox.trouble import Troubles
from syncd.settings.shipped import shipped
from syncd.settings.source import load_yaml

MAYA = "maya@brightlink.example"
TOM = "tom@brightlink.example"
LONDON = ZoneInfo("Europe/London")
STEPS = ("2 business days", "3 business days")


def small(**changes: Any) -> Scenario:
    """The shipped small scenario, with some of its keys replaced."""
    return Scenario.model_validate({**load_yaml(shipped("scenarios/small.yaml")), **changes})


def cadence(*steps: str, same_company: bool = False) -> Cadence:
    spans = tuple(map(Span.parse, steps or STEPS))
    return Cadence(spans, None, Place("Outreach", "Follow-ups"), same_company=same_company)


def rulebook(*campaigns: str) -> Rulebook:
    cadences: Mapping[str, Cadence | None] = dict.fromkeys(("", *campaigns), cadence())
    return Rulebook(LONDON, frozenset(), cadences)


class Fair:
    """Where nothing ever goes wrong."""

    def trouble(self, plan: Mapping[str, Any] | None) -> None: ...

    def faults(self) -> dict[str, Any]:
        return {"rules": []}


class Idle:
    """A daemon that does nothing."""

    done: Mapping[str, int] = {}

    def turn(self) -> str:
        return ""

    def nightly(self) -> None: ...


def played(scenario: Scenario, days: int, seed: int = 1) -> Simulation:
    """What people do when syncd does nothing."""
    clock = SandboxClock(datetime.combine(scenario.starts, time(), tzinfo=UTC), frozen=True)
    simulators = wiring.simulators(clock)

    def control(
        simulator: str, command: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return simulators[simulator].control(command, body or {})

    stage = Stage(control, clock, {mate.address: mate.name for mate in scenario.teammates})
    agenda = Agenda(Calendar(LONDON))
    teammates = prepared(scenario, control, stage, agenda, seed)
    ids = [campaign.id for campaign in scenario.campaigns]
    oracle = Oracle(stage.journal, rulebook(*ids))
    troubles = Troubles(scenario.faults, Fair(), seed)
    simulation = Simulation(scenario, stage, agenda, teammates, oracle, days, troubles)
    simulation.run(Idle(), lambda _done, _total: None)
    return simulation


def at(day: int, hour: int = 10) -> datetime:
    """A moment in March 2026, whose second is a Monday."""
    return datetime.combine(date(2026, 3, day), time(hour), tzinfo=UTC)
