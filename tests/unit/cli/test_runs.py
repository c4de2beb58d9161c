"""What ops are shown of runs, and how they take them back."""

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
from syncd.settings.settings import Settings
from tests.unit.engine.office import ADA, Office

TASK = "Follow up with Ada (site.example)"


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
    """Two runs: a pitch was logged and its task opened, then it was answered."""
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    office.turn()
    (office.folder / "syncd.yaml").write_text(office.text)
    return office


@pytest.fixture
def syncd(office: Office, monkeypatch, capsys) -> Command:
    real = wiring.connect

    def wired(settings: Settings, tools: Toolbox) -> Any:
        return real(settings, replace(tools, clock=office.clock, transport=office.transport))

    monkeypatch.setattr(app, "connect", wired)

    def run(*args: str) -> Ended:
        capsys.readouterr()
        code = main([*args, "--config", str(office.folder / "syncd.yaml")])
        return Ended(code, *capsys.readouterr())

    return run


def test_runs_are_listed_the_latest_first_with_what_they_did(syncd: Command):
    told = syncd("runs", "--json").json["runs"]
    assert [one["number"] for one in told] == [3, 2, 1]
    assert told[0]["counts"] == {
        "change_contact": 1,
        "close_task": 1,
        "comment_task": 1,
        "log_email": 1,
    }
    assert told[1]["counts"]["open_task"] == 1
    assert [one["number"] for one in syncd("runs", "--limit", "1", "--json").json["runs"]] == [3]
    words = syncd("runs").out
    assert "1 add_contact, 1 change_contact, 1 log_email, 1 open_task" in words
    assert syncd("runs", "--since", "2027-01-01").out == "No run has written anything yet.\n"


def test_a_run_is_shown_with_before_and_after_rule_and_cause(syncd: Command):
    shown = syncd("runs", "show", "3")
    assert shown.code == 0
    assert "before: stage contacted\n    after: stage replied\n" in shown.out
    assert "by the rule stage: forward with the mail, because of mid:r1@site.example" in shown.out
    assert "assignee" in shown.out
    told = syncd("runs", "show", "3", "--json").json
    change = next(one for one in told["effects"] if one["kind"] == "change_contact")
    assert (change["before"], change["after"]) == ({"stage": "contacted"}, {"stage": "replied"})
    assert "Thanks" not in shown.out, "no words of a message"


def test_a_run_that_is_not_there_is_told(syncd: Command):
    for args in (("runs", "show", "9"), ("undo", "9", "--yes"), ("undo", "today")):
        ended = syncd(*args)
        assert ended.code == 1
        assert ended.err
        assert syncd(*args, "--json").json["ok"] is False


def test_a_dry_run_shows_what_would_become_of_it(syncd: Command, office: Office):
    writes = office.writes()
    shown = syncd("undo", "3", "--dry-run")
    assert shown.code == 2
    assert shown.out.startswith("Run 3: 1 left, 3 to reverse.\n")
    assert "left: comment on task: Answered by" in shown.out
    assert office.writes() == writes
    assert [one["number"] for one in syncd("runs", "--json").json["runs"]] == [3, 2, 1]


def test_without_a_yes_nothing_is_done(syncd: Command, office: Office):
    writes = office.writes()
    ended = syncd("undo", "3")
    assert (ended.code, ended.err) == (2, "Nothing was done yet: --yes does it.\n")
    assert office.writes() == writes


def test_with_a_yes_it_is_taken_back_and_listed(syncd: Command, office: Office):
    ended = syncd("undo", "3", "--yes")
    assert (ended.code, ended.out.splitlines()[0]) == (0, "Run 3: 1 left, 3 reversed.")
    assert office.board() == [(TASK, "reopened")]
    told = {one["number"]: one for one in syncd("runs", "--json").json["runs"]}
    assert (told[4]["undoes"], told[3]["undone_by"]) == (3, [4])
    assert "undo of 3" in syncd("runs").out
    assert "undoes run 3" in syncd("runs", "show", "4").out
    assert "itself an undo" in syncd("undo", "4", "--yes").err
    writes = office.writes()
    assert syncd("undo", "3", "--yes", "--json").json["runs"][0]["counts"] == {
        "left": 1,
        "reversed": 3,
    }
    assert office.writes() == writes


def test_a_range_is_taken_back_from_the_latest_on(syncd: Command, office: Office):
    told = syncd("undo", "2-9", "--yes", "--json").json["runs"]
    assert [one["run"] for one in told] == [3, 2]
    assert office.emails() == []
    contact = office.contact(ADA)
    assert not contact["syncd_campaigns"]
    assert not contact["syncd_stage"]


def test_beside_a_daemon_it_is_planned_and_the_daemon_carries_it_out(
    syncd: Command, office: Office
):
    with office.works() as daemon:
        daemon.start()
        writes = office.writes()
        ended = syncd("undo", "3", "--yes")
        assert ended.code == 2
        assert "is gone on with by the daemon" in ended.out
        assert office.writes() == writes
        daemon.settle()
    assert office.board() == [(TASK, "reopened")]
    assert syncd("undo", "3", "--yes").code == 0


def test_each_turn_of_a_daemon_is_a_run_of_its_own(syncd: Command, office: Office):
    with office.works() as daemon:
        for key in ("p2", "p3"):
            office.wrote(f"Ada <{ADA}>", 0, f"{key}@brightlink.example", subject=key)
            daemon.turn()
            daemon.next_run()
        daemon.turn()
        daemon.next_run()
    told = syncd("runs", "--json").json["runs"]
    assert [one["number"] for one in told] == [5, 4, 3, 2, 1]
    assert told[0]["counts"]["log_email"] == 1
    assert told[0]["ended_at"]
