"""Pages are looked at beside everything else, politely, and a bounded part at a time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.core.facts import Hop, Link, Page, Trouble
from syncd.core.links_address import host_of, page_key
from syncd.engine.context import Context
from syncd.engine.turn import Engine
from syncd.ports.verdicts import TryLater
from syncd.store import dirty, link_looks, links
from syncd.store.schema import crawl_links
from tests.unit.engine.office import ADA, BOB, MAYA, Office
from tests.unit.engine.test_lost_links import PAGE, claim, days_pass, known, looking, only, publish

ACME = "https://acme.example/"


class Web:
    """Pages as a test wants them. `slow`: what has to be waited for."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.asked: list[str] = []
        self.down: set[str] = set()
        self.busy: set[str] = set()
        self.broken: set[str] = set()
        self.links: dict[str, str] = {}
        self.leads: dict[str, str] = {}
        self.targets: dict[str, tuple[str, ...]] = {}
        self.slow: threading.Event | None = None
        self.entered = threading.Event()

    def check(self, url: str, targets: Sequence[str]) -> Page:
        self.asked.append(url)
        self.targets[url] = tuple(targets)
        self.entered.set()
        if self.slow is not None:
            assert self.slow.wait(60)
        now, host = self.ctx.now(), host_of(url)
        if host in self.busy:
            raise TryLater("not now", after=3600)
        if url in self.broken:
            raise RecursionError("an odd page")
        if host in self.down:
            return Page(url, now, trouble=Trouble.TOO_SLOW)
        if url in self.leads:
            hops = (Hop(url, 301),)
            return Page(url, now, 200, self.leads[url], hops)
        link = Link(self.links.get(url, ACME), "ACME")
        return Page(url, now, 200, url, links=(link,))

    def pages(self) -> list[str]:
        return [url for url in self.asked if host_of(url) != "acme.example"]


def told(engine: Engine, urls: Sequence[str], person: str = "", target: str = "") -> None:
    """These pages are to be looked at now."""
    now = engine.ctx.now()
    with engine.ctx.store.begin() as tx:
        claims = [link_looks.Claim(url, "acme.example", target, person=person) for url in urls]
        first = {page_key(url): now for url in urls}
        link_looks.add(tx, claims, link_looks.Origin(links.IMPORT, now), first)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return looking(tmp_path)


def surfing(engine: Engine) -> Web:
    web = Web(engine.ctx)
    engine.ctx.ports = replace(engine.ctx.ports, web=web)
    return web


def test_mail_is_logged_while_a_slow_site_is_waited_for(office: Office):
    with office.works() as engine:
        engine.turn()
        web = surfing(engine)
        web.slow = threading.Event()
        told(engine, [PAGE])
        looking_at = threading.Thread(target=engine.look_at_links)
        looking_at.start()
        try:
            assert web.entered.wait(60)
            office.wrote(f"Bob <{BOB}>", 0, "p9@brightlink.example", subject="While waiting")
            engine.look(MAYA)
            engine.settle()
            assert office.emails() == ["While waiting"]
            assert looking_at.is_alive()
        finally:
            web.slow.set()
            looking_at.join()
        engine.finish()
    assert only(office).stands


def test_one_host_with_many_pages_holds_up_no_other(office: Office):
    with office.works() as engine:
        web = surfing(engine)
        told(engine, [f"https://big.example/{n}" for n in range(500)])
        office.clock.advance(0, days=0.01)
        told(engine, ["https://small.example/a"])
        engine.look_at_links()
        hosts = Counter(host_of(url) for url in web.pages())
        assert hosts == {"big.example": 5, "small.example": 1}
        assert host_of(web.pages()[1]) == "small.example"


def test_a_host_that_does_not_answer_is_left_alone_for_a_while(office: Office):
    with office.works() as engine:
        web = surfing(engine)
        web.down = {"down.example"}
        told(engine, [f"https://down.example/{n}" for n in range(4)])
        assert engine.look_at_links() == 1
        engine.look_at_links()
        assert len(web.pages()) == 1
        office.clock.advance(0, days=0.05)
        engine.look_at_links()
        assert len(web.pages()) == 2


def test_a_host_that_asks_for_patience_costs_no_strike(office: Office):
    with office.works() as engine:
        web = surfing(engine)
        web.busy = {"busy.example"}
        told(engine, ["https://busy.example/a"])
        assert engine.look_at_links() == 0
        [link] = known(office)
        assert (link.checks, link.state) == (0, "unchecked")
        assert link.next_check_at is not None
        assert link.next_check_at > office.clock.now()


def test_an_odd_page_is_an_error_and_stops_nothing(office: Office):
    with office.works() as engine:
        web = surfing(engine)
        web.broken = {"https://odd.example/a"}
        told(engine, ["https://odd.example/a", "https://fine.example/a"])
        assert engine.look_at_links() == 2
    assert {link.host: link.state for link in known(office)} == {
        "odd.example": "error",
        "fine.example": "live",
    }


def test_where_links_lead_is_looked_up_once(office: Office):
    with office.works() as engine:
        web = surfing(engine)
        told(engine, [f"https://site-{n}.example/a" for n in range(6)])
        engine.look_at_links()
        assert web.asked.count(ACME) == 1


def test_a_link_by_way_of_another_site_counts_where_it_leads_to_the_client(office: Office):
    short = "https://go.example/acme"
    with office.works() as engine:
        web = surfing(engine)
        web.links[PAGE] = short
        web.leads[short] = ACME
        told(engine, [PAGE], target=short)
        engine.look_at_links()
        assert web.targets[PAGE] == ("acme.example", "go.example")
    assert only(office).state == "changed target"
    assert only(office).stands
    with office.works() as engine:
        web = surfing(engine)
        web.links[PAGE] = short
        web.leads[short] = "https://elsewhere.example/"
        told(engine, [PAGE])
        with engine.ctx.store.begin() as tx:
            link_looks.ask(tx, [1], office.clock.now())
        engine.look_at_links()
    assert only(office).state == "missing"


def test_what_was_taken_up_when_we_died_is_looked_at_later(office: Office):
    with office.works() as engine:
        surfing(engine)
        told(engine, [PAGE])
        with engine.ctx.store.begin() as tx:
            now = office.clock.now()
            link_looks.take(tx, now, hosts=9, each=9, lease=timedelta(minutes=10))
        assert engine.look_at_links() == 0
        office.clock.advance(0, days=0.02)
        assert engine.look_at_links() == 1


def test_ten_thousand_links_do_not_fall_due_together(office: Office):
    from syncd.engine.link_imports import first_looks

    now = office.clock.now()
    claims = [link_looks.Claim(f"https://s{n}.example/a", "acme.example") for n in range(10_000)]
    times = sorted(first_looks(claims, now).values())
    minutes = Counter(int((at - now).total_seconds() // 60) for at in times)
    assert max(minutes.values()) < 60
    assert times[-1] - now > timedelta(hours=10)


def test_an_idle_turn_looks_at_nothing(office: Office):
    publish(office)
    claim(office, [PAGE])
    office.since()
    office.turn()
    assert office.calls("webcheck") == []
    assert office.calls("hubspot") == []


def test_without_anything_that_looks_nothing_is_due(tmp_path: Path):
    office = Office(tmp_path)
    with office.works() as engine:
        told(engine, [PAGE])
        assert engine.look_at_links() == 0
        assert engine.next_look() is None


def test_links_that_a_crawl_finds_are_taken_in(office: Office):
    publish(office, "https://site.example/about")
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example")
    office.turn()
    found: dict[str, Any] = {
        "site": "site.example",
        "page": "https://site.example/about",
        "target": "https://www.acme.example/guide",
        "client": "acme.example",
        "anchor": "ACME",
        "follow": True,
        "rel": "",
        "position": "content",
        "seen_at": office.clock.now(),
    }
    with office.state() as tx:
        tx.execute(crawl_links.insert(), [found])
        dirty.mark(tx, "crawl", ["site.example"])
    days_pass(office, 2)
    link = only(office)
    assert (link.source, link.person, link.state) == ("crawl", ADA, "live")
    assert link.campaign == "acme"
