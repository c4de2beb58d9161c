"""Segments and favours, as ops write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.core.rules import FavourRules, Segment
from syncd.settings.settings import Settings
from tests.unit.settings.sample import GOOD, complaints, good

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def settings(more: str) -> Settings:
    return good(f"{GOOD}\n{more}\n")


def segments(more: str) -> tuple[Segment, ...]:
    return settings(more).rules(NOW).segments


def complaint(more: str) -> str:
    return "\n".join(complaints(f"{GOOD}\n{more}\n"))


def test_left_out_there_are_none():
    assert segments("") == ()


def test_a_segment_says_who_is_in_it():
    assert segments("segments: [{name: Yes, agreed: true, linked: true, client: any}]") == (
        Segment("Yes", ("agreed", "linked")),
    )


def test_auto_is_one_for_each_niche_or_tag():
    names = [one.name for one in segments("segments: auto")]
    assert names
    assert all(name.startswith("Linked before: ") for name in names)
    assert len({name.lower() for name in names}) == len(names)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("segments: automatic", "neither auto nor a list"),
        ("segments: [{name: x}]", "linked: true"),
        ("segments: [{linked: true}]", "name"),
        ("segments: [{name: a/b, linked: true}]", "name"),
        ("segments: [{name: x, linked: true, niche: nothing like it}]", "no niche or tag"),
        ("segments: [{name: x, linked: true, client: nobody.example}]", "no client"),
        ("segments: [{name: x, linked: true, campaign: nothing}]", "no campaign"),
        ("segments: [{name: x, linked: true}, {name: X, lost: true}]", "also the name"),
    ],
)
def test_a_mistake_is_told(more: str, words: str):
    assert words in complaint(more)


def test_favours_have_tags_unless_they_are_switched_off():
    assert settings("").rules(NOW).favours == FavourRules("favour", "favour received")
    own = settings("favours: {done_tag: Gefallen, on_contacts: true}").rules(NOW).favours
    assert own == FavourRules("gefallen", "favour received", on_contacts=True)
