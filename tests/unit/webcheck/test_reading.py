"""Letters and corners of pages that the contract does not know of."""

from __future__ import annotations

import pytest

from connectors.webcheck.reading import Source, ascii_host, read

URL = "https://reedhomes.example/"


def texts(body: bytes, charset: str = "") -> list[str]:
    seen = read(Source(body, charset, URL), ("acme.example",))
    assert seen is not None
    return [one.text for one in seen.links]


def anchor(text: str) -> str:
    return f'<a href="https://acme.example/">{text}</a>'


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (anchor("Häuser für alle €").encode(), "utf-8"),
        (anchor("Häuser für alle €").encode(), ""),
        (anchor("Häuser für alle €").encode("windows-1252"), ""),
        (anchor("Häuser für alle €").encode("windows-1252"), "ISO-8859-1"),
        (b"\xef\xbb\xbf" + anchor("Häuser für alle €").encode(), "windows-1252"),
        ("\ufeff".encode("utf-16-le") + anchor("Häuser für alle €").encode("utf-16-le"), ""),
        (b'<meta charset="utf-8">' + anchor("Häuser für alle €").encode(), "no-such-charset"),
        (
            b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">'
            + anchor("Häuser für alle €").encode("windows-1252"),
            "",
        ),
        (anchor("Häuser für alle €").encode(), "zip"),  # packs bytes, is no charset
    ],
)
def test_letters_are_read_as_browsers_read_them(body, charset):
    assert texts(body, charset) == ["Häuser für alle €"]


def test_japanese_in_its_old_coding_is_read():
    assert texts(anchor("家づくり").encode("shift_jis"), "Shift_JIS") == ["家づくり"]


def test_an_xhtml_page_with_a_declaration_is_read():
    body = f'<?xml version="1.0" encoding="utf-8"?><html><body>{anchor("x")}</body></html>'
    assert texts(body.encode()) == ["x"]


@pytest.mark.parametrize(
    ("markup", "hidden"),
    [
        ("<div>{}</div>", False),
        ('<div style="visibility:hidden">{}</div>', True),
        ('<div style="font-size: 0px">{}</div>', True),
        ('<div style="font-size: 0.9em">{}</div>', False),
        ('<div style="opacity:0">{}</div>', True),
        ('<div style="opacity:0.5">{}</div>', False),
        ("<noscript>{}</noscript>", True),
        ("<p hidden>{}</p>", True),
    ],
)
def test_what_the_markup_hides_is_told(markup, hidden):
    body = f"<body>{markup.format(anchor('x'))}</body>"
    seen = read(Source(body.encode(), "", URL), ("acme.example",))
    assert [one.hidden for one in seen.links] == [hidden]


def test_an_image_map_counts_as_an_image():
    body = b'<map><area href="https://acme.example/" alt="The guide"></map>'
    [link] = read(Source(body, "", URL), ("acme.example",)).links
    assert (link.text, link.image) == ("The guide", True)


def test_a_page_of_nothing_but_links_is_told_in_part():
    body = (anchor("x") * 2_000).encode()
    assert len(texts(body)) == 500


def test_hosts_are_compared_as_addresses_carry_them():
    assert ascii_host("WWW.Bücher.example.") == "xn--bcher-kva.example"
    body = '<a href="https://xn--bcher-kva.example/">x</a><a href="https://bücher.example/">y</a>'
    assert len(read(Source(body.encode(), "", URL), ("bücher.example",)).links) == 2
