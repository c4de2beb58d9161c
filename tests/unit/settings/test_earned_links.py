"""What ops may say of earned links, and what it means."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from syncd.core.facts import Place
from syncd.core.links_course import LinkRules
from syncd.settings.earned_links import LinksSection


def test_without_a_word_the_rules_are_the_usual_ones():
    assert LinksSection().rules() == LinkRules()


def test_what_is_said_is_meant():
    given = {
        "check_every": "1 week",
        "strikes": 2,
        "over": "36 hours",
        "unverifiable_after": "20 days",
        "a_day": 3,
        "board": {"project": "Links", "task_list": "Lost"},
        "owner": "Maya@Brightlink.example",
        "priority": "none",
        "tags": ["lost link"],
    }
    assert LinksSection.model_validate(given).rules() == LinkRules(
        every=timedelta(weeks=1),
        strikes=2,
        over=timedelta(hours=36),
        unverifiable=timedelta(days=20),
        a_day=3,
        place=Place("Links", "Lost"),
        owner="maya@brightlink.example",
        priority="",
        tags=("lost link",),
    )


@pytest.mark.parametrize(
    "given",
    [{"check_every": "3 business days"}, {"strikes": 0}, {"a_day": 0}, {"owner": "nobody"}],
)
def test_what_makes_no_sense_is_refused(given):
    with pytest.raises(ValidationError):
        LinksSection.model_validate(given)
