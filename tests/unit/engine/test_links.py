"""Whoever says that it is live is believed when the page says so, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.office import ADA, Office

P1 = "p1@brightlink.example"
PAGE = "https://site.example/guides/building"
LIVE = f"Hi Maya,\n\nit is live now: {PAGE}\n\nBest,\nAda\n"
WEB = '\n  web: {kind: webcheck, through: "http://webcheck.test", pause_seconds: 0}\n'


def told(folder: Path, *, looks: bool = True) -> Office:
    office = Office(folder)
    if looks:
        office.text = office.text.replace("connectors:\n", f"connectors:{WEB}")
    office.wrote(f"Ada <{ADA}>", 2, P1)
    office.turn()
    office.got(
        f"Ada <{ADA}>", 0, "r1@site.example", answers=P1, subject="Re: Builder guide", text=LIVE
    )
    return office


def publish(office: Office, url: str = "https://www.acme.example/", rel: str = "") -> None:
    link = {"url": url, "text": "ACME", "rel": rel}
    office.tell("webcheck", "put_page", url=PAGE, title="Building", links=[link])


@pytest.mark.parametrize("rel", ["", "nofollow", "sponsored"])
def test_a_link_that_stands_moves_the_stage_and_asks_nobody(tmp_path: Path, rel: str):
    office = told(tmp_path)
    publish(office, rel=rel)
    office.turn()
    assert office.tasks() == []
    assert office.contact(ADA)["syncd_stage"] == "linked"
    assert not office.did()


def test_a_page_without_the_link_is_looked_at_again_before_a_person_is_asked(tmp_path: Path):
    office = told(tmp_path)
    publish(office, "https://somebody.example/")
    for _ in range(2):
        office.turn()
        assert office.tasks() == []
        assert office.contact(ADA)["syncd_stage"] == "replied"
        office.clock.advance(0, days=0.4)
    office.turn()
    assert office.open_tasks() == ["Check the link of Ada (site.example)"]
    [task] = office.tasks()
    assert PAGE in task["description"].replace("\\", "")


def test_a_site_that_is_down_has_not_lost_the_link(tmp_path: Path):
    office = told(tmp_path)
    office.turn()
    office.clock.advance(0, days=0.4)
    publish(office)
    office.turn()
    assert office.contact(ADA)["syncd_stage"] == "linked"
    assert office.tasks() == []


def test_where_nothing_looks_at_pages_a_person_is_asked_to(tmp_path: Path):
    office = told(tmp_path, looks=False)
    office.turn()
    assert office.open_tasks() == ["Check the link of Ada (site.example)"]
