"""HubSpot's webhooks: batches of events, signed with the time (facts/hubspot.md 2.10)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connectors._kit.reading import parsed
from connectors.hubspot.settings import HubSpotSettings
from syncd.ports.hints import Hint, Hints, Notification, Reason, Refusal
from syncd.ports.manifest import Finding, State, Toolbox
from syncd.ports.secrets import MissingSecret, SecretRef

# HubSpot's own window. As much in the future: a clock may be wrong in either direction.
WINDOW_SECONDS = 300.0
_SIGNATURE, _TIME = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"
# Read as their characters before the address is signed; others stay as they are encoded.
_DECODED = {f"%{ord(character):02X}": character for character in ":/?@!$'()*,;"}


def hints(settings: HubSpotSettings, tools: Toolbox) -> Hints | None:
    """None where the settings ask for no webhooks."""
    secret = secret_of(settings)
    if settings.webhooks is None or secret is None:
        return None

    def receive(told: Notification) -> Hint | Refusal:
        try:
            return judge(told, secret.read(), tools.clock.now())
        except MissingSecret:
            return Refusal(Reason.UNREADY)

    return Hints(receive=receive, check=_check)


def secret_of(settings: HubSpotSettings) -> SecretRef | None:
    """The app's client secret, which signs; an app that signs in has named it already."""
    if settings.webhooks is not None and settings.webhooks.secret is not None:
        return settings.webhooks.secret
    return settings.oauth.client_secret if settings.oauth is not None else None


def judge(told: Notification, secret: str, now: datetime) -> Hint | Refusal:
    """Whether HubSpot sent it, just now; then which of its events concern contacts."""
    signature, stamp = told.headers.get(_SIGNATURE, ""), told.headers.get(_TIME, "")
    if not signature or not stamp:
        return Refusal(Reason.UNSIGNED)
    expected = sign(told, stamp, secret)
    # The signature first: of what is not HubSpot's nothing more is told, not even its age.
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return Refusal(Reason.FORGED)
    if not _is_time(stamp) or abs(now.timestamp() - int(stamp) / 1000) > WINDOW_SECONDS:
        return Refusal(Reason.STALE)
    try:
        events = parsed(told.body)
    except ValueError:
        return Refusal(Reason.UNREADABLE)
    if not isinstance(events, list):
        return Refusal(Reason.UNREADABLE)
    concerns = any(_kind(one).startswith("contact.") for one in events)
    # A retry is signed anew, with the time of sending: the same signature is somebody else's.
    return Hint(crm=concerns, seal=signature, sealed_once=True, events=tuple(_names(events)))


def sign(told: Notification, stamp: str, secret: str) -> str:
    """Signature v3: base64 of HMAC-SHA256 over method, address, raw body and time."""
    address = told.url
    for code, character in _DECODED.items():
        address = address.replace(code, character).replace(code.lower(), character)
    signed = f"{told.method}{address}".encode() + told.body + stamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def _is_time(stamp: str) -> bool:
    # Python refuses to read numbers of thousands of digits.
    return stamp.isdecimal() and len(stamp) <= 20


def _kind(event: Any) -> str:
    return str(event.get("subscriptionType")) if isinstance(event, dict) else ""


def _names(events: list[Any]) -> Iterator[str]:
    """An `eventId` alone is not promised to be unique."""
    for one in events:
        if isinstance(one, dict):
            parts = (
                one.get(key) for key in ("eventId", "subscriptionId", "objectId", "occurredAt")
            )
            yield "/".join(map(str, parts))


def _check(address: str) -> list[Finding]:
    """An app's subscriptions stand in the app's own settings, which no key may read."""
    where = address or "web.public_url, which is not set"
    words = (
        "HubSpot does not let the app's subscriptions be read; they should be contact.creation, "
        f"contact.deletion, contact.merge and contact.propertyChange, sent to {where}"
    )
    return [Finding("hubspot.webhooks", State.SKIPPED, words)]
