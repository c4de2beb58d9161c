"""Webhooks of an app: batches of events, signed, tried eleven times (facts/hubspot.md 2.10)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.hubspot.simulator_access import CLIENT_SECRET
from connectors.hubspot.simulator_state import Portal, Record
from syncd.ports.outbox import Outbox, Parcel, Sent

# Emails, tasks and notes have no events of their own.
_WORDS = {"contacts": "contact", "companies": "company", "deals": "deal"}
_EVENTS = ("creation", "deletion", "merge", "restore", "propertyChange")
TYPES = (
    *(f"{word}.{event}" for word in _WORDS.values() for event in _EVENTS if event != "merge"),
    "contact.merge",
    "contact.privacyDeletion",
)
MOST_EVENTS = 100
# Ten more attempts within a day.
PAUSES = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0, 14400.0, 18000.0, 28800.0)
# HubSpot reads these as their characters before it signs; clients must do the same.
_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'",
    "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip


class Webhooks:
    """Subscriptions by the back door: an app's own settings, not the API, hold them."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._subscriptions: list[dict[str, Any]] = []
        self._gathered: dict[str, list[dict[str, Any]]] = {}
        self._last_event = 0
        self.outbox = Outbox(
            portal.clock, self._dressed, pauses=PAUSES, accepts=lambda status: 200 <= status < 300
        )
        portal.heard = self.happened

    def subscribe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{type, url, property?}: `property` for propertyChange alone, and needed there."""
        kind = str(body["type"])
        if kind not in TYPES:
            raise ValueError(f"type is one of {', '.join(TYPES)}")
        if urlsplit(str(body["url"])).scheme not in {"http", "https"}:
            raise ValueError(f"url {body['url']} is none")
        if kind.endswith("propertyChange") != bool(body.get("property")):
            raise ValueError("property goes with propertyChange, and the one needs the other")
        number = len(self._subscriptions) + 1
        one = {"id": number, "type": kind, "url": str(body["url"])}
        self._subscriptions.append(one | {"property": str(body.get("property") or "")})
        return {"id": number}

    def unsubscribe(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        self._subscriptions.clear()
        self.forget()
        return {}

    def forget(self) -> None:
        self._gathered.clear()
        self.outbox.clear()

    def command(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if name == "outbox":
            self._pack()
        return self.outbox.command(name, body)

    def happened(
        self, kind: str, event: str, row: Record, before: Mapping[str, str], **more: Any
    ) -> None:
        """Gather the event for those who asked; it leaves with the next batch."""
        word = _WORDS.get(kind)
        if word is None or not self._subscriptions:
            return
        for one in self._subscriptions:
            if one["type"] != f"{word}.{event}":
                continue
            name = one["property"]
            if name and row.properties.get(name) == before.get(name):
                continue
            self._last_event += 1
            told = {
                "eventId": self._last_event,
                "subscriptionId": one["id"],
                "portalId": int(self._portal.switches["id"]),
                "appId": 1,
                "occurredAt": int(self._portal.clock.now().timestamp() * 1000),
                "subscriptionType": one["type"],
                "objectId": int(row.id),
                "changeSource": row.properties.get("hs_object_source", "CRM_UI"),
                **more,
            }
            if name:
                value = row.properties.get(name, "")
                told |= {"propertyName": name, "propertyValue": value}
            self._gathered.setdefault(one["url"], []).append(told)

    def _pack(self) -> None:
        for url, events in self._gathered.items():
            for batch in _slices(events, MOST_EVENTS):
                self.outbox.put(0, url, {"events": batch})
        self._gathered.clear()

    def _dressed(self, parcel: Parcel) -> Sent:
        events = [{**each, "attemptNumber": parcel.attempt} for each in parcel.content["events"]]
        body = json.dumps(events)
        stamp = str(int(self._portal.clock.now().timestamp() * 1000))
        uri = parcel.url
        for code, character in _DECODED.items():
            uri = uri.replace(code, character).replace(code.lower(), character)
        signed = hmac.new(
            CLIENT_SECRET.encode(), f"POST{uri}{body}{stamp}".encode(), hashlib.sha256
        ).digest()
        return Sent(
            body.encode(),
            {
                "content-type": "application/json",
                "user-agent": "HubSpot Connect 2.0",
                "x-hubspot-signature-version": "v3",
                "x-hubspot-signature-v3": base64.b64encode(signed).decode(),
                "x-hubspot-request-timestamp": stamp,
            },
        )


def _slices(events: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(events), size):
        yield events[start : start + size]
