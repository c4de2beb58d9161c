"""What the crawling process is told, and what it tells, as lines of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Task:
    """`starts`: where to begin, the next where the one before does not answer."""

    starts: list[str]
    site: str
    user_agent: str
    product: str
    pages: int
    depth: int
    pause: float
    seconds: float
    size: int
    minutes: float
    allowed: list[str]

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class End:
    """How it went. `why`: "finished", or the limit it ended at ("pages", "time", "refused").

    `failed`: pages that could not be had. `denied`: those robots.txt keeps. `trouble`: why
    the first page could not be had.
    """

    why: str
    pages: int
    failed: int
    denied: int
    trouble: str


# Kinds of lines. An alive one comes every few seconds, whatever the site does.
PAGE, LINK, ALIVE, END = "page", "link", "alive", "end"


def told(line: bytes) -> list[Any]:
    """A line's parts. Raises `ValueError`."""
    parts = json.loads(line)
    if not isinstance(parts, list) or not parts:
        raise ValueError("no line of ours")
    return parts
