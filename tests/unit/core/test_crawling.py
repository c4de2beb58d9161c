from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.crawling import CrawlRules, Tried, due, holds_against, sites_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = CrawlRules(sites=("named.example",), of_contacts=True, every=90 * DAY, a_night=2)


def test_named_sites_come_first_then_the_best_liked():
    liked = {"b.example": 0.5, "a.example": 0.5, "best.example": 0.9}
    assert due(RULES, liked, {}, NOW) == ["named.example", "best.example"]
    done = {"named.example": Tried(NOW - DAY, NOW - DAY)}
    assert due(RULES, liked, done, NOW) == ["best.example", "a.example"]


@pytest.mark.parametrize(
    ("tried", "wanted"),
    [
        (Tried(NOW - 89 * DAY, NOW - 89 * DAY), False),
        (Tried(NOW - 90 * DAY, NOW - 90 * DAY), True),
        (Tried(None, NOW - 6 * DAY, failures=1), False),
        (Tried(None, NOW - 7 * DAY, failures=1), True),
        (Tried(None, NOW - 20 * DAY, failures=3), False),
        (Tried(None, NOW - 90 * DAY, failures=99), True),
        (Tried(NOW - 100 * DAY, NOW - 3 * DAY, failures=1), False),
        # One that never failed, and has no picture: told of by hand.
        (Tried(None, NOW - DAY), True),
    ],
)
def test_a_site_is_due_when_its_picture_is_old_and_it_had_its_rest(*, tried: Tried, wanted: bool):
    assert (due(RULES, {}, {"named.example": tried}, NOW) == ["named.example"]) is wanted


def test_of_two_crawls_the_whole_and_then_the_newer_stays():
    later = NOW + DAY
    assert holds_against(later, NOW, whole=True, known_whole=True) == ""
    assert holds_against(NOW, NOW, whole=True, known_whole=True) == ""
    assert "newer" in holds_against(NOW, later, whole=True, known_whole=True)
    assert "part" in holds_against(later, NOW, whole=False, known_whole=True)
    assert holds_against(later, NOW, whole=False, known_whole=False) == ""
    assert holds_against(later, NOW, whole=True, known_whole=False) == ""


def test_a_site_of_several_people_is_as_near_as_the_nearest_of_them():
    people = [(["a.example"], 0.2), (["a.example", "b.example"], 0.4), (["us.example"], 0.9)]
    assert sites_of(people, not_these=["us.example"]) == {"a.example": 0.4, "b.example": 0.4}
