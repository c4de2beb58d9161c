"""Pub/Sub's pull: subscriptions that keep notices until they are acknowledged.

https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions. A pull is
answered at once, also with nothing: the simulator serves one call at a time.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.gmail.simulator_errors import GmailError, answer, invalid
from syncd.ports.clock import Clock
from syncd.ports.simulator import Answer, Request

PATH = re.compile(r"/v1/(projects/[^/]+/subscriptions/[^/:]+)(?::(pull|acknowledge))?")
SCOPES = frozenset({"pubsub", "cloud-platform"})
_LEASE_SECONDS = 10.0


@dataclass(slots=True)
class _Kept:
    message: dict[str, Any]
    leased_until: float = 0.0
    ticket: str = ""


@dataclass(slots=True)
class _Subscription:
    topic: str
    kept: list[_Kept] = field(default_factory=list)


class PubSub:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._subscriptions: dict[str, _Subscription] = {}
        self._last = 0

    def subscribe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{name, topic}: a pull subscription, as the console makes it."""
        name, topic = str(body["name"]), str(body["topic"])
        if not PATH.fullmatch(f"/v1/{name}"):
            raise ValueError("name is projects/PROJECT/subscriptions/NAME")
        self._subscriptions[name] = _Subscription(topic)
        return {"name": name, "topic": topic}

    def publish(self, topic: str, told: Mapping[str, Any]) -> None:
        for one in self._subscriptions.values():
            if one.topic == topic:
                self._last += 1
                at = self._clock.now().astimezone(UTC)
                message = {
                    "data": base64.b64encode(json.dumps(told).encode()).decode(),
                    "messageId": str(self._last),
                    "publishTime": _stamp(at),
                }
                one.kept.append(_Kept(message))

    def handle(self, request: Request, scopes: frozenset[str]) -> Answer:
        """One call, by a token with these scopes. Raises refusals in Google's envelope."""
        if SCOPES.isdisjoint(scopes):
            words = "Request had insufficient authentication scopes."
            raise GmailError(403, "insufficientPermissions", words)
        found = PATH.fullmatch(request.path)
        assert found is not None
        name, verb = found[1], found[2] or ""
        if request.method != ("POST" if verb else "GET"):
            raise GmailError(404, "notFound", "Requested entity was not found.")
        subscription = self._subscriptions.get(name)
        if subscription is None:
            words = f"Resource not found (resource={name.rpartition('/')[2]})."
            raise GmailError(404, "notFound", words)
        if not verb:
            shown: dict[str, Any] = {"name": name, "topic": subscription.topic, "pushConfig": {}}
            return answer(shown | {"ackDeadlineSeconds": int(_LEASE_SECONDS), "state": "ACTIVE"})
        try:
            body = json.loads(request.body or b"{}")
        except ValueError as error:
            raise invalid("Invalid JSON payload received.") from error
        if verb == "pull":
            return self._pull(subscription, body)
        return self._acknowledge(subscription, body)

    def _pull(self, subscription: _Subscription, body: Mapping[str, Any]) -> Answer:
        most = body.get("maxMessages")
        if not isinstance(most, int) or most < 1:
            raise invalid("You have passed an invalid argument to the service (max_messages).")
        now = self._clock.now().timestamp()
        free = [one for one in subscription.kept if one.leased_until <= now][:most]
        for one in free:
            self._last += 1
            one.leased_until, one.ticket = now + _LEASE_SECONDS, f"ack-{self._last}"
        rows = [{"ackId": one.ticket, "message": one.message} for one in free]
        return answer({"receivedMessages": rows} if rows else {})

    def _acknowledge(self, subscription: _Subscription, body: Mapping[str, Any]) -> Answer:
        tickets = body.get("ackIds")
        if not isinstance(tickets, list) or not tickets:
            raise invalid("You have passed an invalid argument to the service (ack_ids).")
        # An old ticket, of a lease that ended, does nothing and is no mistake.
        subscription.kept = [one for one in subscription.kept if one.ticket not in tickets]
        return answer({})


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
