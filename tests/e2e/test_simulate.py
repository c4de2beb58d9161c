"""`syncd simulate`: the real engine, connectors and HTTP, in a time that is driven."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from syncd.cli.main import main
from syncd.settings.shipped import shipped

OWN_RULES = """
team: {domains: [ours.example], timezone: Europe/Berlin, holidays: [DE]}
connectors:
  mail: {kind: gmail, service_account: {file: absent.json}, mailboxes: [me@ours.example]}
  crm: {kind: hubspot, token: {env: ABSENT}}
  board: {kind: teamwork, url: https://ours.teamwork.com, api_key: {env: ABSENT}}
log: {since: 2026-09-01, crm_logger: "off", never: [{subject: "*e-bikes*"}]}
follow_up: {steps: [1 business day], board: {project: Mine, task_list: Mine}}
campaigns:
  - {id: mine, client: c.example, match: {any: [{label: Clients/C}]}}
  - {id: by-domain, client: d.example, match: {any: [{domain: d.example}]}}
"""


def _simulated(capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, Any]:
    code = main(["simulate", "small", *args, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == (0 if found["ok"] else 1)
    return found


def test_ten_days_keep_every_promise(capsys):
    report = _simulated(capsys, "--days", "10", "--show-day", "2026-03-06")
    assert report["broken"] == []
    assert len(report["weeks"]) == 2
    counted = report["messages"]
    assert counted["messages"] == counted["logged"] + sum(counted["skipped"].values())
    for name in ("logged", "tagged", "opened", "closed_by_us", "closed_by_people", "answered"):
        assert sum(week[name] for week in report["weeks"]), name
    assert any(not task["done"] for task in report["board"])


def test_the_same_seed_gives_the_same_report_and_another_one_does_not(capsys):
    first, again = (_simulated(capsys, "--days", "2") for _ in range(2))
    assert first == again
    assert _simulated(capsys, "--days", "2", "--seed", "7")["weeks"] != first["weeks"]


def test_the_rules_of_a_file_are_played_by_the_scenarios_people(capsys, tmp_path: Path):
    config = tmp_path / "syncd.yaml"
    config.write_text(OWN_RULES)
    report = _simulated(capsys, "--days", "4", "--config", str(config), "--show-day", "2026-03-05")
    assert report["broken"] == []
    assert {task["list"] for task in report["board"]} <= {"Mine/Mine", "Someday/Later"}
    assert any(task["list"] == "Mine/Mine" for task in report["board"])
    assert any("by-domain" in note for note in report["notes"])
    assert not (tmp_path / "syncd.db").exists()


@pytest.mark.slow
def test_the_default_quarter_shows_everything_and_keeps_every_promise(capsys):
    assert main(["simulate", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["broken"] == []
    assert report["messages"]["messages"] > 1400
    deeds = report["people"]
    for touch in ("completes", "deletes", "postpones", "moves", "renames", "reassigns"):
        assert deeds[f"{touch} a task"] > 0
    assert deeds["sets a stage"] > 0
    assert deeds["leaves the team"] == 1
    assert deeds["publishes"] > deeds["takes a link away"] > 0


def test_two_weeks_of_bad_weather_keep_every_promise(capsys):
    assert main(["simulate", "stormy", "--days", "12", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["broken"] == []
    struck = report["faults"]
    for what in ("gmail 403", "gmail expire history", "hubspot 429", "hubspot 423", "hubspot 503",
                 "hubspot reset after", "hubspot lag", "teamwork 503", "teamwork revoke",
                 "any reset before"):  # fmt: skip
        assert any(name.startswith(what) for name in struck), what
    assert report["restless_evenings"] == 1
    assert report["messages"]["messages"] > 100


def test_trouble_that_no_service_knows_is_told_before_the_start(capsys, tmp_path: Path):
    text = shipped("scenarios/stormy.yaml").read_text()
    mine = tmp_path / "mine.yaml"
    mine.write_text(text.replace("command: expire_history", "command: forget_all"))
    assert main(["simulate", str(mine), "--days", "1"]) == 78
    assert "gmail has no command 'forget_all'" in capsys.readouterr().err


def test_a_day_outside_the_simulation_is_refused(capsys):
    assert main(["simulate", "small", "--days", "3", "--show-day", "2026-03-09"]) == 1
    assert "a day of 2026-03-02 to 2026-03-04" in capsys.readouterr().err
