"""The crawl section, and the lists of hosts that come with syncd."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from syncd.core.mail.addresses import registrable
from syncd.settings.crawling import CrawlSection
from syncd.settings.fields import Unfit
from syncd.settings.hosts import ignored_hosts


def section(**given: Any) -> CrawlSection:
    return CrawlSection.model_validate(given)


def test_without_a_word_nothing_is_crawled_by_itself():
    rules = section().rules("https://us.example")
    assert (rules.sites, rules.of_contacts) == ((), False)
    assert rules.every == timedelta(days=90)
    assert rules.hosts.ignores("www.facebook.com")
    assert rules.contact == "https://us.example"


@pytest.mark.parametrize(
    ("given", "sites", "of_contacts"),
    [
        ("contacts", (), True),
        (["contacts", "https://www.blog.co.uk/x", "a.example"], ("blog.co.uk", "a.example"), True),
        (["a.example", "shop.a.example"], ("a.example",), False),
    ],
)
def test_sites_are_domains_or_those_of_contacts(
    *, given: Any, sites: tuple[str, ...], of_contacts: bool
):
    rules = section(sites=given).rules("")
    assert (rules.sites, rules.of_contacts) == (sites, of_contacts)


def test_ops_add_to_the_hosts_and_take_from_them():
    rules = section(
        ignore_hosts=["partner.example"], look_at_hosts=["etsy.com", "docs.google.com"]
    ).rules("")
    assert rules.hosts.ignores("www.partner.example")
    assert not rules.hosts.ignores("www.etsy.com")
    assert not rules.hosts.ignores("docs.google.com")
    assert rules.hosts.ignores("mail.google.com")


@pytest.mark.parametrize(
    "given",
    [
        {"sites": "nonsense"},
        {"sites": ["gmail.com"]},
        {"ignore_hosts": ["https://a.example/x"]},
        {"ignore_hosts": ["*.a.example"]},
        {"every": "3 business days"},
        {"by": "wget"},
        {"a_night": 0},
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any]):
    with pytest.raises((ValidationError, Unfit)):
        section(**given)


def test_the_lists_cover_what_every_site_links_to():
    hosts = ignored_hosts()
    for host in (
        "de-de.facebook.com",
        "x.com",
        "youtu.be",
        "fonts.googleapis.com",
        "ad.doubleclick.net",
        "wordpress.org",
        "cdn.shopify.com",
        "www.amazon.co.uk",
        "eur-lex.europa.eu",
        "apps.apple.com",
        "mailchi.mp",
    ):
        assert hosts.ignores(host), host


def test_the_lists_leave_peoples_own_sites_alone():
    hosts = ignored_hosts()
    for host in (
        "jane.wordpress.com",
        "jane.blogspot.com",
        "jane.github.io",
        "jane.wixsite.com",
        "scholar.google.com",
        "timex.com",
        "netflix.example",
    ):
        assert not hosts.ignores(host), host


def test_every_host_in_the_lists_is_one():
    for host in ignored_hosts().ignored:
        assert host == host.lower().strip("."), host
        assert "." in host
        # A public suffix would leave out everybody below it.
        assert host.endswith(registrable(host))
        assert "." in registrable(host), host


@pytest.mark.parametrize(
    "anchor",
    ["Powered by WordPress", "Webdesign von Agentur", "Réalisé par Agence", "© 2026 Site"],
)
def test_credits_are_known_in_several_languages(anchor: str):
    assert ignored_hosts().is_credit(anchor)


@pytest.mark.parametrize(
    "anchor", ["Web design trends", "The theme of the year", "Projekt Zukunft", ""]
)
def test_ordinary_anchors_are_no_credits(anchor: str):
    assert not ignored_hosts().is_credit(anchor)
