"""Reading YAML: values, places, merge keys, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from syncd.settings.problems import InvalidSettings
from syncd.settings.source import load_yaml, parse

SYNTAX = [
    ("a: b: c", "1:5: a second ':' here; put the value in quotes, or indent"),
    ("a: 1\n a: 2", "2:3: a second ':' here; put the value in quotes, or indent"),
    ("a: *b", "1:4: no &name above for this *name; for a value with * use quotes"),
    ("a: 1\n---\nb: 2", "2:1: a second document; keep only one, without '---' in between"),
    ("a:\n\tb: 1", "2:1: a tab; indent with spaces"),
    ("a: @b", "1:4: a value cannot start with this character; put it in quotes"),
    ("a: 'b", "1:6: a quote is not closed; close it"),
    ('a: "\\q"', "1:6: an unknown escape after \\; use single quotes or double the \\"),
    ("a: [1, 2", "1:9: a list or mapping in brackets is not closed; add a comma or a bracket"),
    ("a: {b: 1", "1:9: a list or mapping in brackets is not closed; add a comma or a bracket"),
    ("- a\nb: 1", "2:1: this line does not fit the ones above; check its indentation"),
    ("a: 1\nb\nc: 2", "3:1: a key without ':' before it; add the ':' or check quotes"),
    ("a: \x07", "1:4: a character that text files do not have; remove it"),
    ("a: 1\nb: 2\na: 3", "3:1: this key is here twice, first on line 1; keep one"),
    ("a: {b: 1, b: 2}", "1:11: this key is here twice, first on line 1; keep one"),
    ("a: !secret b", "1:4: tags (!name) have no meaning here; leave it out, or use quotes"),
    ("a: !!python/object:os.system b", "1:4: tags (!name) have no meaning here; leave it out"),
    ("a: &b [*b]", "1:4: an alias inside what it stands for; write it out"),
    ("a: &b {c: *b}", "1:4: an alias inside what it stands for; write it out"),
    ("a: {<<: 5}", "1:9: <<: takes the keys of a mapping; name one, <<: *name"),
    ("a: &b {<<: *b}", "1:4: <<: takes the keys of a mapping; name one, <<: *name"),
    ("? [a]\n: 1", "1:3: a key must be a word; check the brackets and the '?' here"),
    ("%YAML 3.0\n---\na: 1", "1:1: this is not YAML; check quotes, brackets and indentation"),
    ("[" * 1200, "1:1: brackets or lines nested too deeply; flatten it"),
]


@pytest.mark.parametrize(("text", "complaint"), SYNTAX, ids=[row[1] for row in SYNTAX])
def test_what_is_no_yaml_is_told_in_plain_words_with_its_place(text, complaint):
    with pytest.raises(InvalidSettings) as caught:
        parse(text, "file.yaml")
    assert str(caught.value).startswith(f"file.yaml:{complaint}")


def test_every_duplicate_is_told_at_once():
    with pytest.raises(InvalidSettings) as caught:
        parse("a: 1\na: 2\nb: {c: 1, c: 2}\n", "file.yaml")
    assert [(it.line, it.column) for it in caught.value.problems] == [(2, 1), (3, 11)]


def test_aliases_cannot_multiply_a_few_lines_into_billions_of_values():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(InvalidSettings, match="aliases stand for too many values here"):
        parse("\n".join(lines), "file.yaml")


def test_bytes_that_are_not_utf8_are_told_with_their_place():
    with pytest.raises(InvalidSettings) as caught:
        parse("a: 1\nb: é".encode("latin-1"), "file.yaml")
    assert str(caught.value) == "file.yaml:2:4: not UTF-8 from here on; save the file as UTF-8"


def test_a_byte_order_mark_is_no_part_of_the_first_key():
    assert parse(b"\xef\xbb\xbfa: 1", "file.yaml").data == {"a": 1}


def test_signs_that_json_writes_in_two_halves_are_put_together():
    assert parse(r'["\ud83d\ude00", "\ud83d", {"\ude00": 1}]', "").data == [
        "😀",
        "\ufffd",
        {"\ufffd": 1},
    ]


def test_words_that_older_yaml_took_for_booleans_stay_words():
    assert parse("{a: no, b: off, c: true, d: 12:30, e: 010}", "").data == {
        "a": "no",
        "b": "off",
        "c": True,
        "d": "12:30",
        "e": 10,
    }


def test_what_only_looks_like_a_date_or_number_stays_text():
    text = "{a: 2026-09-01, b: 2026-13-45, c: !!int x, d: !!float y, e: 1e400}"
    assert parse(text, "").data == {
        "a": date(2026, 9, 1),
        "b": "2026-13-45",
        "c": "x",
        "d": "y",
        "e": float("inf"),
    }


def test_an_anchor_may_be_used_again_for_something_else():
    assert parse("a: &x 1\nb: &x 2\nc: *x\n", "").data == {"a": 1, "b": 2, "c": 2}


def test_merged_keys_give_way_to_own_ones_and_the_first_of_several_wins():
    text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*b, *a], z: 3}\nd: {y: 9, <<: *a}\n"
    data = parse(text, "").data
    assert data["c"] == {"x": 2, "y": 1, "z": 3}
    assert data["d"] == {"x": 1, "y": 9}


def test_merges_of_merges_carry_through():
    text = "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n"
    assert parse(text, "").data["c"] == {"x": 1, "y": 2, "z": 3}


def test_every_value_knows_its_place():
    text = "a:\n  b: [x, {c: y}]\nd:\ne: &e {f: 1}\ng: {<<: *e}\n"
    document = parse(text, "")
    assert document.place(("a", "b", 0)) == (2, 7)
    assert document.place(("a", "b", 1, "c")) == (2, 14)
    assert document.key_place(("a", "b", 1, "c")) == (2, 11)
    assert document.place(("d",)) == (3, 1), "nothing written: where its key is"
    assert document.place(("a", "b")) == (2, 3), "a whole list: where its key is"
    assert document.place(("g", "f")) == (4, 11), "merged: where it was written"
    assert document.place(("a", "b", 7)) == (2, 3), "absent: the deepest part that is there"
    assert document.place(("x", "y")) == (1, 1)
    assert document.key_place(("x", 3, "y")) == (1, 1)
    assert document.key_place(("a", "b", 1, "z")) == (2, 10)


def test_other_yaml_files_are_read_with_the_same_care(tmp_path):
    file = tmp_path / "data.yaml"
    file.write_text("phrases:\n  - one\n  - two\n")
    assert load_yaml(file) == {"phrases": ["one", "two"]}
    file.write_text("a: 1\na: 2\n")
    with pytest.raises(InvalidSettings, match=r"data\.yaml:2:1: this key is here twice"):
        load_yaml(file)
    with pytest.raises(InvalidSettings, match="cannot be read: No such file or directory"):
        load_yaml(tmp_path / "none.yaml")
