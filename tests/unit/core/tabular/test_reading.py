from __future__ import annotations

import csv
import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import tabular
from syncd.core.tabular import Row, Unreadable
from tests.unit.core.tabular.workbooks import ods, xlsx, zipped

TABLE = 'Source,Destination,Anchor\nhttps://a.example/,https://b.example/,"See ""this"", and"\n'
CELLS = [
    ("Source", "Destination", "Anchor"),
    ("https://a.example/", "https://b.example/", 'See "this", and'),
]


def rows(content: bytes, name: str = "links.csv", part: str = "") -> list[Row]:
    return list(tabular.read(io.BytesIO(content), name, part))


def cells(content: bytes, name: str = "links.csv", part: str = "") -> list[tuple[str, ...]]:
    return [row.cells for row in rows(content, name, part)]


def complaint(content: bytes, name: str = "links.csv") -> str:
    with pytest.raises(Unreadable) as told:
        rows(content, name)
    return str(told.value)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"],
)
def test_the_encoding_does_not_matter(encoding: str):
    text = TABLE.replace("this", "cafés")
    assert cells(text.encode(encoding))[1][2] == 'See "cafés", and'


def test_old_bytes_in_the_middle_of_utf8_are_read_as_windows_wrote_them():
    filler = "a,b,c\n" * 20_000
    content = filler.encode() + "é,".encode() + b"caf\xe9 \x93x\x94,\x81\n"
    assert cells(content)[-1] == ("é", "café “x”", "\x81")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_whatever_stands_in_the_texts(delimiter: str):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    wanted = [("Anchor", "Target"), ("one, two; three", "x"), ("a|b, c", "y"), ("d;e;f;g;h", "z")]
    writer.writerows(wanted)
    assert cells(out.getvalue().encode()) == wanted


def test_a_line_that_only_names_the_delimiter_is_obeyed_and_left_out():
    assert rows(b"sep=;\r\na,b;c\r\nd,e;f\r\n") == [Row(2, ("a,b", "c")), Row(3, ("d,e", "f"))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_know_the_line_they_begin_on(end: str):
    text = f'a,b{end}{end}"c{end}d",e{end},{end}f,g{end}'
    found = rows(text.encode())
    assert [(row.line, row.cells[1]) for row in found] == [(1, "b"), (3, "e"), (6, "g")]


def test_a_nul_in_a_scraped_text_does_not_spoil_the_file():
    assert cells(b"a,b\nc\0d,e\n") == [("a", "b"), ("cd", "e")]


def test_a_table_of_one_column_is_a_table():
    assert cells(b"domain\na.example\nb.example\n") == [("domain",), ("a.example",), ("b.example",)]


def test_gz_and_zip_are_opened_whatever_they_are_called():
    packed = gzip.compress(TABLE.encode())
    assert cells(packed, "links.csv.gz") == CELLS
    assert cells(packed, "links.csv") == CELLS
    archive = zipped(
        {
            "out/links.csv": TABLE,
            "__MACOSX/out/._links.csv": "x",
            "readme.md": "y",
            "out/.x.csv": "",
        }
    )
    assert cells(archive, "links.zip") == CELLS
    assert cells(zipped({"links.csv.gz": packed}), "links.zip") == CELLS


def test_a_zip_of_several_tables_names_them_and_one_can_be_picked():
    archive = zipped({"all_outlinks.csv": "a,b\n", "external_links.csv": TABLE})
    words = complaint(archive, "crawl.zip")
    assert "2 tables: all_outlinks.csv, external_links.csv" in words
    assert cells(archive, "crawl.zip", "external_links.csv") == CELLS
    with pytest.raises(Unreadable, match=r"holds no x.csv; it holds all_outlinks.csv, external"):
        rows(archive, "crawl.zip", "x.csv")


def test_a_zip_without_a_table_says_what_it_holds():
    assert "no table, but photo.jpg" in complaint(zipped({"photo.jpg": "x"}), "crawl.zip")
    assert "no table, but nothing" in complaint(zipped({}), "crawl.zip")


def test_a_workbook_made_to_grow_is_refused_before_it_does():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b"a" * 1_000_000)
    assert len(bomb.getvalue()) < 500_000
    tracemalloc.start()
    with pytest.raises(Unreadable, match="200 times its size"):
        rows(bomb.getvalue(), "bomb.xlsx")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 150_000_000


def test_what_unpacks_beyond_reason_is_refused_early():
    bomb = gzip.compress((b"a," + b"b" * 90_000 + b"\n") * 1_500, 9)
    tracemalloc.start()
    with pytest.raises(Unreadable, match="200 times its size"):
        for _ in tabular.read(io.BytesIO(bomb), "bomb.csv.gz"):
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_what_is_packed_again_and_again_is_refused():
    content = TABLE.encode()
    for _ in range(3):
        content = gzip.compress(content)
    assert "packed more than 2 times" in complaint(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"7z\xbc\xaf\x27\x1c rest", "packed as 7z"),
        (b"Rar!\x1a\x07 rest", "packed as rar"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "neither text nor a spreadsheet"),
        (b"<!DOCTYPE html><html><table>", "web page"),
        (b"  \n<html>", "web page"),
        (b"%PDF-1.7\n%words", "document"),
        (gzip.compress(b"a,b\n" * 10_000)[:-30], "damaged"),
        (zipped({"a.csv": "x" * 10_000})[:60], "damaged"),
        (zipped({"word/document.xml": "x", "[Content_Types].xml": "y"}), "no workbook"),
        (zipped({"mimetype": "application/x.text", "content.xml": "y"}), "document"),
        (b'a,b\n"' + b"x" * 1_200_000 + b"\n", "line 2: over 1,000,000 characters"),
        (b'a,b\n"' + b"x\n" * 2_200_000, "line 2"),
    ],
    # Not by the content: what is packed holds the time, and zip files do, too.
    ids=range(13),
)
def test_what_is_no_table_says_so_and_what_to_do(content: bytes, words: str):
    told = complaint(content)
    assert words in told
    assert "links.csv" in told


def test_a_long_file_passes_through_little_memory():
    line = b'"https://a.example/page","https://b.example/","An anchor"\n'
    file = io.BytesIO(line * 40_000)
    packed = io.BytesIO(gzip.compress(file.getvalue()))
    for stream in (file, packed):
        tracemalloc.start()
        count = 0
        for _ in tabular.read(stream, "links.csv"):
            count += 1
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert count == 40_000
        assert peak < 1_000_000


def test_a_workbook_reads_as_a_person_sees_it():
    book = xlsx([("B2", "Source"), ("B4", "https://a.example/"), ("B5", "12"), ("B6", "12.5")])
    assert rows(book, "links.xlsx") == [
        Row(2, ("Source",)),
        Row(4, ("https://a.example/",)),
        Row(5, ("12",)),
        Row(6, ("12.5",)),
    ]


def test_an_ods_file_and_a_packed_workbook_read_as_well():
    cell = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    empty = '<table:table-cell table:number-columns-repeated="16000"/>'
    book = ods(f"<table:table-row>{cell}{cell}{empty}</table:table-row>")
    assert cells(book, "links.ods") == [("x", "x")]
    assert cells(gzip.compress(book), "links.ods.gz") == [("x", "x")]


def test_a_workbook_with_several_filled_sheets_names_them_and_one_can_be_picked():
    book = xlsx([("A1", "one")], [("A1", "two")], "")
    assert "2 sheets with something on them: Sheet1, Sheet2" in complaint(book, "links.xlsx")
    assert cells(book, "links.xlsx", "Sheet2") == [("two",)]
    assert cells(xlsx("", [("A1", "two")]), "links.xlsx") == [("two",)]
    assert "is empty" in complaint(xlsx(""), "links.xlsx")
    with pytest.raises(Unreadable, match="no sheet Three; it has Sheet1"):
        rows(xlsx(""), "links.xlsx", "Three")


@pytest.mark.parametrize(
    "book",
    [
        xlsx([("A1", "x"), ("XFD1048576", "y")]),
        xlsx("<row r='9999999'><c><v>1</v></c></row><row r='1'>" + "<c/>" * 9 + "</row>"),
        ods(
            '<table:table-row table:number-rows-repeated="1000000"><table:table-cell'
            ' table:number-columns-repeated="9000"/><table:table-cell office:value-type="string">'
            "<text:p>x</text:p></table:table-cell></table:table-row>"
        ),
    ],
)
def test_a_forgotten_cell_far_out_is_an_error_and_not_the_end_of_the_process(book: bytes):
    assert "too many to read" in complaint(book, "links.xlsx")


def _some(book: bytes) -> st.SearchStrategy[bytes]:
    """A file with bytes changed, cut and doubled."""

    def spoilt(given: tuple[int, int, bytes]) -> bytes:
        at, cut, piece = given
        at %= len(book)
        return book[:at] + piece + book[at + cut :]

    return st.tuples(st.integers(0, 10_000), st.integers(0, 200), st.binary(max_size=40)).map(
        spoilt
    )


def _read_somehow(content: bytes, name: str) -> None:
    found: Iterator[Row] = tabular.read(io.BytesIO(content), name)
    try:
        for row in found:
            assert row.line > 0
            assert all(isinstance(cell, str) for cell in row.cells)
    except Unreadable:
        return


MAGIC = [b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"]


@given(st.sampled_from(MAGIC), st.binary(max_size=600), st.sampled_from(["a.csv", "a.xlsx", "a"]))
def test_no_bytes_raise_anything_but_unreadable(magic: bytes, content: bytes, name: str):
    _read_somehow(magic + content, name)


@given(
    st.one_of(
        _some(xlsx([("A1", "x"), ("B2", "y")])),
        _some(ods("<table:table-row><table:table-cell/></table:table-row>")),
        _some(gzip.compress(TABLE.encode())),
        _some(zipped({"a.csv": TABLE})),
    )
)
def test_no_damage_raises_anything_but_unreadable(content: bytes):
    _read_somehow(content, "links")


@given(
    st.lists(
        st.lists(
            st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")),
            min_size=2,
            max_size=4,
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_what_was_written_by_a_csv_writer_is_read_back(table: list[list[str]], encoding: str):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["head", "er"], *table])
    wanted = [tuple(row) for row in table if any(cell.strip() for cell in row)]
    assert cells(out.getvalue().encode(encoding))[1:] == wanted
