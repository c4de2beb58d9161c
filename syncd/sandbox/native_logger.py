"""Lets HubSpot's own mail logger hear what passes the mailboxes (facts/hubspot.md 5).

The second writer of a real account: an inbox connected to HubSpot logs the same mail as
syncd, before or after it. `native_logger` of the HubSpot simulator says whether, for which
inboxes, and how late.
"""

from __future__ import annotations

import email.message
from collections import OrderedDict
from collections.abc import Collection
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import getaddresses
from typing import Protocol

from syncd.ports.simulator import Simulator

_UNHEARD = frozenset({"DRAFT", "SPAM", "TRASH", "CHAT", "SCHEDULED"})
_REMEMBERED = 10_000


class Delivery(Protocol):
    """What the Gmail simulator calls for each message that a mailbox gets or sends."""

    def __call__(
        self, mailbox: str, raw: bytes, labels: Collection[str], at_ms: int, thread: str
    ) -> None: ...


class NativeEar:
    """Tells the CRM of each message once, though several mailboxes hold a copy."""

    def __init__(self, crm: Simulator) -> None:
        self._crm = crm
        self._heard: OrderedDict[str, None] = OrderedDict()

    def __call__(
        self, mailbox: str, raw: bytes, labels: Collection[str], at_ms: int, thread: str
    ) -> None:
        logger = self._crm.control("native_logger", {})
        connected = logger["inboxes"]
        if logger["mode"] == "off" or not _UNHEARD.isdisjoint(labels):
            return
        if connected is not None and mailbox not in connected:
            return
        message = message_from_bytes(raw)
        message_id = str(message.get("message-id", "")).strip()
        if message_id and message_id in self._heard:
            return
        self._remember(message_id)
        sent = "SENT" in labels
        senders, receivers = _addresses(message, "from"), _addresses(message, "to", "cc")
        self._crm.control(
            "native_hears",
            {
                "contacts": receivers if sent else [*senders, *receivers],
                "subject": str(message.get("subject", "")),
                "at": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(),
                "direction": "sent" if sent else "received",
                "message_id": message_id,
                "from": next(iter(senders), ""),
                "to": receivers,
                "thread_id": thread,
            },
        )

    def _remember(self, message_id: str) -> None:
        if message_id:
            self._heard[message_id] = None
            if len(self._heard) > _REMEMBERED:
                self._heard.popitem(last=False)


def connect(gmail: object, crm: Simulator | None) -> None:
    """Where both simulators are, and can, the one hears the other."""
    listen = getattr(gmail, "listen", None)
    if listen is not None and "native_hears" in getattr(crm, "commands", ()):
        assert crm is not None
        listen(NativeEar(crm))


def _addresses(message: email.message.Message, *names: str) -> list[str]:
    fields = [str(value) for name in names for value in message.get_all(name, [])]
    found = (address.lower() for _, address in getaddresses(fields))
    return list(dict.fromkeys(one for one in found if "@" in one))
