"""When we wait, since when, and how far along: histories written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.facts import MailClass
from syncd.core.mail.autoreplies import LEFT_COMPANY, OUT_OF_OFFICE
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


def away(key: str, days: float, back: date | None = None, sender: str = "ada@site.example"):
    auto = received(key, days, mail_class=MailClass.AUTO_REPLY, sender=sender)
    return replace(auto, subclass=OUT_OF_OFFICE, until=back)


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


def test_an_absence_puts_off_what_is_due_to_the_first_business_day_after_the_return():
    friday = date(2026, 11, 13)
    assert stand(sent("a"), away("o", 0.1, friday)).due.date() == date(2026, 11, 16)


def test_one_that_ends_before_the_due_time_changes_nothing():
    found = stand(sent("a"), away("o", 0.1, date(2026, 11, 3)))
    assert (found.due, found.absence) == (day(3), None)


def test_an_absence_without_a_date_puts_it_off_by_the_configured_days():
    assert stand(sent("a"), away("o", 0.1)).due == day(3 + 7)  # five business days


def test_an_absence_without_a_date_from_before_we_wrote_says_nothing():
    assert stand(sent("a", 1), away("o", 0.5)).due == day(4)


def test_of_two_absences_of_one_person_the_last_word_counts():
    found = stand(sent("a"), away("o", 0.1, date(2026, 11, 27)), away("p", 1, date(2026, 11, 6)))
    assert found.due.date() == date(2026, 11, 9)


def test_of_two_people_whoever_is_back_first_is_waited_for():
    both = sent("a", to=["ada@site.example", "bob@site.example"])
    late = away("o", 0.1, date(2026, 11, 27))
    assert stand(both, late).due == day(3)
    early = away("p", 0.2, date(2026, 11, 13), sender="bob@site.example")
    assert stand(both, late, early).due.date() == date(2026, 11, 16)


def test_a_follow_up_by_hand_before_an_absence_ends_restarts_the_clock_of_the_same_step():
    found = stand(sent("a"), away("o", 0.1, date(2026, 11, 13)), sent("b", 4))
    assert (found.step, found.due.date()) == (0, date(2026, 11, 16))


def test_whoever_has_left_cannot_be_reached():
    left = replace(
        received("o", 0.1, mail_class=MailClass.AUTO_REPLY), subclass=LEFT_COMPANY, until=None
    )
    assert isinstance(stand(sent("a"), left), Bounced)


def message_of(number: int, kind: str, days: float, back: int | None):
    key = f"m{number}"
    until = None if back is None else date(2026, 11, 2) + timedelta(days=back)
    match kind:
        case "ours":
            return sent(key, days)
        case "answer":
            return received(key, days)
        case "absence":
            return away(key, days, until)
        case _:
            return received(key, days, mail_class=MailClass.RECEIPT)


messages = st.lists(
    st.tuples(
        st.sampled_from(["ours", "answer", "absence", "absence", "receipt"]),
        st.floats(0.01, 60),
        st.one_of(st.none(), st.integers(-5, 90)),
    ),
    max_size=9,
).map(lambda rows: [sent("a"), *(message_of(n, *row) for n, row in enumerate(rows))])
closings = st.lists(st.tuples(st.integers(0, 2), st.floats(0.01, 60)), max_size=3).map(
    lambda rows: [Closure("a", step, day(days)) for step, days in rows]
)


@given(messages, closings, st.randoms())
def test_what_stands_depends_on_no_order_of_arrival(told, closures, random):
    shuffled = told.copy()
    random.shuffle(shuffled)
    assert stand(*shuffled, closures=closures) == stand(*told, closures=closures)


@given(messages, closings)
def test_nothing_is_due_before_its_clock_began_nor_earlier_for_an_absence(told, closures):
    """Without absences the step may be further along: follow-ups by hand came in their turn."""
    found = stand(*told, closures=closures)
    if not isinstance(found, Waiting):
        return
    assert found.due > found.since
    without = stand(*(message for message in told if not message.is_absence), closures=closures)
    if isinstance(without, Waiting) and (without.step, without.since) == (found.step, found.since):
        assert found.due >= without.due
    if found.absence is not None:
        assert found.absence in told
        assert LONDON.works_on(LONDON.local_date(found.due))


@given(messages, st.integers(-5, 90), st.integers(0, 30))
def test_who_is_back_later_is_waited_for_no_less(told, back, longer):
    last = max(message.at for message in told)
    first = date(2026, 11, 2) + timedelta(days=back)
    absence = replace(away("o", 0), at=last + timedelta(hours=1))
    soon = stand(*told, replace(absence, until=first))
    late = stand(*told, replace(absence, until=first + timedelta(days=longer)))
    assert type(soon) is type(late)
    if isinstance(soon, Waiting):
        assert isinstance(late, Waiting)
        assert late.due >= soon.due


@given(messages, closings, st.floats(0.01, 5))
def test_whatever_came_before_an_answer_ends_the_wait(told, closures, later):
    last = max([m.at for m in told] + [one.at for one in closures])
    answer = replace(received("r", 0), at=last + timedelta(days=later))
    assert isinstance(stand(*told, answer, closures=closures), Answered)
