"""What the rules say of themselves: which template, which cadence, who takes over."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from syncd.core.calendar import Calendar, Span
from syncd.core.facts import Place
from syncd.core.mail.saying import Says
from syncd.core.rules import ANSWERS, Cadence, Consequence, Does, Team
from syncd.core.templates import TaskTemplate

ALL = TaskTemplate(title="all", owner="contact owner", priority="low", tags=("t",))
CADENCE = Cadence(
    steps=(Span.parse("1 day"), Span.parse("2 days")),
    nurture=Span.parse("90 days"),
    place=Place("P", "L"),
    task=ALL,
    step_tasks=(TaskTemplate(), TaskTemplate(title="second", priority="high")),
    nurture_task=TaskTemplate(body="long ago"),
)


@pytest.mark.parametrize(
    ("step", "template"),
    [
        (0, ALL),
        (1, TaskTemplate("second", None, "contact owner", "high", ("t",))),
        (2, TaskTemplate("all", "long ago", "contact owner", "low", ("t",))),
        (-1, TaskTemplate(owner="contact owner", tags=("t",))),
    ],
    ids=["plain step", "step of its own", "nurture", "no step: words of its own"],
)
def test_each_step_has_its_template(step, template):
    assert CADENCE.task_at(step) == template


def test_a_stage_has_a_cadence_of_its_own_or_none_or_the_usual():
    replied = Cadence((Span.parse("1 week"),), None, Place("P", "L"))
    usual = Cadence(
        CADENCE.steps, None, Place("P", "L"), stages=(("replied", replied), ("linked", None))
    )
    assert usual.at("replied") is replied
    assert usual.at("linked") is None
    assert usual.at("contacted") is usual
    assert usual.at("") is usual


TEAM = Team(
    frozenset(),
    Calendar(ZoneInfo("Europe/London")),
    (
        ("*", "ops@a.example"),
        ("ann@a.example", "bob@a.example"),
        ("bob@a.example", "ann@a.example"),
    ),
)


@pytest.mark.parametrize(
    ("leaver", "heirs"),
    [
        ("ann@a.example", ("bob@a.example", "ops@a.example")),
        ("bob@a.example", ("ann@a.example", "ops@a.example")),
        ("tom@a.example", ("ops@a.example",)),
        ("ops@a.example", ()),
    ],
)
def test_whoever_leaves_hands_over_along_the_line_and_never_to_themselves(leaver, heirs):
    assert TEAM.heirs(leaver) == heirs


def test_without_a_rule_nobody_takes_over():
    assert Team(frozenset(), TEAM.calendar).heirs("ann@a.example") == ()


def test_every_kind_of_answer_has_a_consequence():
    assert set(ANSWERS) == {kind.value for kind in Says}


@pytest.mark.parametrize(
    ("consequence", "words"),
    [
        (ANSWERS["decline"], "nurture after 180 days"),
        (ANSWERS["not_now"], "wait 30 days"),
        (ANSWERS["price"], "task, high priority"),
        (Consequence(Does.REVIEW), "review task"),
        (ANSWERS["unsubscribe"], "do not contact"),
    ],
)
def test_a_consequence_reads_as_ops_write_it(consequence, words):
    assert str(consequence) == words
