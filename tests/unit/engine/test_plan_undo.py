"""A run that laid out, changed or ended parts of a plan is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.engine import undo
from syncd.engine.undo import Report
from syncd.store import journal
from tests.unit.engine.office import MAYA, TOM, Office
from tests.unit.engine.test_plans import PLAN, TASKS, edit, names, person, rows, task

COST = "        - {id: cost, name: What it costs, due: 2027-01}\n"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    # Whatever is taken back may be most of a plan: that is asked for here.
    guard = "guard: {max_close_share: 1, max_close_share_a_day: 1}\n"
    return Office(tmp_path / "office", mailboxes=(MAYA, TOM), more=PLAN + guard)


def run(office: Office) -> int:
    office.turn()
    with office.state() as tx:
        return journal.lines(tx, 1)[0].number


def take_back(office: Office, number: int) -> Report:
    office.clock.advance(120)
    with office.works() as engine:
        return undo.undo(engine, number)


def told(report: Report, kind: str) -> set[tuple[str, str]]:
    return {(line.becomes, line.words) for line in report.lines if line.kind == kind}


def twice(office: Office) -> None:
    """Turns after it change nothing any more."""
    before = [dict(row) for row in office.tasks()]
    for _ in range(2):
        office.clock.advance(120)
        office.turn()
    assert [dict(row) for row in office.tasks()] == before


def test_what_was_laid_out_is_completed_and_not_made_again(office: Office):
    report = take_back(office, run(office))
    assert {status for _, status in office.board()} == {"completed"}
    assert office.comments(task(office, TASKS[0])["id"]) == ["syncd: run 2 was undone."]
    assert {row["status"] for row in rows(office, "milestones")} == {"completed"}
    assert ("left", "a task list stays, because there may be other work in it") in told(
        report, "add_plan_item"
    )
    assert told(report, "add_dossier") == {
        ("left", "the notebook stays, because people may have written in it")
    }
    twice(office)
    edit(office, "due: 2027-01}", "due: 2027-02}")
    twice(office)


def test_what_a_person_has_touched_since_is_left(office: Office):
    number = run(office)
    person(office, "moves", "Pitch: one.example", due="2027-03-01")
    person(office, "deletes", "Pitch: two.example")
    office.turn()
    report = take_back(office, number)
    assert task(office, "Pitch: one.example")["status"] == "new"
    left = {words for becomes, words in told(report, "add_plan_item") if becomes == "left"}
    assert {"a person has changed it", "a person has deleted it"} <= left


def test_what_a_person_touched_unseen_is_left_too(office: Office):
    number = run(office)
    person(office, "moves", "Pitch: one.example", due="2027-03-01")
    take_back(office, number)
    assert task(office, "Pitch: one.example")["status"] == "new"


def test_a_project_that_stood_before_is_left(office: Office):
    office.tell("teamwork", "add_project", name="Homes")
    report = take_back(office, run(office))
    assert ("left", "it stood there before") in told(report, "add_plan_item")


def test_a_change_is_put_back_and_waits_until_the_file_asks_for_another(office: Office):
    office.turn()
    edit(office, "due: 2027-01}", "due: 2027-02}")
    number = run(office)
    report = take_back(office, number)
    assert ("reversed", "") in told(report, "change_plan_item")
    assert task(office, "Write: What it costs")["dueDate"][:10] == "2027-01-29"
    twice(office)
    edit(office, "due: 2027-02}", "due: 2027-03}")
    office.turn()
    assert task(office, "Write: What it costs")["dueDate"][:10] == "2027-03-31"


def test_what_was_ended_is_opened_again_and_not_ended_twice(office: Office):
    office.turn()
    edit(office, COST, "")
    report = take_back(office, run(office))
    assert ("reversed", "") in told(report, "end_plan_item")
    assert task(office, "Write: What it costs")["status"] == "reopened"
    twice(office)


def test_what_was_opened_again_is_ended_again(office: Office):
    office.turn()
    edit(office, COST, "")
    office.turn()
    edit(office, "due: 2026-12}\n", "due: 2026-12}\n" + COST)
    take_back(office, run(office))
    assert task(office, "Write: What it costs")["status"] == "completed"
    twice(office)


def test_what_was_held_is_given_up_and_not_planned_again(tmp_path: Path):
    office = Office(
        tmp_path / "office",
        mailboxes=(MAYA, TOM),
        more=PLAN + "guard: {kinds: {add_plan_item: {a_turn: 3}}}\n",
    )
    number = run(office)
    assert office.states("add_plan_item") == {"held": 12}
    report = take_back(office, number)
    assert {line.becomes for line in report.lines} == {"given up"}
    twice(office)
    assert names(office) == []
    assert office.states("add_plan_item") == {"dropped": 12}


def test_an_end_and_a_change_that_were_held_are_given_up_too(office: Office):
    office.turn()
    kinds = "kinds: {end_plan_item: {a_turn: 0}, change_plan_item: {a_turn: 0}}, max_close_share: 1"
    edit(office, "max_close_share: 1", kinds)
    edit(office, COST, "")
    edit(office, "due: 2026-12}", "due: 2027-02}")
    number = run(office)
    assert office.states("end_plan_item").keys() == {"held"}
    take_back(office, number)
    twice(office)
    assert {status for _, status in office.board()} == {"new"}
