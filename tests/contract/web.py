"""What every link checker must do, from the docstrings of `syncd.ports.web` and of `Page`.

A connector's test gives one fixture, `world`, and inherits the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from syncd.core.facts import Hop, Link, Page, Trouble
from syncd.ports.simulator import Answer, Request, Simulator
from syncd.ports.verdicts import TryLater
from syncd.ports.web import LinkChecker
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport

POST = "https://reedhomes.example/blog/builders"
ACME = ("acme.example",)
GUIDE = "https://acme.example/guide"


@dataclass
class World:
    """A checker, and the web it looks at."""

    simulator: Simulator
    transport: SimulatorTransport
    clock: DrivenClock
    connect: Callable[[], LinkChecker]
    web: LinkChecker

    def put(self, url: str = POST, *links: dict[str, str], **more: Any) -> None:
        self.simulator.control("put_page", {"url": url, "links": links, **more})

    def html(self, text: str, **more: Any) -> None:
        self.simulator.control("put_page", {"url": POST, "html": text, **more})

    def check(self, url: str = POST, targets: tuple[str, ...] = ACME) -> Page:
        return self.web.check(url, targets)


def link(url: str = GUIDE, text: str = "the guide", rel: str = "") -> dict[str, str]:
    return {"url": url, "text": text, "rel": rel}


class WebContract:
    @pytest.fixture
    def world(self) -> World:
        raise AssertionError("a connector's test provides the world")

    # what stands on a page

    def test_a_link_is_seen_with_its_anchor(self, world):
        world.put(POST, link(), link("https://other.example/"), link("https://acme.example/two"))
        page = world.check()
        assert page.judged
        assert (page.url, page.final_url, page.status) == (POST, POST, 200)
        assert page.at == world.clock.now()
        assert page.links == (
            Link(GUIDE, "the guide"),
            Link("https://acme.example/two", "the guide"),
        )
        assert not page.noindex

    def test_a_page_without_the_link_is_judged_and_empty(self, world):
        world.put(
            POST, link("https://notacme.example/"), link("https://acme.example.evil.example/")
        )
        page = world.check()
        assert page.judged
        assert page.links == ()

    @pytest.mark.parametrize(
        "url",
        [
            "https://acme.example",
            "http://www.acme.example/",
            "https://blog.acme.example/post",
            "https://ACME.example:443/guide?utm_source=x#top",
        ],
    )
    def test_links_to_a_domain_and_below_it_count_however_they_are_written(self, world, url):
        world.put(POST, link(url))
        assert [one.url for one in world.check(targets=("www.acme.example",)).links] == [url]

    def test_several_clients_are_looked_for_at_once(self, world):
        world.put(POST, link(), link("https://bolt.example/"), link("https://other.example/"))
        page = world.check(targets=("acme.example", "bolt.example"))
        assert [one.url for one in page.links] == [GUIDE, "https://bolt.example/"]

    @pytest.mark.parametrize(
        ("rel", "words"),
        [
            ("nofollow", ("nofollow",)),
            ("Sponsored noopener", ("noopener", "sponsored")),
            ("ugc nofollow", ("nofollow", "ugc")),
            ("", ()),
        ],
    )
    def test_what_a_link_says_of_itself_is_told(self, world, rel, words):
        world.put(POST, link(rel=rel))
        assert world.check().links[0].rel == words

    @pytest.mark.parametrize(
        ("head", "headers", "noindex", "rel"),
        [
            ('<meta name="robots" content="noindex, follow">', {}, True, ()),
            ('<meta name="GoogleBot" content="NoIndex">', {}, True, ()),
            ('<meta name="otherbot" content="noindex">', {}, False, ()),
            ('<meta name="robots" content="none">', {}, True, ("nofollow",)),
            ('<meta name="robots" content="nofollow">', {}, False, ("nofollow",)),
            ("", {"X-Robots-Tag": "noindex"}, True, ()),
            ("", {"X-Robots-Tag": "otherbot: noindex, nofollow"}, False, ()),
            ("", {"X-Robots-Tag": "otherbot: none, googlebot: noindex"}, True, ()),
            ("", {"X-Robots-Tag": "max-snippet: 5, noindex"}, True, ()),
            ("", {"X-Robots-Tag": "index, follow"}, False, ()),
        ],
    )
    def test_what_a_page_tells_search_engines_is_told(self, world, head, headers, noindex, rel):
        text = f'<html><head>{head}</head><body><a href="{GUIDE}">x</a></body></html>'
        world.html(text, headers=headers)
        page = world.check()
        assert (page.noindex, page.links[0].rel) == (noindex, rel)

    def test_a_link_is_told_as_absolute_wherever_it_starts_from(self, world):
        world.html(
            '<base href="//acme.example/a/"><a href="b">one</a><a href=" /c\n">two</a>'
            f'<a href="mailto:x@acme.example">m</a><a>none</a><a href="{POST}">home</a>'
        )
        assert [one.url for one in world.check().links] == [
            "https://acme.example/a/b",
            "https://acme.example/c",
        ]

    def test_an_image_and_a_hidden_link_are_told_as_such(self, world):
        world.html(
            f'<a href="{GUIDE}"><img src="x" alt="The guide"></a>'
            f'<div style="DISPLAY : none"><a href="{GUIDE}">shy</a></div>'
            f'<!-- <a href="{GUIDE}">gone</a> --><a hidden href="{GUIDE}">also shy</a>'
        )
        assert world.check().links == (
            Link(GUIDE, "The guide", image=True),
            Link(GUIDE, "shy", hidden=True),
            Link(GUIDE, "also shy", hidden=True),
        )

    # the way there

    def test_redirects_are_followed_and_told(self, world):
        moved = "http://reedhomes.example/old"
        world.simulator.control("redirect", {"url": moved, "to": "https://reedhomes.example/mid"})
        middle = "https://reedhomes.example/mid"
        world.simulator.control("redirect", {"url": middle, "to": "/blog/builders", "status": 302})
        world.put(POST, link())
        page = world.check(moved)
        assert page.judged
        assert (page.url, page.final_url, page.status) == (moved, POST, 200)
        assert page.hops == (Hop(moved, 301), Hop(middle, 302))
        assert [one.url for one in page.links] == [GUIDE]

    @pytest.mark.parametrize(
        ("to", "trouble"),
        [
            (POST, Trouble.REDIRECTS),
            ("", Trouble.REDIRECTS),
            ("https://[broken", Trouble.FORBIDDEN),
            ("ftp://reedhomes.example/x", Trouble.FORBIDDEN),
            ("file:///etc/passwd", Trouble.FORBIDDEN),
            ("https://maya:pw@reedhomes.example/", Trouble.FORBIDDEN),
        ],
    )
    def test_a_redirect_to_nowhere_good_is_trouble(self, world, to, trouble):
        world.simulator.control("redirect", {"url": POST, "to": to})
        page = world.check()
        assert (page.trouble, page.judged, page.links) == (trouble, False, ())

    def test_redirects_without_end_are_trouble(self, world):
        for number in range(40):
            each = {"url": f"{POST}/{number}", "to": f"{POST}/{number + 1}"}
            world.simulator.control("redirect", each)
        page = world.check(f"{POST}/0")
        assert page.trouble is Trouble.REDIRECTS
        assert len(page.hops) < 30

    # an error is never a lost link

    @pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 451, 500, 503])
    def test_an_answer_that_is_no_page_is_told_by_its_status(self, world, status):
        world.put(POST, link(), status=status)
        page = world.check()
        assert (page.trouble, page.status, page.judged) == (Trouble.STATUS, status, False)

    def test_a_host_that_does_not_answer_is_trouble(self, world):
        page = world.check("https://nobody.example/")
        assert (page.trouble, page.status, page.judged) == (Trouble.UNREACHABLE, 0, False)

    @pytest.mark.parametrize(
        ("error", "trouble"),
        [
            (requests.ConnectTimeout("slow"), Trouble.TOO_SLOW),
            (requests.ReadTimeout("slow"), Trouble.TOO_SLOW),
            (requests.ConnectionError("reset"), Trouble.UNREACHABLE),
            (requests.exceptions.SSLError("bad certificate"), Trouble.UNREACHABLE),
            (requests.exceptions.ContentDecodingError("not gzip"), Trouble.UNREACHABLE),
            (requests.exceptions.InvalidURL("label too long"), Trouble.UNREACHABLE),
        ],
    )
    def test_a_connection_that_fails_is_trouble(self, world, error, trouble):
        world.put(POST, link())
        assert world.check().judged

        def fails(_request: Request) -> Answer:
            raise error

        world.transport.before = fails
        page = world.check()
        assert (page.trouble, page.judged) == (trouble, False)
        assert page.detail

    @pytest.mark.parametrize(
        "kind", ["application/pdf", "image/png", "application/json", "text/plain", ""]
    )
    def test_what_is_not_html_is_trouble(self, world, kind):
        world.put(POST, link(), headers={"Content-Type": kind})
        assert world.check().trouble is Trouble.NOT_HTML

    def test_an_empty_page_proves_nothing(self, world):
        for text in ("", "  \n"):
            world.html(text)
            assert world.check().trouble is Trouble.NOT_HTML

    def test_a_page_too_long_to_read_whole_is_not_judged_but_tells_what_was_seen(self, world):
        filler = "<p>" + "x" * 9_000_000 + "</p>"
        world.html(f'<a href="{GUIDE}">x</a>{filler}<a href="{GUIDE}?2">y</a>')
        page = world.check()
        assert (page.trouble, page.whole, page.judged) == (Trouble.NONE, False, False)
        assert [one.url for one in page.links] == [GUIDE]

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "reedhomes.example/blog",
            "mailto:ann@reedhomes.example",
            "https://",
            "https://ann:pw@reedhomes.example/",
            "https://reedhomes.example:99999/",
            "https://[::1",
            "https://reedhomes.example/" + "x" * 3000,
            "javascript:alert(1)",
        ],
    )
    def test_what_is_no_plain_web_address_is_never_asked_for(self, world, url):
        page = world.check(url)
        assert (page.trouble, page.judged, page.url) == (Trouble.FORBIDDEN, False, url)
        assert not world.transport.calls

    @pytest.mark.parametrize(
        "text",
        [
            "<" * 50_000,
            "<div>" * 50_000 + f'<a href="{GUIDE}">x</a>',
            f'<a href="{GUIDE}">' * 3_000 + "x" * 200_000,
            '<a href="https://[x/">' + "\x00" * 1_000,
            "<!ENTITY x 'y'>&x;" * 1_000,
            '<base href="https://[x/">' + '<a href="//[">x</a>' * 100,
        ],
        ids=["angles", "depth", "nested links", "zeros", "entities", "addresses"],
    )
    def test_nasty_markup_is_survived(self, world, text):
        world.html(text)
        page = world.check()
        assert page.trouble in {Trouble.NONE, Trouble.NOT_HTML}
        assert all(len(one.text) < 1_000 for one in page.links)

    # manners

    def test_robots_rules_are_asked_once_and_kept(self, world):
        rules = "User-agent: *\nDisallow: /blog/*\nAllow: /blog/open$\n"
        world.simulator.control("robots", {"site": "https://reedhomes.example", "text": rules})
        open_page = "https://reedhomes.example/blog/open"
        world.put(POST, link())
        world.put(open_page, link())
        page = world.check()
        assert (page.trouble, page.judged) == (Trouble.ROBOTS, False)
        assert world.check(open_page).judged
        visits = world.simulator.control("stats", {})["visits"]
        assert visits == {"https://reedhomes.example/robots.txt": 1, open_page: 1}

    def test_robots_rules_hold_for_where_a_redirect_leads(self, world):
        site = "https://second.example"
        world.simulator.control("robots", {"site": site, "text": "User-agent: *\nDisallow: /"})
        world.put(f"{site}/new", link())
        world.simulator.control("redirect", {"url": POST, "to": f"{site}/new"})
        page = world.check()
        assert page.trouble is Trouble.ROBOTS
        assert page.hops == (Hop(POST, 301),)
        assert f"{site}/new" not in world.simulator.control("stats", {})["visits"]

    @pytest.mark.parametrize(
        ("status", "judged"), [(404, True), (403, True), (410, True), (429, False), (503, False)]
    )
    def test_robots_rules_that_cannot_be_had_are_taken_as_the_rfc_says(self, world, status, judged):
        world.put(POST, link())
        world.simulator.control("robots", {"site": "https://reedhomes.example", "status": status})
        page = world.check()
        assert page.judged == judged
        assert page.trouble == (Trouble.NONE if judged else Trouble.ROBOTS)

    def test_a_host_is_asked_slowly_and_others_need_not_wait(self, world):
        pages = [f"https://reedhomes.example/{number}" for number in range(5)]
        for url in pages:
            world.put(url, link())
        for url in pages:
            assert world.check(url).judged
        first = world.clock.slept
        assert first >= 5  # five pages and robots.txt, at least a second apart
        world.put("https://second.example/", link())
        world.check("https://second.example/")
        assert world.clock.slept - first < first / 2

    def test_a_host_that_asks_for_time_is_given_it(self, world):
        world.put(POST, link())
        fault = {"url": POST, "status": 503, "headers": {"Retry-After": "900"}}
        world.simulator.control("fault", fault)
        assert world.check().status == 503
        with pytest.raises(TryLater) as caught:
            world.check()
        assert caught.value.after is not None
        assert 800 < caught.value.after <= 900
        world.clock.advance(900)
        assert world.check().judged

    def test_it_says_who_it_is_and_gives_nothing_else_away(self, world):
        world.put(POST, link(), headers={"Set-Cookie": "seen=1; Path=/"})
        seen = []

        def look(request: Request) -> None:
            seen.append(request.headers)

        world.transport.before = look
        world.check()
        world.clock.advance(60)
        world.check()
        assert all("syncd" in one["user-agent"] for one in seen)
        assert not any({"authorization", "cookie", "referer"} & one.keys() for one in seen)
