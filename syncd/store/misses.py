"""How often an effect was sent, looked for and not found. It stands at the head of its note."""

from __future__ import annotations

import re

_HEAD = re.compile(r"sent in vain \((\d+)\): ")


def of(note: str) -> int:
    met = _HEAD.match(note)
    return int(met[1]) if met else 0


def one_more(note: str, words: str) -> str:
    """The note of an effect that was not found once more."""
    return f"sent in vain ({of(note) + 1}): {words}"


def kept(note: str, words: str) -> str:
    """Other words in a note, and as many misses."""
    met = _HEAD.match(note)
    return f"{met[0] if met else ''}{words}"
