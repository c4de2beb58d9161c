"""What was seen of a page is judged without guessing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.core.facts import Hop, Link, Page, Trouble
from syncd.core.links import Expected, LinkState, judge

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
PAGE = "https://reedhomes.example/guide"
ACME = "https://acme.example/builder"
KNOWN = Expected(ACME, "ACME")


def page(*links: Link, **more: object) -> Page:
    return Page(PAGE, NOW, **{"status": 200, "final_url": PAGE, "links": links, **more})  # type: ignore[arg-type]


def landing(url: str, **more: object) -> Page:
    given = {"status": 200, "final_url": url, "hops": (Hop(ACME, 301),), **more}
    return Page(ACME, NOW, **given)  # type: ignore[arg-type]


LINK = Link(ACME, "ACME")


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (page(LINK), LinkState.LIVE),
        (page(Link("http://www.acme.example/builder/?utm_source=x", "acme")), LinkState.LIVE),
        (page(Link(ACME, "ACME", ("noopener", "nofollow"))), LinkState.NOFOLLOW),
        (page(Link(ACME, "ACME", ("ugc",))), LinkState.NOFOLLOW),
        (page(Link(ACME, "ACME", ("nofollow", "sponsored"))), LinkState.SPONSORED),
        (page(Link(ACME, "ACME", hidden=True)), LinkState.HIDDEN),
        (page(LINK, noindex=True), LinkState.NOINDEX),
        (page(Link("https://acme.example/other", "ACME")), LinkState.CHANGED_TARGET),
        (page(Link(ACME, "read more")), LinkState.CHANGED_ANCHOR),
        (page(LINK, final_url="https://reedhomes.example/new-guide"), LinkState.REDIRECTED),
        (page(LINK, final_url="http://www.reedhomes.example/guide/"), LinkState.LIVE),
        (page(), LinkState.MISSING),
        (page(final_url="https://reedhomes.example/"), LinkState.MISSING),
        (page(whole=False), LinkState.ERROR),
        (page(LINK, whole=False), LinkState.LIVE),
        (page(says_gone=True, title="Page not found"), LinkState.GONE),
        (page(status=404, trouble=Trouble.STATUS), LinkState.GONE),
        (page(status=410, trouble=Trouble.STATUS), LinkState.GONE),
        (page(status=403, trouble=Trouble.STATUS), LinkState.ERROR),
        (page(status=429, trouble=Trouble.STATUS), LinkState.ERROR),
        (page(status=503, trouble=Trouble.STATUS), LinkState.ERROR),
        *((page(trouble=one), LinkState.ERROR) for one in Trouble if one not in {"", "status"}),
    ],
)
def test_what_was_seen_is_called_by_its_name(seen, state):
    assert judge(seen, KNOWN).state is state
    assert judge(seen, KNOWN).words


def test_of_several_links_the_one_we_know_counts():
    other = Link("https://acme.example/", "ACME home")
    nofollowed = Link(ACME, "ACME", ("nofollow",))
    judged = judge(page(other, nofollowed), KNOWN)
    assert (judged.state, judged.link) == (LinkState.NOFOLLOW, nofollowed)


def test_without_one_we_know_the_best_counts():
    hidden, plain = Link(ACME, "x", hidden=True), Link("https://acme.example/", "y")
    assert judge(page(hidden, plain)).link == plain


def test_a_link_through_a_redirect_counts():
    judged = judge(page(LINK), KNOWN, landing("https://www.acme.example/builder/"))
    assert judged.state is LinkState.LIVE


def test_a_link_that_leads_to_another_page_is_told_with_both():
    judged = judge(page(LINK), KNOWN, landing("https://acme.example/shop"))
    assert judged.state is LinkState.CHANGED_TARGET
    assert "https://acme.example/shop" in judged.words
    assert ACME in judged.words


def test_a_link_that_led_through_a_redirect_from_the_first_has_not_changed():
    known = Expected("https://acme.example/shop", "ACME")
    assert judge(page(LINK), known, landing("https://acme.example/shop")).state is LinkState.LIVE


def test_where_it_leads_is_unknown_while_the_client_cannot_be_reached():
    down = landing("https://acme.example/shop", status=0, trouble=Trouble.UNREACHABLE)
    assert judge(page(LINK), KNOWN, down).state is LinkState.LIVE


def test_a_target_that_is_gone_and_a_page_of_another_name_are_told():
    gone = Page(ACME, NOW, status=404, final_url=ACME, trouble=Trouble.STATUS)
    judged = judge(page(LINK, canonical="https://reedhomes.example/all"), KNOWN, gone)
    assert judged.state is LinkState.LIVE
    assert "404" in judged.words
    assert "https://reedhomes.example/all" in judged.words


def test_everything_that_holds_is_told():
    link = Link("https://acme.example/x", "more", ("nofollow",))
    words = judge(page(link, noindex=True), KNOWN).words
    for word in ("nofollow", "index", "https://acme.example/x", "more"):
        assert word in words
