"""Whole crawls, by the real process, of a site on loopback."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.crawler.adapter import Crawler
from connectors.crawler.order import Task
from connectors.crawler.settings import CrawlerSettings
from syncd.core.facts import PageLink
from syncd.ports.crawl import Harvest, Order
from syncd.ports.verdicts import Locked, Refused, TryLater
from tests.unit.crawler.site import Site, served


@pytest.fixture
def site() -> Iterator[Site]:
    with served(Site()) as there:
        yield there


def crawler(**given: Any) -> Crawler:
    return Crawler(CrawlerSettings(kind="crawler", **({"pause_seconds": 0.0} | given)))


def order(site: Site, path: str = "/", **more: Any) -> Order:
    return replace(Order(f"{site.url}{path}", allow_private=True), **more)


def crawled(made: Crawler, wanted: Order) -> tuple[Harvest, list[PageLink]]:
    found: list[PageLink] = []
    return made.crawl(wanted, found.append), found


def refusal(made: Crawler, wanted: Order) -> str:
    with pytest.raises(Refused) as told:
        crawled(made, wanted)
    return str(told.value)


def test_a_site_is_crawled_to_its_end_and_no_further(site: Site):
    site.put("/robots.txt", "User-agent: syncd-crawler\nDisallow: /private\n", kind="text/plain")
    site.page(
        "/",
        "/about#team",
        "/about",
        "/private/x",
        "/old",
        "/film",
        "/shot.png",
        "https://a.example/",
        f"{site.url.replace('127.0.0.1', 'localhost')}/elsewhere",
        more='<footer><a rel="ugc" href="https://b.example/">b</a></footer>',
    )
    site.page("/about", "/", "/gone", "http://c.example/x")
    site.put("/old", status=301, headers={"Location": "/new"})
    site.page("/new", "https://d.example/")
    site.put("/film", b"x" * 1_000, kind="video/mp4")
    harvest, found = crawled(crawler(), order(site, contact="https://brightlink.example"))
    pages = [link.page.removeprefix(site.url) for link in found if not link.target]
    assert sorted(pages) == ["/", "/about", "/new"]
    out = {link.target: (link.position, link.follow) for link in found if link.target}
    assert {target: told for target, told in out.items() if ".example" in target} == {
        "https://a.example/": ("content", True),
        "https://b.example/": ("footer", False),
        "http://c.example/x": ("content", True),
        "https://d.example/": ("content", True),
    }
    assert (harvest.whole, harvest.words) == (True, "robots.txt kept 1 page")
    asked = site.paths()
    assert asked[:2] == ["/robots.txt", "/"]
    assert sorted(asked) == sorted(["/robots.txt", "/", "/about", "/old", "/new", "/film", "/gone"])
    agents = {agent for _, _, agent in site.asked}
    assert agents == {"syncd-crawler/1.0 (+https://brightlink.example)"}


def test_an_address_that_is_not_public_is_not_asked_unless_allowed(site: Site):
    site.page("/")
    words = refusal(crawler(), order(site, allow_private=False))
    assert "not a public address" in words
    assert "--allow-private" in words
    assert site.asked == []


def test_a_redirect_inside_is_checked_like_any_other_address(site: Site):
    """Only 127.0.0.1 is allowed: what a page or redirect names beside it is not gone to."""
    site.page("/", "/away")
    site.put("/away", status=302, headers={"Location": "http://127.0.0.2:1/"})
    allowed = crawler(allow_private=("127.0.0.1/32",))
    harvest, _ = crawled(allowed, order(site, allow_private=False))
    assert harvest.whole
    site.put(
        "/", status=302, headers={"Location": f"{site.url.replace('127.0.0.1', 'localhost')}/"}
    )
    assert "leads to localhost, which is another site" in refusal(allowed, order(site))


def test_it_ends_at_the_cap_and_says_so(site: Site):
    for number in range(8):
        site.page(f"/{number}", f"/{number + 1}")
    harvest, found = crawled(crawler(), order(site, "/0", pages=3))
    assert len([link for link in found if not link.target]) == 3
    assert not harvest.whole
    assert "limit of pages" in harvest.words
    deep, _ = crawled(crawler(depth=2), order(site, "/0"))
    assert not deep.whole


def test_it_pauses_between_requests_and_longer_where_it_is_asked_to(site: Site):
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 1\n", kind="text/plain")
    site.page("/", "/1")
    site.page("/1")
    crawled(crawler(pause_seconds=0.1), order(site))
    times = [at for path, at, _ in site.asked if path != "/robots.txt"]
    assert times[1] - times[0] >= 0.5  # a pause varies by half of it, so as not to be a beat


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 403}, "it answers 403"),
        ({"status": 200, "kind": "application/pdf"}, "it is no web page"),
        ({"status": 302, "headers": {"Location": "ftp://x/"}}, "only http and https"),
    ],
)
def test_a_site_that_shows_nothing_is_no_site_without_links(
    site: Site, answer: dict[str, Any], words: str
):
    site.put("/", "<p>", **answer)
    assert words in refusal(crawler(), order(site))


@pytest.mark.parametrize(
    ("robots", "words"),
    [
        ({"body": "User-agent: *\nDisallow: /"}, "robots.txt asks us not to"),
        ({"status": 500}, "robots.txt asks us not to"),
    ],
)
def test_robots_txt_may_keep_us_out_altogether(site: Site, robots: dict[str, Any], words: str):
    site.put("/robots.txt", **({"kind": "text/plain"} | robots))
    site.page("/")
    assert words in refusal(crawler(), order(site))
    assert "/" not in site.paths()


def test_a_site_in_trouble_is_crawled_another_time(site: Site):
    site.page("/", *(f"/{number}" for number in range(8)))
    for number in range(8):
        site.put(f"/{number}", status=404)
    words = refusal(crawler(), order(site))
    assert "1 pages were had and 8 were not" in words


def test_a_page_too_large_or_too_slow_does_not_stop_the_rest(site: Site):
    site.page("/", "/large", "/slow", "/fine")
    site.put("/large", b"<p>" + b"x" * 300_000)
    site.put("/slow", "<p>", seconds=3.0)
    site.page("/fine", "https://a.example/")
    _, found = crawled(crawler(megabytes=0.2, seconds=0.7), order(site))
    pages = {link.page.removeprefix(site.url) for link in found if not link.target}
    assert pages == {"/", "/fine"}


def test_a_daemon_that_ends_does_not_wait_for_the_crawl(site: Site):
    for number in range(100):
        site.page(f"/{number}", f"/{number + 1}")
    with pytest.raises(TryLater):
        crawled(crawler(pause_seconds=0.2), order(site, "/0", stop=lambda: len(site.asked) > 3))
    assert len(site.asked) < 100


def test_without_scrapy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(Locked) as told:
        crawled(crawler(), Order("a.example"))
    assert "syncd[crawl]" in told.value.remedy


def test_it_has_no_exports():
    assert crawler().exports() == []
    with pytest.raises(Refused, match="no exports"):
        crawler().read(sys.stdin.buffer, "x.csv", lambda _link: None)


def test_a_start_that_is_no_web_address_is_refused_before_anything():
    assert "credentials" in refusal(crawler(), Order("https://a:b@c.example/"))


def test_the_process_ends_with_whoever_started_it():
    """A daemon that is killed leaves no crawl behind: its end of the pipe is closed then."""
    task = Task(
        ["http://192.0.2.1/"],
        "192.0.2.1",
        "x/1",
        "x",
        1,
        1,
        0.0,
        60.0,
        1,
        1.0,
        ["::/0", "0.0.0.0/0"],
    )
    program = [sys.executable, "-m", "connectors.crawler.program"]
    with subprocess.Popen(
        program,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": "."},
    ) as process:
        assert process.stdin is not None
        process.stdin.write(task.line())
        process.stdin.close()
        assert process.wait(20) == 3


@pytest.mark.parametrize(
    ("agent", "product"), [("syncd-crawler/1.0", "syncd-crawler"), ("Bot", "Bot")]
)
def test_robots_rules_are_looked_up_by_the_name_it_begins_with(agent: str, product: str):
    assert CrawlerSettings(kind="crawler", user_agent=agent).product == product
