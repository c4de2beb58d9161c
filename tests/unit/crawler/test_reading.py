from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.crawler.reading import joined, read

URL = "https://blog.example/posts/one"


def found(markup: str) -> dict[str, str]:
    """Where each link stands, by its text."""
    page = read(f"<html><body>{markup}</body></html>".encode(), "utf-8", URL)
    return {link.anchor: link.position for link in page.links}


def only(markup: str, head: str = "") -> tuple[str, bool, str]:
    page = read(f"<html><head>{head}</head><body>{markup}</body></html>".encode(), "utf-8", URL)
    (link,) = page.links
    return link.target, link.follow, link.rel


@pytest.mark.parametrize(
    ("around", "position"),
    [
        ("<main>{}</main>", "content"),
        ("<article><p>{}</p></article>", "content"),
        ("<header>{}</header>", "header"),
        ("<header><nav>{}</nav></header>", "navigation"),
        ("<footer>{}</footer>", "footer"),
        ("<aside>{}</aside>", "aside"),
        ("<main><aside>{}</aside></main>", "aside"),
        # Only what belongs to the page itself is its header or footer.
        ("<main><article><header>{}</header></article></main>", "content"),
        ("<article><footer>{}</footer></article>", "content"),
        ('<div role="contentinfo">{}</div>', "footer"),
        ('<div role="navigation"><ul><li>{}</li></ul></div>', "navigation"),
        ('<div role="main"><div>{}</div></div>', "content"),
        ('<div id="footer"><p>{}</p></div>', "footer"),
        ('<div class="wide site-footer">{}</div>', "footer"),
        ('<ul class="main-menu"><li>{}</li></ul>', "navigation"),
        ('<div class="footer-is-here-somewhere">{}</div>', ""),
        ("<div>{}</div>", ""),
        # On a page that marks its parts, what is in none of them is its text.
        ("<nav></nav><div>{}</div>", "content"),
    ],
)
def test_where_a_link_stands_is_told_by_the_markup_around_it(around: str, position: str):
    assert found(around.format('<a href="https://a.example/">a</a>')) == {"a": position}


def test_links_of_one_part_do_not_lend_their_place_to_another():
    link = '<a href="https://a.example/{0}">{0}</a>'
    markup = (
        f"<main><p>{link.format(1)}</p><nav><p>{link.format(2)}</p></nav>"
        f"<p>{link.format(3)}</p></main><footer><p>{link.format(4)}</p></footer>"
    )
    assert found(markup) == {"1": "content", "2": "navigation", "3": "content", "4": "footer"}


@pytest.mark.parametrize(
    ("markup", "head", "told"),
    [
        ('<a href="/x#part">a</a>', "", ("https://blog.example/x", True, "")),
        ('<a href=" https://a.example/\n">a</a>', "", ("https://a.example/", True, "")),
        ('<a href="//a.example/">a</a>', "", ("https://a.example/", True, "")),
        ('<a href="x">a</a>', '<base href="/deep/">', ("https://blog.example/deep/x", True, "")),
        (
            '<a rel="NoFollow me" href="/x">a</a>',
            "",
            ("https://blog.example/x", False, "nofollow me"),
        ),
        ('<a rel="sponsored" href="/x">a</a>', "", ("https://blog.example/x", False, "sponsored")),
        ('<a rel="noopener" href="/x">a</a>', "", ("https://blog.example/x", True, "noopener")),
        (
            '<a href="/x">a</a>',
            '<meta name="Robots" content="index, NOFOLLOW">',
            ("https://blog.example/x", False, ""),
        ),
        ('<area href="/x">', "", ("https://blog.example/x", True, "")),
    ],
)
def test_what_a_link_says(markup: str, head: str, told: tuple[str, bool, str]):
    assert only(markup, head) == told


@pytest.mark.parametrize(
    "href", ["mailto:a@b.example", "javascript:x()", "#top", "tel:1", "http://[", "data:x", ""]
)
def test_what_leads_to_no_page_is_no_link(href: str):
    page = read(f'<a href="{href}">a</a>'.encode(), "utf-8", "https://blog.example/")
    assert [link.target for link in page.links] in ([], ["https://blog.example/"])


@pytest.mark.parametrize(
    ("inside", "anchor"),
    [
        ("  one \n <b>two</b> ", "one two"),
        ('<img alt="" src="x"><img alt=" A logo " src="y">', "A logo"),
        ('<img src="x">', "named"),
        ("x" * 1_000, "x" * 300),
    ],
)
def test_an_anchor_is_its_text_or_what_stands_for_its_picture(inside: str, anchor: str):
    page = read(f'<a title="named" href="/x">{inside}</a>'.encode(), "utf-8", URL)
    assert page.links[0].anchor == anchor


def test_other_character_sets_are_read():
    body = '<p><a href="/x">Café</a></p>'.encode("cp1252")
    assert read(body, "windows-1252", URL).links[0].anchor == "Café"
    assert len(read(body, "no-such-charset", URL).links) == 1


@given(st.binary(max_size=200), st.sampled_from(["", "utf-8", "utf-16", "x"]))
def test_no_bytes_are_too_odd(body: bytes, charset: str):
    read(body, charset, URL)


@given(st.text(max_size=40))
def test_no_address_is_too_odd(text: str):
    assert isinstance(joined(URL, text), str)
