"""What strangers can hand to us. A target raises where syncd would, which is always a bug.

Mail, pages and files here; what services and operators hand to us in `targets_more`.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from protego import Protego

from connectors._kit.addresses import Forbidden, check_url, fit
from connectors._kit.reading import header_date, instant
from connectors._kit.verdicts import retry_after
from connectors.crawler.reading import joined
from connectors.crawler.reading import read as read_links
from connectors.hubspot import mapping as crm
from connectors.screaming_frog.importing import take_export
from connectors.webcheck.reading import Source
from connectors.webcheck.reading import read as read_page
from syncd.core.calendar import Calendar
from syncd.core.facts import Mail, MailItem
from syncd.core.links_address import page_key, same_page
from syncd.core.links_file import links_of
from syncd.core.mail.addresses import normalise, parties, valid
from syncd.core.mail.bodies import html_of
from syncd.core.mail.dates import days
from syncd.core.mail.envelope import envelope
from syncd.core.mail.raw import from_bytes
from syncd.core.mail.reading import Never, Own, Reading, read
from syncd.core.outbound import site_of
from syncd.core.periods import NoPeriod, period
from syncd.core.rules import Bodies, Condition, Lists, LogRules, Subject, Unknown
from syncd.core.tabular import Unreadable, header
from syncd.core.tabular import read as read_table
from syncd.ports.verdicts import LONGEST_WAIT, Refused
from syncd.settings.phrases import phrases
from tests.fuzz import targets_more

Target = Callable[[bytes], None]

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
OWN = Own.of({"maya@brightlink.example": ()}, frozenset({"brightlink.example"}))
RULES = LogRules(
    NOW - timedelta(days=90),
    Bodies.FULL,
    Unknown.CREATE,
    Lists.KNOWN,
    (Condition(Subject.SUBJECT, "*a*b*c*d*e*f*"), Condition(Subject.ADDRESS, "*x*y*@*z*")),
    None,
)
LIMIT = 20_000
# What no HTML of ours may carry, however it came.
_ACTIVE = {"script", "iframe", "object", "embed", "form", "style", "meta", "link", "base", "svg"}
_SCHEMES = ("http:", "https:", "mailto:", "tel:", "cid:", "/", "#")


def mail(data: bytes) -> None:
    """A message as it came: read whole, by one of ours and by a stranger to all of it."""
    letter = from_bytes(data)
    for labels in (frozenset({"INBOX"}), frozenset({"SENT"})):
        item = MailItem("maya@brightlink.example", "1", "t", labels, NOW, letter, "", len(data))
        found = read(item, OWN, RULES, phrases_(), body_limit=LIMIT, targets=("acme.example",))
        assert isinstance(found, Reading | Never)
        if isinstance(found, Reading):
            assert len(found.text) <= LIMIT
            assert len(found.html) <= LIMIT
            assert found.at.tzinfo is not None
            json.dumps(dict(found.details))


def headers(data: bytes) -> None:
    """The headers alone: people, dates, references."""
    letter = from_bytes(b"From: a@b.example\n" + data + b"\n\nHello")
    head = envelope(letter)
    assert head.date is None or head.date.tzinfo is not None


def addresses(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    found = parties([text, *text.split("\n")])
    assert len({party.address for party in found}) == len(found)
    plain = normalise(text)
    # What is no address may come back in any form; one is known again by its own.
    assert normalise(plain) == plain or not valid(plain)


def html(data: bytes) -> None:
    """HTML as it is written to the CRM."""
    page = b"Content-Type: text/html; charset=utf-8\n\n" + data
    looked = _Looked()
    looked.feed(html_of(from_bytes(page)))
    assert not looked.found


class _Looked(HTMLParser):
    """What in a page would do something, as a browser reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ACTIVE:
            self.found.append(tag)
        for name, value in attrs:
            scheme = re.match(r"\s*([a-z][a-z0-9+.-]*:)", (value or "").lower())
            leads = name in {"href", "src"} and scheme and not scheme[1].startswith(_SCHEMES)
            if name.startswith("on") or name == "style" or leads:
                self.found.append(f"{name}={value}")


def table(data: bytes) -> None:
    """Exports and lists, under every name they may come by."""
    for name in ("a.csv", "a.tsv", "a.xlsx", "a.csv.gz", "a.zip", "a"):
        try:
            for number, row in enumerate(read_table(io.BytesIO(data), name)):
                if number == 0:
                    header(row.cells, {"email": ("e-mail",), "name": ("full name",)})
                if number > 200:
                    break
            links_of(read_table(io.BytesIO(data), name), name, {"acme.example"}, "")
            take_export(io.BytesIO(data), name, lambda _link: None)
        except (Unreadable, Refused):
            continue


def dates(data: bytes) -> None:
    """Days and times, as mail, headers of answers and people write them."""
    text = data.decode("utf-8", "replace")
    head = envelope(Mail((("Date", text), ("Received", f"from a; {text}")), ()))
    assert head.date is None or head.date.tzinfo is UTC
    for month_first in (None, True, False):
        # As much of a text as is ever looked at.
        said = text.lower()[:8_000]
        for day in days(said, dated(), NOW.date(), month_first=month_first):
            assert 0 <= day.start < day.end <= len(said)
    for at in (header_date(text), instant(text), crm.moment(text)):
        assert at is None or at.tzinfo is not None
    waited = retry_after(text, NOW)
    assert waited is None or 0 <= waited <= LONGEST_WAIT
    since, _, until = text.partition("|")
    with contextlib.suppress(NoPeriod):
        period(since, until or None, Calendar(ZoneInfo("Europe/London")), NOW)


def page(data: bytes) -> None:
    """A web page and a robots.txt, of any site."""
    for charset in ("", "utf-16", "x-user-defined"):
        source = Source(data, charset, "https://a.example/b", data[:40].decode("latin-1"))
        seen = read_page(source, ["acme.example", "b\u00fccher.example"])
        if seen is not None:
            assert all(one.url.startswith(("http://", "https://")) for one in seen.links)
            check_quietly(seen.refresh)
    crawled = read_links(data, "utf-8", "https://a.example/b")
    assert all(len(one.target) <= 2000 for one in crawled.links)
    rules = Protego.parse(data.decode("utf-8-sig", "replace"))
    rules.can_fetch("https://a.example/b?c=d", "syncd-linkcheck")
    rules.crawl_delay("syncd-linkcheck")


def urls(data: bytes) -> None:
    """An address somebody names: we know what we make of it before anything is asked for."""
    text = data.decode("utf-8", "replace")
    check_quietly(text)
    assert page_key(text).partition("/")[0].partition("#")[0].isprintable()
    same_page(text, "https://acme.example/")
    site_of(text)
    joined("https://a.example/b", text)
    with contextlib.suppress(ValueError):
        fit(text)


def check_quietly(url: str) -> None:
    with contextlib.suppress(Forbidden):
        check_url(url)
        parts = urlsplit(url)
        assert parts.scheme in {"http", "https"}
        assert parts.hostname
        assert parts.username is None


@cache
def phrases_() -> Any:
    return phrases()


@cache
def dated() -> Any:
    return tuple(language.dates for language in phrases_().languages)


TARGETS: Mapping[str, Target] = {
    "mail": mail,
    "headers": headers,
    "addresses": addresses,
    "dates": dates,
    "html": html,
    "page": page,
    "urls": urls,
    "table": table,
    "webhooks": targets_more.webhooks,
    "answers": targets_more.answers,
    "settings": targets_more.settings,
    "campaign": targets_more.campaign,
    "template": targets_more.template,
    "draft": targets_more.draft,
}
