"""A site's picture on both databases: replaced whole, asked for from both ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from syncd.store import crawls
from syncd.store.crawls import ClientLink, Crawl, CrawlFile, Outbound
from syncd.store.database import Tx

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CRAWL = Crawl("blog.example", NOW, "crawler", "", True, 2, 3, 2, 1, NOW)  # noqa: FBT003 - a record
LONG = "https://a.example/" + "ü" * 1_900


EXAMPLE = Outbound(
    site="blog.example",
    domain="a.example",
    pages=1,
    position="content",
    follow=True,
    anchor="Ännchen",
    source_url=LONG,
    target_url=LONG,
    sitewide=False,
    seen_at=NOW,
    first_seen_at=NOW,
)


def out(site: str, domain: str) -> Outbound:
    return replace(EXAMPLE, site=site, domain=domain)


def to_client(site: str, page: str) -> ClientLink:
    return ClientLink(site, page, LONG, "acme.example", "", True, "", "content", NOW)  # noqa: FBT003 - a record


def test_a_picture_is_replaced_whole_and_remembers_since_when(either: Tx):
    many = [out("blog.example", f"d{n:04}.example") for n in range(1_200)]
    crawls.replace(either, CRAWL, many, [to_client("blog.example", LONG)] * 2)
    assert list(crawls.outbound(either)) == many
    later = NOW + timedelta(days=1)
    fresh = [
        replace(many[0], seen_at=later, first_seen_at=later),
        replace(many[1], domain="new.example", first_seen_at=later),
    ]
    crawls.replace(either, replace(CRAWL, at=later), fresh, [])
    found = list(crawls.outbound(either, sites=["blog.example", "x.example"]))
    assert [(each.domain, each.first_seen_at) for each in found] == [
        ("d0000.example", NOW),
        ("new.example", later),
    ]
    assert list(crawls.client_links(either)) == []
    assert crawls.every(either) == [replace(CRAWL, at=later)]
    assert crawls.count(either) == 1


def test_what_links_where_is_asked_for_from_both_ends(either: Tx):
    for site in ("a.example", "b.example"):
        rows = [out(site, "friend.example"), out(site, f"only-{site}")]
        crawls.replace(either, replace(CRAWL, site=site), rows, [to_client(site, "p")])
    by_domain = crawls.outbound(either, domains=["friend.example", "none.example"])
    assert [each.site for each in by_domain] == ["a.example", "b.example"]
    both = crawls.outbound(either, sites=["a.example"], domains=["friend.example"])
    assert [(each.site, each.domain) for each in both] == [("a.example", "friend.example")]
    assert list(crawls.outbound(either, sites=[])) == []
    assert [each.site for each in crawls.client_links(either, sites=["b.example"])] == ["b.example"]
    assert list(crawls.client_links(either, clients=["other.example"])) == []
    assert len(list(crawls.client_links(either, clients=["acme.example"]))) == 2


def test_a_failure_is_counted_and_touches_nothing_else(either: Tx):
    crawls.failed(either, "new.example", "it answers 403", NOW)
    crawls.replace(either, CRAWL, [out("blog.example", "friend.example")], [])
    crawls.failed(either, "blog.example", "no answer", NOW + timedelta(days=1))
    crawls.failed(either, "blog.example", "no answer again", NOW + timedelta(days=2))
    known = crawls.of(either, ["blog.example", "new.example"])
    assert known["blog.example"] == replace(
        CRAWL, tried_at=NOW + timedelta(days=2), trouble="no answer again", failures=2
    )
    assert (known["new.example"].at, known["new.example"].failures) == (None, 1)
    assert len(list(crawls.outbound(either))) == 1
    assert crawls.count(either) == 1


def test_a_site_can_be_forgotten(either: Tx):
    crawls.replace(
        either, CRAWL, [out("blog.example", "a.example")], [to_client("blog.example", "p")]
    )
    assert crawls.forget_site(either, "blog.example")
    assert not crawls.forget_site(either, "blog.example")
    assert list(crawls.outbound(either)) == []
    assert list(crawls.client_links(either)) == []


def test_a_file_is_known_by_its_content(either: Tx):
    bad = CrawlFile("1", "a.csv", "", crawls.REFUSED, "not one row", NOW)
    good = CrawlFile("2", "b.csv", "blog.example", crawls.TAKEN, "", NOW)
    for file in (bad, good, replace(bad, name="c.csv")):
        crawls.met_file(either, file)
    assert crawls.files(either, ["1", "2", "3"]) == {"1": replace(bad, name="c.csv"), "2": good}
    assert crawls.refused_files(either) == [replace(bad, name="c.csv")]
    crawls.forget_files(either, ["1"])
    assert crawls.refused_files(either) == []
