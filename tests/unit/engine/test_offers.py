"""Which sites are wanted, whose site is whose, and what a campaign or contact narrows it to."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.store.schema import campaign_members, links
from tests.unit.engine.introducing import ANN, MAYA, SITE, TOM, WANTED, Salon

ZOE = "zoe.writes@gmail.com"
OTHER = """  - id: beta
    name: BETA
    client: beta.example
    niche: Home Builders
    targets: [second.example]
    match: {any: [{label: Campaigns/BETA}]}
"""


@pytest.fixture
def salon(tmp_path: Path) -> Salon:
    return Salon(tmp_path / "salon")


def with_niche(salon: Salon) -> None:
    salon.text = salon.text.replace(
        "    client: acme.example\n", "    client: acme.example\n    niche: home builders\n"
    )
    salon.text += OTHER


def test_targets_of_a_campaign_of_the_same_niche_are_wanted_too(salon: Salon):
    with_niche(salon)
    salon.crawled((SITE, "second.example"))
    assert salon.open_offers(campaign="acme") == [(ANN, "second.example")]
    [one] = salon.offers(campaign="acme")
    assert "second.example is a target of BETA in the same niche" in one.reasons
    # Without a campaign it is for the one whose target it is.
    [one] = salon.offers()
    assert one.campaign == "beta"


def test_sites_of_prospects_tagged_with_the_niche_are_wanted_too(salon: Salon):
    with_niche(salon)
    salon.keep(
        campaign_members, address="ed@third.example", campaign="beta", tags=["home-builders"]
    )
    salon.crawled((SITE, "third.example"))
    [one] = salon.offers()
    assert one.domain == "third.example"
    assert "third.example is a site of the niche home builders (ed@third.example)" in one.reasons


def test_who_gave_a_link_on_a_site_speaks_for_it_from_a_private_address(salon: Salon):
    salon.talked(ZOE, TOM, name="Zoe")
    salon.turn()
    assert salon.open_offers() == [(ANN, WANTED)]
    now = salon.clock.now()
    salon.keep(links, person=ZOE, host="www.magazine.example", won_at=now)
    salon.crawled((SITE, WANTED), ("magazine.example", WANTED))
    found = {one.introducer: one for one in salon.offers()}
    assert found[ZOE].site == "magazine.example"
    assert found[ZOE].writer == TOM


def test_a_free_mail_provider_is_nobodys_site(salon: Salon):
    salon.talked(ZOE, TOM, name="Zoe")
    salon.turn()
    salon.crawled((SITE, WANTED), ("gmail.com", WANTED))
    assert [one.introducer for one in salon.offers()] == [ANN]


def test_our_own_sites_and_our_clients_are_not_wanted(salon: Salon):
    salon.text = salon.text.replace(f"[{WANTED}]", f"[{WANTED}, acme.example, brightlink.example]")
    salon.crawled((SITE, "acme.example"), (SITE, "brightlink.example"), (SITE, WANTED))
    assert [one.domain for one in salon.offers()] == [WANTED]


def test_a_campaign_and_a_contact_narrow_it(salon: Salon):
    with_niche(salon)
    assert salon.offers(campaign="acme", contact=ANN) != []
    assert salon.offers(contact="nobody@else.example") == []


def test_the_teams_own_words_are_used_and_ours_where_they_fail(tmp_path: Path):
    template = (
        '{template: {text: "Dear {{ person.first_name }}, {{ sender.first_name }} here about '
        '{{ wanted }} for {{ client }} ({{ last_subject }})."}}'
    )
    salon = Salon(tmp_path / "words", introductions=template)
    salon.ask()
    wanted = f"Dear Ann, Us here about {WANTED} for acme.example (Re: Huts)."
    assert " ".join(salon.draft()["body"].split()) == wanted


def test_html_of_a_stranger_is_shown_as_text(tmp_path: Path):
    salon = Salon(tmp_path / "html", dialogue=False)
    salon.talked(name="Ann <b>Lee</b>")
    salon.turn()
    salon.crawled((SITE, WANTED), source_url="https://x.example/?<script>")
    salon.ask()
    shown = salon.draft(MAYA)["html"]
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
