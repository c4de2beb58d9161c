"""Intervals and quartiles, against values that were published."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.statistics import (
    Interval,
    clopper_pearson,
    garwood,
    quartiles,
    rate_ratio,
    wilson,
)


def _rounded(found: Interval, digits: int) -> tuple[float, float]:
    return round(found.low, digits), round(found.high, digits)


# Newcombe, Statistics in Medicine 17 (1998), table I: methods 3 (score) and 5 (Clopper-Pearson).
@pytest.mark.parametrize(
    ("part", "whole", "score", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_shares_have_the_published_intervals(part, whole, score, exact):
    assert _rounded(wilson(part, whole), 4) == score
    assert _rounded(clopper_pearson(part, whole), 4) == exact


# Garwood, Biometrika 28 (1936): as tabulated for 95 %, to two digits after the point.
@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        (0, 0.00, 3.69),
        (1, 0.03, 5.57),
        (2, 0.24, 7.22),
        (3, 0.62, 8.77),
        (5, 1.62, 11.67),
        (10, 4.80, 18.39),
        (20, 12.22, 30.89),
        (50, 37.11, 65.92),
        (100, 81.36, 121.63),
    ],
)
def test_counts_have_the_published_intervals(count, low, high):
    assert _rounded(garwood(count), 2) == (low, high)


def test_two_rates_are_compared_by_the_share_of_one_in_both():
    # 41 in 28,010 person-years against 15 in 19,017 (Rothman and Greenland): ratio 1.86,
    # exact limits 1.01 to 3.61.
    found = rate_ratio(41, 28_010, 15, 19_017)
    assert found is not None
    assert _rounded(found, 2) == (1.01, 3.61)


def test_a_comparison_with_nothing_has_no_upper_end():
    found = rate_ratio(3, 100, 0, 100)
    assert found is not None
    assert math.isinf(found.high)
    assert found.low > 0
    assert rate_ratio(0, 100, 0, 100) is None
    assert rate_ratio(3, 0, 1, 100) is None


def test_nothing_tried_says_nothing():
    assert wilson(0, 0) == clopper_pearson(0, 0) == Interval(0.0, 1.0)


@given(st.integers(0, 300), st.integers(0, 300))
def test_an_interval_holds_what_was_seen_and_mirrors(part: int, rest: int):
    whole = part + rest
    if whole == 0:
        return
    for method in (wilson, clopper_pearson):
        found, mirror = method(part, whole), method(rest, whole)
        assert 0 <= found.low <= part / whole <= found.high <= 1
        assert found.low == pytest.approx(1 - mirror.high, abs=1e-9)


@given(st.integers(1, 400))
def test_more_events_say_more(count: int):
    found, twice = garwood(count), garwood(2 * count)
    assert found.low < count < found.high
    assert (twice.high - twice.low) / 2 < found.high - found.low


def test_large_counts_are_as_the_normal_distribution_has_them():
    found = garwood(100_000)
    assert found.low == pytest.approx(100_000 - 1.96 * math.sqrt(100_000), rel=1e-4)
    assert found.high == pytest.approx(100_000 + 1.96 * math.sqrt(100_000), rel=1e-4)


# R's quantile(type = 7), which is its default.
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7.0], (7.0, 7.0, 7.0)),
        ([1.0, 2.0], (1.25, 1.5, 1.75)),
        ([4.0, 1.0, 3.0, 2.0], (1.75, 2.5, 3.25)),
        ([9.0, 1.0, 5.0, 3.0, 7.0], (3.0, 5.0, 7.0)),
    ],
)
def test_quartiles_are_as_spreadsheets_have_them(values, expected):
    found = quartiles(values)
    assert found is not None
    assert (found.lower, found.median, found.upper) == expected
    assert found.number == len(values)


def test_nothing_has_no_quartiles():
    assert quartiles([]) is None
