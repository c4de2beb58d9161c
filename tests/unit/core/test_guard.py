"""What the guard holds back."""

from __future__ import annotations

from collections import Counter

from syncd.core import guard
from syncd.core.actions import CloseTask, LogEmail, Planned
from syncd.core.rules import GuardRules

RULES = GuardRules(max_actions=10, max_close_share=0.3, min_population=10)


def closing(number):
    return [Planned(CloseTask(f"k{n}", f"m{n}"), "follow_up", "c", "") for n in range(number)]


def logging(number):
    return [Planned(LogEmail(f"k{n}", f"m{n}", (), ""), "log", "m", "") for n in range(number)]


def held(plan, *, already=(), open_tasks=20):
    checked = guard.check(plan, RULES, already=Counter(dict(already)), open_tasks=open_tasks)
    return [one.kind for one in checked]


def test_an_ordinary_plan_passes():
    assert held([*closing(6), *logging(10)]) == []


def test_closing_too_large_a_share_is_held():
    assert held(closing(7)) == ["close_task"]


def test_a_small_board_may_be_closed_entirely():
    assert held(closing(9), open_tasks=9) == []


def test_too_many_of_a_kind_are_held():
    assert held(logging(11)) == ["log_email"]


def test_what_the_turn_planned_before_counts():
    assert held(logging(5), already=[("log_email", 6)]) == ["log_email"]
