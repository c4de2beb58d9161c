"""The pages about links: how many stand how, and each with its history."""

from __future__ import annotations

import pytest

from syncd.core.facts import Link
from syncd.core.links import Judgement, LinkState
from syncd.store import link_looks, links
from tests.unit.engine.office import ADA
from tests.unit.web.conftest import HOSTILE, Running
from tests.unit.web.test_pages import Outline, words

PAGE = "https://site.example/guides/building"
LIVE = Judgement(LinkState.LIVE, HOSTILE, Link("https://acme.example/", HOSTILE), HOSTILE)


@pytest.fixture
def linked(running: Running) -> Running:
    ctx = running.works.ctx
    now = ctx.now()
    with ctx.store.begin() as tx:
        claims = [
            link_looks.Claim(PAGE, "acme.example", anchor=HOSTILE, person=ADA),
            link_looks.Claim("https://b.example/?q=<b>", "acme.example"),
        ]
        first, _ = link_looks.add(tx, claims, link_looks.Origin(links.IMPORT, now), {})
        link_looks.looked(tx, first, LIVE, now, ctx.rules.links)
    return running


@pytest.mark.parametrize("path", ["/links", "/links/1", "/links/2", "/links?state=live&q=x"])
def test_a_page_about_links_is_well_formed_and_shows_text_as_text(linked: Running, path: str):
    reply = linked.visitor().get(path)
    assert reply.status == 200
    Outline(reply.text)
    assert "<script>" not in reply.text
    assert "<b>" not in reply.text


def test_links_are_found_by_state_client_and_words(linked: Running):
    assert PAGE in words(linked, "/links")
    assert PAGE in words(linked, "/links?state=live&client=acme.example&q=ADA")
    assert PAGE not in words(linked, "/links?state=lost")
    assert "b.example" in words(linked, "/links?state=unchecked")
    assert PAGE in words(linked, "/links?state=nonsense")


def test_a_link_tells_its_story(linked: Running):
    text = words(linked, "/links/1")
    assert ADA in text
    assert "live" in text
    assert "import" in text


def test_a_link_that_is_not_there_is_said_so(linked: Running):
    assert linked.visitor().get("/links/99").status == 404
