"""What ops are shown of campaigns and of the plans that `syncd plan` would lay out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from syncd import app, wiring
from syncd.cli.main import main
from syncd.ports.manifest import Toolbox
from syncd.runtime import clock
from syncd.settings.settings import Settings
from tests.unit.engine.office import MAYA, TOM, Office
from tests.unit.engine.test_plans import PLAN, edit, person


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Ended]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office", mailboxes=(MAYA, TOM), more=PLAN)


@pytest.fixture
def syncd(office: Office, monkeypatch, capsys) -> Command:
    real = wiring.connect

    def wired(settings: Settings, tools: Toolbox) -> Any:
        return real(settings, replace(tools, clock=office.clock, transport=office.transport))

    monkeypatch.setattr(app, "connect", wired)
    monkeypatch.setattr(clock, "SystemClock", lambda *_given: office.clock)
    monkeypatch.setattr(app, "SystemClock", lambda *_given: office.clock)

    def run(*args: str) -> Ended:
        (office.folder / "syncd.yaml").write_text(office.text)
        capsys.readouterr()
        code = main([*args, "--config", str(office.folder / "syncd.yaml")])
        return Ended(code, *capsys.readouterr())

    return run


def test_a_plan_of_many_things_is_shown_by_its_lists(syncd: Command):
    shown = syncd("plan")
    assert shown.code == 2
    lines = shown.out.splitlines()
    assert "campaign homes: 12 things to be made" in lines
    assert "  project Homes, made unless it stands" in lines
    assert "  2 milestones: December 2026 (2026-12-31), January 2027 (2027-01-29)" in lines
    assert (
        "  task list Research: 2 tasks, due 2026-12-17 to 2027-01-15 (maya@brightlink.example 2)"
        in lines
    )
    assert not [line for line in lines if "Research: What it costs" in line]
    every = syncd("plan", "--verbose").out
    assert "  task Research: What it costs in Research, due 2027-01-15" in every


def test_what_is_changed_or_ended_is_shown_one_by_one(syncd: Command, office: Office):
    office.turn()
    edit(office, "due: 2027-01}", "due: 2027-02}")
    edit(office, "targets: [one.example, ", "targets: [")
    lines = syncd("plan").out.splitlines()
    assert "campaign homes: task Write: What it costs: due date 2027-01-29 → 2027-02-26" in lines
    assert "campaign homes: complete the task Pitch: one.example: no longer in the file" in lines


def test_campaigns_are_listed_with_how_far_they_are(syncd: Command, office: Office):
    office.turn()
    person(office, "completes", "Research: The builder's guide")
    office.turn()
    listed = syncd("campaigns")
    assert listed.code == 0
    [row] = [line for line in listed.out.splitlines() if line.lstrip().startswith("homes ")]
    assert "December 2026 to March 2027" in row
    assert "12 of 12" in row
    assert "1 of 6" in row
    found = {one["id"]: one for one in syncd("campaigns", "--json").json["campaigns"]}
    assert (found["homes"]["done"], found["homes"]["tasks"]) == (1, 6)
    assert found["acme"]["span"] == ""


def test_one_campaign_is_shown_with_its_goal_its_things_and_their_drift(
    syncd: Command, office: Office
):
    office.turn()
    person(office, "moves", "Write: What it costs", due="2027-03-01")
    person(office, "deletes", "Pitch: one.example")
    office.turn()
    shown = syncd("campaigns", "homes").out
    assert "Goal: Ten links" in shown
    assert "Project: Homes, with its notebook; 12 of 12 things stand" in shown
    [row] = [line for line in shown.splitlines() if "Write: What it costs" in line]
    assert "2027-03-01" in row
    assert "a person has changed the due date: 2027-01-29 in the file" in row
    drifted = syncd("campaigns", "homes", "--drift", "--json").json
    assert {one["item"]: one["state"] for one in drifted["items"]} == {
        "task/write/topic:cost": "open",
        "task/pitch/target:one.example": "deleted",
    }
    everywhere = syncd("campaigns", "--drift").out
    assert (
        "homes: Write: What it costs: a person has changed the due date "
        "(2027-01-29 in the file, 2027-03-01 on the board)" in everywhere
    )


def test_before_anything_was_made_the_things_of_the_file_are_shown(syncd: Command, office: Office):
    office.text += "modes: {plan: observe}\n"
    office.turn()
    items = syncd("campaigns", "homes", "--json").json["items"]
    assert {one["state"] for one in items} == {"not made"}
    assert len(items) == 12


def test_what_is_late_is_told(syncd: Command, office: Office):
    office.turn()
    office.clock.advance(40 * 86_400)
    office.turn()
    items = syncd("campaigns", "homes", "--json").json["items"]
    states = {one["name"]: one["state"] for one in items}
    assert states["Research: The builder's guide"] == "late"
    assert states["Research: What it costs"] == "open"


def test_an_id_that_is_not_in_the_settings_is_told_with_the_nearest(syncd: Command, office: Office):
    office.turn()
    wrong = syncd("campaigns", "home")
    assert wrong.code == 1
    assert 'did you mean "homes"?' in wrong.err
    office.text = office.text.replace(PLAN, "")
    gone = syncd("campaigns", "homes", "--json")
    assert gone.code == 1
    assert "still stands on the board" in gone.json["message"]
    assert syncd("campaigns", "--json").json["not_in_settings"] == ["homes"]
