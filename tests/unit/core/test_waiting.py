"""When we wait, since when, and how far along: histories written by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.core.facts import MailClass
from syncd.core.promises.waiting import (
    Answered,
    Bounced,
    Closure,
    Exhausted,
    Waiting,
    standstill,
)
from tests.support.mail import LONDON, MONDAY, cadence, received, sent

THREE = cadence("3 business days", "5 business days", nurture="90 days")


def day(number: float):
    return MONDAY + timedelta(days=number)


def stand(*messages, elsewhere=(), closures=(), rules=THREE):
    return standstill(messages, elsewhere, closures, rules, LONDON)


def test_a_pitch_waits_the_first_step_in_business_days():
    assert stand(sent("a")) == Waiting(sent("a"), sent("a"), 0, day(0), day(3))


def test_a_weekend_does_not_count():
    friday = sent("a", 4)
    assert stand(friday).due == day(4 + 5)  # Monday, Tuesday, Wednesday


def test_nobody_waits_where_we_never_wrote():
    assert stand(received("x", 1)) is None


def test_a_human_answer_ends_the_wait():
    assert stand(sent("a"), received("b", 1)) == Answered(received("b", 1), (received("b", 1),))


def test_our_own_message_after_an_answer_starts_a_new_wait():
    found = stand(sent("a"), received("b", 1), sent("c", 2))
    assert isinstance(found, Waiting)
    assert (found.anchor.key, found.step) == ("c", 0)


@pytest.mark.parametrize(
    "mail_class",
    [
        MailClass.AUTO_REPLY,
        MailClass.BOUNCE_SOFT,
        MailClass.BOUNCE_DELAYED,
        MailClass.RECEIPT,
        MailClass.CALENDAR,
        MailClass.BULK,
    ],
)
def test_a_machine_is_no_answer(mail_class):
    found = stand(sent("a"), received("b", 1, mail_class=mail_class))
    assert isinstance(found, Waiting)
    assert found.due == day(3)


def test_a_follow_up_by_hand_past_due_takes_the_next_step():
    found = stand(sent("a"), sent("b", 4))
    assert isinstance(found, Waiting)
    assert (found.anchor.key, found.last.key, found.step, found.since) == ("a", "b", 1, day(4))


def test_a_follow_up_by_hand_before_its_turn_restarts_the_clock_of_the_same_step():
    found = stand(sent("a"), sent("b", 1))
    assert isinstance(found, Waiting)
    assert (found.step, found.since, found.due) == (0, day(1), day(4))


def test_a_task_completed_by_hand_takes_the_next_step():
    found = stand(sent("a"), closures=[Closure("a", 0, day(3.5))])
    assert isinstance(found, Waiting)
    assert (found.step, found.since) == (1, day(3.5))


def test_completing_the_task_and_then_writing_is_one_step_and_not_two():
    found = stand(sent("a"), sent("b", 3.6), closures=[Closure("a", 0, day(3.5))])
    assert isinstance(found, Waiting)
    assert (found.step, found.since) == (1, day(3.6))


def test_writing_and_then_completing_the_task_is_one_step_and_not_two():
    found = stand(sent("a"), sent("b", 3.5), closures=[Closure("a", 0, day(3.6))])
    assert isinstance(found, Waiting)
    assert (found.step, found.since) == (1, day(3.5))


def test_the_closure_of_an_earlier_wait_says_nothing_about_this_one():
    found = stand(sent("a"), received("b", 1), sent("c", 2), closures=[Closure("a", 0, day(9))])
    assert isinstance(found, Waiting)
    assert found.step == 0


def test_after_the_last_step_comes_nurture_and_then_nothing():
    steps = [Closure("a", 0, day(3)), Closure("a", 1, day(10))]
    found = stand(sent("a"), closures=steps)
    assert isinstance(found, Waiting)
    assert (found.step, found.due.date()) == (2, day(10 + 90).date())
    assert isinstance(stand(sent("a"), closures=[*steps, Closure("a", 2, day(103))]), Exhausted)


def test_an_answer_in_a_thread_of_its_own_counts():
    assert isinstance(stand(sent("a"), elsewhere=[received("n", 2)]), Answered)


def test_what_they_wrote_elsewhere_before_we_wrote_is_no_answer():
    found = standstill([sent("a", 1)], [received("n", 0)], (), THREE, LONDON)
    assert isinstance(found, Waiting)


def test_a_hard_bounce_of_everyone_ends_the_wait():
    bounce = received("b", 0.1, mail_class=MailClass.BOUNCE_HARD, failed=["ada@site.example"])
    assert isinstance(stand(sent("a"), bounce), Bounced)


def test_a_hard_bounce_of_one_of_two_leaves_the_other_to_answer():
    bounce = received("b", 0.1, mail_class=MailClass.BOUNCE_HARD, failed=["ada@site.example"])
    both = sent("a", to=["ada@site.example", "bob@site.example"])
    assert isinstance(stand(both, bounce), Waiting)


def test_writing_again_after_a_bounce_waits_again():
    bounce = received("b", 0.1, mail_class=MailClass.BOUNCE_HARD, failed=["ada@site.example"])
    found = stand(sent("a"), bounce, sent("c", 1, to=["ada@other.example"]))
    assert isinstance(found, Waiting)


def test_the_order_of_arrival_does_not_matter():
    assert stand(received("b", 1), sent("a")) == stand(sent("a"), received("b", 1))
