"""A few mailboxes in the simulator, the connector beside them, and people who write."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import requests

from connectors.gmail.adapter import GmailSource
from connectors.gmail.settings import GmailSettings
from connectors.gmail.simulator import GmailSimulator
from syncd.ports.manifest import Toolbox
from syncd.ports.simulator import Answer, Request
from tests.contract.simulated import AloneHere
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport
from tests.unit.gmail.schema import departures_of

API = "http://gmail.test"
MAYA = "maya@brightlink.example"
TOM = "tom@brightlink.example"
PLENTY = 10_000_000  # units a minute, so that pacing is no part of a test about something else

BATCH = "/batch"
HISTORY = "/gmail/v1/users/me/history"


@cache
def private_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def service_account(folder: Path, **changed: str) -> Path:
    """A service account's key whose tokens come from the simulator."""
    key = {
        "type": "service_account",
        "client_email": "syncd@brightlink.example",
        "private_key": private_key(),
        "private_key_id": "1",
        "token_uri": f"{API}/token",
    }
    path = folder / "google.json"
    path.write_text(json.dumps(key | changed))
    return path


def mail(
    subject: str = "Guest post?",
    *,
    sender: str = "Jane Doe <jane@acme.example>",
    to: str = MAYA,
    message_id: str = "",
    references: str = "",
    text: str = "Hello Maya, what would that cost?",
    more: str = "",
) -> bytes:
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}"]
    lines += [f"Message-ID: <{message_id}>"] if message_id else []
    lines += [f"References: <{references}>", f"In-Reply-To: <{references}>"] if references else []
    lines += [more] if more else []
    return "\r\n".join([*lines, "", text]).encode()


@dataclass
class Scene:
    clock: DrivenClock
    simulator: GmailSimulator
    transport: SimulatorTransport
    settings: GmailSettings
    source: GmailSource
    delivered: int = field(default=0)

    @property
    def tools(self) -> Toolbox:
        return Toolbox(self.clock, transport=self.transport)

    def again(self, **changed: Any) -> GmailSource:
        """Another process with the same settings, or changed ones."""
        return GmailSource(self.settings.model_copy(update=changed), self.tools)

    def control(self, command: str, **body: Any) -> dict[str, Any]:
        return self.simulator.control(command, body)

    def deliver(
        self,
        raw: bytes | None = None,
        *,
        to: str = MAYA,
        labels: tuple[str, ...] = ("INBOX",),
        at: datetime | None = None,
        thread: str = "",
    ) -> str:
        self.delivered += 1
        body = raw if raw is not None else mail(message_id=f"{self.delivered}@acme.example")
        return str(
            self.control(
                "deliver",
                mailbox=to,
                raw=base64.b64encode(body).decode(),
                labels=list(labels),
                at=at.isoformat() if at else None,
                thread=thread,
            )["id"]
        )

    def calls(self, path: str = "") -> int:
        """How many calls whose path ends so have been made."""
        return sum(1 for _, _, asked in self.transport.calls if asked.endswith(path))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        as_: str = f"sandbox:{MAYA}",
        **query: Any,
    ) -> tuple[int, Any]:
        """Straight to the simulator, as some other client: status and JSON."""
        asked = Request(
            method,
            path if path.startswith("/") else f"/gmail/v1/users/me/{path}",
            tuple(
                (name, str(each))
                for name, value in query.items()
                for each in (value if isinstance(value, list) else [value])
            ),
            {"authorization": f"Bearer {as_}"} if as_ else {},
            json.dumps(body).encode() if body is not None else b"",
        )
        answer: Answer = self.simulator.handle(asked)
        said = json.loads(answer.body) if answer.body else None
        # Whatever a test is about, no answer may be another than Gmail's own document says.
        assert departures_of(method, asked.path, answer.status, said) == []
        return answer.status, said


def scene(
    folder: Path, *, mailboxes: tuple[str, ...] = (MAYA, TOM), units: int = PLENTY, **more: Any
) -> Scene:
    clock = DrivenClock()
    simulator = GmailSimulator(clock)
    for address in mailboxes:
        simulator.control("add_mailbox", {"address": address})
    if "installed_app" not in more:
        more["service_account"] = {"file": str(service_account(folder))}
    settings = GmailSettings(
        kind="gmail", mailboxes=mailboxes, api_url=API, units_per_minute=units, **more
    )
    transport = SimulatorTransport({"gmail": simulator})
    source = GmailSource(settings, Toolbox(clock, transport=transport))
    return Scene(clock, simulator, transport, settings, source)


def reason(body: Any) -> str:
    """The reason in an error envelope."""
    return str(body["error"]["errors"][0]["reason"])


def part_count(request: Request) -> int:
    """How many calls a batch holds."""
    return len(re.findall(rb"^GET /gmail", request.body, re.MULTILINE))


@dataclass
class GmailStage(AloneHere):
    """Satisfies `tests.contract.mail.Stage`."""

    scene: Scene
    mailbox: str = MAYA
    colleague: str = TOM
    aliases: tuple[str, ...] = ("maya.roe@brightlink.example",)

    def __post_init__(self) -> None:
        self.scene.control("add_mailbox", address=self.mailbox, aliases=self.aliases)
        self.source = self.scene.source

    def now(self) -> datetime:
        return self.scene.clock.now()

    def receive(self, *, labels: tuple[str, ...] = (), at: datetime | None = None) -> str:
        return self.scene.deliver(to=self.mailbox, labels=labels, at=at)

    def save_draft(self) -> str:
        raw = base64.b64encode(mail("Not yet")).decode()
        return str(self.scene.control("save_draft", mailbox=self.mailbox, raw=raw)["id"])

    def move(
        self, message: str, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()
    ) -> None:
        self.scene.control("relabel", mailbox=self.mailbox, id=message, add=add, remove=remove)

    def delete(self, message: str) -> None:
        self.scene.control("delete", mailbox=self.mailbox, id=message)

    def gone(self) -> str:
        message = self.receive()
        self.delete(message)
        return message

    def forget_cursors(self) -> None:
        self.scene.control("expire_history", mailbox=self.mailbox)

    def revoke(self) -> None:
        self.scene.control("revoke", mailbox=self.mailbox)

    def refuse(self, status: int) -> None:
        reason = {429: "rateLimitExceeded", 404: "notFound"}.get(status, "backendError")
        self.scene.control(
            "fault", path="^/(gmail|batch)", count=1000, status=status, reason=reason
        )

    def cut(self, *, after: bool) -> None:
        def lost(*_: object) -> Answer:
            raise requests.ConnectionError("reset by peer")

        if after:
            self.scene.transport.after = lost
        else:
            self.scene.transport.before = lost

    def calls(self) -> int:
        return self.scene.calls() - self.scene.calls("/token")
