"""Waiting for what a real service shows only after a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")
_PAUSE = 0.5


def eventually(
    ask: Callable[[], Answer], good: Callable[[Answer], object], *, seconds: float
) -> Answer:
    """Ask until the answer is good, or `seconds` have passed; the last answer either way."""
    deadline = time.monotonic() + seconds
    while not good(answer := ask()) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return answer
