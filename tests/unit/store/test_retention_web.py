"""What link building forgets, and that its promises decide afterwards as they would have."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from syncd.store import dirty, dossiers, favours, links
from syncd.store.database import Store
from syncd.store.retention import prune
from syncd.store.schema import (
    crawl_links,
    introductions,
    link_checks,
    outbound,
    plan_items,
    task_events,
)
from tests.unit.engine.introducing import ANN, MAYA, SITE, WANTED, Salon
from tests.unit.engine.office import ADA, BOB
from tests.unit.engine.test_links import LIVE, publish
from tests.unit.engine.test_plans import PLAN
from tests.unit.store.rows import put

KEEP = {"facts": timedelta(days=365)}
WEB = '\n  web: {kind: webcheck, through: "http://webcheck.test", pause_seconds: 0}\n'

TABLES = (crawl_links, introductions, link_checks, outbound, task_events)


def lived(folder: Path) -> Salon:
    """Long ago: somebody was asked in vain, a link won, lost and won again, a plan carried out."""
    salon = Salon(folder, more=PLAN, introductions="{ask_again_after: 30 days}")
    salon.text = salon.text.replace("connectors:\n", f"connectors:{WEB}")
    salon.crawled((SITE, WANTED), (SITE, "nobody-wants.example"), (SITE, "site.example"))
    salon.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    salon.turn()
    salon.got(
        f"Ada <{ADA}>",
        0,
        "r1@site.example",
        answers="p1@brightlink.example",
        subject="Re: Builder guide",
        text=LIVE,
    )
    publish(salon)
    salon.turn()
    days(salon, 8, "https://somebody.example/")
    days(salon, 3, "https://www.acme.example/")
    salon.ask()
    salon.sends()
    salon.turn()
    for task in salon.tasks():
        if task["name"].startswith("Research"):
            salon.tell("teamwork", "person_completes", task=task["id"], by=MAYA)
        if task["name"].startswith("Pitch: one"):
            salon.tell("teamwork", "person_deletes", task=task["id"], by=MAYA)
    salon.clock.advance(7200)
    salon.turn()
    with closing(Store(salon.settings.store)) as store, store.begin() as tx:
        more = {"site": SITE, "page": "p", "target": "t", "client": "acme.example"}
        put(tx, crawl_links, more)
    salon.clock.advance(0, days=40)
    salon.turn()
    assert salon.asking().state == "lapsed"
    salon.clock.advance(0, days=400)
    publish(salon)
    salon.turn()
    return salon


def days(salon: Salon, number: int, url: str) -> None:
    publish(salon, url)
    for _ in range(number):
        salon.clock.advance(0, days=1)
        salon.turn()


def pruned(salon: Salon) -> dict[str, int]:
    with closing(Store(salon.settings.store)) as store:
        rules = salon.settings.rules(salon.clock.now())
        return prune(store, KEEP, salon.clock.now(), rules.targets())


def rows(salon: Salon) -> dict[str, int]:
    with salon.state() as tx:
        return {
            table.name: tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in TABLES
        }


def decided(salon: Salon) -> list[Any]:
    """What every promise says when it is asked about everything."""
    with closing(Store(salon.settings.store)) as store, store.begin() as tx:
        numbers = list(tx.execute(select(introductions.c.id)).scalars())
        dirty.mark(tx, "introduction", numbers)
        dirty.mark(tx, "campaign", ["homes", "acme"])
        bundles = [one.person or one.host for one in links.every(tx)]
        dirty.mark(tx, "losses", [f"person:{one}" for one in bundles])
        for kind in ("contact", "relation"):
            ids = [str(row["hs_object_id"]) for row in salon.objects("contacts")]
            dirty.mark(tx, kind, ids)
    plan = salon.plan()
    offers = [(one.introducer, one.domain, one.blocks) for one in salon.offers()]
    with salon.state() as tx:
        balance = favours.balances(tx, [ANN, ADA, BOB])
        stands = [(one.url, one.state, one.won_at, one.losses) for one in links.every(tx)]
        items = select(plan_items.c.item, plan_items.c.done, plan_items.c.deleted)
        plans = sorted(map(tuple, tx.execute(items).all()))
    return [plan, offers, balance, stands, plans]


def goes_on(salon: Salon) -> None:
    """Time goes by: the link is lost, the plan is looked at, somebody is asked once more."""
    salon.got(f"Ada <{ADA}>", 0, "r2@site.example", answers="r1@site.example", text="Hello\n")
    salon.crawled((SITE, WANTED))
    days(salon, 8, "https://somebody.example/")
    salon.ask()
    salon.introduces()
    salon.turn()
    salon.nightly()
    salon.turn()


def keeps_what_they_lean_on(salon: Salon) -> None:
    """Whom an old ask asked for what, without its words; where sites lead that we want."""
    one = salon.asking()
    assert (one.introducer, one.domain, one.state) == (ANN, WANTED, "lapsed")
    assert one.asked_at is not None
    assert (one.words, one.subject, one.message_id, one.thread_id) == ("", "", "", "")
    with salon.state() as tx:
        sites = set(tx.execute(select(outbound.c.domain)).scalars())
        assert sites == {WANTED, "site.example"}
        [link] = links.every(tx)
        assert links.history(tx, [link.id])[link.id]


@pytest.fixture(params=["file", "server"])
def twins(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> tuple[Salon, Salon]:
    """Two that have seen the same."""
    monkeypatch.setenv("SYNCD_TEST_STORE", request.param)
    one = lived(tmp_path / "one")
    return one, Salon.like(one, tmp_path / "other")


def test_the_promises_decide_as_before_and_go_on_as_if_nothing_were_gone(
    twins: tuple[Salon, Salon],
):
    one, other = twins
    before, had = decided(one), rows(one)
    assert pruned(one)["links"] > 0
    left = rows(one)
    for table in ("crawl_links", "link_checks", "outbound", "task_events"):
        assert left[table] < had[table], table
    assert left["introductions"] == had["introductions"] == 1
    keeps_what_they_lean_on(one)
    assert pruned(one)["links"] == 0
    assert decided(one) == before == decided(other)
    goes_on(one)
    goes_on(other)
    assert one.end() == other.end()
    assert decided(one) == decided(other)
    assert [row.state for row in one.askings()] == [row.state for row in other.askings()]


def test_what_is_under_way_is_left_as_it_is(tmp_path: Path):
    salon = Salon(tmp_path / "one", more=PLAN)
    salon.ask()
    salon.turn()
    asking = salon.asking()
    pruned(salon)
    assert salon.asking() == asking
    with salon.state() as tx:
        assert dossiers.of_campaigns(tx, ["homes"])["homes"].text
