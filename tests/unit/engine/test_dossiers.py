"""A campaign's notebook: written when it says something new, people's words kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.engine.office import ADA, MAYA, TOM, Office
from tests.unit.engine.test_plans import PLAN, edit, person

LABEL = "Campaigns/Homes"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office", mailboxes=(MAYA, TOM), more=PLAN)


def notebook(office: Office) -> dict[str, Any]:
    [found] = office.get("teamwork", "/projects/api/v3/notebooks.json", includeContents="true")[
        "notebooks"
    ]
    return dict(found)


def page(office: Office) -> str:
    return str(notebook(office)["contents"])


def later(office: Office) -> None:
    office.clock.advance(3700)
    office.turn()


def writes(office: Office) -> list[str]:
    return [
        *office.calls("teamwork", "PATCH", "notebooks"),
        *office.calls("teamwork", "POST", "notebooks"),
    ]


def test_with_the_plan_comes_a_notebook_that_says_where_the_campaign_stands(office: Office):
    office.turn()
    text = page(office)
    assert notebook(office)["name"] == "Campaign: Homes"
    assert "Ten links" in text
    assert "0 of 6 tasks are done." in text
    assert "December 2026 to March 2027" in text
    assert "Research: The builder's guide, due 2026-12-17, maya@brightlink.example" in text


def test_it_is_not_written_again_while_nothing_happens(office: Office):
    office.turn()
    office.since()
    for _ in range(3):
        later(office)
    assert writes(office) == []


def test_it_shows_mail_files_follow_ups_and_what_people_did_and_said(office: Office):
    office.turn()
    office.wrote(f"Ada *R* <{ADA}>", 6, "p1@brightlink.example", labels=(LABEL,))
    office.turn()
    person(office, "completes", "Research: The builder's guide")
    office.tell("teamwork", "person_posts", project="Homes", by=MAYA, title="Call on Friday")
    later(office)
    text = page(office)
    assert r"maya@brightlink.example to Ada \*R\*" in text
    assert "Follow up with Ada" in text
    assert "1 of 6 tasks are done." in text
    assert "Call on Friday" in text
    assert "Research: The builder's guide: completed" in text


def test_it_is_written_at_most_once_in_its_time(office: Office):
    office.turn()
    office.since()
    person(office, "completes", "Research: The builder's guide")
    office.turn()
    assert writes(office) == []
    later(office)
    assert len(writes(office)) == 1


def test_what_people_write_around_it_stays_and_what_they_write_into_it_goes_below(office: Office):
    office.turn()
    mine = "Call the client on Mondays.\n\n" + page(office) + "\n\nBudget: 3 days"
    mine = mine.replace("Ten links", "Ten links\nTwelve, says Ann")
    office.tell(
        "teamwork",
        "person_edits",
        **{"in": "notebooks", "id": notebook(office)["id"], "by": MAYA, "contents": mine},
    )
    person(office, "completes", "Research: The builder's guide")
    later(office)
    text = page(office)
    assert text.startswith("Call the client on Mondays.")
    assert "1 of 6 tasks are done." in text
    assert text.index("Here ends what syncd keeps") < text.index("Budget: 3 days")
    assert text.endswith("## Notes\n\nTwelve, says Ann")
    assert text.count("Ten links") == 1
    person(office, "completes", "Write: The builder's guide")
    later(office)
    assert page(office).count("Twelve, says Ann") == 1


def test_one_who_writes_in_it_at_this_moment_is_not_written_over(office: Office):
    office.turn()
    number = notebook(office)["id"]
    person(office, "completes", "Research: The builder's guide")
    office.clock.advance(3700)
    office.transport.meanwhile(
        f"/notebooks/{number}.json",
        lambda: office.tell(
            "teamwork",
            "person_edits",
            **{"in": "notebooks", "id": number, "by": MAYA, "contents": page(office) + "\nMine"},
        ),
    )
    office.turn()
    assert page(office).endswith("Mine")
    assert "0 of 6" in page(office)
    office.clock.advance(400)
    office.turn()
    assert page(office).endswith("Mine")
    assert "1 of 6" in page(office)


def test_deleted_by_a_person_it_is_not_made_again(office: Office):
    office.turn()
    removed = {"in": "notebooks", "id": notebook(office)["id"], "by": MAYA}
    office.tell("teamwork", "person_removes", **removed)
    person(office, "completes", "Research: The builder's guide")
    later(office)
    later(office)
    assert office.get("teamwork", "/projects/api/v3/notebooks.json")["notebooks"] == []
    assert office.states("add_dossier") == {"done": 1}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_lost_answer_makes_no_second_one_and_no_notes(office: Office, method: str):
    if method == "PATCH":
        office.turn()
        person(office, "completes", "Research: The builder's guide")
        office.clock.advance(3700)
    path = "/notebooks"
    office.tell("teamwork", "fault", method=method, path=path, kind="lose_answer")
    office.turn()
    person(office, "completes", "Write: What it costs")
    for _ in range(3):
        later(office)
    assert "## Notes" not in page(office)
    assert page(office).count("# Homes") == 1


def test_without_it_nothing_is_written_and_nothing_asked(tmp_path: Path):
    more = PLAN.replace("months: 4\n", "months: 4\n      dossier: off\n")
    office = Office(tmp_path / "office", mailboxes=(MAYA, TOM), more=more)
    office.turn()
    later(office)
    assert writes(office) == []
    assert office.calls("teamwork", "GET", "messages") == []


def test_a_new_goal_is_written_with_the_next_turn(office: Office):
    office.turn()
    edit(office, "goal: Ten links", "goal: Twelve links")
    office.turn()
    assert "Twelve links" in page(office)
