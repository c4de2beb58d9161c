"""Who leaves the team hands over what is open, by rule and with a note."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

P1 = "p1@brightlink.example"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.text = office.text.replace(
        "timezone: Europe/London", f"timezone: Europe/London, hand_over: {{{TOM}: {MAYA}}}"
    )
    office.wrote(f"Ada <{ADA}>", 6, P1, mailbox=TOM)
    office.turn()
    assert assignees(office) == [[TOM]]
    return office


def assignees(office: Office) -> list[list[str]]:
    projects = office.tell("teamwork", "board")["projects"]
    return [
        task["assignees"]
        for project in projects
        for each in project["lists"]
        for task in each["tasks"]
    ]


def leaves(office: Office) -> None:
    office.tell("teamwork", "deactivate_person", email=TOM)
    office.clock.advance(0, days=1.1)
    office.turn()


def test_their_open_tasks_go_to_whoever_takes_over(office: Office):
    leaves(office)
    assert assignees(office) == [[MAYA]]
    [task] = office.tasks()
    assert office.comments(task["id"]) == [f"Handed over from {TOM}, who has left, to {MAYA}."]
    assert not office.did()


def test_a_task_that_a_person_gave_to_somebody_else_stays_there(office: Office):
    office.tell("teamwork", "add_person", email="sue@brightlink.example", name="Sue")
    office.person("reassigns", to="sue@brightlink.example")
    leaves(office)
    assert assignees(office) == [["sue@brightlink.example"]]


def test_new_tasks_for_their_mail_go_to_whoever_takes_over_and_say_so(office: Office):
    leaves(office)
    office.wrote(f"Bob <{BOB}>", 0, "p2@brightlink.example", mailbox=TOM)
    office.turn()
    office.clock.advance(0, days=5)
    office.turn()
    [task] = [one for one in office.tasks() if "Bob" in one["name"]]
    assert f"{TOM} has left; {MAYA} takes over." in task["description"].replace("\\", "")
    assert assignees(office) == [[MAYA], [MAYA]]
