"""Killed in the middle of laying a plan out: nothing is made twice, and nothing is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.prepared import set_up
from tests.support.world import Budget, Crash, World

PLAN = """
  - id: homes
    name: Homes
    client: homes.example
    match: {any: [{label: Campaigns/Homes}]}
    plan:
      starts: 2026-12
      months: 2
      people: {lead: maya@brightlink.example}
      steps:
        - {name: Research, takes: 3 business days, owner: lead}
        - {name: Write, takes: 10 business days, owner: lead}
      topics:
        - {id: guide, name: Guide, due: 2026-12}
"""
END = [
    ("milestones", ["December 2026: Homes"]),
    ("notebooks", ["Campaign: Homes"]),
    ("projects", ["Homes", "Outreach"]),
    ("tasklists", ["Follow-ups", "Research", "Write"]),
    ("tasks", ["Research: Guide", "Write: Guide"]),
]


def stands(world: World) -> list[tuple[str, list[str]]]:
    def names(kind: str) -> list[str]:
        found: dict[str, Any] = world.get("teamwork", f"/projects/api/v3/{kind}.json")
        return sorted(row["name"] for row in found[kind])

    return [(kind, names(kind)) for kind, _ in END]


# From the claim of everything, over each thing that is made, to the notebook.
@pytest.mark.parametrize("step", [14, 16, 18, 19, 20, 22, 25, 27])
def test_the_end_is_the_same_wherever_it_was_killed(tmp_path: Path, step: int):
    world = World(tmp_path)
    world.text += PLAN
    set_up(world)
    with pytest.raises(Crash):
        world.run(Budget(step))
    world.clock.advance(60)
    world.run()
    assert stands(world) == END
    # The notebook may have been begun before everything was found again.
    world.clock.advance(4000)
    world.run()
    writes = world.writes()
    world.clock.advance(4000)
    world.run()
    assert stands(world) == END
    assert world.writes() == writes
