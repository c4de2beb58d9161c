"""Kill the undo at every durable step: asked for again, or left to the daemon, it ends the same."""

from __future__ import annotations

import functools
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from syncd.engine import undo
from syncd.store import journal
from syncd.store.database import Store
from tests.crash.scenarios import ADA, BOB, answered_later, silence
from tests.support.prepared import Moment, go_to, moment, set_up
from tests.support.world import Budget, Crash, World

TASK = "Follow up with Ada (site.example)"
# Ada's task was opened by the first run, and closed by the second when her answer came.
END = {
    "silence": {
        "contacts": [(ADA, "", "", ""), (BOB, "", "", "")],
        "emails": [],
        "tasks": [(TASK, "completed", ["syncd: run 2 was undone."])],
    },
    "answered": {
        "contacts": [
            (ADA, "acme", "builders", "contacted"),
            (BOB, "acme", "builders", "contacted"),
        ],
        "emails": [("EMAIL", "Builder guide", [ADA]), ("EMAIL", "Builder guide", [BOB])],
        "tasks": [
            (
                TASK,
                "reopened",
                [
                    "Answered by ada@site.example on 2026-11-23: Re: Builder guide",
                    "syncd: run 3 was undone.",
                ],
            )
        ],
    },
}


def undone(world: World, budget: Budget | None = None) -> None:
    with world.process(budget) as engine, engine.ctx.store.begin() as tx:
        [latest, *_] = [one for one in journal.lines(tx, 9) if one.undoes is None]
    with world.process(budget) as engine:
        undo.undo(engine, latest.number)


def world_of(folder: Path, name: str) -> World:
    """A world in which runs have written, made once."""
    folder.mkdir()
    world = World(folder)
    go_to(world, _prepared(name))
    return world


@functools.cache
def _prepared(name: str) -> Moment:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        set_up(world)
        silence(world)
        world.run()
        if name == "answered":
            answered_later(world)
            world.run()
        return moment(world)


@pytest.mark.parametrize("after", ["asked again", "left to the daemon"])
@pytest.mark.parametrize("name", END)
def test_same_end_from_every_crash(name: str, after: str, tmp_path: Path):
    straight = Budget()
    undone(world_of(tmp_path / "straight", name), straight)
    assert straight.steps > 5
    for step in range(1, straight.steps + 1):
        world = world_of(tmp_path / str(step), name)
        with pytest.raises(Crash):
            undone(world, Budget(crash_at=step))
        # Past the time within which an absent comment proves nothing.
        world.clock.advance(60)
        if after == "left to the daemon":
            world.run()
        undone(world)
        assert world.end() == END[name], f"killed at step {step} of {straight.steps}"
        writes = world.writes()
        world.run()
        undone(world)
        assert world.writes() == writes, f"killed at step {step}: something was written again"
        assert_one_undo(world)


def assert_one_undo(world: World) -> None:
    """However often it was asked for, it is one run, and all of it is settled."""
    store = Store.reading(world.where)
    with store.begin() as tx:
        [undoing] = [one for one in journal.lines(tx, 9) if one.undoes is not None]
    store.close()
    assert undoing.states.keys() == {"done"}
