"""Everything that issue 3 has people do: each verb by itself, and all of them in the default."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from syncd.sandbox.people.stage import Seen
from syncd.sandbox.simulation import Simulation
from syncd.settings.shipped import shipped
from syncd.settings.source import load_yaml
from tests.unit.sandbox.play import MAYA, TOM, played, small

FIRST_DAY = date(2026, 3, 2)


def _handling(touch: str) -> tuple[Simulation, Seen]:
    """Maya, who does this to every task she sees, and a task about a talk of hers."""
    given = small().model_dump()
    maya, tom = given["teammates"]
    maya |= {"touches": {touch: 1.0}, "follows_up": "never"}
    simulation = played(small(teammates=[maya, tom]), 1)
    talk = next(one for one in simulation.stage.journal.talks.values() if one.owner == MAYA)
    simulation.stage.tell("teamwork", "add_project", name="Outreach", lists=["Follow-ups"])
    simulation.stage.tell(
        "teamwork",
        "add_task",
        list="Outreach/Follow-ups",
        name="Follow up",
        by=MAYA,
        assign=MAYA,
        due=FIRST_DAY.isoformat(),
        description=f"**Step:** 1 of 2\n\n[Gmail](https://mail.example/#all/{talk.threads[MAYA]})",
    )
    simulation.teammates._looking(FIRST_DAY, 0)()
    gone = Seen("", "", "", done=True, due=None, assignees=(), place="", ours=False)
    found = [task for task in simulation.stage.board() if "Follow up" in task.title]
    return simulation, (found or [gone])[0]


@pytest.mark.parametrize(
    ("touch", "sees", "deed"),
    [
        ("complete", {"done": True}, "completes a task"),
        ("delete", {"id": ""}, "deletes a task"),
        ("postpone", {"due": date(2026, 3, 5)}, "postpones a task"),
        ("move", {"place": "Someday/Later"}, "moves a task"),
        ("rename", {"title": "Follow up - important"}, "renames a task"),
        ("reassign", {"assignees": (TOM,)}, "reassigns a task"),
        ("comment", {"done": False}, "comments on a task"),
    ],
)
def test_a_person_handles_a_task(touch: str, sees: dict[str, Any], deed: str):
    simulation, task = _handling(touch)
    assert {name: getattr(task, name) for name in sees} == sees
    assert simulation.stage.journal.deeds()[deed] == 1


def test_a_person_sets_a_stage_in_hubspot():
    simulation = played(small(), 1)
    ada = {"email": "ada@site.example"}
    simulation.stage.tell("hubspot", "add_contact", **ada)
    simulation.stage.set_stage(ada["email"], "agreed")
    # The property is not there before syncd has made it: nobody can set it, and nothing is noted.
    assert simulation.stage.journal.stages == {}
    simulation.stage._control = lambda *_call: {}
    simulation.stage.set_stage(ada["email"], "agreed")
    assert simulation.stage.journal.deeds()["sets a stage"] == 1


def test_in_the_default_scenario_people_do_it_all():
    given = load_yaml(shipped("scenarios/quarter.yaml"))
    # More of them at once, so that a month shows what the quarter does.
    mates = [{**mate, "pitches": 3 * mate["pitches"]} for mate in given["teammates"]]
    mates[1]["leaves"] = 20
    deeds = played(small(**{**given, "teammates": mates}), 30).stage.journal.deeds()
    assert deeds.keys() >= {
        "pitches",
        "writes again",
        "answers",
        "answers in a new thread",
        "answers from another address",
        "answers through a colleague",
        "declines",
        "asks for a price",
        "refers",
        "unsubscribes",
        "bounces",
        "is away (en)",
        "is away (de)",
        "is away (fr)",
        "leaves the team",
    }
