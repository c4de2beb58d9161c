"""The outside of a message: who wrote to whom, when, about what, in answer to what."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from syncd.core.facts import Mail, Party
from syncd.core.mail.addresses import domain_of, normalise, parties
from syncd.core.mail.charsets import words

_ID = re.compile(r"<([^<>]+)>")
_SPACE = re.compile(r"\s+")
_LIST_POST = re.compile(r"<mailto:([^>?]+)", re.IGNORECASE)
_VIA = re.compile(
    r"""^['"\s]*(.*?)['"\s]*\s(?:via|über|par|por|tramite|przez|через|経由)\s""", re.IGNORECASE
)
# Gmail makes one up for each copy it delivers, so it names the copy and not the message.
_MADE_UP_ID = re.compile(r"\bSMTPIN_ADDED_(?:MISSING|BROKEN)@mx\.google\.com$")
_CONTENT_CHARS = 2000
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers say, decoded and normalised.

    `message_id`, `in_reply_to`, `references` and `links` are ids without brackets, as
    sent (oldest reference first). `links` holds ids that other headers give for the
    message this one is about (Exchange's parent id). `sender` is the person who wrote:
    where a list put itself in From, the one it names as the author; None when there is
    no address. `date` is the Date header in UTC. `list_address` is where one posts to
    the list that the message came through. `content` is a hash of what was said, set
    only where there is no message id.
    """

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    subject: str = ""
    sender: Party | None = None
    reply_to: tuple[Party, ...] = ()
    to: tuple[Party, ...] = ()
    cc: tuple[Party, ...] = ()
    bcc: tuple[Party, ...] = ()
    date: datetime | None = None
    list_address: str = ""
    content: str = ""

    @property
    def recipients(self) -> tuple[Party, ...]:
        """Everyone in To, Cc and Bcc, once each."""
        seen: dict[str, Party] = {}
        for party in (*self.to, *self.cc, *self.bcc):
            seen.setdefault(party.address, party)
        return tuple(seen.values())


class Headers:
    """The headers of one message by lower-case name: one pass instead of one per question."""

    __slots__ = ("_by_name",)

    def __init__(self, mail: Mail) -> None:
        by_name: dict[str, list[str]] = {}
        for name, value in mail.headers:
            by_name.setdefault(name.lower(), []).append(value)
        self._by_name = by_name

    def first(self, name: str) -> str:
        """The first value of the header of that (lower-case) name, "" where there is none."""
        values = self._by_name.get(name)
        return values[0] if values else ""

    def all(self, name: str) -> list[str]:
        return self._by_name.get(name, [])

    def names(self) -> Iterable[str]:
        return self._by_name

    def __contains__(self, name: str) -> bool:
        return name in self._by_name


def envelope(mail: Mail, headers: Headers | None = None) -> Envelope:
    """The envelope of `mail`. Never raises; what is missing or unreadable is empty."""
    headers = headers or Headers(mail)
    message_id = _message_id(headers.first("message-id"))
    reply_to = parties(headers.all("reply-to"))
    list_address = _list_address(headers)
    subject = words(headers.first("subject"))
    return Envelope(
        message_id=message_id,
        in_reply_to=_ids(headers.all("in-reply-to")),
        references=_ids(headers.all("references")),
        links=_ids(
            [
                *headers.all("x-ms-exchange-parent-message-id"),
                *headers.all("x-original-message-id"),
                *headers.all("x-microsoft-original-message-id"),
            ]
        ),
        subject=subject,
        sender=_sender(headers, reply_to, list_address),
        reply_to=reply_to,
        to=parties(headers.all("to")),
        cc=parties(headers.all("cc")),
        bcc=parties(headers.all("bcc")),
        date=_date(headers.first("date")),
        list_address=list_address,
        content="" if message_id else _content(mail),
    )


def _message_id(value: str) -> str:
    if not value:
        return ""
    bracketed = _ID.search(value)
    found = _SPACE.sub("", bracketed[1] if bracketed else value.strip("<> \t\r\n"))
    return "" if _MADE_UP_ID.search(found) else found


def _ids(values: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in values:
        # Old clients write "Your message of Tuesday <id>"; some leave the brackets off.
        tokens = _ID.findall(value) or [word for word in value.split() if "@" in word]
        for token in tokens:
            if one := _SPACE.sub("", token).strip("<>"):
                found[one] = None
    return tuple(found)


def _date(value: str) -> datetime | None:
    if not value:
        return None
    try:
        parsed = parsedate_tz(value)
        if parsed is None:
            return None
        naive = datetime(*parsed[:5], min(parsed[5], 59), tzinfo=UTC)  # a leap second is 60
        return naive - timedelta(seconds=parsed[9] or 0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _list_address(headers: Headers) -> str:
    for value in headers.all("list-post"):
        found = _LIST_POST.search(value)
        if found:
            return normalise(found[1])
    posted = [v[5:] for v in headers.all("mailing-list") if v[:5].lower() == "list "]
    for value in (*posted, *headers.all("x-mailing-list")):
        for party in parties([value.partition(";")[0]]):
            return party.address
    if "x-google-group-id" in headers or "list-id" in headers:
        dotted = _ID.search(headers.first("list-id"))
        # A List-Id is the address with a dot for the at sign; only the posting address
        # tells where, so it is believed when a recipient or the author bears it out.
        if dotted:
            named = dotted[1].lower()
            for party in parties([*headers.all("to"), *headers.all("from"), *headers.all("cc")]):
                if party.address.replace("@", ".") == named:
                    return party.address
    return ""


def _sender(headers: Headers, reply_to: tuple[Party, ...], list_address: str) -> Party | None:
    authors = parties(headers.all("from")[:1]) or parties(headers.all("sender")[:1])
    if not authors:
        return None
    author = authors[0]
    if not _rewritten(author, headers, list_address):
        return author
    via = _VIA.match(author.name[:_LONGEST_NAME])
    name = via[1] if via else ""
    # Google Groups and Mailman put the list in From where the author's domain forbids
    # others to send for it, and keep the author in one of these.
    for value in ("x-original-from", "x-mailman-original-from", "x-original-sender"):
        for party in parties(headers.all(value)):
            return Party(party.address, party.name or name)
    for party in reply_to:
        if party.address not in (author.address, list_address):
            return Party(party.address, party.name or name)
    return author


def _rewritten(author: Party, headers: Headers, list_address: str) -> bool:
    # Without a list in evidence these headers are only what a stranger claims.
    if not list_address:
        return False
    return author.address == list_address or (
        domain_of(author.address) == domain_of(list_address)
        and _VIA.match(author.name[:_LONGEST_NAME]) is not None
        and ("list-id" in headers or "x-google-group-id" in headers)
    )


def _content(mail: Mail) -> str:
    digest = hashlib.blake2b(digest_size=10)
    for part in mail.parts:
        if part.text:
            # The opening only: lists add a footer of their own to each copy.
            digest.update(" ".join(part.text[:_CONTENT_CHARS].split()).encode("utf-8", "replace"))
            break
    return digest.hexdigest()
