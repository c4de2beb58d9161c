"""Where services tell us things: outside the gate, since what is told proves by itself who tells.

Nothing is believed and nothing is done here: what a connector accepts makes the loop look
sooner. Whoever is turned away is counted, hears a status and no reason, and is not logged:
a log that strangers can write is no log.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from syncd.ports.hints import Hint, Notification, Reason, Refusal
from syncd.ports.hints import Receive as Judge

PREFIX = "/hooks/"
# A hundred of HubSpot's events, or a task with a long description, are far below.
LARGEST = 1024 * 1024
# The services give up after five seconds, so whoever takes longer is none of them.
_BODY_SECONDS = 5.0
# Longer than any signature with a time in it is good for.
_SEAL_SECONDS = 900.0
_EVENT_SECONDS = 86400.0
_MOST_REMEMBERED = 50_000

_STATUS = {
    Reason.UNSIGNED: 401,
    Reason.FORGED: 403,
    Reason.STALE: 403,
    Reason.REPLAY: 403,
    Reason.UNREADABLE: 400,
    Reason.UNREADY: 503,  # the services try again
}
_HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Receiver:
    """`service` is the connector's kind, under which it is counted."""

    service: str
    judge: Judge


@dataclass(slots=True)
class Desk:
    """What notifications are handed to. `receivers` by the last part of their address.

    `told` hears of each hint and must be quick. `counted` hears the service and the result:
    taken, nothing, repeated, limited, large, slow, or a `Reason`. `public_url` is what the
    services call us by, "" to go by the Host header. `is_proxy`: who may say that it was
    called over https.
    """

    receivers: Callable[[], Mapping[str, Receiver]]
    told: Callable[[Hint], None]
    counted: Callable[[str, str], None]
    per_minute: int
    public_url: str = ""
    is_proxy: Callable[[str], bool] = lambda _peer: False
    clock: Callable[[], float] = time.monotonic
    _allowances: dict[str, tuple[float, float]] = field(default_factory=dict)
    _seals: Memory = field(init=False)
    _events: Memory = field(init=False)

    def __post_init__(self) -> None:
        self._seals = Memory(_SEAL_SECONDS, self.clock)
        self._events = Memory(_EVENT_SECONDS, self.clock)

    def admits(self, name: str) -> bool:
        """Whether this receiver may be told one more thing now."""
        now = self.clock()
        left, since = self._allowances.get(name, (float(self.per_minute), now))
        left = min(float(self.per_minute), left + (now - since) * self.per_minute / 60)
        allowed = left >= 1
        self._allowances[name] = (left - 1 if allowed else left, now)
        return allowed

    def take(self, name: str, found: Hint | Refusal) -> str:
        """Hand on what is new. Returns the result."""
        if isinstance(found, Refusal):
            return str(found.reason)
        sealed = bool(found.seal) and self._seals.knows([f"{name} {found.seal}"])
        if sealed and found.sealed_once:
            return str(Reason.REPLAY)
        known = bool(found.events) and self._events.knows(f"{name} {one}" for one in found.events)
        if sealed or known:
            return "repeated"
        if not found:
            return "nothing"
        self.told(found)
        return "taken"

    def called(self, scope: Scope, headers: Headers) -> str:
        """The address that the sender called: signatures may cover it."""
        path = scope.get("raw_path") or scope["path"].encode()
        query = scope["query_string"]
        target: str = (path + (b"?" + query if query else b"")).decode("latin-1")
        if self.public_url:
            return self.public_url.rstrip("/") + target
        peer = scope["client"][0] if scope.get("client") else ""
        over_https = self.is_proxy(peer) and headers.get("x-forwarded-proto") == "https"
        return f"{'https' if over_https else 'http'}://{headers.get('host', '')}{target}"


class Memory:
    """What was told lately. Bounded: what is forgotten too early costs a look."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def knows(self, names: Iterable[str]) -> bool:
        """Whether all of them were told before. From now on they were."""
        now = self._clock()
        all_known = True
        for name in names:
            digest = hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=16).digest()
            all_known &= self._until.get(digest, now) > now
            self._until[digest] = now + self._seconds
            self._until.move_to_end(digest)
        while self._until and (
            len(self._until) > _MOST_REMEMBERED or next(iter(self._until.values())) <= now
        ):
            self._until.popitem(last=False)
        return all_known


class Hooks:
    """ASGI middleware, outermost: answers below `PREFIX`, leaves all else to `app`."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        await (await self._answer(scope, receive))(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        desk, name = self._desk, scope["path"].removeprefix(PREFIX)
        receiver = desk.receivers().get(name)
        if receiver is None:
            return _said(404, "no such page")
        if scope["method"] != "POST":
            # Also what the doctor asks, to see that the way here is open.
            return _said(405, "POST only", allow="POST")
        headers = Headers(scope=scope)
        if not desk.admits(name):
            desk.counted(receiver.service, "limited")
            return _said(429, "too many", retry_after="60")
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _body(headers, receive)
        except TimeoutError:
            desk.counted(receiver.service, "slow")
            return _said(408, "too slow")
        if body is None:
            desk.counted(receiver.service, "large")
            return _said(413, "too large")
        told = Notification("POST", desk.called(scope, headers), dict(headers), body)
        # On a thread: whose keys sign may have to be asked for.
        result = desk.take(name, await run_in_threadpool(receiver.judge, told))
        desk.counted(receiver.service, result)
        if result in list(Reason):
            return _said(_STATUS[Reason(result)], "refused")
        # 200 and nothing else: it is the one answer that all of them take.
        return _said(200, "ok")


def _said(status: int, words: str, **headers: str) -> Response:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainTextResponse(f"{words}\n", status, headers=_HEADERS | more)


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """The raw body; None where it is larger than anything a service sends, or breaks off."""
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 10 or int(length) > LARGEST:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > LARGEST:
            return None
        if not message.get("more_body", False):
            return bytes(body)
