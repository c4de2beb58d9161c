"""Follow-up tasks on the board, beside what people do to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from syncd.ports.simulator import Request
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

TASK = "Follow up with Ada (site.example)"
P1 = "p1@brightlink.example"


def waiting(folder: Path, **options: Any) -> Office:
    """Ada was written to six days ago, and there is a task for it."""
    office = Office(folder, **options)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    assert office.board() == [(TASK, "new")]
    return office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return waiting(tmp_path)


def answered(office: Office) -> None:
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers=P1, subject="Re: Builder guide")
    office.turn()


def later(office: Office, days: float = 0, seconds: float = 120) -> None:
    office.clock.advance(seconds, days=days)
    office.turn()


def only_task(office: Office) -> dict[str, Any]:
    [task] = office.tasks()
    return task


def said(office: Office) -> list[str]:
    return office.comments(only_task(office)["id"])


def test_the_task_says_who_what_where_and_links_to_both(office: Office):
    task = only_task(office)
    words = task["description"]
    for part in ("ada@site.example", "ACME, for acme.example", "1 of 2", "Builder guide"):
        assert part in words
    assert "mail.google.com/mail/?authuser=" in words
    assert f"/record/0-1/{office.contact(ADA)['id']}" in words


def test_the_task_is_assigned_to_the_sender(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Ada <{ADA}>", 6, P1, mailbox=TOM)
    office.turn()
    [project] = office.tell("teamwork", "board")["projects"]
    [task] = [task for each in project["lists"] for task in each["tasks"]]
    assert task["assignees"] == [TOM]


def test_an_answer_closes_it_and_says_by_whom(office: Office):
    answered(office)
    assert office.board() == [(TASK, "completed")]
    assert said(office) == ["Answered by ada@site.example on 2026-11-23: Re: Builder guide"]


def test_writing_again_by_hand_closes_it_and_says_so(office: Office):
    office.wrote(
        f"Ada <{ADA}>", 0, "p2@brightlink.example", answers=P1, subject="Re: Builder guide"
    )
    office.turn()
    assert office.board() == [(TASK, "completed")]
    assert said(office) == ["Followed up by hand on 2026-11-23."]


def test_writing_again_by_hand_makes_the_next_step_the_next_task(office: Office):
    office.wrote(
        f"Ada <{ADA}>", 0, "p2@brightlink.example", answers=P1, subject="Re: Builder guide"
    )
    office.turn()
    later(office, days=6)
    assert office.open_tasks() == []
    later(office, days=2)
    assert office.open_tasks() == [TASK]
    newest = max(office.tasks(), key=lambda task: task["id"])
    assert "2 of 2" in newest["description"]


@pytest.mark.parametrize(
    ("does", "how"),
    [
        ("moves", {"due": "2026-12-24"}),
        ("moves", {"list": "Outreach/Elsewhere"}),
        ("renames", {"name": "Ask Ada for the logo"}),
        ("reassigns", {"to": TOM}),
        ("describes", {"description": "all mine"}),
        ("tags", {"remove": ["syncd"]}),
    ],
)
def test_what_a_person_did_to_it_stays_and_an_answer_still_closes_it(
    does: str, how: dict[str, str], tmp_path: Path
):
    office = waiting(tmp_path, mailboxes=(MAYA, TOM))
    if "list" in how:
        office.tell("teamwork", "add_project", name="Other", lists=["Elsewhere"])
        how = {"list": "Other/Elsewhere"}
    office.person(does, **how)
    before = only_task(office)
    later(office)
    unchanged = ("name", "dueDate", "tasklistId", "assigneeUserIds", "description", "tagIds")
    assert [only_task(office).get(key) for key in unchanged] == [
        before.get(key) for key in unchanged
    ]
    answered(office)
    assert only_task(office)["status"] == "completed"
    assert only_task(office)["name"] == before["name"]


def test_completed_by_a_person_the_step_is_taken_and_the_next_one_comes(office: Office):
    office.person("completes")
    later(office)
    later(office, days=6)
    assert office.open_tasks() == []
    later(office, days=2)
    assert office.board() == [(TASK, "completed"), (TASK, "new")]


def test_deleted_by_a_person_it_is_not_made_again(office: Office):
    office.person("deletes")
    later(office)
    later(office)
    assert office.board() == [(TASK, "deleted")]


def test_reopened_by_a_person_after_the_answer_it_is_theirs(office: Office):
    answered(office)
    office.person("reopens")
    later(office)
    later(office, days=30)
    assert office.open_tasks() == [TASK]
    assert said(office) == ["Answered by ada@site.example on 2026-11-23: Re: Builder guide"]


def test_restored_by_a_person_it_is_open_again_and_theirs(office: Office):
    office.person("deletes")
    later(office)
    office.person("restores")
    later(office)
    answered(office)
    assert only_task(office)["status"] != "deleted"
    assert len(office.tasks()) == 1


def test_deleted_just_before_the_answer_is_no_trouble(office: Office):
    office.person("deletes")
    answered(office)
    assert office.board() == [(TASK, "deleted")]
    assert office.turn().quiet


def test_after_the_last_step_a_nurture_task_comes(office: Office):
    office.person("completes")
    later(office, days=10)
    [second] = [task for task in office.tasks() if task["status"] == "new"]
    office.tell("teamwork", "person_completes", task=second["id"], by=MAYA)
    later(office)
    later(office, days=89)
    assert office.open_tasks() == []
    later(office, days=3)
    assert office.open_tasks() == ["Stay in touch with Ada (site.example)"]


def test_a_copy_a_person_made_of_our_task_is_theirs(office: Office):
    task = only_task(office)
    office.tell(
        "teamwork",
        "add_task",
        list="Outreach/Follow-ups",
        name=f"Copy of {TASK}",
        by=MAYA,
        description=task["description"],
    )
    answered(office)
    assert office.open_tasks() == [f"Copy of {TASK}"]


def test_a_task_on_the_hubspot_contact_opens_and_closes_with_it(tmp_path: Path):
    office = waiting(tmp_path, follow_up=["crm_task: true"])
    [task] = crm_tasks(office)
    assert (task["hs_task_subject"], task["hs_task_status"]) == (TASK, "NOT_STARTED")
    answered(office)
    [task] = crm_tasks(office)
    assert task["hs_task_status"] == "COMPLETED"


def test_what_a_stranger_wrote_is_no_html_on_the_hubspot_contact(tmp_path: Path):
    subject = "<img src=http://evil.example/x> **hi**"
    office = Office(tmp_path, follow_up=["crm_task: true"])
    office.wrote(f"Ada <{ADA}>", 6, P1, subject=subject)
    office.turn()
    [task] = crm_tasks(office)
    assert "&lt;img src=http://evil.example/x&gt; **hi**" in task["hs_task_body"]
    assert "<img" not in task["hs_task_body"]
    assert "<strong>Person:</strong>" in task["hs_task_body"]


def test_a_hubspot_task_a_person_deleted_is_no_trouble(tmp_path: Path):
    office = waiting(tmp_path, follow_up=["crm_task: true"])
    [task] = crm_tasks(office)
    office.tell("hubspot", "person_deletes", type="tasks", id=task["id"])
    answered(office)
    assert office.turn().quiet
    assert office.open_tasks() == []


def crm_tasks(office: Office) -> list[dict[str, Any]]:
    found = office.get(
        "hubspot",
        "/crm/objects/2026-09/tasks",
        properties="hs_task_subject,hs_task_status,hs_task_body",
    )
    return [{"id": row["id"], **row["properties"]} for row in found["results"]]


def test_the_thread_returns_to_the_inbox_under_a_label_and_loses_it_when_answered(tmp_path: Path):
    office = waiting(tmp_path, follow_up=["inbox_label: Follow up"])
    assert labels(office) >= {"INBOX", "Follow up"}
    answered(office)
    assert "Follow up" not in labels(office)


def test_our_own_label_wakes_nothing(tmp_path: Path):
    office = waiting(tmp_path, follow_up=["inbox_label: Follow up"])
    later(office)
    office.since()
    later(office)
    assert office.writes() == 0
    assert len(office.calls("gmail", path="history")) == 1


def labels(office: Office) -> set[str]:
    """Every label on Maya's messages."""
    token = {"authorization": f"Bearer sandbox:{MAYA}"}

    def get(path: str) -> Any:
        answer = office.simulators["gmail"].handle(Request("GET", path, headers=token))
        return json.loads(answer.body)

    names = {row["id"]: row["name"] for row in get("/gmail/v1/users/me/labels")["labels"]}
    found: set[str] = set()
    for row in get("/gmail/v1/users/me/messages")["messages"]:
        message = get(f"/gmail/v1/users/me/messages/{row['id']}")
        found |= {names[one] for one in message["labelIds"]}
    return found


def test_no_board_in_the_settings_means_no_tasks(tmp_path: Path):
    office = Office(tmp_path)
    office.text = office.text.replace("follow_up:\n", "follow_up:\n  enabled: false\n")
    office.wrote(f"Ada <{ADA}>", 6, P1)
    assert office.turn().quiet
    assert office.tasks() == []
    assert office.emails() == ["Builder guide"]


def test_a_person_skipped_by_the_rules_is_not_followed_up(tmp_path: Path):
    office = Office(tmp_path, log="unknown_contacts: skip")
    office.wrote(f"Bob <{BOB}>", 6, P1)
    office.turn()
    assert office.tasks() == []
