"""What services hold, of which nothing is promised."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from connectors._kit.reading import Turning, header_date, json_object, lasting, number, parsed
from connectors._kit.verdicts import retry_after
from syncd.ports.verdicts import LONGEST_WAIT, TryLater

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_value_as_deep_as_none_is_is_no_json():
    for body in (b"[" * 100_000, b'{"a":' * 100_000):
        with pytest.raises(ValueError, match="deeply"):
            parsed(body)
        assert json_object(body) == {}


@pytest.mark.parametrize(
    "body", [b'{"\\ud83d": ["a\\uDE00b"]}', b'{"k": "\xed\xa0\xbd"}', b'"\\ud83d"']
)
def test_half_a_sign_is_no_text(body: bytes):
    found = json.dumps(parsed(body), ensure_ascii=False)
    assert "\ufffd" in found
    found.encode()


def test_a_nul_is_no_text():
    assert parsed(b'{"a\\u0000b": ["\\u0000", "c\\u0000\\ud83d"]}') == {"ab": ["", "c\ufffd"]}


def test_a_whole_sign_stays_one():
    assert parsed(b'["\\ud83d\\ude00", "\\ud83d"]') == ["\U0001f600", "\ufffd"]


def test_numbers_are_finite_and_spans_can_be_counted_with():
    assert [number(one) for one in ("1.5", 2, "x", None, "nan", "1e999", True)] == [
        *(1.5, 2.0, None, None, None, None, None),
    ]
    assert lasting("3600", 1) == 3600
    assert lasting("-5", 1) == 0
    assert lasting("inf", 7) == 7
    assert lasting(1e300, 1) < 4e8


def test_a_service_keeps_us_away_for_a_day_at_most():
    for words in ("9" * 400, "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT"):
        assert retry_after(words, NOW) == LONGEST_WAIT
    assert retry_after("120", NOW) == 120
    assert retry_after("0", NOW) == 0
    assert retry_after("Mon, 01 Jan 2020 00:00:00 +99999999999999", NOW) is None
    assert TryLater("x", after=1e9).after == LONGEST_WAIT
    assert TryLater("x", after=float("nan")).after is None
    assert TryLater("x", after=-1).after == 0
    assert TryLater("x").after is None


def test_a_header_of_no_zone_is_of_utc():
    assert header_date("Mon, 23 Nov 2026 09:00:00 -0000") == NOW
    assert header_date("") is None


def test_a_listing_that_comes_back_to_where_it_was_ends():
    turning = Turning("the board")
    assert [turning.to(one) for one in ("b", 2, None, "")] == ["b", "2", "", ""]
    with pytest.raises(TryLater, match="lead back"):
        turning.to("2")
