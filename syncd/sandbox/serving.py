"""One `handle(Request) -> Answer` as an ASGI application under uvicorn."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict, dataclass
from email.utils import formatdate
from typing import Any, Protocol
from urllib.parse import parse_qsl

from uvicorn.protocols.http.h11_impl import H11Protocol

from syncd.ports.simulator import Answer, Request
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.faults import FaultRule, Faults, Kind

_log = logging.getLogger("syncd.sandbox")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Ours to write: uvicorn frames the body by them.
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
_BODILESS = frozenset({204, 304})
_WITHOUT_EFFECT = frozenset({Kind.RESET_BEFORE, Kind.BLACK_HOLE})
_SILENT = _WITHOUT_EFFECT | {Kind.RESET_AFTER, Kind.LOSE_ANSWER}
# Close at once and tell the other side so (RST), instead of the polite FIN.
_LINGER_NOT = struct.pack("ii", 1, 0)


class Handler(Protocol):
    def handle(self, request: Request) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call as the sandbox saw it. `status` 0: no answer was given."""

    service: str
    method: str
    path: str
    status: int
    milliseconds: float
    fault: str = ""


class Traffic:
    """How many calls each service had, and the latest of them."""

    def __init__(self, keep: int = 1000) -> None:
        self._totals: Counter[str] = Counter()
        self._recent: deque[Exchange] = deque(maxlen=keep)

    def note(self, exchange: Exchange) -> None:
        self._totals[exchange.service] += 1
        self._recent.append(exchange)

    def total(self, service: str) -> int:
        return self._totals[service]

    def describe(self, limit: int = 100) -> dict[str, Any]:
        """Totals by service, and the `limit` latest calls, newest first, as JSON values."""
        latest = list(self._recent)[-limit:] if limit > 0 else []
        return {
            "totals": dict(self._totals),
            "recent": [asdict(exchange) for exchange in reversed(latest)],
        }


class Connection(H11Protocol):
    """Hands its transport to the application, which ASGI would not let hang up."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it so
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope["transport"] = transport
            await app(scope, receive, send)

        self.app = with_transport


class Served:
    """Serves one handler. Everything runs in one event loop, so calls come one at a time.

    To be made inside that loop.
    """

    def __init__(
        self,
        name: str,
        handler: Handler,
        clock: SandboxClock,
        *,
        faults: Faults | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        self._name = name
        self._handler = handler
        self._clock = clock
        self._faults = faults
        self._traffic = traffic
        self._closing = asyncio.Event()
        self._held: set[asyncio.Transport] = set()

    def hang_up(self) -> None:
        """Let go of every connection a fault holds, so that the server can end."""
        self._closing.set()
        for transport in self._held:
            transport.abort()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        if body is None:
            return
        request = Request(
            method=scope["method"],
            path=scope["path"],
            query=tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            headers=_headers(scope["headers"]),
            body=body,
        )
        began = time.perf_counter()
        fault = self._faults.pick(self._name, request) if self._faults is not None else None
        answer = self._ask(request) if fault is None else self._under(fault, request)
        kind = None if fault is None else fault.kind
        if not answer.status and kind is None:
            kind = Kind.RESET_AFTER  # a simulator's own word for an answer that never comes
        self._note(request, 0 if kind in _SILENT else answer.status, began, kind)
        if kind is None or kind is Kind.STATUS:
            await self._send(answer, request.method, send)
            return
        transport: asyncio.Transport = scope["transport"]
        self._held.add(transport)
        try:
            match kind:
                case Kind.SLOW:
                    await self._wait(fault.seconds if fault is not None else 0)
                    await self._send(answer, request.method, send)
                    return
                case Kind.HALF_ANSWER:
                    await self._send_half(answer, send)
                    transport.close()
                case Kind.RESET_BEFORE | Kind.RESET_AFTER:
                    _reset(transport)
            await _gone(receive)
        finally:
            self._held.discard(transport)

    def _under(self, fault: FaultRule, request: Request) -> Answer:
        """What the service did, and what is said about it, when a rule picks a request."""
        status = fault.kind is Kind.STATUS
        if fault.kind in _WITHOUT_EFFECT or (status and not fault.effect):
            return self._said(fault, request)
        answer = self._ask(request)
        return self._said(fault, request) if status else answer

    def _said(self, fault: FaultRule, request: Request) -> Answer:
        """An error in the service's own words, where its stand-in has some."""
        worded = getattr(self._handler, "worded", None)
        if worded is None or not fault.unworded:
            return fault.answer()
        return fault.answer(worded(request, fault.status, fault.variant))

    @property
    def _skew(self) -> float:
        return 0.0 if self._faults is None else self._faults.skew(self._name)

    async def _wait(self, seconds: float) -> None:
        # Real time, not the sandbox's: the client's timeout runs on the real clock.
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    def _ask(self, request: Request) -> Answer:
        try:
            with self._clock.skewed(self._skew):
                return self._handler.handle(request)
        except Exception:  # noqa: BLE001 - whatever a simulator of somebody else's may raise
            # A simulator that fails is our bug: say so loudly, and in an answer no
            # service would give, but keep serving the others.
            _log.exception("%s: %s %s failed", self._name, request.method, request.path)
            text = f"the sandbox failed to serve {self._name}; its terminal shows why"
            return Answer(
                500,
                json.dumps({"sandbox_failure": text}).encode(),
                {"content-type": "application/json"},
            )

    def _note(self, request: Request, status: int, began: float, fault: Kind | None) -> None:
        if self._traffic is not None:
            took = round((time.perf_counter() - began) * 1000, 2)
            path = request.path
            said = "" if fault is None else fault.value
            self._traffic.note(Exchange(self._name, request.method, path, status, took, said))

    async def _send(self, answer: Answer, method: str, send: Send) -> None:
        bodiless = method == "HEAD" or answer.status in _BODILESS
        await send(self._start(answer, len(answer.body)))
        await send({"type": "http.response.body", "body": b"" if bodiless else answer.body})

    async def _send_half(self, answer: Answer, send: Send) -> None:
        # An answer without a body promises one here, so that its end is missed all the same.
        status = 200 if answer.status in _BODILESS else answer.status
        body = answer.body or b"{}"
        await send(self._start(Answer(status, body, answer.headers), len(body)))
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})

    def _start(self, answer: Answer, size: int) -> dict[str, Any]:
        headers = {
            name.lower(): value
            for name, value in answer.headers.items()
            if name.lower() not in _FRAMING
        }
        if "date" not in headers:
            # The sandbox's time, as the records in the answer have it.
            at = self._clock.now().timestamp() + self._skew
            headers["date"] = formatdate(at, usegmt=True)
        if answer.status not in _BODILESS:
            headers["content-length"] = str(size)
        raw = [
            (name.encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in headers.items()
        ]
        return {"type": "http.response.start", "status": answer.status, "headers": raw}


async def _body(receive: Receive) -> bytes | None:
    """The whole request body, None when the client left before its end."""
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _reset(transport: asyncio.Transport) -> None:
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
