"""One letter of the example mailbox as RFC 5322 bytes, the same bytes every time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

# Where mail leaves the agency, and whose words the bounces are.
_RELAY = "mx.mailhub.example"


@dataclass(frozen=True, slots=True)
class Writer:
    name: str
    address: str

    def __str__(self) -> str:
        return str(Address(self.name, addr_spec=self.address))


@dataclass(frozen=True, slots=True)
class Letter:
    """`id` without angle brackets, "" for a message without Message-ID.

    `quote` is the language of the line above the quoted text ("" quotes nothing).
    `attachment`: name, type, text. `calendar`: method, uid, summary, starts (ISO, local).
    `bounce`: recipient, status, diagnostic, text.
    """

    id: str
    at: datetime
    writer: Writer
    to: tuple[Writer, ...]
    cc: tuple[Writer, ...]
    subject: str
    text: str
    html: str = ""
    answers: Letter | None = None
    quote: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachment: Mapping[str, str] | None = None
    calendar: Mapping[str, Any] | None = None
    bounce: Mapping[str, str] | None = None


def message_id(thread: str, number: int, writer: Writer) -> str:
    """Without angle brackets. Depends on the place in the example only."""
    return f"{_digest(thread, str(number))}@{_host(writer.address)}"


def _host(address: str) -> str:
    domain = address.partition("@")[2]
    return domain if domain == _RELAY else f"mail.{domain}"


def rendered(letter: Letter, *, delivered_to: str | None) -> bytes:
    """The bytes; with the trace of its way to `delivered_to`, None for the sender's copy."""
    mail = _bounce(letter) if letter.bounce is not None else _letter(letter)
    trace = b"" if delivered_to is None else _trace(letter, delivered_to)
    return trace + mail


def _letter(letter: Letter) -> bytes:
    mail = EmailMessage(policy=SMTP)
    for name, value in {**letter.headers, **_heading(letter)}.items():
        mail[name] = value
    if letter.text:
        mail.set_content(letter.text + _quoted(letter), cte="quoted-printable")
        if letter.html:
            mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    elif letter.html:
        mail.set_content(letter.html, subtype="html", cte="quoted-printable")
    if letter.calendar is not None:
        mail.add_alternative(
            _calendar(letter, letter.calendar),
            subtype="calendar",
            params={"method": letter.calendar["method"]},
            cte="quoted-printable",
        )
    if letter.attachment is not None:
        main, _, sub = letter.attachment["type"].partition("/")
        mail.add_attachment(
            letter.attachment["text"].encode(),
            maintype=main,
            subtype=sub,
            filename=letter.attachment["name"],
        )
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            # The library's own boundaries are random.
            part.set_boundary(f"=_{_digest(letter.id or letter.subject, str(number))}")
    return mail.as_bytes()


def _heading(letter: Letter) -> dict[str, str]:
    answers = letter.answers
    heading = {
        "From": str(letter.writer),
        "To": ", ".join(map(str, letter.to)),
        "Cc": ", ".join(map(str, letter.cc)),
        "Subject": letter.subject,
        "Date": format_datetime(letter.at),
        "Message-ID": f"<{letter.id}>" if letter.id else "",
        "In-Reply-To": f"<{answers.id}>" if answers and answers.id else "",
        "References": " ".join(f"<{known}>" for known in _chain(answers)),
    }
    return {name: value for name, value in heading.items() if value}


def _chain(letter: Letter | None) -> list[str]:
    chain: list[str] = []
    while letter is not None:
        if letter.id:
            chain.insert(0, letter.id)
        letter = letter.answers
    return chain


def _quoted(letter: Letter) -> str:
    before = letter.answers
    if before is None or not letter.quote:
        return ""
    day, clock = f"{before.at:%d.%m.%Y}", f"{before.at:%H:%M}"
    who = f"{before.writer.name} <{before.writer.address}>"
    line = {
        "en": f"On {before.at:%a, %d %b %Y} at {clock}, {who} wrote:",
        "de": f"Am {day} um {clock} schrieb {who}:",
        "fr": f"Le {before.at:%d/%m/%Y} à {clock}, {who} a écrit :",
    }[letter.quote]
    quoted = "\n".join(f"> {each}".rstrip() for each in before.text.rstrip().split("\n"))
    return f"\n{line}\n{quoted}\n"


def _trace(letter: Letter, box: str) -> bytes:
    sender = "" if letter.bounce is not None else letter.writer.address
    host_name = _host(sender or f"@{_RELAY}")
    id_ = _digest(letter.id or letter.subject, box)[:14]
    # 192.0.2.0/24 is set aside for documentation.
    host = int(id_[:2], 16) % 254 + 1
    return (
        f"Delivered-To: {box}\r\n"
        f"Return-Path: <{sender}>\r\n"
        f"Received: from {host_name} ({host_name} [192.0.2.{host}])\r\n"
        f"\tby mx.{box.partition('@')[2]} with ESMTPS id {id_}\r\n"
        f"\tfor <{box}>; {format_datetime(letter.at)}\r\n"
    ).encode()


def _calendar(letter: Letter, event: Mapping[str, Any]) -> str:
    starts = letter.at.replace(hour=event["hour"], minute=0, second=0)
    begins = starts.astimezone(UTC)
    attendees = "".join(
        f"ATTENDEE;CN={each.name};PARTSTAT={event['state']}:mailto:{each.address}\n"
        for each in ((letter.writer,) if event["method"] == "REPLY" else letter.to)
    )
    organiser = letter.to[0] if event["method"] == "REPLY" else letter.writer
    return (
        "BEGIN:VCALENDAR\nPRODID:-//Brightlink example//EN\nVERSION:2.0\n"
        f"METHOD:{event['method']}\nBEGIN:VEVENT\n"
        f"UID:{_digest(event['uid'])}@calendar.{organiser.address.partition('@')[2]}\n"
        f"DTSTAMP:{letter.at.astimezone(UTC):%Y%m%dT%H%M%SZ}\n"
        f"DTSTART:{begins:%Y%m%dT%H%M%SZ}\nDURATION:PT30M\n"
        f"ORGANIZER;CN={organiser.name}:mailto:{organiser.address}\n{attendees}"
        f"SUMMARY:{event['summary']}\nEND:VEVENT\nEND:VCALENDAR\n"
    )


def _bounce(letter: Letter) -> bytes:
    """RFC 3464: what people read, what machines read, and the head of what bounced."""
    bounce, original = letter.bounce, letter.answers
    assert bounce is not None
    assert original is not None
    boundary = f"=_{_digest(letter.id, 'report')}"
    head = _letter(original).partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    when = format_datetime(letter.at)
    text = f"""From: {letter.writer}
To: {original.writer.address}
Subject: {letter.subject}
Date: {when}
Message-ID: <{letter.id}>
In-Reply-To: <{original.id}>
References: <{original.id}>
Auto-Submitted: auto-replied
X-Failed-Recipients: {bounce["recipient"]}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="{boundary}"

This is a MIME-encapsulated message.

--{boundary}
Content-Type: text/plain; charset=utf-8
Content-Description: Notification

{bounce["text"].strip()}

--{boundary}
Content-Type: message/delivery-status
Content-Description: Delivery report

Reporting-MTA: dns; {_RELAY}
Arrival-Date: {format_datetime(original.at)}

Final-Recipient: rfc822; {bounce["recipient"]}
Original-Recipient: rfc822; {bounce["recipient"]}
Action: failed
Status: {bounce["status"]}
Remote-MTA: dns; mx.{bounce["recipient"].partition("@")[2]}
Diagnostic-Code: smtp; {bounce["diagnostic"]}
Last-Attempt-Date: {when}

--{boundary}
Content-Type: text/rfc822-headers
Content-Description: Undelivered Message Headers

""".replace("\n", "\r\n")
    return f"{text}{head}\r\n\r\n--{boundary}--\r\n".encode()


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
