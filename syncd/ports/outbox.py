"""What a stand-in for a service sends by itself: notifications, and how they go astray.

A simulator is a function from request to answer and has no sockets; what it wants to send
waits here. The sandbox carries it out over HTTP, a test reads it, and both tell how it
went. Real services repeat, reorder and lose notifications: switches, seeded, do the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncd.ports.clock import Clock

SWITCHES: dict[str, float] = {
    "duplicate": 0.0,  # the share of notifications that come twice
    "reorder": 0.0,  # the share held back for `hold` seconds, so that later ones overtake
    "lose": 0.0,  # the share that never comes
    "delay": 0.0,  # seconds before any is sent
    "hold": 5.0,
    "seed": 0,
}
COMMANDS = ("outbox", "delivered", "webhooks")


@dataclass(slots=True)
class Parcel:
    """One notification on its way. `attempt` counts from 0; `due` is in epoch seconds."""

    id: int
    subscription: int
    url: str
    content: Mapping[str, Any]
    due: float
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes over the wire for one attempt."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Outbox:
    """Parcels in the order of their time, repeated after `pauses` until `accepts`.

    `dress` makes the request of an attempt (signatures cover the time of sending);
    `discarded` is told of a parcel that was tried in vain.
    """

    def __init__(
        self,
        clock: Clock,
        dress: Callable[[Parcel], Sent],
        *,
        pauses: Sequence[float],
        accepts: Callable[[int], bool],
        discarded: Callable[[Parcel], None] = lambda _parcel: None,
    ) -> None:
        self._clock = clock
        self._dress = dress
        self._pauses = tuple(pauses)
        self._accepts = accepts
        self._discarded = discarded
        self._waiting: dict[int, Parcel] = {}
        self._last = 0
        self.switches = dict(SWITCHES)

    def put(self, subscription: int, url: str, content: Mapping[str, Any]) -> Parcel:
        """Have something sent. Returns it, also when a switch then loses it."""
        self._last += 1
        now = self._clock.now().timestamp()
        parcel = Parcel(self._last, subscription, url, content, now + self.switches["delay"])
        lost, held, twice = (self._falls(what) for what in ("lose", "reorder", "duplicate"))
        if held:
            parcel.due += self.switches["hold"]
        if not lost:
            self._waiting[parcel.id] = parcel
        if twice and not lost:
            self._last += 1
            again = Parcel(self._last, subscription, url, content, parcel.due)
            self._waiting[again.id] = again
        return parcel

    def clear(self) -> None:
        self._waiting.clear()

    def command(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """One of `COMMANDS`.

        `outbox`: what is due now, as requests; `delivered` (`id`, `status`, 0 for no answer
        in time): how one went; `webhooks`: set switches. Raises `ValueError`.
        """
        match name:
            case "outbox":
                return self._told()
            case "delivered":
                return self._settle(int(body["id"]), int(body["status"]))
        unknown = sorted(set(body) - set(SWITCHES))
        if unknown:
            raise ValueError(f"unknown switch {unknown[0]!r}; known: {', '.join(SWITCHES)}")
        self.switches.update({key: float(value) for key, value in body.items()})
        return dict(self.switches)

    def _told(self) -> dict[str, Any]:
        now = self._clock.now().timestamp()
        due = sorted(
            (each for each in self._waiting.values() if each.due <= now),
            key=lambda each: (each.due, each.id),
        )
        requests = []
        for parcel in due:
            sent = self._dress(parcel)
            requests.append(
                {
                    "id": parcel.id,
                    "attempt": parcel.attempt,
                    "url": parcel.url,
                    "headers": dict(sent.headers),
                    "body": sent.body.decode(),
                }
            )
        return {"due": requests, "waiting": len(self._waiting) - len(due)}

    def _settle(self, parcel_id: int, status: int) -> dict[str, Any]:
        parcel = self._waiting.get(parcel_id)
        if parcel is None:
            raise ValueError(f"nothing with the id {parcel_id} is waiting")
        if self._accepts(status):
            del self._waiting[parcel_id]
            return {"state": "delivered"}
        if parcel.attempt >= len(self._pauses):
            del self._waiting[parcel_id]
            self._discarded(parcel)
            return {"state": "discarded"}
        parcel.due = self._clock.now().timestamp() + self._pauses[parcel.attempt]
        parcel.attempt += 1
        return {"state": "waiting", "due_in": self._pauses[parcel.attempt - 1]}

    def _falls(self, what: str) -> bool:
        """Whether the switch strikes the latest parcel; the same under the same seed."""
        share = self.switches[what]
        if share in {0.0, 1.0}:
            return share == 1.0
        told = f"{self.switches['seed']:g}/{what}/{self._last}".encode()
        digest = hashlib.blake2b(told, digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64 < share
