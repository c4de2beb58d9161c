"""The follow-up promise alone: pretend every action succeeds and look where it lands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.actions import ChangeTask, CloseTask, CommentTask, LabelThread, OpenTask
from syncd.core.facts import MailClass
from syncd.core.promises import follow_up
from syncd.core.promises.exchange import Exchange, StepTask
from syncd.core.rules import ANSWERS
from tests.support.mail import LONDON, MAYA, MONDAY, cadence, received, sent
from tests.unit.core.histories import History

RULES = cadence("3 business days", "5 business days", nurture="90 days")


def exchange(*messages, tasks=(), threads=()):
    return Exchange(
        1, "ACME", "acme.example", tuple(messages), tasks=tuple(tasks), threads=tuple(threads)
    )


def decide(it, days, rules=RULES):
    return follow_up.decide(it, rules, LONDON, MONDAY + timedelta(days=days))


def kinds(outlook):
    return [type(planned.action) for planned in outlook.plan]


def opened(outlook) -> StepTask:
    [action] = [p.action for p in outlook.plan if isinstance(p.action, OpenTask)]
    return StepTask(action.key, "board", action.anchor, action.step, open=True)


def test_before_the_due_time_nothing_is_done_and_the_time_is_named():
    outlook = decide(exchange(sent("a")), 1)
    assert outlook.plan == ()
    assert outlook.look_again == MONDAY + timedelta(days=3)


def test_past_the_due_time_there_is_one_task_for_the_sender():
    [planned] = decide(exchange(sent("a")), 3).plan
    action = planned.action
    assert isinstance(action, OpenTask)
    assert action.assignee == MAYA
    assert action.title == "Follow up with ada@site.example (site.example)"
    assert action.due.isoformat() == "2026-11-05"
    assert "1 of 2" in action.body
    assert "ACME" in action.body


def test_deciding_twice_gives_the_same_keys():
    first, second = decide(exchange(sent("a")), 3), decide(exchange(sent("a")), 4)
    assert [p.action.key for p in first.plan] == [p.action.key for p in second.plan]


def test_an_answer_closes_the_task_with_a_comment_that_says_why():
    task = opened(decide(exchange(sent("a")), 3))
    outlook = decide(exchange(sent("a"), received("b", 4), tasks=[task]), 5)
    assert kinds(outlook) == [CommentTask, CloseTask]
    assert "Answered by ada@site.example" in outlook.plan[0].action.body


def test_a_task_a_person_closed_is_not_made_again():
    task = opened(decide(exchange(sent("a")), 3))
    closed = replace(task, open=False, closed_by_person_at=MONDAY + timedelta(days=3.5))
    assert decide(exchange(sent("a"), tasks=[closed]), 4).plan == ()
    later = decide(exchange(sent("a"), tasks=[closed]), 12)
    assert [p.action.step for p in later.plan] == [1]


def test_a_task_a_person_reopened_is_left_to_them():
    task = replace(opened(decide(exchange(sent("a")), 3)), kept_by_person=True)
    assert decide(exchange(sent("a"), received("b", 4), tasks=[task]), 5).plan == ()


def test_a_hard_bounce_asks_for_another_address_instead():
    bounce = received("b", 0.1, mail_class=MailClass.BOUNCE_HARD, failed=["ada@site.example"])
    [planned] = decide(exchange(sent("a"), bounce), 1).plan
    assert planned.action.title.startswith("Find another address for")


def test_without_a_cadence_open_tasks_are_closed():
    task = opened(decide(exchange(sent("a")), 3))
    assert kinds(decide(exchange(sent("a"), tasks=[task]), 4, None)) == [CommentTask, CloseTask]


def test_the_thread_comes_back_to_the_inbox_under_its_label_and_leaves_it_again():
    rules = cadence("3 business days", label="Follow up")
    threads = [(MAYA, "t1")]
    due = decide(exchange(sent("a"), threads=threads), 3, rules)
    assert kinds(due) == [OpenTask, LabelThread]
    answered = exchange(sent("a"), received("b", 4), tasks=[opened(due)], threads=threads)
    closing = [p.action for p in decide(answered, 5, rules).plan]
    assert [a.remove for a in closing if isinstance(a, LabelThread)] == [("Follow up",)]


def test_nothing_in_a_strangers_subject_acts_as_markdown():
    evil = replace(sent("a"), subject="[click](http://evil.example) <b>now</b>\n# big")
    [planned] = decide(exchange(evil), 3).plan
    assert "[click](" not in planned.action.body
    assert "<b>" not in planned.action.body
    assert "\n# big" not in planned.action.body


EVENTS = (
    "we write",
    *(f"they say: {kind}" for kind in ANSWERS),
    "they say elsewhere: other",
    "they say elsewhere: price",
    "absence",
    "absence: with a date",
    "absence elsewhere: with a date",
    "left the company",
    "bounce",
    "stop",
    "stop: for good",
    "maya leaves",
    "closes",
    "reopens",
    "moves",
    "gives away",
    "time",
)
# What is common comes up more often than one in twenty.
COMMON = ("we write", "they say: other", "absence: with a date", "closes", "moves", "time")
histories = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(EVENTS), st.sampled_from(COMMON)),
        st.sampled_from([0.01, 0.5, 1.0, 3.0, 6.0, 9.0, 40.0, 200.0]),
        st.integers(0, 30),
    ),
    max_size=14,
)
EVERYTHING = replace(cadence("3 business days", nurture="30 days", label="F"), crm_task=True)


@given(histories, st.sampled_from([RULES, EVERYTHING]), st.booleans())
@settings(max_examples=500, deadline=None)
def test_no_history_ends_with_two_tasks_or_a_task_after_an_answer(story, rules, looks):
    """People, messages and time in any order; the daemon decides after each of them.

    Nor is anything decided twice, taken back from a person, or moved to an earlier day.
    """
    history = History(rules, looks)
    history.decided()
    for what, days, number in story:
        history.pass_time(days)
        history.happens(what, number)
        history.decided()
        history.check(history.decided())


@given(histories, st.integers(1, 40))
@settings(max_examples=200, deadline=None)
def test_a_daemon_that_was_asleep_ends_where_one_that_was_awake_does_after_an_answer(story, days):
    """Messages alone decide then: no task of ours is left, whoever saw what when."""
    history = History(RULES)
    for what, passed, number in story:
        history.pass_time(passed)
        history.happens(what, number)
    history.pass_time(days)
    history.happens("they say: other")
    history.decided()
    history.check(history.decided())


def test_a_task_that_a_person_moved_is_not_moved_by_an_absence():
    history = History(RULES)
    history.pass_time(3)
    history.decided()
    history.happens("moves", 5)
    history.happens("absence: with a date", 20)
    outlook = history.decided()
    assert not [p for p in outlook.plan if isinstance(p.action, ChangeTask)]


def test_a_task_that_a_person_gave_away_is_not_handed_over():
    history = History(RULES)
    history.pass_time(3)
    history.decided()
    history.happens("gives away")
    history.happens("maya leaves")
    assert history.decided().plan == ()
