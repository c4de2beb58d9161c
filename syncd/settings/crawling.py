"""The crawl section: whose sites are crawled, when, and which hosts say nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from syncd.core.crawling import CrawlRules
from syncd.core.mail.addresses import is_free_mail, registrable
from syncd.core.outbound import HostRules, host_of
from syncd.settings.earned_links import Elapsed
from syncd.settings.fields import Unfit, Words, shown
from syncd.settings.hosts import ignored_hosts
from syncd.settings.section import Section

CONTACTS = "contacts"


def _one_or_several(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _host(given: str) -> str:
    host = given.strip().lower().rstrip(".").removeprefix("www.")
    if not host or any(letter in host for letter in "/:@*? ") or "." not in host:
        raise Unfit(f"{shown(given)} is not a host; write it as facebook.com or docs.google.com")
    return host


def _site(given: str) -> str:
    if given == CONTACTS:
        return given
    home = registrable(_host(host_of(given) or given))
    if is_free_mail(home):
        raise Unfit(f"{home} is a mail service; write {CONTACTS} for the sites of contacts")
    return home


Host = Annotated[Words, AfterValidator(_host)]
Site = Annotated[Words, AfterValidator(_site)]
_WORD = {"type": "string", "minLength": 1, "examples": [CONTACTS, "blog.example"]}
Sites = Annotated[
    tuple[Site, ...],
    BeforeValidator(_one_or_several),
    WithJsonSchema({"anyOf": [_WORD, {"type": "array", "items": _WORD}]}),
]


class CrawlSection(Section):
    """Crawls of sites: to whom they link, and who could introduce us there."""

    sites: Sites = Field(
        default=(),
        description="Sites to crawl again and again, a few a night: domains, and the word "
        "contacts for the sites of people we have a real dialogue with.",
    )
    every: Elapsed = Field(
        default="90 days", validate_default=True, description="How old a crawl may become."
    )
    by: Literal["crawler", "screaming-frog"] = Field(
        default="crawler", description="What crawls: syncd's own crawler, or Screaming Frog."
    )
    a_night: int = Field(
        default=3, ge=1, le=200, description="Most sites that are crawled a night."
    )
    ignore_hosts: tuple[Host, ...] = Field(
        default=(),
        description="Hosts to which links say nothing, with all below them, beside those that "
        "syncd knows itself (social networks, advertising, content delivery and the like).",
    )
    look_at_hosts: tuple[Host, ...] = Field(
        default=(), description="Hosts to look at although syncd would leave them out."
    )

    def rules(self, contact: str) -> CrawlRules:
        """`contact`: where site owners turn to."""
        known = ignored_hosts()
        hosts = HostRules(
            # What is asked for by name is meant for the whole of it, not for what is below.
            (known.ignored | set(self.ignore_hosts)) - set(self.look_at_hosts),
            known.wanted | set(self.look_at_hosts),
            known.credits,
        )
        return CrawlRules(
            hosts=hosts,
            sites=tuple(dict.fromkeys(site for site in self.sites if site != CONTACTS)),
            of_contacts=CONTACTS in self.sites,
            every=self.every.delta,
            by=self.by,
            a_night=self.a_night,
            contact=contact,
        )
