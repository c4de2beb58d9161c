"""What crawls and exports become: one picture a site, replaced whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import pytest
import structlog

from syncd.core.crawling import CrawlRules
from syncd.core.facts import PageLink
from syncd.core.outbound import HostRules
from syncd.engine import alarms
from syncd.engine.alarms import Sense
from syncd.engine.crawls import Around, Crawls, Taken, crawl_site, site_named, take_file
from syncd.engine.turn import Engine
from syncd.ports.crawl import Export, Harvest, Order, Take
from syncd.ports.verdicts import Locked, Refused, TryLater, Verdict
from syncd.store import crawls, dirty
from syncd.store.database import Store
from tests.unit.engine.office import ADA, BOB, Office
from tests.unit.screaming_frog.exports import export, link, some

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SITE = "blog.example"


def links(*targets: str, pages: int = 1) -> list[PageLink]:
    return [
        PageLink(f"https://{SITE}/{page}", f"https://{target}/", "anchor", position="content")
        for page in range(pages)
        for target in targets
    ]


@dataclass
class Spider:
    """A crawler that has everything in its head."""

    finds: list[PageLink] = field(default_factory=list)
    whole: bool = True
    fails: Verdict | None = None
    title: str = "a crawler"
    orders: list[Order] = field(default_factory=list)

    def crawl(self, order: Order, take: Take) -> Harvest:
        self.orders.append(order)
        for each in self.finds:
            take(each)
        if self.fails is not None:
            raise self.fails
        return Harvest(len(self.finds), self.whole)

    def read(
        self, stream: IO[bytes], name: str, take: Take, *, part: str = "", site: str = "",
        complete: bool = False,
    ) -> Harvest:  # fmt: skip
        return self.crawl(Order(name), take)

    def exports(self) -> list[Export]:
        return []


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Around]:
    store = Store(tmp_path / "state.db")
    hosts = HostRules(frozenset({"facebook.com"}))
    yield Around(store, hosts, frozenset({"acme.example"}), lambda: NOW)
    store.close()


def domains(around: Around, site: str = SITE) -> list[str]:
    with around.store.begin() as tx:
        return [each.domain for each in crawls.outbound(tx, sites=[site])]


def known(around: Around, site: str = SITE) -> crawls.Crawl:
    with around.store.begin() as tx:
        return crawls.of(tx, [site])[site]


def crawl(around: Around, spider: Spider, start: str = SITE) -> Taken:
    return crawl_site(around, spider, "crawler", Order(start))


def test_a_crawl_becomes_the_sites_picture(around: Around):
    spider = Spider(links("a.example", "www.facebook.com", "acme.example", pages=2))
    taken = crawl(around, spider)
    assert domains(around) == ["a.example", "acme.example"]
    assert taken.crawl == known(around)
    assert (taken.crawl.pages, taken.crawl.links, taken.crawl.domains) == (2, 6, 2)
    assert (taken.crawl.ignored, taken.crawl.at, taken.crawl.source) == (1, NOW, "crawler")
    with around.store.begin() as tx:
        assert [(each.page, each.client) for each in crawls.client_links(tx)] == [
            (f"https://{SITE}/0", "acme.example"),
            (f"https://{SITE}/1", "acme.example"),
        ]
        assert dirty.every(tx, "crawl") == [SITE]


def test_a_later_crawl_takes_its_place_and_remembers_what_was_there_before(around: Around):
    crawl(around, Spider(links("a.example", "b.example")))
    later = replace(around, now=lambda: NOW + timedelta(days=90))
    crawl(later, Spider(links("b.example", "c.example")))
    with around.store.begin() as tx:
        found = {each.domain: each for each in crawls.outbound(tx, sites=[SITE])}
    assert sorted(found) == ["b.example", "c.example"]
    assert found["b.example"].first_seen_at == NOW
    assert found["b.example"].seen_at == NOW + timedelta(days=90)
    assert found["c.example"].first_seen_at == NOW + timedelta(days=90)


def test_one_sites_crawl_leaves_the_others_alone(around: Around):
    crawl(around, Spider(links("a.example")))
    other = [PageLink("https://x.example/", "https://a.example/")]
    crawl(around, Spider(other), "x.example")
    with around.store.begin() as tx:
        linking = [each.site for each in crawls.outbound(tx, domains=["a.example"])]
        assert [each.site for each in crawls.every(tx)] == [SITE, "x.example"]
    assert linking == [SITE, "x.example"]


@pytest.mark.parametrize("fails", [Refused("it answers 503"), Locked("no program"), TryLater("x")])
def test_a_crawl_that_fails_half_way_changes_nothing(around: Around, fails: Verdict):
    crawl(around, Spider(links("a.example")))
    with pytest.raises(type(fails)):
        crawl(around, Spider(links("b.example"), fails=fails))
    assert domains(around) == ["a.example"]
    crawled = known(around)
    assert crawled.at == NOW
    # A site is to blame for what it answers, not for what is missing here.
    told = (crawled.trouble, crawled.failures)
    assert told == (("it answers 503", 1) if isinstance(fails, Refused) else ("", 0))


def test_tries_that_fail_are_counted_until_one_succeeds(around: Around):
    failing = Spider(fails=Refused("no"))
    for _ in range(2):
        with pytest.raises(Refused):
            crawl(around, failing)
    assert (known(around).at, known(around).failures) == (None, 2)
    crawl(around, Spider(links("a.example")))
    assert (known(around).failures, known(around).trouble) == (0, "")


def test_a_part_of_a_site_never_takes_the_place_of_all_of_it(around: Around):
    crawl(around, Spider(links("a.example")))
    taken = crawl(around, Spider(links("b.example"), whole=False))
    assert not taken.kept
    assert "a part of the site" in taken.words
    assert domains(around) == ["a.example"]


def test_a_part_takes_the_place_of_a_part_and_all_that_of_both(around: Around):
    crawl(around, Spider(links("a.example"), whole=False))
    assert crawl(around, Spider(links("b.example"), whole=False)).kept
    assert crawl(around, Spider(links("c.example"))).kept
    assert domains(around) == ["c.example"]


def test_an_older_export_is_taken_only_when_told_so(around: Around):
    crawl(around, Spider(links("a.example")))
    older, spider = NOW - timedelta(days=1), Spider(links("b.example"))
    taken = take_file(around, spider, io.BytesIO(), "x.csv", older)
    assert not taken.kept
    assert "is newer" in taken.words
    assert domains(around) == ["a.example"]
    assert take_file(around, spider, io.BytesIO(), "x.csv", older, replace=True).kept
    assert domains(around) == ["b.example"]


def test_pages_of_another_site_are_no_crawl_of_the_one_asked_for(around: Around):
    with pytest.raises(Refused, match=r"no page of other.example, but of blog.example"):
        crawl(around, Spider(links("a.example")), "other.example")


@pytest.mark.parametrize(
    ("given", "site"),
    [
        ("www.Blog.co.uk", "blog.co.uk"),
        ("https://shop.blog.example:8080/a?b", "blog.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("http://localhost:99/", "localhost"),
    ],
)
def test_a_site_is_named_by_host_or_address(given: str, site: str):
    assert site_named(given) == site


@pytest.mark.parametrize("given", ["", "a b.example", "ftp://a.example", "mailto:a@b.example"])
def test_what_names_no_site_is_refused(given: str):
    with pytest.raises(Refused, match="is no site"):
        site_named(given)


# The watched folder


class Watched(Office):
    """An office with a folder of exports."""

    def __init__(self, folder: Path, more: str = "") -> None:
        super().__init__(folder, more=more)
        self.text = self.text.replace(
            "connectors:\n", "connectors:\n  frog: {kind: screaming_frog, folder: exports}\n"
        )
        self.exports = folder / "exports"
        self.exports.mkdir()

    def put(self, name: str, content: bytes, *, days_ago: float = 1.0) -> Path:
        path = self.exports / name
        path.write_bytes(content)
        at = (self.clock.now() - timedelta(days=days_ago)).timestamp()
        os.utime(path, (at, at))
        return path

    def pictures(self) -> dict[str, int]:
        with self.state() as tx:
            return {each.site: each.domains for each in crawls.every(tx)}


@pytest.fixture
def office(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def other(site: str, count: int = 2) -> bytes:
    return export([link(f"https://{site}/{n}", f"https://a{n}.example/") for n in range(count)])


def test_once_takes_in_what_lies_in_the_folder_and_moves_nothing(office: Watched):
    put = office.put("external_links.csv", export(some(3)))
    office.turn()
    assert office.pictures() == {SITE: 3}
    assert put.exists()


def test_a_file_is_taken_in_once_whatever_it_is_called(office: Watched):
    office.put("a.csv", export(some(3)))
    with office.works() as works:
        assert works.look_at_crawls() == 1
        office.put("b.csv", export(some(3)))
        assert works.look_at_crawls() == 0
    with office.works() as works:
        assert works.look_at_crawls() == 0


def test_a_bad_file_is_told_once_and_does_not_hold_up_the_others(office: Watched):
    office.put("cut.csv", export(some(500)), days_ago=3)
    office.put("mail.csv", b"Name,Email\nAnn,a@b.example\n", days_ago=2)
    office.put("good.csv", export(some(3)))
    with office.works() as works, structlog.testing.capture_logs() as told:
        assert works.look_at_crawls() == 1
        assert works.look_at_crawls() == 0
        refused = [line["name"] for line in told if line["event"] == "crawl_file_refused"]
        assert refused == ["cut.csv", "mail.csv"]
        heard: list[tuple[str, bool]] = []
        ring(works, heard)
        ring(works, heard)
        assert heard == [("crawls/cut.csv", False), ("crawls/mail.csv", False)]
        (office.exports / "mail.csv").unlink()
        works.look_at_crawls()
        ring(works, heard)
        assert heard[2:] == [("crawls/mail.csv", True)]
    assert office.pictures() == {SITE: 3}


def test_a_file_that_comes_back_as_it_was_is_told_again(office: Watched):
    office.put("mail.csv", b"Name,Email\nAnn,a@b.example\n")
    with office.works() as works, structlog.testing.capture_logs() as told:
        works.look_at_crawls()
        (office.exports / "mail.csv").unlink()
        works.look_at_crawls()
        office.put("mail.csv", b"Name,Email\nAnn,a@b.example\n")
        works.look_at_crawls()
    assert [line["event"] for line in told].count("crawl_file_refused") == 2


def test_many_bad_files_are_told_of_together(office: Watched):
    for number in range(8):
        office.put(f"{number}.csv", f"Name\nAnn {number}\n".encode())
    with office.works() as works:
        works.look_at_crawls()
        heard: list[tuple[str, bool]] = []
        ring(works, heard)
    assert len(heard) == 6
    assert ("crawls/others", False) in heard


def ring(works: Engine, heard: list[tuple[str, bool]]) -> None:
    sense = Sense(None, timedelta(days=1000), timedelta(days=1))
    alarms.watch(works.ctx, sense, None, lambda it: heard.append((it.name, it.over)))


def test_the_newest_export_of_a_site_wins_in_whatever_order_files_come(office: Watched):
    office.put("new.csv", export(some(4)), days_ago=1)
    office.put("old.csv", export(some(2)), days_ago=9)
    office.turn()
    office.put("older.csv", other(SITE, 7), days_ago=20)
    office.turn()
    assert office.pictures() == {SITE: 4}


def test_a_folder_that_is_gone_is_told_once_and_recovers(office: Watched):
    office.exports.rmdir()
    with office.works() as works, structlog.testing.capture_logs() as told:
        assert works.look_at_crawls() == works.look_at_crawls() == 0
        assert [line["event"] for line in told] == ["crawl_folder"]
        heard: list[tuple[str, bool]] = []
        ring(works, heard)
        office.exports.mkdir()
        works.look_at_crawls()
        ring(works, heard)
    assert heard == [("crawls/folder", False), ("crawls/folder", True)]


def test_a_dry_run_takes_nothing_in(office: Watched):
    office.turn()
    office.put("a.csv", export(some(3)))
    office.plan()
    assert office.pictures() == {}
    office.turn()
    assert office.pictures() == {SITE: 3}


# By night


def nightly(office: Office, spider: Spider, rules: CrawlRules) -> int:
    with office.works() as works:
        works.ctx.ports = replace(works.ctx.ports, crawls={"crawler": spider})
        works.ctx.rules = replace(works.ctx.rules, crawls=rules)
        return Crawls(works.ctx).nightly()


def test_named_sites_are_crawled_by_night_until_they_are_fresh(office: Watched):
    rules = CrawlRules(sites=(SITE, "b.example", "c.example"), a_night=2, contact="https://us")
    spider = Spider(links("a.example"))
    assert nightly(office, spider, rules) == 1  # the other one gave pages of this site
    assert [order.start for order in spider.orders] == [SITE, "b.example"]
    assert {order.contact for order in spider.orders} == {"https://us"}
    office.clock.advance(days=1)
    nightly(office, spider, rules)
    assert [order.start for order in spider.orders[2:]] == ["c.example"]
    office.clock.advance(days=90)
    nightly(office, spider, rules)
    assert [order.start for order in spider.orders[3:]] == [SITE, "b.example"]


def test_only_sites_of_people_we_really_talk_with_are_crawled(office: Watched):
    for number in range(2):
        office.wrote(f"Ada <{ADA}>", 9 - 3 * number, f"a{number}@brightlink.example")
        office.got(f"Ada <{ADA}>", 8 - 3 * number, f"b{number}@site.example")
    office.wrote(f"Bob <{BOB}>", 5, "c@brightlink.example")
    office.wrote("Cy <cy@gmail.com>", 5, "d@brightlink.example")
    office.turn()
    spider = Spider([PageLink("https://site.example/", "https://a.example/")])
    assert nightly(office, spider, CrawlRules(of_contacts=True)) == 1
    assert [order.start for order in spider.orders] == ["site.example"]


def test_a_crawler_that_cannot_work_here_is_not_asked_for_every_site(office: Watched):
    spider = Spider(fails=Locked("no program", remedy="install it"))
    with structlog.testing.capture_logs() as told:
        assert nightly(office, spider, CrawlRules(sites=("a.example", "b.example"))) == 0
    assert len(spider.orders) == 1
    assert "crawl_impossible" in [line["event"] for line in told]


def test_without_sites_nothing_is_crawled(office: Watched):
    spider = Spider(links("a.example"))
    assert nightly(office, spider, CrawlRules()) == 0
    assert spider.orders == []


def test_a_daemon_that_ends_begins_no_further_crawl(office: Watched):
    spider = Spider(links("a.example"))
    rules = CrawlRules(sites=(SITE, "b.example"))
    with office.works() as works:
        works.ctx.ports = replace(works.ctx.ports, crawls={"crawler": spider})
        works.ctx.rules = replace(works.ctx.rules, crawls=rules)
        ending: Callable[[], object] = works.ctx.stop.set
        ending()
        assert Crawls(works.ctx).nightly() == 0
    assert spider.orders == []
