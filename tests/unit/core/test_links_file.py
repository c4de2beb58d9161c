"""Lists of links are read as each tool writes them, and say why a line is left."""

from __future__ import annotations

import io

import pytest

from syncd.core.links_file import Left, Listed, links_of
from syncd.core.tabular import Unreadable, read

CLIENTS = ("acme.example", "shop.acme.example", "other.example")
PAGE = "https://site.example/a"
AHREFS = (
    "Referring page title\tReferring page URL\tDomain rating\tTarget URL\tAnchor\tNofollow\tLost\n"
    f"A\t{PAGE}\t50\thttps://www.acme.example/x\tACME\tfalse\t\n"
    "B\thttps://site.example/b\t50\thttps://acme.example/x\tACME\tfalse\t2026-10-01 09:00:00\n"
)
SEMRUSH = (
    "Page ascore,Source title,Source url,Target url,Anchor,Nofollow,New link,Lost link\n"
    f"12,A,{PAGE},https://acme.example/x,ACME,false,true,false\n"
    "12,B,https://site.example/b,https://acme.example/x,ACME,false,false,true\n"
)
MOZ = (
    "URL,Title,Anchor Text,Spam Score,PA,DA,Target URL\n"
    f"{PAGE},A,ACME,1,30,40,https://acme.example/x\n"
)
MAJESTIC = (
    "Target URL,Source URL,Anchor Text,Source Trust Flow,Source Citation Flow\n"
    f"https://acme.example/x,{PAGE},ACME,20,30\n"
)
SEARCH_CONSOLE = f"Linking page,Last crawled\n{PAGE},2026-10-01\n"
OWN = f"page;client;contact;anchor\n{PAGE};acme.example;Ada@Site.example;ACME\n"


def listed(text: str, encoding: str = "utf-8", fallback: str = "acme.example"):
    stream = io.BytesIO(text.encode(encoding))
    table = links_of(read(stream, "links.csv"), "links.csv", CLIENTS, fallback)
    return table.tool, list(table.listed)


@pytest.mark.parametrize(
    ("text", "encoding", "tool"),
    [
        (AHREFS, "utf-16", "Ahrefs"),
        (SEMRUSH, "utf-8-sig", "Semrush"),
        (MOZ, "utf-8", "Moz"),
        (MAJESTIC, "utf-8", "Majestic"),
        (SEARCH_CONSOLE, "utf-8", "Google Search Console"),
        (OWN, "cp1252", ""),
    ],
)
def test_each_tool_is_known_by_its_headers(text, encoding, tool):
    found, rows = listed(text, encoding)
    assert found == tool
    first = rows[0]
    assert isinstance(first, Listed)
    assert (first.url, first.client) == (PAGE, "acme.example")
    assert tool == "Google Search Console" or first.anchor == "ACME"


@pytest.mark.parametrize(("text", "encoding"), [(AHREFS, "utf-16"), (SEMRUSH, "utf-8")])
def test_what_the_tool_itself_calls_lost_is_left(text, encoding):
    _, (_, lost) = listed(text, encoding)
    assert isinstance(lost, Left)
    assert "lost" in lost.why
    assert lost.line == 3


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("mailto:x@site.example,https://acme.example,", "no web address"),
        (f"{PAGE},https://nobody.example,", "none of our clients"),
        ("https://blog.acme.example/x,https://acme.example,", "client's own"),
        (f"{PAGE},https://acme.example,not an address", "no mail address"),
    ],
)
def test_what_cannot_be_taken_says_why(row, why):
    _, [left] = listed(f"URL,Target URL,Contact\n{row}\n")
    assert isinstance(left, Left)
    assert why in left.why


def test_a_link_is_whose_domain_fits_best():
    _, [one] = listed(f"URL,Target URL\n{PAGE},https://shop.acme.example/x\n")
    assert isinstance(one, Listed)
    assert one.client == "shop.acme.example"


def test_a_person_is_taken_as_mail_knows_them():
    _, [one] = listed(OWN, "cp1252")
    assert isinstance(one, Listed)
    assert one.person == "ada@site.example"


@pytest.mark.parametrize(
    "text",
    [
        "Site,Linking pages,Target pages\nsite.example,3,1\n",
        "Target page,Incoming links,Linking sites\nhttps://acme.example/,3,1\n",
        "Domain,Domain rating,Links to target\nsite.example,50,3\n",
    ],
)
def test_a_report_that_names_no_page_is_refused_with_the_one_to_export(text):
    with pytest.raises(Unreadable, match="Export"):
        listed(text)


def test_a_list_that_says_neither_target_nor_client_asks_whose_it_is():
    with pytest.raises(Unreadable, match="--client"):
        listed(SEARCH_CONSOLE, fallback="")


def test_a_table_without_pages_names_what_is_there():
    with pytest.raises(Unreadable, match="Colour"):
        listed("Colour,Size\nred,3\n")
