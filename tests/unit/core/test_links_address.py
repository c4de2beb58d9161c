"""One page is one page, however its address is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.links_address import host_of, is_within, page_key, same_page

PAGE = "https://reedhomes.example/guides/building"


@pytest.mark.parametrize(
    "same",
    [
        "http://reedhomes.example/guides/building",
        "HTTPS://WWW.ReedHomes.Example/guides/building/",
        "https://reedhomes.example:443/guides/building#top",
        "http://reedhomes.example:80/guides/./building",
        "https://reedhomes.example/guides/old/../building",
        "https://reedhomes.example/guides/building?utm_source=mail&utm_medium=x&gclid=1",
        "https://reedhomes.example/guides/b%75ilding",
        "reedhomes.example/guides/building",
        "//reedhomes.example/guides/building",
        " https://reedhomes.example/guides/\nbuilding ",
        "https://reedhomes.example./guides/building",
    ],
)
def test_spellings_of_one_page(same):
    assert same_page(PAGE, same)


@pytest.mark.parametrize(
    "other",
    [
        "https://reedhomes.example/guides/Building",
        "https://reedhomes.example/guides",
        "https://blog.reedhomes.example/guides/building",
        "https://reedhomes.example:8443/guides/building",
        "https://reedhomes.example/guides/building?page=2",
        "https://reedhomes.example/guides/building#!two",
        "ftp://reedhomes.example/guides/building",
        "",
    ],
)
def test_other_pages(other):
    assert not same_page(PAGE, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://bücher.example/ü?b=2&a=1", "https://xn--bcher-kva.example/%c3%bc?a=1&b=2"),
        ("https://a.example/?q=a+b", "https://a.example/?q=a%20b&fbclid=x"),
        ("https://a.example", "http://www.a.example/"),
        ("https://a.example/a%2Fb", "https://a.example/a%2fb"),
    ],
)
def test_codings_of_one_address(one, other):
    assert same_page(one, other)


@pytest.mark.parametrize(
    "bad", ["mailto:x@a.example", "http://[bad", "javascript:alert(1)", "two words", "http://"]
)
def test_what_is_no_web_address_has_no_key(bad):
    assert page_key(bad) == ""
    assert not same_page(bad, bad)


@given(st.text(max_size=60))
def test_a_key_is_its_own_key(text):
    key = page_key(text)
    assert key == "" or page_key(f"https://{key}") == key


def test_a_domain_holds_what_is_below_it():
    assert is_within("https://www.acme.example/x", "acme.example")
    assert is_within("https://blog.acme.example", "www.acme.example")
    assert not is_within("https://notacme.example", "acme.example")
    assert host_of("https://WWW.Acme.Example:8080/x") == "acme.example"
