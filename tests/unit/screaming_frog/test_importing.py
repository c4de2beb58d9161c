from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Mapping

import pytest

from connectors.screaming_frog.importing import take_export
from syncd.core.facts import PageLink
from syncd.ports.crawl import Harvest
from syncd.ports.verdicts import Refused
from tests.unit.screaming_frog.exports import COLUMNS, OLD, export, link, some

PAGE, THERE = "https://blog.example/post", "https://friend.example/guide"
LINK = PageLink(PAGE, THERE, 'Ann\'s "guide", again', follow=True, rel="noopener", position="aside")
ROW = link(PAGE, THERE, Anchor='Ann\'s "guide", again', Rel="noopener", Link_Position="Sidebar")


def taken(content: bytes, name: str = "external_links.csv", **more: object) -> list[PageLink]:
    found: list[PageLink] = []
    take_export(io.BytesIO(content), name, found.append, **more)  # type: ignore[arg-type] # options by name
    return found


def refusal(content: bytes, name: str = "external_links.csv", **more: object) -> str:
    with pytest.raises(Refused) as told:
        taken(content, name, **more)
    return str(told.value)


def without(row: Mapping[str, str], *columns: str) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in columns}


FRENCH = {"Anchor": "Ancrage", "Status Code": "Code de statut", "Link Position": "Position du lien"}
GERMAN = {
    "Type": "Typ",
    "Source": "Quelle",
    "Destination": "Ziel",
    "Anchor": "Ankertext",
    "Link Position": "Linkposition",
    "Follow": "Folgen",
}
SPANISH = {
    "Type": "Tipo",
    "Source": "Origen",
    "Destination": "Destino",
    "Anchor": "Texto de anclaje",
    "Link Position": "Posición del enlace",
    "Follow": "Seguir",
}
ITALIAN = {
    "Type": "Tipo",
    "Source": "Sorgente",
    "Destination": "Destinazione",
    "Anchor": "Testo di ancoraggio",
    "Link Position": "Posizione del link",
    "Follow": "Segui",
}
MANY = (*COLUMNS, *(f"Extractor {n} {m}" for n in range(1, 20) for m in range(1, 11)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (export([ROW]), "as of version 20"),
        (export([ROW], title="All Outlinks"), "a title line"),
        (export([ROW], (*COLUMNS[:8], "Crawlability", *COLUMNS[8:])), "version 24"),
        (
            export([ROW], (*COLUMNS, "Unlinked", "Source Segments", "hreflang", "Indexability")),
            "extra columns",
        ),
        (export([ROW], MANY), "custom extraction"),
        (export([ROW], COLUMNS[::-1]), "another order"),
        (export([ROW], renamed={"Anchor": "Anchor Text"}), "the short variant's name"),
        (export([ROW], renamed=FRENCH), "French"),
        (export([ROW | {"Type": "Hyperlien"}], renamed=FRENCH), "French values"),
        (export([ROW | {"Follow": "WAHR"}], renamed=GERMAN), "German"),
        (export([ROW | {"Type": "Hipervínculo"}], renamed=SPANISH), "Spanish"),
        (export([ROW | {"Type": "Collegamento ipertestuale"}], renamed=ITALIAN), "Italian"),
        (export([ROW]).decode("utf-8-sig").encode("utf-16"), "saved by a spreadsheet"),
        (gzip.compress(export([ROW]), mtime=0), "mailed as gz"),
    ],
)
def test_every_make_of_export_reads_the_same(content: bytes, reason: str):
    assert taken(content) == [LINK], reason


def test_an_old_export_tells_no_position_and_calls_links_by_their_tag():
    rows = [ROW | {"Type": kind} for kind in ("AHREF", "HREF", "IMG")]
    found = taken(export(rows, OLD, title="All Inlinks"))
    assert found == [PageLink(PAGE, THERE, LINK.anchor)] * 2


def test_a_zip_of_one_export_is_opened():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("crawl/external_links.csv", export([ROW]))
    assert taken(packed.getvalue(), "crawl.zip") == [LINK]


def test_only_hyperlinks_are_kept_and_the_hops_of_redirects_are_not():
    kinds = ["Image", "JavaScript", "CSS", "HTTP Redirect", "Canonical", "Rel Next", "Misc", ""]
    hop = link("https://friend.example/old", THERE, Type="HTTP Redirect")
    rows = [ROW, *(ROW | {"Type": kind} for kind in kinds), hop]
    assert taken(export(rows, COLUMNS)) == [LINK]


@pytest.mark.parametrize(
    ("given", "follow", "rel", "position", "anchor"),
    [
        ({"Follow": "false", "Rel": "nofollow"}, False, "nofollow", "content", "x"),
        (
            {"Follow": "true", "Rel": "Sponsored noopener"},
            False,
            "sponsored noopener",
            "content",
            "x",
        ),
        ({"Follow": "Faux"}, False, "", "content", "x"),
        ({"Follow": ""}, True, "", "content", "x"),
        ({"Link Position": "Our Teaser"}, True, "", "", "x"),
        ({"Link Position": ""}, True, "", "", "x"),
        ({"Link Position": "Head"}, True, "", "", "x"),
        ({"Link Position": "Pied de page"}, True, "", "footer", "x"),
        ({"Anchor": "", "Alt Text": "A logo"}, True, "", "content", "A logo"),
        ({"Status Code": "0", "Status": "Blocked by robots.txt"}, True, "", "content", "x"),
        ({"Status Code": "", "Status": "DNS lookup failed"}, True, "", "content", "x"),
    ],
)
def test_what_a_row_says_of_its_link(
    *, given: dict[str, str], follow: bool, rel: str, position: str, anchor: str
):
    (found,) = taken(export([link(PAGE, THERE, Anchor="x") | given]))
    assert found == PageLink(PAGE, THERE, anchor, follow, rel, position)


def test_short_rows_and_blank_ones_do_no_harm():
    content = export([ROW]) + b'\r\n"Hyperlink","https://blog.example/2","https://b.example/"\r\n'
    assert taken(content) == [LINK, PageLink("https://blog.example/2", "https://b.example/")]


def test_a_header_alone_is_no_site_without_links():
    words = refusal(export([]))
    assert "not one row" in words
    assert "Close it and export again" in words
    assert "not one row" in refusal(export([], title="All Outlinks"))


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (some(500), "exactly 500 pages"),
        ([*some(249), *some(249), link(PAGE, "https://x.example/")], "exactly 500 URLs"),
        ([link(PAGE, f"https://x.example/{n % 7}") for n in range(500)], "exactly 500 rows"),
    ],
)
def test_exactly_five_hundred_is_where_the_free_version_stops(
    rows: list[dict[str, str]], what: str
):
    words = refusal(export(rows))
    assert what in words
    assert "licence" in words
    assert len(taken(export(rows), complete=True)) == len(rows)


@pytest.mark.parametrize("count", [499, 501])
def test_one_more_or_less_is_a_crawl_like_any_other(count: int):
    assert len(taken(export(some(count)))) == count


def test_a_file_of_another_kind_says_what_it_lacks_and_what_to_export():
    words = refusal(export([{"Name": "Ann", "Email": "a@b.example"}], ("Name", "Email")))
    assert 'no column "Source", no column "Destination"' in words
    assert "Name, Email" in words
    assert "Bulk Export > Links > External Links" in words
    internal = export([{"Address": PAGE}], ("Address", "Content Type", "Status Code", "Title 1"))
    assert "no export of links" in refusal(internal, "internal_all.csv")


def test_types_in_a_language_we_do_not_know_are_told_with_the_way_out():
    words = refusal(export([ROW | {"Type": "ハイパーリンク"}, ROW | {"Type": "画像"}]))
    assert "2 rows and no hyperlink among them: its Type says ハイパーリンク, 画像" in words
    assert "Set Screaming Frog to English" in words


def test_what_cannot_be_read_is_refused_in_the_readers_words():
    assert "is empty" in refusal(b"")
    assert "web page" in refusal(b"<html>")


DOMAINS = ("Address", "Content Type", "Status Code", "Status", "Crawl Depth", "Inlinks")


def test_a_list_of_external_addresses_is_taken_for_a_site_that_is_named():
    rows = [
        {"Address": "https://a.example/x", "Content Type": "text/html; charset=utf-8"},
        {"Address": "https://cdn.example/x.png", "Content Type": "image/png"},
        {"Address": "https://b.example/", "Content Type": "", "Status Code": "0"},
    ]
    content = export(rows, DOMAINS)
    assert taken(content, "external_all.csv", site="blog.example") == [
        PageLink("https://blog.example/"),
        PageLink("https://blog.example/", "https://a.example/x"),
        PageLink("https://blog.example/", "https://b.example/"),
    ]
    assert "--site" in refusal(content, "external_all.csv")
    limit = export([rows[0] for _ in range(500)], DOMAINS)
    assert "exactly 500 rows" in refusal(limit, "external_all.csv", site="blog.example")
    assert "not one row" in refusal(export([], DOMAINS), "external_all.csv", site="blog.example")


def test_the_harvest_counts_every_row():
    found = take_export(io.BytesIO(export(some(7))), "x.csv", lambda _link: None)
    assert found == Harvest(rows=7)


def test_the_remedy_names_no_place_twice():
    assert len(re.findall("external_links.csv", refusal(b"a,b\nc,d\n", "x.csv"))) == 1
