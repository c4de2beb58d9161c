"""Whatever stands in the file, the answer is settings or a list of what is wrong."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncd.settings.loading import read
from syncd.settings.problems import InvalidSettings
from syncd.settings.settings import Settings
from syncd.settings.source import parse
from tests.unit.settings.kinds import KINDS
from tests.unit.settings.sample import FILE, GOOD

MORE = """\
answers: {price: "task, high priority", question: {do: task, task: {title: A}}}
"""
TEAM = """\
  office_hours: 09:00-17:30
  half_days: [12-24, 2026-12-31 until 14:00]
  hand_over: {a@b.example: c@b.example, "*": d@b.example}
connectors:
"""
FOLLOW_UP = """\
  task: {title: "{{ site }}", owner: sender, priority: low, tags: [a], checklist: [b]}
  stages: {replied: {steps: [1 day, {after: 2 days, task: {body: "{{ links }}"}}], then: none}}
  stop: {label: none, on: [decline]}
  at_most: {per_person: 2 per week}
  collision: none
  absence: 2 days
  backlog: {a_day: 1, at_most: 2, max_age: 1 week}
  then: {after: 90 days, task: {priority: high}}
"""
EVERYTHING = GOOD.replace("connectors:\n", TEAM).replace(
    "  then: nurture after 90 days\n", FOLLOW_UP
)
DATA = json.loads(json.dumps(parse(EVERYTHING + MORE, "").data, default=str))
LINES = GOOD.splitlines()

words = st.text(max_size=12) | st.sampled_from(
    [*"{}[]:,-?&*!|>'\"%@`#\t ", "<<: ", "- ", "&a ", "*a", "!!int ", "!!timestamp ", "---\n"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | words
    | st.sampled_from(["2026-09-01", "3 business days", "none", "GB", "kind", "gmail", "1e400"])
    | st.sampled_from(["{{ site", "{{ x }}", "09:00-", "2 per week", "task, high", "wait 1 day"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


def answer(text: str | bytes, env: dict[str, str] | None = None) -> Settings | InvalidSettings:
    try:
        return read(text, FILE, KINDS, env or {})
    except InvalidSettings as error:
        refused = error
    assert refused.problems
    for problem in refused.problems:
        assert problem.message
        assert (problem.line is None) == (problem.column is None)
    return refused


def test_what_is_spoilt_below_was_good():
    assert isinstance(answer(EVERYTHING + MORE), Settings)


@given(st.text() | st.binary())
@example("&a [*a, *a]")
@example("{? : }")
@example("!!int \u2028")
@example("%YAML 1.1\n--- {<<: [], <<: {}}")
@settings(max_examples=100, deadline=None)
def test_any_text_gets_an_answer(text):
    answer(text)


@given(st.integers(0, len(LINES) - 1), st.integers(0, 60), st.lists(words, max_size=3))
@settings(max_examples=100, deadline=None)
def test_any_slip_of_the_pen_gets_an_answer(line, column, typed):
    lines = list(LINES)
    lines[line] = lines[line][:column] + "".join(typed) + lines[line][column + 1 :]
    answer("\n".join(lines))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_value_in_any_place_gets_an_answer(data):
    copy = json.loads(json.dumps(DATA))
    place: Any = copy
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        deeper = isinstance(place[key], dict | list) and place[key]
        if not deeper or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(values)
    if isinstance(place, dict) and data.draw(st.booleans()):
        place[data.draw(words)] = data.draw(values)
    answer(json.dumps(copy))


@given(
    st.dictionaries(
        st.sampled_from(["TEAM", "TEAM__DOMAINS", "LOG__BODIES", "RUN__POLL", "CAMPAIGNS"])
        | st.sampled_from(["CONNECTORS__CRM", "CONNECTORS__CRM__KIND", "CONNECTORS__X__Y__Z"])
        | st.text("ABC_", max_size=9),
        st.text(max_size=20) | st.sampled_from(["[a]", "{a: b}", "[", "{<<: [", "*a", "none"]),
        max_size=3,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_environment_gets_an_answer(env):
    answer(GOOD, {f"SYNCD_{name}": value for name, value in env.items()})
