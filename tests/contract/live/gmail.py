"""A mailbox at Gmail, as another client of it sees and changes it.

It needs no more rights than syncd has (gmail.modify), so that nothing can be deleted for
good but drafts: what tests delivered ends in the trash, which Gmail empties after 30 days.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

import requests

from connectors.gmail.adapter import GmailSource
from connectors.gmail.client_login import Login
from connectors.gmail.settings import GmailSettings
from syncd.ports.mail import MailSource
from syncd.ports.manifest import Role, Toolbox
from syncd.ports.simulator import Answer, Request
from tests.contract.live.account import SIGN, Account, wire

Asked = TypeVar("Asked")
_REASONS = {429: "rateLimitExceeded", 404: "notFound"}
_A_CALL = 1000  # messages that one batchModify takes (facts/gmail.md A6)


class GmailBox:
    """The mailbox, and what this run put there."""

    def __init__(self, account: Account, settings: GmailSettings, mailbox: str) -> None:
        # A service account would let us into any mailbox of the company.
        assert mailbox in settings.mailboxes, f"{mailbox} is no mailbox of the settings"
        self.settings = settings
        self.mailbox = mailbox
        self._prefix = f"{SIGN}/{account.run}"
        self._url = f"{settings.api_url}/gmail/v1/users/me"
        self._login: Login = GmailSource(settings, Toolbox(wire().clock)).login(mailbox)
        self._http = requests.Session()
        self._labels: dict[str, str] = {}

    def call(self, method: str, path: str, body: Any = None, **query: str) -> dict[str, Any]:
        answer = self._http.request(
            method,
            f"{self._url}/{path}",
            params=query,
            json=body,
            headers={"Authorization": f"Bearer {self._login.token()}"},
            timeout=60,
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return dict(answer.json()) if answer.content else {}

    def label(self, word: str) -> str:
        return f"{self._prefix}/{word}"

    def label_ids(self, names: Iterable[str]) -> list[str]:
        return [self._label_id(name) for name in names]

    def _label_id(self, name: str) -> str:
        if not name.startswith(SIGN):
            return name
        if name not in self._labels:
            self._labels |= self._own_labels()
        if name not in self._labels:
            self._labels[name] = str(self.call("POST", "labels", {"name": name})["id"])
        return self._labels[name]

    def _own_labels(self) -> dict[str, str]:
        found = self.call("GET", "labels").get("labels", [])
        return {one["name"]: one["id"] for one in found if one["name"].startswith(self._prefix)}

    def clean(self) -> None:
        """No label of this run is left, whoever made it."""
        for label in self._own_labels().values():
            self.call("DELETE", f"labels/{label}")


class GmailStage:
    """Satisfies `tests.contract.mail.Stage`."""

    no_mail = ("SPAM", "TRASH")
    # Messages are put there with a Date of whole seconds.
    grain = timedelta(seconds=1)

    def __init__(self, account: Account, box: GmailBox) -> None:
        self._account = account
        self._box = box
        self._tag = account.tag()
        self._wire = wire()
        self._numbers = itertools.count(1)
        self._messages: list[str] = []
        self._drafts: list[str] = []
        self.mailbox = box.mailbox
        # Named in the settings and never asked for.
        self.colleague = f"{SIGN}.{self.mailbox}"
        both = {"mailboxes": (self.mailbox, self.colleague)}
        settings = box.settings.model_copy(update=both)
        self.source: MailSource = account.connector(Role.MAIL, settings, self._wire)()

    @property
    def aliases(self) -> tuple[str, ...]:
        sends = self._box.call("GET", "settings/sendAs")["sendAs"]
        good = [one for one in sends if one.get("verificationStatus") == "accepted"]
        return tuple(sorted({one["sendAsEmail"] for one in good} - {self.mailbox}))

    def now(self) -> datetime:
        return self._wire.clock.now()

    def label(self, word: str) -> str:
        return self._box.label(word)

    def own(self, ids: Iterable[str]) -> list[str]:
        return [one for one in ids if one in self._messages]

    def eventually(self, ask: Callable[[], Asked], good: Callable[[Asked], object]) -> Asked:
        return self._account.eventually(ask, good)

    def receive(self, *, labels: tuple[str, ...] = (), at: datetime | None = None) -> str:
        body = {"raw": self._raw(at or self.now()), "labelIds": self._box.label_ids(labels)}
        made = self._box.call("POST", "messages", body, internalDateSource="dateHeader")
        self._messages.append(str(made["id"]))
        return self._messages[-1]

    def save_draft(self) -> str:
        body = {"message": {"raw": self._raw(self.now())}}
        made = self._box.call("POST", "drafts", body)
        self._drafts.append(str(made["id"]))
        return str(made["message"]["id"])

    def move(
        self, message: str, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()
    ) -> None:
        labels = self._box.label_ids
        body = {"addLabelIds": labels(add), "removeLabelIds": labels(remove)}
        self._box.call("POST", f"messages/{message}/modify", body)

    def delete(self, message: str) -> None:
        raise AssertionError(f"{message} can only be thrown away: the test needs a simulator")

    def gone(self) -> str:
        """A deleted draft: the one thing that the right to modify lets us delete for good."""
        message = self.save_draft()
        self._box.call("DELETE", f"drafts/{self._drafts.pop()}")
        return message

    def forget_cursors(self) -> None:
        raise AssertionError("only time does it: the test needs a simulator")

    def revoke(self) -> None:
        raise AssertionError("only an administrator does it: the test needs a simulator")

    def refuse(self, status: int) -> None:
        error = {"errors": [{"reason": _REASONS.get(status, "backendError")}], "code": status}
        body = json.dumps({"error": error | {"message": "refused for a test"}}).encode()
        headers = {"content-type": "application/json"}

        def refused(request: Request) -> Answer | None:
            return None if request.path.endswith("/token") else Answer(status, body, headers)

        self._wire.before = refused

    def cut(self, *, after: bool) -> None:
        def lost(*_: object) -> Answer:
            raise requests.ConnectionError("reset by peer")

        if after:
            self._wire.after = lost
        else:
            self._wire.before = lost

    def calls(self) -> int:
        return sum(not path.endswith("/token") for _, _, path in self._wire.calls)

    def clean(self) -> None:
        for draft in self._drafts:
            self._box.call("DELETE", f"drafts/{draft}")
        for start in range(0, len(self._messages), _A_CALL):
            some = self._messages[start : start + _A_CALL]
            body = {"ids": some, "addLabelIds": ["TRASH"], "removeLabelIds": ["INBOX", "SPAM"]}
            self._box.call("POST", "messages/batchModify", body)

    def _raw(self, at: datetime) -> str:
        name = f"{self._tag}.{next(self._numbers)}"
        text = (
            f"From: {name}@site.example\r\nTo: {self.mailbox}\r\nSubject: {name}\r\n"
            f"Date: {format_datetime(at)}\r\nMessage-ID: <{name}@site.example>\r\n\r\nA test.\r\n"
        )
        return base64.urlsafe_b64encode(text.encode()).decode()
