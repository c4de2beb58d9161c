"""A stand-in for Gmail, written from facts/gmail.md; NOTES.md says what it leaves out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from connectors.gmail import simulator_batch as batch
from connectors.gmail import simulator_messages, simulator_settings, simulator_writing
from connectors.gmail import simulator_pubsub as pubsub
from connectors.gmail.simulator_access import (
    CONSENT_PATH,
    REVOKE_PATH,
    TOKEN_PATH,
    Access,
    allow,
    whose,
)
from connectors.gmail.simulator_control import COMMANDS, Control
from connectors.gmail.simulator_errors import GmailError, worded
from connectors.gmail.simulator_mailbox import Mailbox
from connectors.gmail.simulator_quota import Quota
from connectors.gmail.simulator_routes import Asked, route
from connectors.gmail.simulator_world import World
from syncd.ports.clock import Clock
from syncd.ports.simulator import Answer, Request

OVERRIDE = "x-http-method-override"
_KEPT = ("lag_seconds", "padding", "history_days")

METHODS = (
    *simulator_messages.API.all,
    *simulator_writing.API.all,
    *simulator_settings.API.all,
)


class GmailSimulator:
    """Satisfies `syncd.ports.simulator.Simulator`."""

    name = "gmail"
    commands = COMMANDS  # what the sandbox's control port lists

    def __init__(self, clock: Clock) -> None:
        self._world = World(clock)
        self._access = Access()
        self._control = Control(self._world, self._access, Quota())

    def listen(self, listener: Callable[[str, bytes, set[str], int, str], None]) -> None:
        """Be told of each message that comes in or goes out: mailbox, bytes, labels,
        time in epoch milliseconds, thread.
        """
        self._world.listener = listener

    def handle(self, request: Request) -> Answer:
        request = _unwrapped(request)
        try:
            if request.path == TOKEN_PATH and request.method == "POST":
                self._control.count(f"POST {TOKEN_PATH}", part=False)
                return self._control.fault(request, part=False) or self._access.token(
                    request, self._world.boxes, self._world.now()
                )
            if request.path == CONSENT_PATH and request.method == "GET":
                return self._access.consent(request, self._world.boxes)
            if request.path == REVOKE_PATH and request.method == "POST":
                self._control.count(f"POST {REVOKE_PATH}", part=False)
                return self._control.fault(request, part=False) or self._access.revoke(request)
            if request.path in self._world.push.keys.PATHS and request.method == "GET":
                return self._world.push.keys.published(request.path)
            if pubsub.PATH.fullmatch(request.path):
                return self._pubsub(request)
            if request.path in batch.PATHS and request.method == "POST":
                return self._batch(request)
            return self._served(request, part=False)
        except GmailError as refusal:
            return refusal.answer()

    def worded(self, _request: Request, status: int, variant: str) -> Answer:
        """An error as Gmail says it; `variant` is a reason of facts/gmail.md A5."""
        return worded(status, variant, self._world.now())

    def control(self, command: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._control.run(command, body)

    def snapshot(self) -> dict[str, Any]:
        """Mailboxes and settings. Tokens, faults and counts are of the moment and not kept."""
        kept = {name: getattr(self._world, name) for name in _KEPT}
        boxes = [box.snapshot() for _, box in sorted(self._world.boxes.items())]
        limits = self._control.quota.settings()
        # Through JSON, so that it shares nothing with what goes on changing.
        state: dict[str, Any] = json.loads(json.dumps(kept | {"limits": limits, "boxes": boxes}))
        return state

    def restore(self, state: Mapping[str, Any]) -> None:
        world = World(self._world.clock, **{name: state[name] for name in _KEPT if name in state})
        world.listener = self._world.listener
        world.push.follow(self._world.push)
        # What subscribes is there still, and so is what waits for it.
        world.pubsub = self._world.pubsub
        for each in state["boxes"]:
            box = Mailbox.restored(each, world.raws)
            world.boxes[box.address] = box
        self._world, self._access = world, Access()
        self._control = Control(world, self._access, Quota())
        self._control.quota.configure(state["limits"])

    def _pubsub(self, request: Request) -> Answer:
        verb = request.path.partition(":")[2]
        self._control.count(f"{request.method} pubsub {verb or 'subscription'}", part=False)
        fault = self._control.fault(request, part=False)
        if fault is not None:
            return fault
        grant = self._access.bearer(request.headers.get("authorization", ""), self._world.now())
        return self._world.pubsub.handle(request, grant.scopes)

    def _batch(self, request: Request) -> Answer:
        self._control.count("POST /batch", part=False)
        fault = self._control.fault(request, part=False)
        if fault is not None:
            return fault
        self._access.grant(
            request.headers.get("authorization", ""), self._world.boxes, self._world.now()
        )
        with self._control.quota.batch():
            return batch.serve(request, self._part)

    def _part(self, request: Request) -> Answer:
        try:
            return self._served(_unwrapped(request), part=True)
        except GmailError as refusal:
            return refusal.answer()

    def _served(self, request: Request, *, part: bool) -> Answer:
        method, path, upload = route(request, METHODS)
        self._control.count(f"{method.verb} {method.template}", part=part)
        fault = self._control.fault(request, part=part)
        if fault is not None:
            return fault
        box, grant = self._access.grant(
            request.headers.get("authorization", ""), self._world.boxes, self._world.now()
        )
        allow(grant, method.scopes)
        whose(path["userId"], box)
        quota, now = self._control.quota, self._world.seconds()
        who = quota.whose(box.address, grant.issuer, request.param("quotaUser"))
        quota.charge(box.address, method.name, now, who=who)
        answered = method.function(Asked(self._world, box, grant, request, path, upload))
        quota.sent(who, len(answered.body), now)
        return answered


def _unwrapped(request: Request) -> Request:
    """Long GETs arrive as POSTs with the query in the body (facts/gmail.md A2)."""
    if request.method != "POST" or request.headers.get(OVERRIDE, "").upper() != "GET":
        return request
    more = tuple(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return Request("GET", request.path, request.query + more, request.headers)
