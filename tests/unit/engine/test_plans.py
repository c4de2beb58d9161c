"""A campaign's plan on the board: laid out, kept in step, and people's edits win."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.engine.office import MAYA, TOM, Office

PLAN = """
  - id: homes
    name: Homes
    client: homes.example
    goal: Ten links
    match: {any: [{label: Campaigns/Homes}]}
    targets: [one.example, {site: two.example, topic: guide}]
    plan:
      starts: 2026-12
      months: 4
      people: {writer: tom@brightlink.example, lead: maya@brightlink.example}
      steps:
        - {name: Research, takes: 3 business days, owner: lead}
        - {name: Write, takes: 10 business days, owner: writer, checklist: [Draft, Proofread]}
        - {name: Pitch, each: target, takes: 2 business days, owner: lead}
      topics:
        - {id: guide, name: "The builder's guide", kind: core page, due: 2026-12}
        - {id: cost, name: What it costs, due: 2027-01}
"""
TASKS = [
    "Pitch: one.example",
    "Pitch: two.example",
    "Research: The builder's guide",
    "Research: What it costs",
    "Write: The builder's guide",
    "Write: What it costs",
]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office", mailboxes=(MAYA, TOM), more=PLAN)


def rows(office: Office, kind: str) -> list[dict[str, Any]]:
    query = {"includeArchivedProjects": "true", "showCompleted": "true"}
    found: list[dict[str, Any]] = office.get("teamwork", f"/projects/api/v3/{kind}.json", **query)[
        kind
    ]
    return found


def task(office: Office, name: str) -> dict[str, Any]:
    [found] = [row for row in office.tasks() if row["name"] == name]
    return found


def person(office: Office, does: str, which: str, **how: Any) -> None:
    office.clock.advance(120)
    office.tell("teamwork", f"person_{does}", task=task(office, which)["id"], by=MAYA, **how)


def edit(office: Office, old: str, new: str) -> None:
    assert old in office.text
    office.text = office.text.replace(old, new)
    office.clock.advance(120)


def names(office: Office) -> list[str]:
    return sorted(row["name"] for row in office.tasks())


def test_a_plan_is_laid_out_with_its_project_lists_milestones_tasks_and_order(office: Office):
    office.turn()
    assert "Homes" in [row["name"] for row in rows(office, "projects")]
    assert {"Research", "Write", "Pitch"} <= {row["name"] for row in rows(office, "tasklists")}
    assert [row["name"] for row in rows(office, "milestones")] == [
        "December 2026: Homes",
        "January 2027: Homes",
    ]
    assert names(office) == TASKS
    write = office.get(
        "teamwork",
        f"/projects/api/v3/tasks/{task(office, TASKS[4])['id']}.json",
        includeRelatedTasks="true",
    )["task"]
    assert [one["id"] for one in write["predecessors"]] == [task(office, TASKS[2])["id"]]
    assert write["dueDate"][:10] == "2026-12-31"
    assert "- [ ] Proofread" in write["description"]
    people = {row["email"]: row["id"] for row in rows(office, "people")}
    assert write["assigneeUserIds"] == [people[TOM]]


def test_once_it_stands_nothing_more_is_written(office: Office):
    office.turn()
    office.since()
    office.turn()
    assert office.calls("teamwork", "POST") == []
    assert office.calls("teamwork", "PATCH") == []
    assert office.calls("teamwork", "PUT") == []


def test_a_dry_run_on_an_empty_board_shows_everything_and_makes_nothing(tmp_path: Path):
    office = Office(tmp_path / "office", mailboxes=(MAYA, TOM), more=PLAN, ready=False)
    shown = office.plan()
    assert sum(number for (kind, _), number in shown.items() if kind == "add_plan_item") == 12
    assert office.tasks() == []
    assert "Homes" not in [row["name"] for row in rows(office, "projects")]
    assert {words for kind, words in office.did() if kind == "add_plan_item"} == {
        words for kind, words in shown if kind == "add_plan_item"
    }


def test_a_project_and_a_list_that_stand_are_used_and_left_as_they_are(office: Office):
    office.tell("teamwork", "add_project", name="Homes", lists=["Write"])
    office.turn()
    assert [row["name"] for row in rows(office, "projects")].count("Homes") == 1
    assert [row["name"] for row in rows(office, "tasklists")].count("Write") == 1
    edit(office, "name: Write,", "id: write, name: Draft,")
    office.turn()
    assert "Write" in {row["name"] for row in rows(office, "tasklists")}


def test_what_the_file_moves_moves_when_nobody_touched_it(office: Office):
    office.turn()
    edit(office, "due: 2027-01}", "due: 2027-02, text: Prices}")
    office.turn()
    assert task(office, "Write: What it costs")["dueDate"][:10] == "2027-02-26"
    assert "Prices" in task(office, "Write: What it costs")["description"]
    assert "February 2027: Homes" in [row["name"] for row in rows(office, "milestones")]


def test_a_persons_edit_wins_and_the_other_fields_still_follow(office: Office):
    office.turn()
    person(office, "moves", "Write: What it costs", due="2027-03-01")
    person(office, "reassigns", "Research: What it costs", to=TOM)
    edit(office, "name: What it costs, due: 2027-01", "name: Costs, due: 2027-02")
    office.text = office.text.replace("{id: cost, name: Costs", "{id: cost, name: Costs")
    office.turn()
    write, research = task(office, "Write: Costs"), task(office, "Research: Costs")
    assert write["dueDate"][:10] == "2027-03-01"
    people = {row["email"]: row["id"] for row in rows(office, "people")}
    assert research["assigneeUserIds"] == [people[TOM]]
    assert research["dueDate"][:10] == "2027-02-12"


def test_an_edit_nobody_has_polled_yet_is_found_before_we_write(office: Office):
    office.turn()
    edit(office, "due: 2027-01}", "due: 2027-02}")
    late = task(office, "Write: What it costs")["id"]
    office.transport.meanwhile(
        "/tasks.json",
        lambda: office.tell("teamwork", "person_moves", task=late, by=MAYA, due="2027-03-01"),
    )
    office.turn()
    assert task(office, "Write: What it costs")["dueDate"][:10] == "2027-03-01"
    assert task(office, "Research: What it costs")["dueDate"][:10] == "2027-02-12"


def test_deleted_and_completed_by_a_person_stays_so(office: Office):
    office.turn()
    person(office, "deletes", "Pitch: one.example")
    person(office, "completes", "Research: What it costs")
    edit(office, "due: 2027-01}", "due: 2027-02}")
    office.turn()
    assert task(office, "Pitch: one.example")["status"] == "deleted"
    done = task(office, "Research: What it costs")
    assert done["status"] == "completed"
    assert done["dueDate"][:10] == "2027-01-15"
    assert names(office) == TASKS


def test_what_left_the_file_is_completed_with_a_word_unless_a_person_touched_it(office: Office):
    office.turn()
    person(office, "renames", "Pitch: one.example", name="Ask Ann first")
    edit(office, "        - {id: cost, name: What it costs, due: 2027-01}\n", "")
    edit(office, "targets: [one.example, ", "targets: [")
    office.turn()
    for name in ("Research: What it costs", "Write: What it costs"):
        assert task(office, name)["status"] == "completed"
        assert office.comments(task(office, name)["id"]) == [
            "No longer in the campaign&#x27;s file."
        ]
    assert task(office, "Ask Ann first")["status"] == "new"


def test_what_comes_back_into_the_file_is_opened_again(office: Office):
    office.turn()
    line = "        - {id: cost, name: What it costs, due: 2027-01}\n"
    edit(office, line, "")
    office.turn()
    edit(office, "due: 2026-12}\n", "due: 2026-12}\n" + line)
    office.turn()
    assert task(office, "Write: What it costs")["status"] == "reopened"
    assert names(office) == TASKS


def test_a_campaign_that_left_the_settings_leaves_its_tasks_alone(office: Office):
    office.turn()
    office.text = office.text.replace(PLAN, "")
    office.turn()
    assert {status for _, status in office.board()} == {"new"}


def test_a_slip_in_the_file_that_would_end_much_is_held(office: Office):
    many = "".join(f"s{n}.example, " for n in range(30))
    edit(office, "targets: [", f"targets: [{many}")
    office.turn()
    assert len(office.tasks()) == 36
    edit(office, many, "")
    office.turn()
    # With the tasks the milestones of the months that they alone filled.
    assert office.states("end_plan_item") == {"held": 32}
    assert {status for _, status in office.board()} == {"new"}
    edit(office, "targets: [", f"targets: [{many}")
    office.turn()
    assert office.states("end_plan_item") == {"withdrawn": 32}


def test_the_answer_to_each_write_may_be_lost(office: Office):
    for _ in range(14):
        office.tell("teamwork", "fault", method="POST", kind="lose_answer")
        office.turn()
        office.clock.advance(60)
    office.turn()
    assert names(office) == TASKS
    assert [row["name"] for row in rows(office, "projects")].count("Homes") == 1
    assert len(rows(office, "milestones")) == 2
    for name in ("Research", "Write", "Pitch"):
        assert [row["name"] for row in rows(office, "tasklists")].count(name) == 1


def test_a_change_whose_answer_is_lost_is_no_edit_of_a_person(office: Office):
    office.turn()
    edit(office, "due: 2027-01}", "due: 2027-02}")
    office.tell("teamwork", "fault", method="PATCH", kind="lose_answer", count=1)
    office.turn()
    edit(office, "due: 2027-02}", "due: 2027-03}")
    for _ in range(3):
        office.clock.advance(200)
        office.turn()
    assert task(office, "Write: What it costs")["dueDate"][:10] == "2027-03-31"
    assert task(office, "Research: What it costs")["dueDate"][:10] == "2027-03-17"


def test_a_list_a_person_deleted_takes_no_more_tasks(office: Office):
    office.turn()
    [home] = [row for row in rows(office, "tasklists") if row["name"] == "Pitch"]
    office.tell("teamwork", "person_removes", **{"in": "tasklists", "id": home["id"], "by": MAYA})
    edit(office, "targets: [one.example,", "targets: [one.example, new.example,")
    office.turn()
    office.turn()
    assert "Pitch: new.example" not in names(office)
    assert office.states("add_plan_item").get("parked", 0) == 0


def test_by_night_a_milestone_a_person_moved_is_seen_and_left(office: Office):
    office.turn()
    [moved] = [row for row in rows(office, "milestones") if "January" in row["name"]]
    office.tell(
        "teamwork",
        "person_edits",
        **{"in": "milestones", "id": moved["id"], "by": MAYA, "deadline": "2027-01-20"},
    )
    office.clock.advance(200)
    office.nightly()
    edit(office, "name: Homes\n", "name: Homes and gardens\n")
    office.turn()
    shown = {row["id"]: row for row in rows(office, "milestones")}[moved["id"]]
    assert shown["name"] == "January 2027: Homes and gardens"
    assert shown["deadline"][:10] == "2027-01-20"


def test_only_observed_a_plan_is_shown_and_nothing_is_made(tmp_path: Path):
    office = Office(
        tmp_path / "office", mailboxes=(MAYA, TOM), more=PLAN + "modes: {plan: observe}\n"
    )
    office.turn()
    assert office.states("add_plan_item") == {"observed": 12}
    assert office.tasks() == []


def test_create_only_lays_out_and_changes_nothing_afterwards(tmp_path: Path):
    office = Office(
        tmp_path / "office", mailboxes=(MAYA, TOM), more=PLAN + "modes: {plan: create-only}\n"
    )
    office.turn()
    assert names(office) == TASKS
    edit(office, "due: 2027-01}", "due: 2027-02}")
    office.turn()
    assert task(office, "Write: What it costs")["dueDate"][:10] == "2027-01-29"
