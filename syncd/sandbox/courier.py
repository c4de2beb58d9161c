"""Carries out what simulators send by themselves: webhooks, to programs of this machine only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from syncd.ports.simulator import Simulator

_log = logging.getLogger("syncd.sandbox")

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
# What the services themselves allow a receiver, in real time as the receiver's own work is.
TIMEOUT_SECONDS = 5.0
_PAUSE_SECONDS = 0.2


class Courier:
    """Takes from every `outbox` what is due, and says with `delivered` how it went.

    In the event loop that serves the simulators, so that nothing reaches them twice at once.
    """

    def __init__(
        self, simulators: Mapping[str, Simulator], *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._senders = {
            name: each
            for name, each in simulators.items()
            if "outbox" in getattr(each, "commands", ())
        }
        self._timeout = timeout
        self._told: set[str] = set()

    async def run(self) -> None:
        """Until cancelled. A slow receiver of one service's does not hold up another's."""
        await asyncio.gather(*(self._serve(name) for name in self._senders))

    async def carry_out(self, name: str) -> int:
        """Send once what is due, in order. Returns how many."""
        simulator = self._senders[name]
        due = simulator.control("outbox", {})["due"]
        for parcel in due:
            status = await self._sent(name, parcel)
            try:
                simulator.control("delivered", {"id": parcel["id"], "status": status})
            except ValueError:
                # Restored, or settled over the control port, while this one was on its way.
                _log.info("%s: delivery %s is no longer waited for", name, parcel["id"])
        return len(due)

    async def _serve(self, name: str) -> None:
        while True:
            await self.carry_out(name)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _sent(self, name: str, parcel: Mapping[str, Any]) -> int:
        """The receiver's status; 0 when there was none in time."""
        parts = urlsplit(parcel["url"])
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK_NAMES:
            if parcel["url"] not in self._told:
                self._told.add(parcel["url"])
                _log.warning(
                    "%s: nothing is sent to %s: the sandbox speaks plain HTTP to this machine only",
                    name,
                    parts.hostname,
                )
            return 0
        try:
            async with asyncio.timeout(self._timeout):
                return await _post(parts.hostname, parts.port or 80, parcel)
        except (OSError, ValueError, TimeoutError):
            return 0


async def _post(host: str, port: int, parcel: Mapping[str, Any]) -> int:
    """POST a parcel and read the status line; the rest of the answer does not matter."""
    parts = urlsplit(parcel["url"])
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = parcel["body"].encode()
    headers = {
        "host": parts.netloc,
        **parcel["headers"],
        "content-length": str(len(body)),
        "connection": "close",
    }
    head = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write("\r\n".join([*head, "", ""]).encode("latin-1") + body)
        await writer.drain()
        words = (await reader.readline()).split()
        if len(words) < 2:
            return 0
        await reader.read()
        return int(words[1])
    finally:
        writer.close()
