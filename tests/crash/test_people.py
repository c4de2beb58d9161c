"""Killed at every durable step of an import or a change of a segment, it ends the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncd.core.prospects import Wish
from syncd.core.prospects_file import Prospect
from syncd.engine import prospects
from syncd.engine.turn import Engine
from tests.support.prepared import set_up
from tests.support.world import MAYA, Budget, Crash, World

NORA, OTTO = "nora@newsite.example", "otto@newsite.example"
FILE = [
    Prospect(2, NORA, "Nora", "New Site", "newsite.example", ("acme",)),
    Prospect(3, OTTO, "Otto", "", "newsite.example", ("acme",)),
]
END = {"contacts": [(NORA, "acme"), (OTTO, "acme")], "company": ("newsite.example", 2)}
SEGMENT = "\nsegments: [{name: Contacted, contacted: true}]\n"


def world(folder: Path) -> World:
    folder.mkdir()
    world = World(folder)
    world.text += SEGMENT
    set_up(world)
    return world


def bring_in(engine: Engine) -> None:
    prospects.plan(engine.ctx, FILE, Wish("prospects.csv", MAYA), approved=True)
    engine.until_quiet()
    engine.finish()


def lose_answers(world: World) -> None:
    for method, path in (("POST", "/batch/create$"), ("PUT", "/memberships/")):
        world.tell("hubspot", "fault", method=method, path=path, n=1, lose_answer=True)


def whole(world: World, budget: Budget) -> bool:
    try:
        with world.process(budget) as engine:
            bring_in(engine)
    except Crash:
        world.clock.advance(1)
        with world.process() as engine:
            bring_in(engine)
        return True
    return False


def end(world: World) -> dict[str, Any]:
    contacts = world.objects("contacts")
    [company] = world.objects("companies")
    return {
        "contacts": sorted((row["email"], row["syncd_campaigns"]) for row in contacts),
        "company": (company["domain"], len(company["contacts"])),
    }


@pytest.mark.parametrize("part", range(2))
def test_an_import_ends_the_same_from_every_crash(part: int, tmp_path: Path):
    """At every other step in a world where all is well, at the others where answers are lost."""
    trouble = lose_answers if part else _nothing
    straight = Budget()
    first = world(tmp_path / "straight")
    trouble(first)
    whole(first, straight)
    assert end(first) == END
    assert straight.steps > 8
    for step in range(1 + part, straight.steps + 1, 2):
        killed = world(tmp_path / str(step))
        trouble(killed)
        assert whole(killed, Budget(crash_at=step)), f"step {step} was never reached"
        assert end(killed) == END, f"killed at step {step} of {straight.steps}"
        writes = killed.writes()
        killed.run()
        assert killed.writes() == writes, f"killed at step {step}: a settled world was written to"


def _nothing(_world: World) -> None:
    """No trouble."""
