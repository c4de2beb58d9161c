"""Small charts as SVG geometry; colours and text are the style sheet's and the template's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from syncd.store.overview import Coverage

# What becomes of a message, from the ground of a bar up. Everything else is "other".
LAYERS = ("logged", "skipped", "other")
_NAMED = {"logged": "logged", "skipped": "skipped", "never": "skipped"}
WIDTH, HEIGHT, GAP = 420, 170, 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle: `layer` is its class in the style sheet."""

    layer: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Day:
    """A day's numbers by layer, and its bars."""

    day: date
    numbers: Mapping[str, int]
    bars: Sequence[Bar]
    middle: float

    @property
    def total(self) -> int:
        return sum(self.numbers.values())


def coverage_chart(rows: Sequence[Coverage], today: date, days: int) -> list[Day]:
    """The last `days` days up to today, oldest first; what carries no day is left out."""
    counted: dict[date, dict[str, int]] = {
        today - timedelta(days=back): dict.fromkeys(LAYERS, 0) for back in range(days - 1, -1, -1)
    }
    for row in rows:
        if row.day in counted:
            counted[row.day][_NAMED.get(row.outcome, "other")] += row.number
    most = max((sum(numbers.values()) for numbers in counted.values()), default=0)
    step = WIDTH / days
    made: list[Day] = []
    for at, (day, numbers) in enumerate(counted.items()):
        ground, bars = float(HEIGHT), []
        for layer in LAYERS:
            if numbers[layer]:
                # A pixel at least, so that one message among thousands is seen.
                height = max(1.0, numbers[layer] / most * HEIGHT)
                ground -= height
                x = at * step + GAP / 2
                bars.append(Bar(layer, round(x, 1), round(ground, 1), step - GAP, round(height, 1)))
        made.append(Day(day, numbers, bars, round((at + 0.5) * step, 1)))
    return made


def share(part: int, whole: int) -> float:
    """How much of a bar 100 units wide is filled."""
    return round(100 * min(part, whole) / whole, 1) if whole else 0.0
