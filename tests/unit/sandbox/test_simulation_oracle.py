"""The second opinion on tasks: days and steps counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from syncd.core.calendar import Span
from syncd.core.rules import ANSWERS, Consequence, Does
from syncd.sandbox.people.cast import Contact
from syncd.sandbox.people.journal import Handled, Journal, Kind, Said, Talk
from syncd.sandbox.people.stage import Seen
from syncd.sandbox.simulation_oracle import Oracle, Wanted
from tests.unit.sandbox.play import MAYA, at, rulebook

ADA = "ada@site.example"
_FIRST = "**Step:** 1 of 2, after 2 business days without an answer"


class Case:
    """One talk with Ada, under a cadence of 2 and 3 business days."""

    def __init__(self) -> None:
        contact = Contact("Ada", ADA, "site.example", "", "en", "", ("", ""))
        self.talk = Talk("t", "acme", contact, MAYA, ADA, labelled=True, threads={MAYA: "1f"})
        self.journal = Journal(talks={"t": self.talk})
        self.oracle = Oracle(self.journal, rulebook("acme"))

    def said(self, when: datetime, *, ours: bool = False, **more: Any) -> None:
        by, to = (MAYA, ADA) if ours else (ADA, MAYA)
        kind = more.pop("kind", Kind.HUMAN)
        said = Said(f"{when}", when, "t", by, (to,), ours, kind, (MAYA, "1"), **more)
        self.talk.said.append(said)

    def closed(self, when: datetime, touch: str = "completes", step: str = "1 of 2") -> None:
        self.journal.handled.append(Handled(when, "7", "t", MAYA, touch, step))

    def wants(self, when: datetime) -> Wanted:
        return self.oracle.wanted(self.talk, when)


@pytest.fixture
def case():
    made = Case()
    made.said(at(5), ours=True)  # a Thursday: the first step is due on Monday the 9th
    return made


def test_a_task_is_due_when_the_step_has_run_out(case):
    assert case.wants(at(9, 9)) is Wanted.NONE
    assert case.wants(at(9, 10)) is Wanted.ONE


def test_an_answer_ends_the_wait(case):
    case.said(at(10))
    assert case.wants(at(9, 12)) is Wanted.ONE
    assert case.wants(at(10, 12)) is Wanted.NONE


def test_a_message_in_its_turn_takes_the_step_and_one_before_it_does_not(case):
    case.said(at(9, 12), ours=True)
    assert case.wants(at(12, 11)) is Wanted.NONE
    assert case.wants(at(12, 12)) is Wanted.ONE
    early = Case()
    early.said(at(5), ours=True)
    early.said(at(6), ours=True)
    assert early.wants(at(10, 9)) is Wanted.NONE
    assert early.wants(at(10, 10)) is Wanted.ONE


@pytest.mark.parametrize("touch", ["completes", "deletes"])
def test_closing_the_task_by_hand_takes_the_step(case, touch):
    case.closed(at(9, 15), touch)
    assert case.wants(at(12, 14)) is Wanted.NONE
    assert case.wants(at(12, 15)) is Wanted.ONE


def test_closing_a_task_of_a_step_long_past_changes_nothing(case):
    case.said(at(9, 12), ours=True)
    case.closed(at(9, 15))
    assert case.wants(at(12, 12)) is Wanted.ONE


def test_the_last_step_is_the_last(case):
    case.closed(at(9, 15))
    case.closed(at(13, 9), step="2 of 2")
    assert case.wants(at(31)) is Wanted.NONE


def test_a_bounce_asks_for_another_address_until_a_person_says_otherwise(case):
    case.said(at(5, 11), kind=Kind.BOUNCE)
    assert case.wants(at(5, 11)) is Wanted.ONE
    case.closed(at(6), step="the address bounced")
    assert case.wants(at(20)) is Wanted.NONE


def test_an_absence_puts_off_what_is_due_to_the_first_working_day_after_it(case):
    case.said(at(5, 11), kind=Kind.AWAY, returns=date(2026, 3, 13))  # a Friday
    assert case.wants(at(15, 23)) is Wanted.NONE
    assert case.wants(at(16, 0)) is Wanted.ONE


def test_one_that_is_over_before_changes_nothing(case):
    case.said(at(5, 11), kind=Kind.AWAY, returns=date(2026, 3, 6))
    assert case.wants(at(9, 9)) is Wanted.NONE
    assert case.wants(at(9, 10)) is Wanted.ONE


def test_one_without_a_date_puts_it_off_by_the_days_of_the_cadence(case):
    case.said(at(5, 11), kind=Kind.AWAY)
    assert case.wants(at(16, 9)) is Wanted.NONE
    assert case.wants(at(16, 10)) is Wanted.ONE  # five business days after the 9th


def test_the_last_absence_counts(case):
    case.said(at(5, 11), kind=Kind.AWAY, returns=date(2026, 3, 20))
    case.said(at(6, 11), kind=Kind.AWAY, returns=date(2026, 3, 10))
    assert case.wants(at(11, 0)) is Wanted.ONE


def test_an_absence_told_elsewhere_counts_here(case):
    other = Talk("o", "acme", case.talk.contact, MAYA, ADA)
    case.journal.talks["o"] = other
    returns = date(2026, 3, 13)
    auto = Said(
        "x", at(4), "o", ADA, (MAYA,), ours=False, kind=Kind.AWAY, copy=(MAYA, "2"), returns=returns
    )
    other.said.append(auto)
    assert case.wants(at(15, 23)) is Wanted.NONE
    assert case.wants(at(16, 0)) is Wanted.ONE


def test_a_task_that_was_opened_before_we_heard_of_it_may_stand(case):
    case.said(at(9, 12), kind=Kind.AWAY, returns=date(2026, 3, 13))
    assert case.wants(at(9, 13)) is Wanted.EITHER
    assert case.wants(at(16, 0)) is Wanted.ONE


def test_a_message_in_spite_of_an_absence_restarts_the_clock_of_the_same_step(case):
    case.said(at(5, 11), kind=Kind.AWAY, returns=date(2026, 3, 13))
    case.said(at(12), ours=True)
    assert case.wants(at(15, 23)) is Wanted.NONE
    assert case.wants(at(16, 10)) is Wanted.ONE
    case.said(at(17), ours=True)
    assert case.wants(at(20, 9)) is Wanted.NONE
    assert case.wants(at(20, 10)) is Wanted.ONE


@pytest.mark.parametrize(
    ("does", "wanted"),
    [
        ("answer", Wanted.NONE),
        ("price", Wanted.ONE),
        ("refer", Wanted.ONE),
        ("decline", Wanted.NONE),
        ("unsubscribe", Wanted.NONE),
    ],
)
def test_an_answer_calls_for_what_the_rules_say_of_its_kind(case, does, wanted):
    case.said(at(6), does=does)
    assert case.wants(at(6, 11)) is wanted
    case.said(at(6, 12), ours=True)
    assert case.wants(at(6, 13)) is Wanted.NONE


def test_the_newest_answer_that_calls_for_anything_counts(case):
    case.said(at(6), does="price")
    case.said(at(6, 11), does="answer")
    assert case.wants(at(6, 12)) is Wanted.ONE
    case.said(at(6, 13), does="decline")
    assert case.wants(at(6, 14)) is Wanted.NONE


def test_an_answers_task_is_closed_by_hand_and_a_steps_before_it_is_another(case):
    case.said(at(10), does="price")
    case.closed(at(10, 11))
    assert case.wants(at(10, 12)) is Wanted.ONE
    case.closed(at(10, 13), step="")
    assert case.wants(at(10, 14)) is Wanted.NONE


def test_who_declined_is_written_to_after_the_time_ops_gave(case):
    nurture = Consequence(Does.NURTURE, Span.parse("10 days"))
    case.oracle.rules = replace(
        case.oracle.rules, answers={"acme": {**ANSWERS, "decline": nurture}}
    )
    case.said(at(6), does="decline")
    assert case.wants(at(16, 9)) is Wanted.NONE
    assert case.wants(at(16, 10)) is Wanted.ONE


def test_words_that_may_be_taken_in_two_ways_leave_room(case):
    asks = {**ANSWERS, "question": Consequence(Does.TASK)}
    case.oracle.rules = replace(case.oracle.rules, answers={"acme": asks})
    case.said(at(6), does="answer")
    assert case.wants(at(6, 11)) is Wanted.EITHER


def test_what_they_write_in_a_thread_of_their_own_answers_too(case):
    other = Talk("o", "acme", case.talk.contact, MAYA, ADA, begun_by_them=True)
    case.journal.talks["o"] = other
    other.said.append(
        Said("x", at(6), "o", ADA, (MAYA,), ours=False, kind=Kind.HUMAN, copy=(MAYA, "2"))
    )
    assert case.wants(at(10)) is Wanted.NONE


def _task(text: str = _FIRST, thread: str = "1f", **more: Any) -> Seen:
    link = f"[Gmail](https://mail.google.com/mail/?authuser={MAYA}#all/{thread})"
    known = {"done": False, "due": None, "assignees": (), "place": "", "ours": True}
    return Seen("7", "Follow up", f"{text}\n\n{link}", **{**known, **more})


@pytest.mark.parametrize(
    ("tasks", "when", "words"),
    [
        ([], at(9, 11), "0 open tasks where one is due: t"),
        ([_task(done=True)], at(9, 11), "0 open tasks where one is due: t"),
        ([_task(), _task()], at(9, 11), "2 open tasks where one is due: t"),
        ([_task()], at(6), "an open task where none is due: t"),
        ([_task(), _task(thread="2a")], at(9, 11), "a task that belongs to no conversation"),
    ],
)
def test_a_board_that_is_wrong_is_told_of(case, tasks, when, words):
    case.oracle.check(tasks, when)
    [told] = case.oracle.broken
    assert words in told


def test_a_board_that_is_right_is_not(case):
    case.oracle.check([], at(6))
    case.oracle.check([_task(), _task(ours=False)], at(9, 11))
    assert case.oracle.broken == []
