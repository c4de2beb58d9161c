"""Drafts in the simulator, and what people do with them."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import requests

from syncd.ports.mail import Draft
from syncd.ports.simulator import Answer, Request
from tests.unit.gmail.scene import MAYA, TOM, Scene, mail


@dataclass
class GmailDrafting:
    """Satisfies `tests.contract.drafts.DraftStage`."""

    scene: Scene
    mailbox: str = MAYA
    colleague: str = TOM

    def __post_init__(self) -> None:
        self.source = self.scene.source

    def receive(self) -> tuple[str, str]:
        message_id = "guest@acme.example"
        raw = mail("Guest post?", message_id=message_id)
        delivered = self.scene.control(
            "deliver",
            mailbox=self.mailbox,
            raw=base64.b64encode(raw).decode(),
            labels=["INBOX"],
            at=None,
            thread="",
        )
        return str(delivered["threadId"]), message_id

    def headers(self, draft: Draft) -> dict[str, str]:
        _, said = self.scene.call("GET", f"drafts/{draft.id}", format="raw")
        raw = base64.urlsafe_b64decode(said["message"]["raw"] + "==")
        message = email.message_from_bytes(raw, policy=email.policy.default)
        found = {name.lower(): str(value) for name, value in message.items()}
        body = message.get_body(("plain",))
        return found | {"body": body.get_content() if body is not None else ""}

    def edit(self, draft: Draft) -> None:
        raw = base64.b64encode(mail("In my own words", sender=self.mailbox)).decode()
        thread = draft.thread_id
        self.scene.control(
            "save_draft", mailbox=self.mailbox, raw=raw, draft=draft.id, thread=thread
        )

    def send(self, draft: Draft) -> None:
        self.scene.control("send_draft", mailbox=self.mailbox, draft=draft.id)

    def discard(self, draft: Draft) -> None:
        self.scene.control("delete", mailbox=self.mailbox, id=draft.version)

    def lose_scope(self) -> None:
        """Refused by the service for that one mailbox, as where the consent lacks the scope."""

        # Calls are counted by mailbox under a name of its own (facts/gmail.md A3).
        digest = hashlib.blake2b(self.mailbox.encode(), digest_size=8).hexdigest()

        def refused(request: Request) -> Answer | None:
            asked = request.path.endswith("/drafts") and request.method == "POST"
            if not asked or request.param("quotaUser") != digest:
                return None
            error = {
                "code": 403,
                "message": "Request had insufficient authentication scopes.",
                "errors": [{"reason": "insufficientPermissions"}],
            }
            return Answer(403, json.dumps({"error": error}).encode())

        self.scene.transport.before = refused

    def refuse(self, status: int) -> None:
        reason = {429: "rateLimitExceeded", 404: "notFound"}.get(status, "backendError")
        self.scene.control("fault", path="^/gmail", count=1000, status=status, reason=reason)

    def cut(self, *, after: bool) -> None:
        def lost(*_: Any) -> Answer:
            raise requests.ConnectionError("reset by peer")

        if after:
            self.scene.transport.after = lost
        else:
            self.scene.transport.before = lost
