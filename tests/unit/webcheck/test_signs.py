"""What stands in a page's place is told from a page without the link."""

from __future__ import annotations

import pytest

from connectors.webcheck.reading import Source, read
from syncd.core.facts import Trouble
from tests.unit.webcheck.test_visiting import SITE, Stage

URL = "https://reedhomes.example/guides/building"
LONG = "<p>" + "Houses are built from the ground up, and rarely otherwise. " * 60 + "</p>"
LINK = '<a href="https://acme.example/">ACME</a>'


def seen(html: str, asked: str = URL, url: str = URL):
    found = read(Source(html.encode(), "utf-8", url, "", asked), ("acme.example",))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("html", "trouble"),
    [
        ("<title>Just a moment...</title><p>Checking</p>", Trouble.CHALLENGE),
        ("<title>Attention Required! | Cloudflare</title><p>x</p>", Trouble.CHALLENGE),
        ("<title>A</title><script>window._cf_chl_opt={}</script><p>x</p>", Trouble.CHALLENGE),
        ('<title>A</title><div id="px-captcha"></div><p>Press and hold</p>', Trouble.CHALLENGE),
        ('<title>Sign in</title><form><input type="password"></form>', Trouble.LOGIN),
        ('<title>A</title><div id="root"></div><script src="/app.js"></script>', Trouble.SCRIPTS),
        (
            "<title>A</title><noscript>Please enable JavaScript</noscript><script></script>",
            Trouble.SCRIPTS,
        ),
        (f"<title>Just a moment in a builder's life</title>{LONG}", Trouble.NONE),
        (f"<title>A</title>{LONG}<form><input type=password></form>", Trouble.NONE),
        (f'<title>A</title><div id="root">{LONG}</div><script></script>', Trouble.NONE),
        (f"<title>A</title>{LONG}<script src=/cdn-cgi/challenge-platform/x.js></script>", ""),
        ("<title>A short page</title><p>Nothing much.</p>", Trouble.NONE),
    ],
)
def test_a_page_that_stands_in_the_way_cannot_be_judged(html, trouble):
    assert seen(html).instead.trouble == trouble


def test_a_page_with_the_link_is_judged_whatever_else_it_is():
    html = f'<title>Just a moment...</title><form><input type="password"></form>{LINK}'
    found = seen(html)
    assert found.links
    assert found.instead.trouble is Trouble.NONE


@pytest.mark.parametrize(
    ("title", "body", "gone"),
    [
        ("404 Not Found", "<p>Sorry.</p>", True),
        ("Page not found | Reed Homes", "<p>Try the search.</p>", True),
        ("Seite nicht gefunden", "<p>x</p>", True),
        ("Page introuvable", "<p>x</p>", True),
        ("Oops! That page can't be found.", f"<h1>That page can't be found</h1>{LONG}", True),
        ("404 errors and how to mend them", f"<h1>How to mend a 404</h1>{LONG}", False),
        ("How to plan a page", "<p>x</p>", False),
        ("Building", "<p>page not found</p>", False),
    ],
)
def test_a_page_that_says_it_is_not_there_is_gone(title, body, gone):
    assert seen(f"<title>{title}</title>{body}").instead.says_gone is gone


def test_being_sent_to_a_login_is_no_answer():
    login = "https://reedhomes.example/login?next=/guides/building"
    html = f"<title>Members</title>{LONG}"
    assert seen(html, url=login).instead.trouble is Trouble.LOGIN
    assert seen(html, asked=login, url=login).instead.trouble is Trouble.NONE


def test_the_address_a_page_gives_as_its_own_is_told_whole():
    assert seen(f'<link rel="canonical" href="/b">{LINK}').canonical == (
        "https://reedhomes.example/b"
    )
    based = f'<base href="https://other.example/x/"><link rel=canonical href="b">{LINK}'
    assert seen(based).canonical == "https://other.example/x/b"


@pytest.mark.parametrize(
    ("markup", "leads"),
    [
        ('<meta http-equiv="refresh" content="0; url=/new">', "https://reedhomes.example/new"),
        ("<meta http-equiv=Refresh content=\"3;URL='/new'\">", "https://reedhomes.example/new"),
        ('<meta http-equiv="refresh" content="300; url=/new">', ""),
        ('<meta http-equiv="refresh" content="5">', ""),
        ('<noscript><meta http-equiv="refresh" content="0; url=/plain"></noscript>', ""),
    ],
)
def test_where_a_page_sends_its_reader_on(markup, leads):
    assert seen(f"<html><head>{markup}</head><body>{LONG}</body></html>").refresh == leads


def moved(stage: Stage, to: str, more: str = "") -> None:
    head = f'<meta http-equiv="refresh" content="0; url={to}">'
    page = f"<html><head>{head}</head><body>{more}</body></html>"
    stage.web.control("put_page", {"url": f"{SITE}/old", "html": page})


def test_a_page_that_sends_its_reader_on_is_followed():
    stage = Stage()
    stage.put(f"{SITE}/post")
    moved(stage, "/post")
    page = stage.check(f"{SITE}/old")
    assert page.links
    assert page.final_url == f"{SITE}/post"
    assert [hop.url for hop in page.hops] == [f"{SITE}/old"]


def test_a_page_with_the_link_is_read_where_it_stands():
    stage = Stage()
    stage.put(f"{SITE}/post")
    moved(stage, "/post", LINK)
    page = stage.check(f"{SITE}/old")
    assert page.links
    assert page.hops == ()


def test_pages_that_send_their_reader_in_a_circle_end():
    stage = Stage()
    moved(stage, "/old")
    assert not stage.check(f"{SITE}/old").links
    assert stage.web.control("stats", {})["visits"][f"{SITE}/old"] == 1
