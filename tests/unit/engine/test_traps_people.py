"""Traps other tools fell into, by their number: what people do to tasks, and when they work.

11 and 19 of the list.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

P1 = "p1@brightlink.example"
TASK = "Follow up with Ada (site.example)"
AWAY = "I am out of the office and back on 4 December 2026.\n"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Tom waits for Ada, and there is a task for it."""
    office = Office(tmp_path, mailboxes=(MAYA, TOM), follow_up=["crm_task: true"])
    office.wrote(f"Ada <{ADA}>", 6, P1, mailbox=TOM)
    office.turn()
    assert office.open_tasks() == [TASK]
    return office


def later(office: Office, days: float = 0, seconds: float = 120) -> None:
    office.clock.advance(seconds, days=days)
    office.turn()


def seen(office: Office, *fields: str) -> dict[str, Any]:
    [task] = office.tasks()
    return {name: task.get(name) for name in fields}


def answered(office: Office) -> None:
    office.got(
        f"Ada <{ADA}>", 0, "r1@site.example", mailbox=TOM, answers=P1, subject="Re: Builder guide"
    )
    office.turn()


# 11: teammates who are gone, and what people did to a task


def test_trap_11_an_owner_deleted_in_hubspot_holds_up_no_mail(office: Office):
    """Whom we took for an owner this morning owns nothing any more."""
    office.tell("hubspot", "remove_owner", email=TOM)
    office.wrote(f"Bob <{BOB}>", 0, "p2@brightlink.example", mailbox=TOM, subject="Roofing study")
    office.turn()
    later(office, days=4)
    later(office)
    assert office.emails() == ["Builder guide", "Roofing study"]
    assert "Follow up with Bob (other.example)" in office.open_tasks()
    assert not {"parked", "sending"} & {
        state for kind in ("add_contact", "open_crm_task") for state in office.states(kind)
    }


def test_trap_11_a_user_deleted_in_teamwork_holds_up_no_task(office: Office):
    """And what is open goes to whoever takes over, told on the task."""
    office.text = office.text.replace(
        "timezone: Europe/London", f'timezone: Europe/London, hand_over: {{"*": {MAYA}}}'
    )
    office.tell("teamwork", "deactivate_person", email=TOM)
    office.wrote(f"Bob <{BOB}>", 0, "p2@brightlink.example", mailbox=TOM, subject="Roofing study")
    later(office, days=4)
    later(office)
    owners = {tuple(task["assigneeUserIds"]) for task in office.tasks()}
    assert len(office.tasks()) == 2
    assert len(owners) == 1
    [task] = [task for task in office.tasks() if task["name"] == TASK]
    assert f"Handed over from {TOM}, who has left, to {MAYA}." in office.comments(task["id"])


def test_trap_11_a_task_that_a_person_moved_stays_there(office: Office):
    office.person("moves", due="2026-11-27")
    later(office)
    office.got(
        f"Ada <{ADA}>",
        0,
        "a1@site.example",
        mailbox=TOM,
        answers=P1,
        subject="Automatic reply: Builder guide",
        text=AWAY,
        headers=[("Auto-Submitted", "auto-replied")],
    )
    later(office)
    assert seen(office, "dueDate")["dueDate"].startswith("2026-11-27")
    answered(office)
    assert office.open_tasks() == []


def test_trap_11_a_task_that_a_person_gave_to_another_stays_theirs(office: Office):
    office.person("reassigns", to=MAYA)
    before = seen(office, "assigneeUserIds")
    office.text = office.text.replace(
        "timezone: Europe/London", f"timezone: Europe/London, hand_over: {{{TOM}: {MAYA}}}"
    )
    office.tell("teamwork", "deactivate_person", email=TOM)
    later(office, days=1.1)
    later(office)
    assert seen(office, "assigneeUserIds") == before
    [task] = office.tasks()
    assert office.comments(task["id"]) == []
    answered(office)
    assert office.open_tasks() == []


def test_trap_11_a_task_that_a_person_completed_is_the_step_taken(office: Office):
    office.person("completes")
    later(office)
    later(office, days=6)
    assert office.open_tasks() == []
    later(office, days=2)
    assert office.open_tasks() == [TASK]
    newest = max(office.tasks(), key=lambda task: task["id"])
    assert "2 of 2" in newest["description"]


def test_trap_11_a_task_that_a_person_opened_again_is_theirs(office: Office):
    office.person("completes")
    later(office)
    office.person("reopens")
    later(office)
    answered(office)
    assert office.open_tasks() == [TASK]


def test_trap_11_a_task_that_a_person_deleted_is_not_made_again(office: Office):
    office.person("deletes")
    for _ in range(3):
        later(office)
    office.nightly()
    later(office, days=6)
    assert [status for _, status in office.board()] == ["deleted"]


# 19: when it is working time for both


def at(office: Office, moment: str) -> None:
    """Turn the clock to then (UTC), and have a turn."""
    then = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    office.clock.advance((then - office.clock.now()).total_seconds())
    office.turn()


def test_trap_19_a_holiday_in_the_contacts_country_is_no_working_day(tmp_path: Path):
    """Thanksgiving, the 26th, which London does not keep."""
    office = Office(tmp_path)
    properties = {"email": ADA, "country": "United States"}
    office.tell("hubspot", "add_contact", properties=properties)
    office.wrote(f"Ada <{ADA}>", 0, P1)  # Monday
    at(office, "2026-11-26 10:00")
    assert office.open_tasks() == []
    at(office, "2026-11-27 10:00")
    assert office.open_tasks() == [TASK]
    assert seen(office, "dueDate")["dueDate"].startswith("2026-11-27")


def test_trap_19_also_when_the_country_is_filled_in_while_we_wait(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 0, P1)
    office.turn()
    office.clock.advance(3600)
    office.tell("hubspot", "person_sets", contact=ADA, properties={"country": "United States"})
    at(office, "2026-11-24 10:00")
    at(office, "2026-11-26 10:00")
    assert office.open_tasks() == []


def test_trap_19_a_change_of_clocks_moves_no_due_time_on_the_wall(tmp_path: Path):
    """Clocks go forward in London on Sunday 28 March 2027."""
    office = Office(tmp_path)
    at(office, "2027-03-26 09:30")
    office.wrote(f"Ada <{ADA}>", 0, P1)
    at(office, "2027-03-31 08:29")
    assert office.open_tasks() == []
    at(office, "2027-03-31 08:31")
    assert office.open_tasks() == [TASK]


def test_trap_19_what_falls_due_after_a_half_days_end_is_due_on_the_next_working_day(
    tmp_path: Path,
):
    """Thursday 24 December ends at noon; Friday and Monday are holidays."""
    office = Office(tmp_path)
    office.text = office.text.replace(
        "timezone: Europe/London",
        "timezone: Europe/London, office_hours: 09:00-17:30, half_days: [12-24], "
        "holidays: [GB-ENG]",
    )
    at(office, "2026-12-21 15:00")
    office.wrote(f"Ada <{ADA}>", 0, P1)
    at(office, "2026-12-24 15:30")
    at(office, "2026-12-28 15:30")
    assert office.open_tasks() == []
    at(office, "2026-12-29 09:00")
    assert office.open_tasks() == [TASK]
    assert seen(office, "dueDate")["dueDate"].startswith("2026-12-29")
