"""Sequences that broke a promise once, each as plain as it can be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stateful.people import People
from tests.stateful.promises import assert_kept
from tests.support.world import MAYA

ADA = "ada@site.example"


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(tmp_path)


def test_a_second_bounce_in_one_wait_asks_for_another_address_again(people: People):
    talk = people.pitch(ADA, "A question")
    people.bounce(talk)
    people.come_to_rest()
    people.follow_up(talk)
    people.come_to_rest()
    people.bounce(talk)
    people.come_to_rest()
    assert_kept(people)


def test_a_label_put_on_while_the_history_was_lost_still_tags(people: People):
    talk = people.pitch(ADA, "A question")
    people.come_to_rest()
    people.relabel(talk, "Campaigns/Zeta")
    people.expire_history(MAYA)
    people.come_to_rest()
    assert_kept(people)


def test_a_task_completed_by_hand_before_we_knew_it_stood_counts_as_taken(people: People):
    people.pitch(ADA, "A question")
    people.pass_time(days=4)
    lost = ("teamwork", {"method": "POST", "path": "/tasks.json$", "kind": "lose_answer"})
    unread = ("teamwork", {"method": "GET", "path": "/tasks.json$", "status": 503})
    people.daemon_works(1, [lost])
    [task] = people.our_tasks(open_=True)
    people.complete(task)
    people.pass_time(minutes=10)
    people.daemon_works(1, [unread])
    people.pass_time(hours=1)
    people.come_to_rest()
    assert_kept(people)
    people.pass_time(days=8)
    people.come_to_rest()
    assert_kept(people)


def test_a_step_taken_back_and_taken_once_more_is_followed_by_the_next(people: People):
    people.pitch(ADA, "A question")
    people.pass_time(days=4)
    people.come_to_rest()
    [first] = people.our_tasks(open_=True)
    people.complete(first)
    people.come_to_rest()
    people.pass_time(days=8)
    people.come_to_rest()
    people.reopen(first)
    people.come_to_rest()
    assert_kept(people)
    people.complete(first)
    people.pass_time(days=8)
    people.come_to_rest()
    assert_kept(people)
