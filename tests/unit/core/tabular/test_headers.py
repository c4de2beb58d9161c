from __future__ import annotations

import pytest

from syncd.core.tabular import Row, Unreadable, header, table

COLUMNS = {
    "address": ("Email", "E-Mail-Adresse", "Courriel"),
    "code": ("Status Code", "Code de statut", "Código"),
    "name": ("Name",),
}


def test_case_accents_spaces_and_punctuation_do_not_matter():
    found = header(["\ufeff e-mail adresse ", "STATUS_CODE", "other"], COLUMNS)
    assert found.at == {"address": 0, "code": 1}
    assert found.unknown == ("other",)
    assert header(["Codigo"], COLUMNS).at == {"code": 0}


def test_the_preferred_spelling_wins_and_the_other_is_told():
    found = header(["Courriel", "Email", "email"], COLUMNS)
    assert found.at == {"address": 1}
    assert found.doubled == ("Courriel", "email")
    assert found.unknown == ()


def test_a_near_miss_is_suggested_for_what_is_missing():
    found = header(["Emial", "Nmae of it", "Name"], COLUMNS)
    assert found.suggestions == {"address": "Emial"}
    assert found.missing(["address", "name"]) == ("address",)
    assert found.complaint(["address"], COLUMNS) == 'no column "Email" (is it "Emial"? rename it)'
    assert found.complaint(["name"], COLUMNS) == ""


def test_short_rows_read_as_empty_cells():
    found = header(["Name", "Email"], COLUMNS)
    row = Row(2, (" Ann ",))
    assert found.cell(row, "name") == "Ann"
    assert found.cell(row, "address") == ""
    assert found.cell(row, "code") == ""


def test_a_title_above_the_header_is_passed_over():
    rows = [Row(1, ("All people",)), Row(3, ("Name", "Email")), Row(4, ("Ann", "a@b.example"))]
    found, at, rest = table(rows, COLUMNS, ["address"], name="people.csv")
    assert (found.at, at.line, list(rest)) == ({"address": 1, "name": 0}, 3, rows[2:])


def test_a_table_without_the_column_says_what_is_there_instead():
    rows = [Row(1, ("Name", "Emial")), *(Row(n, ("x", "y")) for n in range(2, 30))]
    with pytest.raises(Unreadable) as told:
        table(rows, COLUMNS, ["address"], name="people.csv")
    assert str(told.value) == (
        'people.csv, line 1: no column "Email" (is it "Emial"? rename it); '
        "its columns are: Name, Emial"
    )
    with pytest.raises(Unreadable, match="is empty"):
        table([], COLUMNS, ["address"], name="people.csv")
