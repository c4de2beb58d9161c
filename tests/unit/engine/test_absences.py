"""Who is away is not asked again before they are back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.engine.office import ADA, Office

P1 = "p1@brightlink.example"
AUTOMATIC = (("Auto-Submitted", "auto-replied"),)


def away(office: Office, text: str, *, days_ago: float = 0, key: str = "ooo@site.example") -> None:
    office.got(
        f"Ada <{ADA}>",
        days_ago,
        key,
        answers=P1,
        subject="Automatic reply: Builder guide",
        text=text,
        headers=AUTOMATIC,
    )


def task(office: Office) -> dict[str, Any]:
    [found] = office.tasks()
    return found


@pytest.fixture
def waiting(tmp_path: Path) -> Office:
    """There is a task for Ada, due on Monday 23 November 2026."""
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    assert task(office)["dueDate"].startswith("2026-11-23")
    return office


def test_the_due_time_moves_to_the_first_business_day_after_the_return(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 2, P1)
    away(office, "I am out of the office and back on 4 December 2026.\n", days_ago=1.9)
    office.turn()
    office.clock.advance(0, days=11)  # Friday 4 December
    office.turn()
    assert office.tasks() == []
    office.clock.advance(0, days=3)  # Monday 7 December
    office.turn()
    assert len(office.tasks()) == 1


def test_an_open_task_moves_with_a_comment(waiting: Office):
    away(waiting, "I am out of the office and back on 4 December 2026.\n")
    waiting.turn()
    found = task(waiting)
    assert found["dueDate"].startswith("2026-12-07")
    assert found["status"] == "new"
    [comment] = waiting.comments(found["id"])
    assert "ada@site.example is away, back on 2026-12-04" in comment
    assert "moved to 2026-12-07" in comment
    again = waiting.did()
    assert not again, again


def test_a_task_that_a_person_moved_stays_where_they_put_it(waiting: Office):
    waiting.person("moves", due="2026-11-27")
    away(waiting, "I am out of the office and back on 4 December 2026.\n")
    waiting.turn()
    assert task(waiting)["dueDate"].startswith("2026-11-27")
    assert waiting.comments(task(waiting)["id"]) == []


def test_so_does_one_moved_while_we_were_about_to_move_it(waiting: Office):
    """The poll showed it untouched; the person was quicker than our write."""
    away(waiting, "I am out of the office and back on 4 December 2026.\n")
    waiting.transport.meanwhile("tasks.json", lambda: waiting.person("moves", due="2026-11-27"))
    waiting.turn()
    assert task(waiting)["dueDate"].startswith("2026-11-27")
    assert waiting.comments(task(waiting)["id"]) == []


def test_an_absence_without_a_date_moves_it_by_the_configured_days(tmp_path: Path):
    office = Office(tmp_path, follow_up=["absence: 3 business days"])
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    away(office, "I am out of the office with no access to mail.\n")
    office.turn()
    # Due on Friday the 20th; three business days later is Wednesday the 25th.
    assert task(office)["dueDate"].startswith("2026-11-25")


def test_an_absence_told_elsewhere_holds_here_too(tmp_path: Path):
    """Machines answer each sender once in a while: the second pitch hears nothing."""
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 5, P1)
    away(office, "I am out of the office and back on 4 December 2026.\n", days_ago=4.9)
    office.wrote(f"Ada <{ADA}>", 4, "p2@brightlink.example", subject="Roofing study")
    office.turn()
    office.clock.advance(0, days=8)
    office.turn()
    assert office.tasks() == []


def test_who_has_left_the_company_needs_another_address(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    away(office, "Ada is no longer with the company.\n", days_ago=5.9)
    office.turn()
    assert office.open_tasks() == ["Find another address for Ada (site.example)"]


def test_the_story_says_so(waiting: Office):
    from syncd.engine.story import find, in_words

    away(waiting, "I am out of the office and back on 4 December 2026.\n")
    waiting.turn()
    with waiting.state() as tx:
        story = find(tx, ADA)
        assert story is not None
        words = "\n".join(in_words(story, lambda _campaign: ["3 business days"]))
    assert "put off, because they are away, back on 2026-12-04" in words
    assert "moved by us: to 2026-12-07" in words


def test_nobody_is_asked_after_an_absence_that_a_person_follows_up_with_an_answer(waiting: Office):
    away(waiting, "I am out of the office and back on 4 December 2026.\n", days_ago=0.5)
    waiting.got(f"Ada <{ADA}>", 0, "r1@site.example", answers=P1, subject="Re: Builder guide")
    waiting.turn()
    assert task(waiting)["status"] == "completed"
