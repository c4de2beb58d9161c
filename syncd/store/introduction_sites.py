"""Whose site is which: contacts by the domains that are theirs."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from syncd.core.mail.addresses import domain_of, is_free_mail, registrable
from syncd.store.schema import campaign_members, contact_facts, contacts, links


def people(tx: Connection, sites: Collection[str]) -> dict[str, set[str]]:
    """The addresses of those who belong to these sites, by site.

    By their own address, unless anybody can have one there; and by pages of the site on which
    they gave us a link, since who writes for a site often has a private address.
    """
    found: dict[str, set[str]] = {}
    for (address,) in tx.execute(select(contacts.c.address)):
        domain = domain_of(address)
        site = registrable(domain)
        if site in sites and not is_free_mail(domain):
            found.setdefault(site, set()).add(address)
    given = select(links.c.person, links.c.host).where(
        links.c.person != "", links.c.won_at.is_not(None)
    )
    for person, host in tx.execute(given.distinct()):
        site = registrable(host)
        if site in sites:
            found.setdefault(site, set()).add(person)
    return found


def of_the_niche(tx: Connection, niche: str) -> list[str]:
    """The addresses of contacts and prospects that carry the niche as a tag, sorted."""
    found: set[str] = set()
    for table in (contact_facts, campaign_members):
        for address, tags in tx.execute(select(table.c.address, table.c.tags)):
            if address and any("-".join(tag.lower().split()) == niche for tag in tags):
                found.add(address)
    return sorted(found)
