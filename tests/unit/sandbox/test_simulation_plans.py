"""The promises about plans and lost links, from what people in a scenario know they did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.sandbox.people.journal import Journal, Stood
from syncd.sandbox.people.scenario import Campaign
from syncd.sandbox.people.stage import Seen
from syncd.sandbox.simulation_plans import check_lost_links, check_plans

NOW = datetime(2026, 6, 1, 20, tzinfo=UTC)
URL = "https://plots.example/roofs-2"
PLAN: dict[str, Any] = {
    "starts": "2026-12",
    "months": 2,
    "steps": [
        {"name": "Kick-off", "each": "campaign", "takes": "1 week"},
        {"name": "Write", "takes": "1 week"},
        {"name": "Pitch", "each": "target", "takes": "1 week"},
        {"name": "Report", "each": "month", "takes": "1 week"},
    ],
    "topics": [{"name": "Plots", "due": "2026-12"}],
}
TITLES = (
    "Kick-off",
    "Write: Plots",
    "Pitch: homes.example",
    "Report: December 2026",
    "Report: January 2027",
)


def _task(title: str, *, text: str = "", place: str = "ACME/Write", ours: bool = True) -> Seen:
    return Seen("1", title, text, done=False, due=None, assignees=(), place=place, ours=ours)


def _campaign(**more: Any) -> Campaign:
    given = {
        "id": "acme",
        "name": "ACME",
        "client": "acme.example",
        "label": "x",
        "by": ["maya@brightlink.example"],
        "subjects": ["s"],
        "pitch": "p",
        "targets": ["homes.example"],
        "plan": PLAN,
    }
    return Campaign.model_validate(given | more)


def test_a_plan_stands_when_the_board_has_exactly_its_tasks_wherever_people_moved_them():
    tasks = [_task(title, place=f"ACME/{number}") for number, title in enumerate(TITLES)]
    theirs = _task("Buy biscuits", ours=False)
    elsewhere = _task("Follow up with Ann", place="Outreach/Follow-ups")
    assert check_plans([_campaign()], [*tasks, theirs, elsewhere]) == []
    assert check_plans([_campaign(plan=None)], []) == []


def test_a_task_that_is_missing_or_there_twice_breaks_the_plan():
    tasks = [_task(title) for title in (*TITLES[1:], TITLES[1])]
    assert check_plans([_campaign()], tasks) == [
        "acme: 1 tasks too few: Kick-off",
        "acme: 1 tasks too many: Write: Plots",
    ]


def _journal(*stood: tuple[int, bool]) -> Journal:
    """A page by days before now: whether the link stood from then on."""
    course = [Stood(NOW - timedelta(days=ago), link, "plots.example") for ago, link in stood]
    return Journal(pages={URL: course})


def test_a_link_taken_away_long_ago_must_have_its_task():
    journal = _journal((60, True), (40, False))
    (words,) = check_lost_links(journal, [_task("Follow up with Ann (plots.example)")], (), NOW)
    assert "no task tells it" in words
    told = _task("Lost link to acme.example: Ann, plots.example")
    together = _task("2 lost links to acme.example", text=f"- {URL}")
    assert check_lost_links(journal, [told], (), NOW) == []
    assert check_lost_links(journal, [together], (), NOW) == []
    assert check_lost_links(journal, [], {URL}, NOW) == []


@pytest.mark.parametrize(
    "stood",
    [
        [(60, True)],
        [(60, True), (10, False)],
        [(40.5, True), (40, False)],
        [(60, True), (50, False), (40, True)],
    ],
)
def test_nothing_is_asked_of_links_that_stand_went_lately_or_were_hardly_there(stood):
    assert check_lost_links(_journal(*stood), [], (), NOW) == []
