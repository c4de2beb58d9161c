"""How much a small number says: intervals of 95 % for shares and for counts, and quartiles.

Pure arithmetic. A share of n (answers of pitches) is judged by Wilson's interval; a count in
so many messages (links per 100) by Garwood's exact one for a Poisson count; two such counts
against each other by the exact conditional test, whose interval is Clopper and Pearson's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_Z = 1.959963984540054  # the normal distribution's 97.5th percentile
_TAIL = 0.025
# Halvings of an interval, and the smallest part of a sum: enough for twelve digits.
_HALVINGS = 50
_NEGLIGIBLE = 1e-17
# Fewer than this many, and a rate is shown as too small to go by.
SMALL = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies with 95 % confidence. `high` may be infinite."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Three quarters of `number` values. Those that lie between two are interpolated."""

    number: int
    lower: float
    median: float
    upper: float


def wilson(part: int, whole: int) -> Interval:
    """The share of which `part` in `whole` is a sample (Wilson 1927, no correction)."""
    if whole <= 0:
        return Interval(0.0, 1.0)
    share, square = part / whole, _Z * _Z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = (
        _Z
        * math.sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
        / (1 + square / whole)
    )
    # At the ends the formula gives exactly 0 and 1, but for rounding.
    low = 0.0 if part == 0 else max(0.0, middle - half)
    return Interval(low, 1.0 if part == whole else min(1.0, middle + half))


def garwood(count: int) -> Interval:
    """The mean of which `count` is a sample, where events come one by one (Garwood 1936)."""
    if count <= 0:
        return Interval(0.0, -math.log(_TAIL))
    top = count + 10 * math.sqrt(count) + 20
    low = _root(lambda mean: 1 - _poisson(count - 1, mean), _TAIL, 0.0, float(count))
    high = _root(lambda mean: -_poisson(count, mean), -_TAIL, float(count), top)
    return Interval(low, high)


def clopper_pearson(part: int, whole: int) -> Interval:
    """The share of which `part` in `whole` is a sample, never too narrow (1934)."""
    if whole <= 0:
        return Interval(0.0, 1.0)
    low, high = 0.0, 1.0
    if part > 0:
        low = _root(lambda share: 1 - _binomial(part - 1, whole, share), _TAIL, 0.0, 1.0)
    if part < whole:
        high = _root(lambda share: -_binomial(part, whole, share), -_TAIL, 0.0, 1.0)
    return Interval(low, high)


def rate_ratio(count: int, among: int, other: int, other_among: int) -> Interval | None:
    """How many times as often something comes here as there: `count` in `among` against
    `other` in `other_among`. None where nothing came, or nothing was tried.

    Given both together, `count` is a binomial share of the sum; the ratio's interval follows
    from that share's.
    """
    if min(among, other_among) <= 0 or count + other <= 0:
        return None
    share, scale = clopper_pearson(count, count + other), other_among / among
    return Interval(
        _odds(share.low) * scale,
        math.inf if other == 0 else _odds(share.high) * scale,
    )


def quartiles(values: Sequence[float]) -> Quartiles | None:
    """As spreadsheets' QUARTILE has them (R's type 7); None of no values."""
    if not values:
        return None
    ordered = sorted(values)
    at = [_between(ordered, share) for share in (0.25, 0.5, 0.75)]
    return Quartiles(len(ordered), *at)


def _between(ordered: Sequence[float], share: float) -> float:
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _odds(share: float) -> float:
    return math.inf if share >= 1 else share / (1 - share)


def _poisson(count: int, mean: float) -> float:
    """The chance of at most `count` events where `mean` are expected."""
    if mean <= 0:
        return 1.0
    first = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    return _summed(first, count, mean, lambda n: n / mean)


def _binomial(count: int, whole: int, share: float) -> float:
    """The chance of at most `count` hits in `whole` trials."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if count >= whole else 0.0
    first = math.exp(
        math.lgamma(whole + 1)
        - math.lgamma(count + 1)
        - math.lgamma(whole - count + 1)
        + count * math.log(share)
        + (whole - count) * math.log1p(-share)
    )
    odds = (1 - share) / share
    return _summed(first, count, whole * share, lambda n: n / (whole - n + 1) * odds)


def _summed(first: float, count: int, mean: float, before: Callable[[int], float]) -> float:
    """The terms from `count` down to 0, `before(n)` being the ratio of the one before the nth.

    Below the mean they only shrink, and end to matter long before 0.
    """
    if first == 0:
        # Too small for a float: `count` lies far out, on one side or the other.
        return 1.0 if count > mean else 0.0
    total = term = first
    for n in range(count, 0, -1):
        term *= before(n)
        total += term
        if n < mean and term < total * _NEGLIGIBLE:
            break
    return min(total, 1.0)


def _root(rising: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where a function that only rises reaches `wanted`, between `low` and `high`."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if rising(middle) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2
