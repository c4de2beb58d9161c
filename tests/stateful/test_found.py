"""Sequences that broke a promise once, with our own bugs or planted ones, told plainly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stateful.people import PEOPLE, People
from tests.stateful.promises import assert_kept, assert_portions_come_up
from tests.stateful.truth import STOP_LABEL
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


def test_a_search_done_by_hand_does_not_stand_for_the_next_bounce(people: People):
    talk = people.pitch(ADA, "A question")
    people.bounce(talk)
    people.come_to_rest()
    [search] = people.our_tasks(open_=True)
    people.complete(search)
    people.come_to_rest()
    assert_kept(people)
    people.follow_up(talk)
    people.bounce(talk)
    people.come_to_rest()
    assert_kept(people)


def test_a_colleague_who_steps_in_is_one_of_us(people: People):
    talk = people.pitch(ADA, "A question")
    people.pass_time(days=4)
    people.come_to_rest()
    people.colleague_writes(talk)
    people.come_to_rest()
    assert_kept(people)
    people.pass_time(days=9)
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


def test_a_lost_answer_and_a_slow_index_make_one_task(people: People):
    people.pitch(ADA, "A question")
    people.pass_time(days=4)
    people.lag = 20
    lost = ("teamwork", {"method": "POST", "path": "/tasks.json$", "kind": "lose_answer"})
    people.daemon_works(1, [lost])
    people.daemon_works(1)
    people.come_to_rest()
    assert_kept(people)


def test_what_a_service_throttles_is_sent_later(people: People):
    people.pitch(ADA, "Builder guide")
    people.pass_time(days=4)
    slower = {"method": "POST", "status": 429}
    people.daemon_works(1, [("teamwork", slower | {"path": "/tasks.json$"})])
    talk = people.pitch("bob@other.example", "Builder guide")
    people.daemon_works(1, [("hubspot", slower | {"path": "/(create|update)$", "n": 2})])
    people.answer(talk)
    people.come_to_rest()
    assert_kept(people)


def test_an_answer_in_a_thread_of_its_own_closes_the_task(people: People):
    people.pitch(ADA, "Builder guide")
    people.pass_time(days=4)
    people.come_to_rest()
    assert_kept(people)
    people.write_anew(ADA)
    people.come_to_rest()
    assert_kept(people)


def test_a_task_decided_on_before_the_answer_came_is_never_made(people: People):
    talk = people.pitch(ADA, "A question")
    people.pass_time(days=4)
    slower = {"method": "POST", "path": "/tasks.json$", "status": 429, "count": 9}
    people.daemon_works(1, [("teamwork", slower)])
    people.answer(talk)
    people.come_to_rest()
    assert_kept(people)
    assert people.world.tasks() == []


def test_a_task_opened_again_stays_open_whatever_is_answered(people: People):
    talk = people.pitch(ADA, "A question")
    people.pass_time(days=4)
    people.come_to_rest()
    [task] = people.our_tasks(open_=True)
    people.complete(task)
    people.come_to_rest()
    people.reopen(task)
    people.come_to_rest()
    people.answer(talk)
    people.come_to_rest()
    assert_kept(people)


@pytest.mark.parametrize("says", ["price", "decline", "not_now"])
@pytest.mark.parametrize("handled", [False, True])
def test_an_answer_that_asks_for_something_gets_its_task_once(
    people: People,
    says: str,
    handled: bool,  # noqa: FBT001 - a case
):
    talk = people.pitch(ADA, "A question")
    people.pass_time(days=4)
    people.come_to_rest()
    people.answer(talk, says=says)
    people.come_to_rest()
    assert_kept(people)
    people.pass_time(days=190)
    people.come_to_rest()
    assert_kept(people)
    [task] = people.our_tasks(open_=True)
    if handled:
        people.complete(task)
    else:
        people.follow_up(talk)
    people.come_to_rest()
    assert_kept(people)


def test_who_wants_no_mail_is_left_alone_until_a_person_says_otherwise(people: People):
    first, other = people.pitch(ADA, "A question"), people.pitch(ADA, "Another")
    people.pass_time(days=4)
    people.come_to_rest()
    people.answer(first, says="unsubscribe")
    people.come_to_rest()
    assert_kept(people)
    assert people.our_tasks(open_=True) == []
    people.leave_alone(ADA)
    people.come_to_rest()
    assert_kept(people)
    assert [people.task_of(task).talk for task in people.our_tasks(open_=True)] == [other]


@pytest.mark.parametrize("days", [0, 12])
def test_an_absence_puts_off_what_is_open_and_what_is_not(people: People, days: int):
    opened = people.pitch(ADA, "A question")
    people.pass_time(days=4)
    people.come_to_rest()
    waiting = people.pitch(ADA, "Another")
    people.be_absent(opened if days else waiting, days)
    people.come_to_rest()
    assert_kept(people)
    people.pass_time(days=5)
    people.come_to_rest()
    assert_kept(people)
    people.pass_time(days=12)
    people.come_to_rest()
    assert_kept(people)


def test_a_stop_label_ends_it_and_taken_off_lets_it_go_on(people: People):
    talk = people.pitch(ADA, "A question")
    people.pass_time(days=4)
    people.come_to_rest()
    people.relabel(talk, STOP_LABEL)
    people.come_to_rest()
    assert_kept(people)
    assert people.our_tasks(open_=True) == []
    people.relabel(talk, STOP_LABEL)
    people.come_to_rest()
    assert_kept(people)
    assert len(people.our_tasks(open_=True)) == 1


def test_a_stage_that_a_person_set_ends_what_was_under_way(people: People):
    people.pitch(ADA, "A question")
    people.pass_time(days=4)
    people.come_to_rest()
    people.set_stage(ADA, "declined")
    people.come_to_rest()
    assert_kept(people)
    assert people.our_tasks(open_=True) == []
    people.pitch(ADA, "Something new")
    people.pass_time(days=6)
    people.come_to_rest()
    assert_kept(people)
    assert len(people.our_tasks(open_=True)) == 1


@pytest.mark.parametrize("crash_at", [None, 18, 19])
def test_a_tag_whose_writing_was_never_answered_is_ours_to_take_back(
    people: People, crash_at: int | None
):
    talk = people.write_anew(ADA)
    people.come_to_rest()
    people.relabel(talk, "Campaigns/ACME")
    lost = ("hubspot", {"method": "POST", "path": "/update$", "lose_answer": True})
    people.daemon_works(2, [lost] if crash_at is None else [], crash_at)
    people.come_to_rest()
    assert_kept(people)
    people.relabel(talk, "Campaigns/ACME")
    people.come_to_rest()
    assert_kept(people)


def test_old_conversations_come_up_one_a_day_and_in_the_end_all(tmp_path: Path):
    people = People(tmp_path, portions=True)
    for person in PEOPLE:
        people.pitch(person, "A question")
    people.pass_time(days=30)
    people.come_to_rest()
    assert_kept(people)
    assert len(people.our_tasks(open_=True)) == 1
    assert_portions_come_up(people)
    assert len(people.our_tasks(open_=True)) == len(PEOPLE)
