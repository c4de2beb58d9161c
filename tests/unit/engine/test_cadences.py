"""What ops write about cadences reaches the board and the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.engine.office import ADA, MAYA, TOM, Office

P1 = "p1@brightlink.example"


def steps(office: Office, steps: str) -> Office:
    office.text = office.text.replace(
        "steps: [3 business days, 5 business days]", f"steps: {steps}"
    )
    return office


def test_a_step_has_its_own_words_owner_priority_tags_and_checklist(tmp_path: Path):
    office = steps(
        Office(tmp_path, mailboxes=(MAYA, TOM)),
        f"[{{after: 3 business days, task: {{owner: {TOM}, "
        "title: 'Ring {{ person.first_name }}', "
        "priority: high, tags: [by phone], checklist: [find the number, ring]}}]",
    )
    office.wrote(f"Ada Lovelace <{ADA}>", 6, P1)
    office.turn()
    [project] = office.tell("teamwork", "board")["projects"]
    [task] = [task for each in project["lists"] for task in each["tasks"]]
    assert task["name"] == "Ring Ada"
    assert task["assignees"] == [TOM]
    assert task["priority"] == "high"
    assert "by phone" in task["tags"]
    [row] = office.tasks()
    assert "- [ ] find the number\n- [ ] ring" in row["description"]


def test_a_template_that_fails_gives_way_to_our_own_words(tmp_path: Path):
    office = steps(
        Office(tmp_path),
        "[{after: 3 business days, task: "
        "{title: '{% if person.name == \"Ada\" %}{% else %}X{% endif %}'}}]",
    )
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    assert office.open_tasks() == ["Follow up with Ada (site.example)"]


def test_who_has_answered_before_has_a_cadence_of_their_own(tmp_path: Path):
    office = Office(tmp_path, follow_up=["stages: {replied: {steps: [1 business day]}}"])
    office.wrote(f"Ada <{ADA}>", 5, P1)
    office.got(f"Ada <{ADA}>", 4.9, "r1@site.example", answers=P1, subject="Re: Builder guide")
    office.turn()
    office.wrote(
        f"Ada <{ADA}>",
        0,
        "p2@brightlink.example",
        answers="r1@site.example",
        subject="Re: Builder guide",
    )
    office.turn()
    assert office.open_tasks() == []
    office.clock.advance(0, days=1)
    office.turn()
    assert office.open_tasks() == ["Follow up with Ada (site.example)"]


def test_the_contacts_owner_gets_the_task_where_ops_say_so(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM), follow_up=["task: {owner: contact owner}"])
    owners = office.get("hubspot", "/crm/owners/2026-09")["results"]
    tom = next(one["id"] for one in owners if one["email"] == TOM)
    office.tell(
        "hubspot",
        "add_contact",
        properties={"email": ADA, "hubspot_owner_id": tom},
    )
    office.wrote("Bob <bob@other.example>", 6, "p0@brightlink.example")
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    [project] = office.tell("teamwork", "board")["projects"]
    tasks = {t["name"]: t["assignees"] for each in project["lists"] for t in each["tasks"]}
    assert tasks["Follow up with Ada (site.example)"] == [TOM]
    assert tasks["Follow up with Bob (other.example)"] == [MAYA]


@pytest.mark.parametrize(
    ("properties", "rule", "opens"),
    [
        (
            {"hs_timezone": "america_slash_new_york"},
            "clock: contact",
            datetime(2026, 11, 26, 14, 0, tzinfo=UTC),
        ),
        ({"country": "United States"}, "clock: team", datetime(2026, 11, 27, 9, 0, tzinfo=UTC)),
    ],
)
def test_days_and_hours_are_those_of_the_contact_too(
    tmp_path: Path, properties: dict[str, str], rule: str, opens: datetime
):
    """9 o'clock in New York is 14 in London; 26 November is Thanksgiving."""
    office = Office(tmp_path, follow_up=[rule])
    office.text = office.text.replace(
        "timezone: Europe/London", "timezone: Europe/London, office_hours: 09:00-17:00"
    )
    office.tell("hubspot", "add_contact", properties={"email": ADA, **properties})
    office.clock.advance(-3600 * 5)  # Monday, before the offices open
    office.wrote(f"Ada <{ADA}>", 0, P1)
    office.turn()
    with office.works() as engine:
        assert engine.next_due() == opens
        engine.finish()
