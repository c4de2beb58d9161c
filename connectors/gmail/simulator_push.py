"""Pub/Sub's push: a mailbox's notices as HTTP requests to one address (facts/gmail.md A6).

They tell of a history id at once, also while `lag` still hides what happened.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.gmail.simulator_keys import SigningKeys
from syncd.ports.clock import Clock
from syncd.ports.outbox import Outbox, Parcel, Sent

# Pub/Sub acknowledges by any of these and otherwise comes again, ever later.
_ACKNOWLEDGED = frozenset({102, 200, 201, 202, 204})
_PAUSES = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 600.0, 600.0)
_SENDER = "push@sandbox.iam.gserviceaccount.com"
_SUBSCRIPTION = "projects/sandbox/subscriptions/syncd"


class Push:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.url = ""
        self.audience = ""
        self.email = _SENDER
        self.signed = True
        self.keys = SigningKeys(clock)
        self.outbox = Outbox(
            clock, self._dressed, pauses=_PAUSES, accepts=lambda status: status in _ACKNOWLEDGED
        )

    def to(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{url, audience?, email?, signed?}: where pushes go from now on; without a url, nowhere.

        As a push subscription is set up: who signs, and for whom (the url unless told).
        """
        self.url = str(body.get("url", ""))
        self.audience = str(body.get("audience") or self.url)
        self.email = str(body.get("email") or _SENDER)
        self.signed = bool(body.get("signed", True))
        if not self.url:
            self.outbox.clear()
        return {
            "url": self.url,
            "audience": self.audience,
            "email": self.email,
            "signed": self.signed,
        }

    def follow(self, other: Push) -> None:
        """Be set up as another is, its keys included: receivers may know them."""
        self.url, self.audience, self.email = other.url, other.audience, other.email
        self.signed, self.keys = other.signed, other.keys

    def notify(self, address: str, history_id: int) -> None:
        if self.url:
            at = self._clock.now().astimezone(UTC)
            content = {"emailAddress": address, "historyId": history_id, "at": _stamp(at)}
            self.outbox.put(0, self.url, content)

    def _dressed(self, parcel: Parcel) -> Sent:
        told = {key: parcel.content[key] for key in ("emailAddress", "historyId")}
        message = {
            "data": base64.urlsafe_b64encode(json.dumps(told).encode()).decode(),
            "messageId": str(parcel.id),
            "publishTime": parcel.content["at"],
        }
        body: dict[str, Any] = {"message": message, "subscription": _SUBSCRIPTION}
        if parcel.attempt:
            body["deliveryAttempt"] = parcel.attempt + 1
        headers = {"content-type": "application/json"}
        if self.signed:
            # Made for each attempt: an hour later the first one's would be worthless.
            headers["authorization"] = f"Bearer {self.keys.token(self.audience, self.email)}"
        return Sent(json.dumps(body).encode(), headers)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
