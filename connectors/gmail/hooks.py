"""Gmail's notices through Pub/Sub: asked for daily, then pushed to us or pulled by us.

facts/gmail.md A6: a notice names a mailbox and a history id. The id is not used: what is new
is asked from the stored cursor, and the notice may well come before the history shows it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from connectors._kit.reading import json_object, parsed
from connectors.gmail.client import GmailClient
from connectors.gmail.hooks_pubsub import Subscription
from connectors.gmail.hooks_signer import Certificates
from connectors.gmail.settings import GmailPush, GmailSettings
from syncd.core.mail.addresses import normalise
from syncd.ports.hints import Hint, Hints, Notification, Reason, Refusal
from syncd.ports.manifest import Toolbox
from syncd.ports.verdicts import Verdict

_ISSUERS = frozenset({"accounts.google.com", "https://accounts.google.com"})
# How far the two clocks may be apart; a token lives for an hour.
_LEEWAY_SECONDS = 60.0
_SIGNED = ("RS256",)


def hints(settings: GmailSettings, tools: Toolbox) -> Hints | None:
    """None where the settings ask for no push."""
    push = settings.push
    if push is None:
        return None
    # The client that reads mail has told its budgets already; this one asks once a day.
    quiet = replace(tools, budget=lambda _service, _what, _ask: None)
    client = GmailClient(settings, quiet)
    subscription = Subscription(settings, push, quiet)
    renewals = {box: partial(_watch, client, box, push.topic) for box in settings.mailboxes}
    if push.subscription is not None:
        return Hints(
            renewals=renewals,
            pull=lambda: gathered(subscription.pull(), settings.mailboxes),
            check=lambda _address: [subscription.check()],
        )
    certificates = Certificates(push.certs_url, quiet)
    receive = partial(_receive, push, settings.mailboxes, certificates, tools.clock.now)
    return Hints(receive=receive, renewals=renewals)


def _watch(client: GmailClient, mailbox: str, topic: str) -> None:
    client.watch(mailbox, topic)


def _receive(
    push: GmailPush,
    mailboxes: tuple[str, ...],
    certificates: Certificates,
    now: Callable[[], datetime],
    told: Notification,
) -> Hint | Refusal:
    scheme, _, token = told.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return Refusal(Reason.UNSIGNED)
    try:
        claims = verified(token.strip(), certificates.of)
    except Verdict:
        return Refusal(Reason.UNREADY)
    if claims is None or not meant(claims, push):
        return Refusal(Reason.FORGED)
    if not current(claims, now()):
        return Refusal(Reason.STALE)
    try:
        said = parsed(told.body)
    except ValueError:
        return Refusal(Reason.UNREADABLE)
    message = said.get("message") if isinstance(said, dict) else None
    if not isinstance(message, dict):
        return Refusal(Reason.UNREADABLE)
    return gathered([message], mailboxes)


def verified(token: str, certificate: Callable[[str], str | None]) -> Mapping[str, Any] | None:
    """The claims of a token that the key it names has signed; None for any other.

    `certificate` gives a key's certificate as PEM. Not google.auth's id_token: that goes by
    the machine's clock and gets the keys by a session of its own.
    """
    from google.auth import crypt

    parts = token.split(".")
    if len(parts) != 3:
        return None
    head, claims = _object(parts[0]), _object(parts[1])
    # Only the one algorithm: a token must not choose how it is checked.
    if head.get("alg") not in _SIGNED or not isinstance(head.get("kid"), str):
        return None
    try:
        signature = _decoded(parts[2])
    except ValueError:
        return None
    found = certificate(head["kid"])
    if found is None:
        return None
    signed = f"{parts[0]}.{parts[1]}".encode()
    good = crypt.verify_signature(signed, signature, found)  # type: ignore[no-untyped-call] # google-auth
    return claims if good else None


def meant(claims: Mapping[str, Any], push: GmailPush) -> bool:
    """Whether Google signed it for us, on behalf of our subscription's account."""
    return (
        claims.get("iss") in _ISSUERS
        and claims.get("aud") == push.audience
        and str(claims.get("email") or "").lower() == push.signed_by
        and claims.get("email_verified") is True
    )


def current(claims: Mapping[str, Any], now: datetime) -> bool:
    began, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(began, int | float) or not isinstance(ends, int | float):
        return False
    at = now.timestamp()
    return began - _LEEWAY_SECONDS <= at <= ends + _LEEWAY_SECONDS


def gathered(messages: Iterable[Mapping[str, Any]], mailboxes: Iterable[str]) -> Hint:
    """What Pub/Sub messages tell of these mailboxes; others are no concern of ours."""
    known, found, events = frozenset(mailboxes), dict[str, None](), list[str]()
    for message in messages:
        events.append(str(message.get("messageId") or ""))
        address = normalise(str(_object(str(message.get("data") or "")).get("emailAddress") or ""))
        if address in known:
            found[address] = None
    return Hint(tuple(found), events=tuple(one for one in events if one))


def _object(encoded: str) -> dict[str, Any]:
    """A JSON object in base64, of either alphabet, padded or not; empty for anything else."""
    try:
        return json_object(_decoded(encoded.replace("+", "-").replace("/", "_")))
    except ValueError:
        return {}


def _decoded(encoded: str) -> bytes:
    return base64.urlsafe_b64decode(encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4))
