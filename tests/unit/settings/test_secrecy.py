"""A secret written where only its reference belongs is never repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from syncd.settings.source import parse
from tests.unit.settings.sample import GOOD, complaints, problems

SECRET = "pat-na1-0c5d7e21"  # the shape of a HubSpot token, and nobody's


def _paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _paths(item, (*at, key))


def _changed(data: Any, path: tuple[Any, ...], to: Any) -> str:
    copy = json.loads(json.dumps(data, default=str))
    *above, last = path
    place = copy
    for key in above:
        place = place[key]
    place[last] = to
    return json.dumps(copy)


DATA = parse(GOOD, "").data
# Not the section itself: its keys are names people choose, and are told by.
SPOTS = [("connectors", *path) for path in _paths(DATA["connectors"]) if path]


@pytest.mark.parametrize("path", SPOTS, ids=str)
@pytest.mark.parametrize(
    "planted",
    [SECRET, [SECRET], {"value": SECRET}, {SECRET: None}, {"env": SECRET, "file": SECRET}],
    ids=["itself", "in a list", "in a mapping", "as a key", "twice"],
)
def test_a_secret_anywhere_in_the_connectors_is_not_repeated(path, planted):
    text = _changed(DATA, path, planted)
    try:
        told = "\n".join(complaints(text))
    except pytest.fail.Exception:
        return  # a place where any text is right
    assert SECRET not in told


@pytest.mark.parametrize(
    "line",
    [
        f"token: '{SECRET}\n",
        f"token: *{SECRET}\n",
        f"token: !{SECRET} x\n",
        f"token: {SECRET}: x\n",
        f"a: {SECRET}\na: {SECRET}\n",
        f"token: [{SECRET}\n",
        f'token: "\\{SECRET}"\n',
    ],
)
def test_a_secret_in_text_that_is_no_yaml_is_not_repeated(line):
    assert SECRET not in "\n".join(complaints(line))


def test_a_secret_in_a_variable_is_not_repeated():
    env = {
        "SYNCD_CONNECTORS__CRM__TOKEN": SECRET,
        "SYNCD_CONNECTORS__MAIL": f"{{kind: {SECRET}}}",
        "SYNCD_STORE": f"postgresql://me:{SECRET}@db/x",
    }
    told = problems(GOOD, env)
    assert {problem.file for problem in told} == env.keys()
    assert SECRET not in "\n".join(map(str, told))


def test_what_is_clearly_no_secret_is_repeated():
    text = GOOD.replace("token: {env: HUBSPOT_TOKEN}", "tokn: {env: X}")
    assert any("connectors.crm.tokn" in line for line in complaints(text))
