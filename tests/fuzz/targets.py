"""What strangers can hand to us. A target raises where syncd would, which is always a bug."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import io
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from connectors.hubspot import hooks as hubspot
from connectors.teamwork import hooks as teamwork
from syncd.core.facts import MailItem
from syncd.core.mail.addresses import normalise, parties, valid
from syncd.core.mail.bodies import html_of
from syncd.core.mail.envelope import envelope
from syncd.core.mail.raw import from_bytes
from syncd.core.mail.reading import Never, Own, Reading, read
from syncd.core.rules import Bodies, Condition, Lists, LogRules, Subject, Unknown
from syncd.core.tabular import Unreadable, header
from syncd.core.tabular import read as read_table
from syncd.ports.hints import Hint, Notification, Refusal
from syncd.settings.loading import read as read_settings
from syncd.settings.phrases import phrases
from syncd.settings.problems import InvalidSettings

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
SECRET = "secret"
URL = "https://syncd.example.com/hooks/crm"
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
        except Unreadable:
            continue


def webhooks(data: bytes) -> None:
    """A body that was signed as it should be, and the same with anything for a signature."""
    stamp = str(int(NOW.timestamp() * 1000))
    told = Notification("POST", URL, {"x-hubspot-request-timestamp": stamp}, data)
    sealed = _with(told, "x-hubspot-signature-v3", hubspot.sign(told, stamp, SECRET))
    digest = hmac.new(SECRET.encode(), data, hashlib.sha256).hexdigest()
    assert isinstance(hubspot.judge(sealed, SECRET, NOW), Hint | Refusal)
    assert isinstance(teamwork.judge(_with(told, "x-projects-signature", digest), SECRET), Hint)
    words = data[:200].decode("latin-1")
    for forged in (words, base64.b64encode(data[:64]).decode()):
        names = ("x-hubspot-signature-v3", "x-projects-signature", "x-projects-delivery")
        anything = Notification(
            "POST", words, {**told.headers, **dict.fromkeys(names, forged)}, data
        )
        assert isinstance(hubspot.judge(anything, SECRET, NOW), Refusal)
        assert isinstance(teamwork.judge(anything, SECRET), Refusal)


def settings(data: bytes) -> None:
    with contextlib.suppress(InvalidSettings):
        read_settings(data, Path("syncd.yaml"), _kinds(), {})


TARGETS: Mapping[str, Target] = {
    "mail": mail,
    "headers": headers,
    "addresses": addresses,
    "html": html,
    "table": table,
    "webhooks": webhooks,
    "settings": settings,
}


def _with(told: Notification, name: str, value: str) -> Notification:
    return Notification(told.method, told.url, {**told.headers, name: value}, told.body)


@cache
def phrases_() -> Any:
    return phrases()


@cache
def _kinds() -> Any:
    from syncd.wiring import kinds

    return kinds()
