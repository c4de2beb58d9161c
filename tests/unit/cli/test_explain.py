"""`syncd explain` on what belongs to no conversation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.wired import wire
from tests.unit.engine import test_lost_links as lost
from tests.unit.engine.introducing import ANN, BEN, MAYA, SITE, WANTED, Salon
from tests.unit.engine.office import ADA, Office
from tests.unit.engine.test_plans import PLAN, person, task


def test_a_task_of_a_plan_says_what_of_it_is_the_files_and_what_a_persons(
    tmp_path: Path, monkeypatch: Any, capsys: Any
):
    office = Office(tmp_path / "office", mailboxes=(MAYA, "tom@brightlink.example"), more=PLAN)
    syncd = wire(office, monkeypatch, capsys)
    office.turn()
    person(office, "moves", "Research: What it costs", due="2027-02-01")
    office.turn()
    told = syncd("explain", str(task(office, "Research: What it costs")["id"]))
    assert told.code == 0
    assert "of the plan of campaign homes" in told.out
    assert "due: 2027-02-01, written was" in told.out
    assert "a person's, and stays" in told.out
    assert f"assignee: {MAYA}, as written from the file" in told.out
    assert "moved by person" in told.out or "moved by a person" in told.out
    assert "What was done:" in told.out
    assert "by the rule the plan of campaign homes" in told.out


@pytest.fixture
def salon(tmp_path: Path) -> Salon:
    salon = Salon(tmp_path / "salon")
    salon.ask()
    return salon


def test_a_task_of_an_introduction_says_who_is_asked_for_what_and_why(
    salon: Salon, monkeypatch: Any, capsys: Any
):
    syncd = wire(salon, monkeypatch, capsys)
    [one] = salon.tasks()
    told = syncd("explain", str(one["id"])).out
    assert f"of introduction 1: {ANN} ({SITE}) about {WANTED}" in told
    assert "the draft waits for a person to send it" in told
    assert f"{WANTED} is a target of ACME" in told
    salon.sends()
    salon.turn()
    salon.introduces()
    salon.turn()
    [thanks] = [row for row in salon.tasks() if row["name"].startswith("Thank")]
    told = syncd("explain", str(thanks["id"])).out
    assert "introduced Ben Ray" in told
    found = syncd("explain", str(thanks["id"]), "--json").json
    assert found["introductions"][0]["introduced"] == BEN


def test_a_task_of_a_lost_link_says_how_it_stood(tmp_path: Path, monkeypatch: Any, capsys: Any):
    office = lost.won(tmp_path)
    syncd = wire(office, monkeypatch, capsys)
    lost.take_off(office)
    lost.days_pass(office, 7)
    [one] = office.tasks()
    told = syncd("explain", str(one["id"])).out
    assert f"link {lost.PAGE} to acme.example: lost" in told
    assert "live" in told
    assert "lost since" in told
    assert ADA.split("@", maxsplit=1)[0].capitalize() in told


def test_what_is_known_of_nobody_is_told_so(salon: Salon, monkeypatch: Any, capsys: Any):
    assert wire(salon, monkeypatch, capsys)("explain", "987654").code == 1
