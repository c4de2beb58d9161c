"""Who leaves the team hands over what is open, by rule and with a note."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def test_what_is_open_of_a_lost_link_goes_to_whoever_takes_over(tmp_path: Path):
    from tests.unit.engine import test_lost_links as lost

    office = lost.looking(tmp_path, mailboxes=(MAYA, TOM))
    hands_over(office)
    office.wrote(f"Ada <{ADA}>", 2, P1, mailbox=TOM)
    office.turn()
    lost.publish(office)
    lost.claim(office, [lost.PAGE], ADA)
    lost.take_off(office)
    lost.days_pass(office, 9)
    assert len([one for one in office.open_tasks() if "Lost link" in one]) == 1
    leaves(office)
    assert assignees(office) == [[MAYA]] * len(assignees(office))
    assert not office.did()


def test_what_is_open_of_an_introduction_goes_to_whoever_takes_over(tmp_path: Path):
    from tests.unit.engine.introducing import ANN, Salon

    salon = Salon(tmp_path / "salon", mailboxes=(MAYA, TOM), dialogue=False)
    hands_over(salon)
    salon.talked(ANN, TOM)
    salon.turn()
    salon.ask()
    assert assignees(salon) == [[TOM]]
    leaves(salon)
    assert assignees(salon) == [[MAYA]]
    [task] = salon.tasks()
    assert salon.comments(task["id"]) == [
        f"Handed over from {TOM}, who has left, to {MAYA}. The draft lies in the mailbox of {TOM}."
    ]
    assert not salon.did()


def test_what_is_not_done_of_a_plan_goes_to_whoever_takes_over(tmp_path: Path):
    from tests.unit.engine.test_plans import PLAN, person

    office = Office(tmp_path / "office", mailboxes=(MAYA, TOM), more=PLAN)
    hands_over(office)
    office.turn()
    person(office, "completes", "Write: What it costs")
    person(office, "reassigns", "Pitch: one.example", to=TOM)
    leaves(office)
    owners = {one["name"]: one["assignees"] for one in planned(office)}
    assert owners["Write: The builder's guide"] == [MAYA]
    # Done is done, and what a person has given to somebody stays there.
    assert owners["Write: What it costs"] == [TOM]
    assert owners["Pitch: one.example"] == [TOM]
    assert not office.did()


def hands_over(office: Office) -> None:
    rule = f"timezone: Europe/London, hand_over: {{{TOM}: {MAYA}}}"
    office.text = office.text.replace("timezone: Europe/London", rule)


def planned(office: Office) -> list[dict[str, Any]]:
    projects = office.tell("teamwork", "board")["projects"]
    return [task for project in projects for each in project["lists"] for task in each["tasks"]]
