"""What is written can be read: contrast as WCAG 2.2 asks for it (1.4.3), light and dark."""

from __future__ import annotations

import re

import pytest

from syncd.web.rendering import asset

ENOUGH = 4.5
PAIRS = [
    *((ink, paper) for ink in ("text", "quiet", "accent") for paper in ("bg", "panel", "soft")),
    *((ink, paper) for ink in ("good", "warm", "bad") for paper in ("panel", f"{ink}-soft")),
    ("accent", "accent-soft"),
    ("text", "bad-soft"),
    ("text", "warm-soft"),
    ("text", "good-soft"),
    ("panel", "accent"),  # a button's words
]


def colours(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", asset("style.css").decode(), re.DOTALL)[:2]
    return dict(re.findall(r"--([a-z-]+): #([0-9a-f]{3,6});", light if scheme == "light" else dark))


def brightness(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_words_stand_out_from_what_is_behind_them(scheme: str, ink: str, paper: str):
    found = colours(scheme)
    lighter, darker = sorted((brightness(found[ink]), brightness(found[paper])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= ENOUGH
