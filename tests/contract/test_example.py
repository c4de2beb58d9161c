"""The connector of CONTRIBUTING.md keeps the contract of a mail connector."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import requests

from syncd.ports.manifest import Role, Toolbox
from syncd.ports.simulator import Answer
from tests.contract.example.syncd_postbox import MANIFEST
from tests.contract.example.syncd_postbox.simulator import TOKEN, PostboxSimulator
from tests.contract.mail import MailContract
from tests.contract.simulated import AloneHere
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport

RAW = base64.b64encode(b"From: a@b.example\r\nSubject: Hello\r\n\r\nHi\r\n").decode()


@dataclass
class PostboxStage(AloneHere):
    """Satisfies `tests.contract.mail.Stage`."""

    source: Any
    simulator: PostboxSimulator
    transport: SimulatorTransport
    clock: DrivenClock
    mailbox: str = "maya@brightlink.example"
    colleague: str = "tom@brightlink.example"
    aliases: tuple[str, ...] = ("maya.roe@brightlink.example",)

    def now(self) -> datetime:
        return self.clock.now()

    def receive(self, *, labels: tuple[str, ...] = (), at: datetime | None = None) -> str:
        when = {"at": at.isoformat()} if at else {}
        return str(self._tell("deliver", raw=RAW, labels=labels, **when)["id"])

    def save_draft(self) -> str:
        return self.receive(labels=("DRAFT",))

    def move(
        self, message: str, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()
    ) -> None:
        self._tell("move", id=message, add=add, remove=remove)

    def delete(self, message: str) -> None:
        self._tell("delete", id=message)

    def gone(self) -> str:
        message = self.receive()
        self.delete(message)
        return message

    def forget_cursors(self) -> None:
        self._tell("forget")

    def revoke(self) -> None:
        self._tell("revoke")

    def refuse(self, status: int) -> None:
        self.transport.before = lambda _request: Answer(status)

    def cut(self, *, after: bool) -> None:
        def lost(*_: object) -> Answer:
            raise requests.ConnectionError("reset by peer")

        if after:
            self.transport.after = lost
        else:
            self.transport.before = lost

    def calls(self) -> int:
        return len(self.transport.calls)

    def _tell(self, command: str, **body: Any) -> dict[str, Any]:
        return self.simulator.control(command, {"mailbox": self.mailbox, **body})


class TestPostbox(MailContract):
    @pytest.fixture
    def stage(self, monkeypatch):
        monkeypatch.setenv("POSTBOX_TOKEN", TOKEN)
        simulator = PostboxSimulator(clock := DrivenClock())
        transport = SimulatorTransport({"postbox": simulator})
        boxes = (PostboxStage.mailbox, PostboxStage.colleague)
        for address, aliases in zip(boxes, (PostboxStage.aliases, ()), strict=True):
            simulator.control("add_mailbox", {"address": address, "aliases": aliases})
        settings = MANIFEST.settings.model_validate(
            {
                "kind": "postbox",
                "url": "http://postbox.test",
                "token": {"env": "POSTBOX_TOKEN"},
                "mailboxes": boxes,
            }
        )
        source = MANIFEST.ports[Role.MAIL](settings, Toolbox(clock, transport=transport))
        return PostboxStage(source, simulator, transport, clock)
