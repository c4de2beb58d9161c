"""What a row of a table of prospects says, however people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.prospects_file import (
    COLUMNS,
    Broken,
    Prospect,
    WrongMapping,
    addresses_in,
    listed,
    mapped,
    prospects,
    site_of,
)
from syncd.core.tabular import Row, header


def read(*rows: tuple[str, ...]) -> list[Prospect | Broken]:
    found = header(rows[0], COLUMNS)
    lines = [Row(number, cells) for number, cells in enumerate(rows[1:], start=2)]
    return list(prospects(found, lines, campaigns=("acme",)))


@pytest.mark.parametrize(
    ("spelling", "column"),
    [
        ("E-Mail", "address"),
        ("EMAIL_ADDRESS", "address"),
        ("Adresse électronique", ""),
        ("Correo electrónico", "address"),
        ("Ansprechpartner", "name"),
        ("Prénom", "first_name"),
        ("Nachname", "last_name"),
        ("Société", "company"),
        ("Website URL", "site"),
        ("Kampagne", "campaign"),
        ("Niche", "tags"),
        ("Bemerkung", "note"),
        ("Lead source", "source"),
    ],
)
def test_headers_are_known_in_several_languages(spelling: str, column: str):
    assert list(header([spelling], COLUMNS).at) == ([column] if column else [])


def test_no_header_means_two_columns():
    words = [word.casefold() for several in COLUMNS.values() for word in several]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("cell", "good", "bad"),
    [
        ("Ann@Site.Example", ("ann@site.example",), ()),
        ("Ann Smith <ann@site.example>", ("ann@site.example",), ()),
        ("ann@a.example; bob@b.example, ann@a.example", ("ann@a.example", "bob@b.example"), ()),
        ("ann@a.example bob@b.example", ("ann@a.example", "bob@b.example"), ()),
        ("mailto:ann@a.example", ("ann@a.example",), ()),
        ("(ann@a.example).", ("ann@a.example",), ()),
        ("ann@@a.example", (), ("ann@@a.example",)),
        ("ann@a.example, bob@b", ("ann@a.example",), ("bob@b",)),
        ("nobody", (), ("nobody",)),
        ("", (), ()),
    ],
)
def test_the_addresses_of_a_cell(cell: str, good: tuple[str, ...], bad: tuple[str, ...]):
    assert addresses_in(cell) == (good, bad)


@pytest.mark.parametrize(
    ("cell", "site"),
    [
        ("https://www.acme.co.uk/blog?x=1", "acme.co.uk"),
        ("Acme.example", "acme.example"),
        ("blog.acme.example/path", "acme.example"),
        ("gmail.com", ""),
        ("not a site", ""),
        ("ann@site.example", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_the_site_of_a_cell(cell: str, site: str):
    assert site_of(cell) == site


def test_a_row_says_all_it_can():
    [one] = read(
        ("First name", "Last name", "Email", "Site", "Campaign", "Tags", "Notes", "Source"),
        ("Ann", "Lee", "ann@site.example", "", "x; y", "a, b", "nice", "conference"),
    )
    assert one == Prospect(
        2, "ann@site.example", "Ann Lee", "", "site.example", ("x", "y"), ("a", "b"), "nice",
        "conference",
    )  # fmt: skip


def test_what_a_row_does_not_say_is_taken_from_the_command():
    [one] = read(("Email",), ("ann@site.example",))
    assert isinstance(one, Prospect)
    assert one.campaigns == ("acme",)


def test_a_name_beside_several_addresses_is_nobodys():
    found = read(("Email", "Name"), ("a@x.example, b@x.example", "Ann"))
    assert [one.name for one in found if isinstance(one, Prospect)] == ["", ""]


def test_what_a_person_maps_goes_before_what_the_header_means():
    columns = mapped(COLUMNS, ["Website=note", "Their mail = address"])
    found = header(["Website", "Their mail"], columns)
    assert found.at == {"note": 0, "address": 1}
    with pytest.raises(WrongMapping, match="write"):
        mapped(COLUMNS, ["x=y"])


@given(st.text(), st.text(), st.text())
def test_no_text_breaks_the_reading(address: str, site: str, tags: str):
    for one in read(("Email", "Site", "Tags"), (address, site, tags)):
        assert one.line == 2
        if isinstance(one, Prospect):
            assert "@" in one.address
    assert isinstance(listed(tags), tuple)
