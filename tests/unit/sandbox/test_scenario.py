"""Scenario files: what ships is sound, what is wrong is told with its place, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.cli.main import main
from syncd.cli.simulate import scenario_of
from syncd.settings.problems import InvalidSettings

WRONG = """\
title: Wrong
starts: tomorrow
team: {domain: brightlink.example}
teammates:
  - {name: Maya, address: maya@brightlink.example, pitches: many, leaves: 5}
  - {name: Tom, address: tom@other.example, folows_up: tasks}
characters:
  keen:
    - {does: answer, chance: 0.7, days: [3, 1]}
    - {does: sing, chance: 0.7}
follow_up: {steps: [2 business days]}
campaigns:
  - id: acme
    name: ACME
    client: acme.example
    label: ACME
    by: [nobody@brightlink.example]
    subjects: [Hello]
    pitch: Hello
    sites: [{domain: a.example, contact: Ada, character: shy}]
"""


def _told(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(InvalidSettings) as caught:
        scenario_of(str(file))
    return [str(problem).removeprefix(f"{tmp_path}/") for problem in caught.value.problems]


@pytest.mark.parametrize("name", ["small", "quarter"])
def test_shipped_scenarios_are_sound(name: str):
    assert scenario_of(name).title


def test_every_mistake_is_told_at_once_with_its_place(tmp_path: Path):
    told = _told(tmp_path, WRONG)
    for beginning in (
        "mine.yaml:2:9: starts: should be a date",
        "mine.yaml:5:61: teammates[0].pitches: should be a number",
        "mine.yaml:5:75: teammates[0].leaves: needs a successor",
        "mine.yaml:6:26: teammates[1].address: is not at the team's domain",
        "mine.yaml:6:45: teammates[1].folows_up: is not known here; did you mean",
        "mine.yaml:8:3: characters.keen: the chances add up to 1.4",
        "mine.yaml:9:35: characters.keen[0].days: runs backwards; write [1, 3]",
        "mine.yaml:10:14: characters.keen[1].does: should be answer, decline",
        "mine.yaml:17:10: campaigns[0].by[0]: there is no teammate nobody@brightlink.example",
        "mine.yaml:20:58: campaigns[0].sites[0].character: there is no character shy",
    ):
        assert any(line.startswith(beginning) for line in told), (beginning, told)
    assert len(told) == 10


def test_a_file_of_another_shape_is_refused_without_a_traceback(tmp_path: Path):
    for text in ("[]", "just words", "teammates: 3\ncharacters: []\ncampaigns: {a: 1}", ""):
        assert _told(tmp_path, text)


def test_an_unknown_name_tells_which_there_are(capsys: pytest.CaptureFixture[str]):
    assert main(["simulate", "quartre"]) == 78
    assert "quartre: no such file, and no shipped scenario; there are quarter, small" in (
        capsys.readouterr().err
    )
