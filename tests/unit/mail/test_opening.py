"""What the beginning of a message resembles."""

from __future__ import annotations

from itertools import combinations

import pytest

from syncd.core.mail.opening import alike, fingerprint

GUIDE = (
    "I just read your piece about {title} on {site} and really enjoyed the part on {part}. We "
    "help a company that makes garden rooms, and they have published a guide for home builders "
    "that your readers may find useful. Would you be open to adding it to the article, or to a "
    "short guest post on the same subject? I can send you three ideas this week."
)
POST = (
    "Quick question: do you still take guest posts at {site}? I write for a client in the building "
    "trade and have an outline ready on {title}. It would be original, about 1200 words, with "
    "pictures, and we never publish it anywhere else. If that sounds fine I will send it over for "
    "you to look at, {part} included."
)
BROKEN = (
    "I noticed that a link on your page about {title} is broken: it points to a site that has "
    "closed. We have a similar resource that covers {part}, so it might be a good replacement for "
    "your readers. Either way, thought you would want to know. Keep up the good work on {site}."
)
FILLED = [
    {"title": "foundations", "site": "buildersblog.example", "part": "costs"},
    {"title": "how to insulate a loft", "site": "Home Weekly", "part": "what not to do"},
    {"title": "roof tiles", "site": "https://www.shed.example/a", "part": "planning permission"},
]


@pytest.mark.parametrize("template", [GUIDE, POST, BROKEN])
def test_a_template_is_recognised_whatever_is_filled_in(template: str):
    prints = [fingerprint(template.format(**values)) for values in FILLED]
    assert all(alike(one, other) for one, other in combinations(prints, 2))


@pytest.mark.parametrize("values", FILLED)
def test_different_templates_are_told_apart_with_the_same_filled_in(values: dict[str, str]):
    prints = [fingerprint(template.format(**values)) for template in (GUIDE, POST, BROKEN)]
    assert not any(alike(one, other) for one, other in combinations(prints, 2))


def test_neither_case_nor_accents_nor_addresses_nor_numbers_count():
    one = "Nous préparons un guide des matériaux durables pour votre blog https://a.example 2025"
    other = "NOUS PREPARONS un guide des materiaux durables pour votre blog ada@b.example 2026"
    assert fingerprint(one) == fingerprint(other) != ""


@pytest.mark.parametrize("text", ["", "Thanks!", "Shall we talk tomorrow about it then?", "1 2 3"])
def test_a_line_or_two_resembles_nothing(text: str):
    assert fingerprint(text) == ""


def test_what_stands_far_below_does_not_count():
    one = GUIDE.format(**FILLED[0]) + " word" * 200
    assert fingerprint(one + " " + POST) == fingerprint(one + " " + BROKEN)
