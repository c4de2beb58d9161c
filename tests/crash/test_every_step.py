"""Kill the daemon at every durable step of every scenario; it must end in the same place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.scenarios import SCENARIOS, Scenario
from tests.support.world import Budget, Crash, World


def whole(scenario: Scenario, world: World, budget: Budget) -> bool:
    """Run to quiet, let what comes later happen, run again. Returns whether it was killed.

    A killed process is followed by another one, which is not killed.
    """
    killed = run(world, budget)
    scenario.then(world)
    return run(world, budget) or killed


def run(world: World, budget: Budget) -> bool:
    try:
        world.run(budget)
    except Crash:
        world.clock.advance(1)
        world.run()
        return True
    return False


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_it_ends_as_written_and_a_second_run_writes_nothing(scenario: Scenario, tmp_path: Path):
    world = scenario.world(tmp_path / "w")
    whole(scenario, world, Budget())
    assert world.end() == scenario.end()
    writes = world.writes()
    world.run()
    assert world.writes() == writes


# On a file every step of every scenario, in four parts. `make test` takes two of them, steps 1, 2,
# 5, 6, ... (calls and commits mostly take turns), `make crash` all. On a server every eighth step,
# others from scenario to scenario; `make test-postgresql` takes all there.
PLACES = [
    *(
        pytest.param(scenario, "", part, 4, marks=[pytest.mark.slow] if part > 1 else [])
        for scenario in SCENARIOS
        for part in range(4)
    ),
    *((scenario, "server", number % 8, 8) for number, scenario in enumerate(SCENARIOS)),
]


@pytest.mark.parametrize(
    ("scenario", "where", "part", "parts"),
    PLACES,
    ids=lambda one: one.name if isinstance(one, Scenario) else str(one),
)
def test_same_end_from_every_crash(
    scenario: Scenario, where: str, part: int, parts: int, tmp_path: Path
):
    straight = Budget()
    whole(scenario, scenario.world(tmp_path / "straight", where), straight)
    assert straight.steps > 10
    for step in range(1 + part, straight.steps + 1, parts):
        world = scenario.world(tmp_path / str(step), where)
        assert whole(scenario, world, Budget(crash_at=step)), f"step {step} was never reached"
        assert world.end() == scenario.end(), f"killed at step {step} of {straight.steps}"
        writes = world.writes()
        world.run()
        assert world.writes() == writes, f"killed at step {step}: a settled world was written to"
