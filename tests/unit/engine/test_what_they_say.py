"""An answer ends the wait, and calls for what ops decided on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.office import ADA, Office

P1 = "p1@brightlink.example"


def answered(folder: Path, text: str, more: str = "") -> Office:
    office = Office(folder, more=more)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    assert len(office.open_tasks()) == 1
    office.got(
        f"Ada <{ADA}>", 0, "r1@site.example", answers=P1, subject="Re: Builder guide", text=text
    )
    office.turn()
    return office


def after(office: Office, days: float) -> list[str]:
    office.clock.advance(0, days=days)
    office.turn()
    return office.open_tasks()


def test_a_plain_answer_asks_for_nothing(tmp_path: Path):
    office = answered(tmp_path, "Thanks, I have got it.\n")
    assert office.open_tasks() == []
    assert after(office, 200) == []


def test_a_question_of_price_is_a_task_of_high_priority(tmp_path: Path):
    office = answered(tmp_path, "We charge 150 USD for a sponsored post.\n")
    assert office.open_tasks() == ["Talk money with Ada (site.example)"]
    [task] = [one for one in office.tasks() if one["status"] == "new"]
    assert task["priority"] == "high"


def test_it_is_done_with_when_we_answer(tmp_path: Path):
    office = answered(tmp_path, "We charge 150 USD for a sponsored post.\n")
    office.clock.advance(60)
    office.wrote(
        f"Ada <{ADA}>",
        0,
        "p2@brightlink.example",
        answers="r1@site.example",
        subject="Re: Builder guide",
    )
    office.turn()
    assert office.open_tasks() == []


def test_completed_by_a_person_it_does_not_come_back(tmp_path: Path):
    office = answered(tmp_path, "We charge 150 USD for a sponsored post.\n")
    [task] = [one for one in office.tasks() if one["status"] == "new"]
    office.tell("teamwork", "person_completes", task=task["id"])
    assert after(office, 1) == []


def test_who_declines_is_left_in_peace_for_long(tmp_path: Path):
    office = answered(tmp_path, "Thank you, but we are not interested.\n")
    assert office.open_tasks() == []
    assert after(office, 170) == []
    assert after(office, 13) == ["Stay in touch with Ada (site.example)"]


def test_who_says_when_is_asked_again_then(tmp_path: Path):
    office = answered(
        tmp_path, "We are not taking any posts at the moment. Please try again in January.\n"
    )
    assert office.open_tasks() == []
    assert after(office, 30) == []  # 23 December
    assert after(office, 16) == ["Write again to Ada (site.example)"]


def test_whom_they_name_is_shown_for_review(tmp_path: Path):
    office = answered(tmp_path, "Please write to Eve Miller <eve@site.example> about this.\n")
    assert office.open_tasks() == ["Review the answer of Ada (site.example)"]
    [task] = [one for one in office.tasks() if one["status"] == "new"]
    assert "eve@site.example" in task["description"].replace("\\", "")


def test_ops_decide_what_follows(tmp_path: Path):
    more = "\nanswers: {price: nothing, decline: 'task, low priority'}\n"
    assert answered(tmp_path / "a", "We charge 150 USD a post.\n", more).open_tasks() == []
    declined = answered(tmp_path / "b", "Thank you, but we are not interested.\n", more)
    assert declined.open_tasks() == ["Answer Ada (site.example)"]


def test_a_thank_you_after_the_price_takes_nothing_back(tmp_path: Path):
    office = answered(tmp_path, "We charge 150 USD for a sponsored post.\n")
    office.got(
        f"Ada <{ADA}>",
        0,
        "r2@site.example",
        answers=P1,
        subject="Re: Builder guide",
        text="Thanks again!\n",
    )
    office.turn()
    assert office.open_tasks() == ["Talk money with Ada (site.example)"]


@pytest.mark.parametrize("what", [ADA, "r1@site.example"])
def test_the_story_names_the_words_and_the_rule(tmp_path: Path, what: str):
    from syncd.engine.story import find, in_words

    office = answered(tmp_path, "Thank you, but we are not interested.\n")
    with office.state() as tx:
        story = find(tx, what)
        assert story is not None
        words = "\n".join(in_words(story, lambda _campaign: []))
    assert "which says decline: nurture" in words
    if what != ADA:
        assert "says decline, because of" in words
