from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.bug import Bug
from tests.mutants.bugs import BUGS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_still_fits_the_code(bug: Bug):
    text = (ROOT / bug.file).read_text(encoding="utf-8")
    assert text.count(bug.old) == 1, f"{bug.file} has changed: {bug.old!r}"
    ast.parse(text.replace(bug.old, bug.new))
    for net in bug.nets:
        assert not net.startswith("tests/") or (ROOT / net).exists(), net


def test_there_are_at_least_twenty_and_each_has_a_name_of_its_own():
    assert len(BUGS) >= 20
    assert not {name for name, number in Counter(bug.name for bug in BUGS).items() if number > 1}
