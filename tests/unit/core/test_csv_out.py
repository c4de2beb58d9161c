"""Cells that spreadsheets would run are shown as text."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.csv_out import cell, written


@pytest.mark.parametrize(
    "words",
    [
        *(
            "=1+1",
            "+44 20",
            "-2",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "  =1",
            "\u00a0=1",
            "\uff1d1+1",
        ),
        *("\u200b=1", "\ufeff=1", "\u202e\u3000=1", "\x0b@x", "\xad\x1c-1"),
    ],
)
def test_what_begins_like_a_formula_is_text(words: str):
    assert cell(words) == f"'{words}"


@pytest.mark.parametrize("words", ["", "Ann", "1+1", "a=b", "ann@x.example", "'=1"])
def test_other_words_stay_as_they_are(words: str):
    assert cell(words) == words


def test_our_own_values_are_written_plainly():
    at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    found = [cell(one) for one in (None, True, -3, 0.5, date(2026, 11, 23), at)]
    assert found == ["", "yes", "-3", "0.5", "2026-11-23", "2026-11-23T09:30:00+00:00"]


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_any_table_comes_back_whole_and_without_a_formula(rows: list[list[str]]):
    text = written(["a", "b"], rows)
    back = list(csv.reader(io.StringIO(text, newline="")))
    assert len(back) == len(rows) + 1
    for row in back:
        for one in row:
            assert not one.lstrip().startswith(("=", "+", "-", "@"))
