"""Small messages written for these tests."""

from __future__ import annotations

from syncd.core.facts import Mail
from syncd.core.mail.classify import Classification, classify
from syncd.core.mail.envelope import envelope
from syncd.core.mail.raw import from_bytes
from syncd.settings.phrases import phrases

BASE = {
    "From": "Jane Doe <jane@homeblog.example>",
    "To": "maya@brightlink.example",
    "Subject": "Re: A guide for your readers",
    "Date": "Mon, 01 Jun 2026 10:00:00 +0200",
    "Message-ID": "<answer-1@homeblog.example>",
    "Content-Type": "text/plain; charset=utf-8",
}


def raw(body: str = "Sounds good.\n\nJane", **headers: str | None) -> bytes:
    """A message like `BASE`; `X_Header="..."` sets a header, None leaves one out."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    known = {name.lower(): name for name in BASE}
    merged: dict[str, str | None] = dict(BASE)
    merged |= {known.get(name.lower(), name): value for name, value in given.items()}
    head = "".join(f"{name}: {value}\n" for name, value in merged.items() if value is not None)
    return f"{head}\n{body}".encode()


def mail(body: str = "Sounds good.\n\nJane", **headers: str | None) -> Mail:
    return from_bytes(raw(body, **headers))


def found(body: str = "Sounds good.\n\nJane", **headers: str | None) -> Classification:
    return of(mail(body, **headers))


def of(letter: Mail) -> Classification:
    return classify(letter, envelope(letter), phrases())


def report(*parts: str, kind: str = "delivery-status", **headers: str | None) -> Classification:
    """A multipart/report whose parts are given whole, headers included."""
    body = "".join(f"--sep\n{part}\n" for part in parts) + "--sep--\n"
    return found(
        body,
        Content_Type=f'multipart/report; report-type={kind}; boundary="sep"',
        **headers,
    )
