"""Messages as they should not be: 25 kinds of malformed MIME, one of 10 MB, one to 500."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime

from tests.faults.script import TEAM

SENDER = "Odd <odd@odd.example>"
_NESTED = 120


def _message(
    now: datetime, key: str, headers: bytes = b"", body: bytes = b"Hello.\r\n", **fields: str
) -> bytes:
    given = {
        "From": SENDER,
        "To": TEAM[0],
        "Subject": f"Odd {key}",
        "Date": format_datetime(now),
        "Message-ID": f"<{key}@odd.example>",
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = b"".join(
        f"{name}: {value}\r\n".encode("utf-8", "surrogateescape")
        for name, value in given.items()
        if value
    )
    return lines + headers + b"\r\n" + body


def _typed(content_type: bytes, body: bytes) -> tuple[bytes, bytes]:
    return b"MIME-Version: 1.0\r\nContent-Type: " + content_type + b"\r\n", body


def _kind(key: str, headers: bytes = b"", body: bytes = b"Hello.\r\n", **fields: str) -> Make:
    return lambda now: _message(now, key, headers, body, **fields)


Make = Callable[[datetime], bytes]

_nested = b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1)
                   for n in range(_NESTED))  # fmt: skip

KINDS: Mapping[str, Make] = {
    "no end of a multipart": _kind("k1", *_typed(b"multipart/mixed; boundary=x", b"--x\r\n\r\nHi")),
    "no boundary named": _kind("k2", *_typed(b"multipart/mixed", b"--x\r\n\r\nHi\r\n--x--\r\n")),
    "a boundary that never comes": _kind("k3", *_typed(b"multipart/mixed; boundary=y", b"Hi\r\n")),
    "parts in parts in parts": _kind("k4", *_typed(b"multipart/mixed; boundary=b0", _nested)),
    "an unknown character set": _kind("k5", *_typed(b"text/plain; charset=klingon", b"\xff\xfe")),
    "bytes that are not of their character set": _kind(
        "k6", *_typed(b"text/plain; charset=utf-8", b"\xff\xc0\x80 Hi\xed\xa0\x80")
    ),
    "base64 that is none": _kind(
        "k7", b"Content-Transfer-Encoding: base64\r\n", b"!!!not=base64===\r\nQQ=\r\n"
    ),
    "quoted-printable that is none": _kind(
        "k8", b"Content-Transfer-Encoding: quoted-printable\r\n", b"=ZZ =4 =\r\n==\r\n"
    ),
    "an unknown encoding": _kind("k9", b"Content-Transfer-Encoding: rot13\r\n", b"Uv\r\n"),
    "a NUL in the text": _kind("k10", body=b"a\x00b\x00\r\n"),
    "a NUL in the subject": _kind("k11", Subject="a\x00b"),
    "eight-bit headers": _kind("k12", b"X-Odd: \xff\xfe\xc3\r\n", Subject="caf\udce9"),
    "an encoded word that is none": _kind("k13", Subject="=?utf-8?q?=ZZ?= =?nope?b?!!?="),
    "an encoded word without end": _kind("k14", Subject="=?utf-8?b?" + "QUFB" * 2000),
    "no date": _kind("k15", Date=""),
    "a date of nobody's calendar": _kind("k16", Date="Foo, 99 Nox 20266 99:99:99 +9999"),
    "no Message-ID": _kind("k17", Message_ID=""),
    "a Message-ID of 5,000 characters": _kind("k18", Message_ID=f"<{'k' * 5000}@odd.example>"),
    "two of each header": _kind(
        "k19", b"From: b@odd.example\r\nTo: c@odd.example\r\nSubject: again\r\nDate: never\r\n"
    ),
    "no sender": _kind("k20", From=""),
    "a sender that is no address": _kind("k21", From="undisclosed <<>> ;;, @@"),
    "addresses without end": _kind("k22", To='"' + "a" * 3000 + " <x@", Cc="g: " + "(" * 500),
    "a header of 100,000 characters": _kind("k23", b"X-Long: " + b"x" * 100_000 + b"\r\n"),
    "a message in a message in itself": _kind(
        "k24", *_typed(b"message/rfc822", b"Content-Type: message/rfc822\r\n\r\n" * 60)
    ),
    "HTML that never closes": _kind("k25", *_typed(b"text/html", b"<div><table><p>" * 3000)),
}


def plain(now: datetime, number: int) -> bytes:
    """Nothing is wrong with it."""
    return _message(now, f"plain{number}")


def huge(now: datetime) -> tuple[str, bytes]:
    """Ten megabytes, most of them an attachment."""
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n"
    body = (
        b"--x\r\nContent-Type: text/plain\r\n\r\nSee the attachment.\r\n--x\r\n"
        b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="large.pdf"\r\n\r\n'
        + line * (10_000_000 // len(line))
        + b"--x--\r\n"
    )
    return "10 MB", _message(now, "huge", *_typed(b"multipart/mixed; boundary=x", body))


def many(now: datetime) -> tuple[str, bytes]:
    """From one of many, to one of us and 499 others."""
    others = ", ".join(f"Other {number} <o{number}@many.example>" for number in range(499))
    return "500 recipients", _message(now, "many", To=f"{TEAM[2]}, {others}")
