"""The follow-up promise alone: pretend every action succeeds and look where it lands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.actions import CloseTask, CommentTask, LabelThread, OpenTask
from syncd.core.facts import MailClass
from syncd.core.promises import follow_up
from syncd.core.promises.exchange import Exchange, StepTask
from tests.support.mail import LONDON, MAYA, MONDAY, cadence, received, sent

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


events = st.lists(
    st.tuples(
        st.sampled_from(["we write", "they answer", "absence", "time", "complete", "delete"]),
        st.floats(0.01, 9.0),
    ),
    max_size=14,
)


@given(events)
@settings(max_examples=400, deadline=None)
def test_no_history_ends_with_two_tasks_or_a_task_after_an_answer(history):
    """People, messages and time in any order; the daemon decides after each of them."""
    now, messages = 0.0, [sent("m0")]
    tasks: dict[str, StepTask] = {}
    outlook = decide(exchange(*messages), now)
    for number, (what, days) in enumerate(history, start=1):
        now += days
        at = MONDAY + timedelta(days=now)
        match what:
            case "we write":
                messages.append(sent(f"m{number}", now))
            case "they answer":
                messages.append(received(f"m{number}", now))
            case "absence":
                auto = received(f"m{number}", now, mail_class=MailClass.AUTO_REPLY)
                messages.append(auto)
            case "complete" | "delete":
                tasks = {
                    mark: replace(task, open=False, closed_by_person_at=at) if task.open else task
                    for mark, task in tasks.items()
                }
        for _ in range(2):
            outlook = decide(exchange(*messages, tasks=tasks.values()), now)
            for planned in outlook.plan:
                match planned.action:
                    case OpenTask(key=key, anchor=anchor, step=step):
                        assert key not in tasks, "a step had its task twice"
                        tasks[key] = StepTask(key, "board", anchor, step, open=True)
                    case CloseTask(mark=mark):
                        tasks[mark] = replace(tasks[mark], open=False)
        assert outlook.plan == (), "a second look at the same facts still wants something"
        still_open = [task for task in tasks.values() if task.open]
        assert len(still_open) <= 1
        humans = [m for m in messages if m.mail_class is MailClass.HUMAN]
        last = max(humans, key=lambda m: (m.at, m.key))
        if not last.ours:
            assert still_open == [], "a task for someone who has answered"
