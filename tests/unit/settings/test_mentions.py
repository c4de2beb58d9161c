"""Where the settings name a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.settings.mentions import mentions
from tests.unit.settings.sample import GOOD, good

WHO = "vera@site.example"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("domain: lawyer.example", f"address: {WHO}", "log.never[0].address"),
        ('"salary*"', f'"*of {WHO.upper()}, again*"', "log.never[2].subject"),
        ('"*builder guide*"', f'"*{WHO}*"', "campaigns[0].match.any[1].subject"),
        ("label: Campaigns/ACME", "list: who.csv", "campaigns[0].match.any[0].list"),
    ],
)
def test_each_place_is_named(tmp_path: Path, old: str, new: str, place: str):
    (tmp_path / "who.csv").write_text(f"one.example\n{WHO}\n")
    settings = good(GOOD.replace(old, new), file=tmp_path / "syncd.yaml")
    found = mentions(settings, ["nobody@site.example", WHO])
    assert [one.partition(", ")[0] for one in found] == [place]


@pytest.mark.parametrize(
    "other", [f"not{WHO}", f"a.{WHO}", f"{WHO}s", f"{WHO}.org", "site.example"]
)
def test_others_are_not_taken_for_them(other: str):
    assert mentions(good(GOOD.replace('"salary*"', f'"{other}"')), [WHO]) == []


def test_the_list_that_has_them_is_named_as_the_settings_name_it(tmp_path: Path):
    (tmp_path / "who.csv").write_text(WHO)
    text = GOOD.replace("label: Campaigns/ACME", "list: who.csv")
    [found] = mentions(good(text, file=tmp_path / "syncd.yaml"), [WHO])
    assert found.endswith(", the list who.csv")
