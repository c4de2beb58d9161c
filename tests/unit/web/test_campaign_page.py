"""The pages of campaigns: their plan, thing by thing, and where the board has drifted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.unit.engine.office import MAYA, TOM, Office
from tests.unit.engine.test_plans import PLAN, person
from tests.unit.web.conftest import Running
from tests.unit.web.test_pages import Outline, words


@pytest.fixture
def planned(tmp_path: Path) -> Iterator[Running]:
    hostile = PLAN.replace("goal: Ten links", 'goal: "<script>alert(1)</script> & links"')
    office = Office(tmp_path / "office", mailboxes=(MAYA, TOM), more=hostile)
    with ExitStack() as stack:
        running = Running(office, stack)
        running.turn()
        yield running


def test_the_campaigns_page_leads_to_each_plan(planned: Running):
    assert "Plan: December 2026 to March 2027" in words(planned, "/campaigns")
    assert 'href="/campaigns/homes"' in planned.visitor().get("/campaigns").text
    assert "/campaigns/acme" not in planned.visitor().get("/campaigns").text


def test_a_campaigns_page_shows_goal_progress_and_everything_in_its_plan(planned: Running):
    text = words(planned, "/campaigns/homes")
    assert "&lt;script&gt;" in text
    assert "0 of 6 tasks done" in text
    assert "12 of 12 things stand in Homes" in text
    assert "its notebook stands in Teamwork" in text
    assert "Research: What it costs task open 2027-01-15 maya@brightlink.example" in text
    Outline(planned.visitor().get("/campaigns/homes").text)


def test_what_people_changed_is_shown_and_can_be_shown_alone(planned: Running):
    person(planned.office, "moves", "Write: What it costs", due="2027-03-01")
    planned.turn()
    text = words(planned, "/campaigns/homes?show=drift")
    assert "a person has changed the due date: 2027-01-29 in the file" in text
    assert "Research: What it costs" not in text
    assert "1 otherwise than in the file" in words(planned, "/campaigns")


def test_a_campaign_that_plans_nothing_says_so_and_an_unknown_one_is_not_there(planned: Running):
    assert "plan nothing on the board" in words(planned, "/campaigns/acme")
    assert planned.visitor().get("/campaigns/nobody").status == 404
