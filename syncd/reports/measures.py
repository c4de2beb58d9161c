"""What stands in a cell of a report: a number, and how much it says."""

from __future__ import annotations

import math
from dataclasses import dataclass

from syncd.core.statistics import (
    SMALL,
    Interval,
    Quartiles,
    garwood,
    rate_ratio,
    wilson,
)

NOTHING = "\u2013"  # a dash: nothing to count, which is not 0


@dataclass(frozen=True, slots=True)
class Number:
    """A count as it is."""

    value: int

    @property
    def interval(self) -> Interval | None:
        return None

    @property
    def is_small(self) -> bool:
        return False

    @property
    def range(self) -> str:
        return ""

    def __str__(self) -> str:
        return f"{self.value:,}"


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, with Wilson's interval of 95 %."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> Interval | None:
        return wilson(self.part, self.whole) if self.whole else None

    @property
    def is_small(self) -> bool:
        return self.whole < SMALL

    def __str__(self) -> str:
        return NOTHING if self.value is None else f"{self.value:.0%}"

    @property
    def range(self) -> str:
        found = self.interval
        return "" if found is None else f"{found.low * 100:.0f} to {found.high:.0%}"


@dataclass(frozen=True, slots=True)
class Per100:
    """`count` in `among`, for each hundred of them, with Garwood's exact interval of 95 %."""

    count: int
    among: int

    @property
    def value(self) -> float | None:
        return 100 * self.count / self.among if self.among else None

    @property
    def interval(self) -> Interval | None:
        if not self.among:
            return None
        found = garwood(self.count)
        return Interval(100 * found.low / self.among, 100 * found.high / self.among)

    @property
    def is_small(self) -> bool:
        return self.among < SMALL

    def __str__(self) -> str:
        return NOTHING if self.value is None else f"{self.value:.1f}"

    @property
    def range(self) -> str:
        found = self.interval
        return "" if found is None else f"{found.low:.1f} to {found.high:.1f}"


@dataclass(frozen=True, slots=True)
class Times:
    """How many times as often as `other`, with the exact conditional interval of 95 %.

    `other` None: it is not to be compared.
    """

    one: Per100
    other: Per100 | None

    @property
    def value(self) -> float | None:
        if self.other is None or not self.one.value or not self.other.value:
            return None
        return self.one.value / self.other.value

    @property
    def interval(self) -> Interval | None:
        if self.other is None:
            return None
        return rate_ratio(self.one.count, self.one.among, self.other.count, self.other.among)

    @property
    def is_small(self) -> bool:
        return self.one.is_small or (self.other is not None and self.other.is_small)

    def __str__(self) -> str:
        return NOTHING if self.value is None else f"{self.value:.1f} times"

    @property
    def range(self) -> str:
        found = self.interval
        if found is None or self.value is None:
            return ""
        high = "any number" if math.isinf(found.high) else f"{found.high:.1f}"
        return f"{found.low:.1f} to {high}"


@dataclass(frozen=True, slots=True)
class Time:
    """Working hours, as quartiles. `day`: how many of them a working day has."""

    quartiles: Quartiles | None
    day: float

    @property
    def value(self) -> float | None:
        return None if self.quartiles is None else self.quartiles.median

    @property
    def interval(self) -> Interval | None:
        found = self.quartiles
        return None if found is None else Interval(found.lower, found.upper)

    @property
    def is_small(self) -> bool:
        return self.quartiles is None or self.quartiles.number < SMALL

    def __str__(self) -> str:
        return NOTHING if self.quartiles is None else self._words(self.quartiles.median)

    @property
    def range(self) -> str:
        found = self.quartiles
        if found is None:
            return ""
        return f"{self._words(found.lower)} to {self._words(found.upper)}"

    def _words(self, hours: float) -> str:
        return f"{hours:.1f} h" if hours < self.day else f"{hours / self.day:.1f} d"


Measure = Number | Share | Per100 | Times | Time
