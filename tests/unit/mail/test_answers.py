"""What people say, over the answers written down in `answers`, by language.

`answers/second` was written at the same time and kept back until the wordings stood.
`python -m tests.unit.mail.test_answers` prints recall and precision.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from syncd.core.facts import Party
from syncd.core.mail.envelope import envelope
from syncd.core.mail.saying import Saying, Says, saying
from syncd.settings.phrases import phrases
from syncd.settings.source import load_yaml
from tests.unit.mail.letters import mail

ANSWERS = Path(__file__).parent / "answers"
FILES = sorted(ANSWERS.rglob("*.yaml"))


def written() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{file.relative_to(ANSWERS)}-{number}", answer)
        for file in FILES
        for number, answer in enumerate(load_yaml(file), 1)
    ]


def read(answer: dict[str, Any]) -> Saying:
    letter = mail(answer["text"])
    return saying(letter, envelope(letter), phrases(), targets=["acme.example"])


@pytest.mark.parametrize("answer", [pytest.param(one, id=name) for name, one in written()])
def test_it_says_what_it_says(answer):
    got = read(answer)
    assert got.kind.value == answer["says"], got
    assert str(got.until or "") == str(answer.get("until", "")), got
    if answer["says"] == "referral":
        wanted = tuple(Party(address, name) for address, name in answer["referred"])
        assert tuple(party.address for party in got.referred) == tuple(p.address for p in wanted)
        for party, expected in zip(got.referred, wanted, strict=True):
            assert expected.name in {"", party.name}
    if answer["says"] == "live":
        assert list(got.urls) == answer["urls"]


def test_every_answer_shows_its_evidence():
    for name, answer in written():
        got = read(answer)
        if got.kind is not Says.OTHER:
            assert any(words.startswith(f"{got.kind}: ") for words in got.evidence), name


def measured() -> dict[str, tuple[int, int, int]]:
    """For each kind: how many were found right, how many there are, how many were found."""
    right: Counter[str] = Counter()
    there: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for _, answer in written():
        kind = read(answer).kind.value
        there[answer["says"]] += 1
        found[kind] += 1
        right[kind] += kind == answer["says"]
    return {kind.value: (right[kind], there[kind], found[kind]) for kind in Says}


if __name__ == "__main__":
    for kind, (right, there, found) in measured().items():
        sys.stdout.write(f"{kind}: recall {right} of {there}, precision {right} of {found}\n")
