"""Postbox as a source of mail: one request, one answer or one verdict."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import requests

from connectors._kit.http import Session
from connectors._kit.verdicts import of_exception, of_status
from syncd.core.facts import MailItem
from syncd.core.mail.raw import from_bytes
from syncd.ports.mail import (
    Fetched,
    Gone,
    Listing,
    MailChanges,
    MailTraits,
    Profile,
    Relabel,
    Relabelled,
)
from syncd.ports.manifest import Toolbox
from syncd.ports.verdicts import CursorLost, Done, Locked, Outcome, Verdict

from . import PostboxSettings


class PostboxSource:
    """Satisfies `syncd.ports.mail.MailSource`."""

    traits = MailTraits(list_size=50, fetch_size=20)

    def __init__(self, settings: PostboxSettings, tools: Toolbox) -> None:
        self._settings = settings
        self._session = Session("postbox", tools)
        self._session.headers["Authorization"] = f"Bearer {settings.token.read()}"

    def mailboxes(self) -> tuple[str, ...]:
        return self._settings.mailboxes

    def profile(self, mailbox: str) -> Profile:
        found = self._call("GET", f"/{mailbox}")
        return Profile(found["address"], tuple(found["aliases"]))

    def cursor(self, mailbox: str) -> str:
        return str(self._call("GET", f"/{mailbox}")["sequence"])

    def listing(self, mailbox: str, since: datetime, page: str | None) -> Listing:
        asked = {"since": since.isoformat(), "page": page or "0"}
        found = self._call("GET", f"/{mailbox}/messages", asked)
        return Listing(tuple(found["ids"]), found["next"])

    def changes(self, mailbox: str, cursor: str) -> MailChanges:
        found = self._call("GET", f"/{mailbox}/changes", {"after": cursor})
        moved = tuple(
            Relabelled(one["id"], frozenset(one["added"]), frozenset(one["removed"]))
            for one in found["moved"]
        )
        arrived, left = tuple(found["arrived"]), tuple(found["left"])
        return MailChanges(arrived, left, moved, str(found["sequence"]))

    def fetch(self, mailbox: str, ids: Sequence[str]) -> list[Fetched]:
        if not ids:
            return []
        found = self._call("GET", f"/{mailbox}/raw", {"ids": ",".join(ids)})
        return [_item(mailbox, row) if row else Gone() for row in found["messages"]]

    def relabel(self, batch: Sequence[Relabel]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for one in batch:
            moved = {"add": ",".join(one.add), "remove": ",".join(one.remove)}
            try:
                self._call("POST", f"/{one.mailbox}/threads/{one.thread_id}", moved)
            except Verdict as verdict:
                outcomes.append(verdict)
            else:
                outcomes.append(Done(one.thread_id))
        return outcomes

    def _call(self, method: str, path: str, query: dict[str, str] | None = None) -> Any:
        writes = method != "GET"
        try:
            answer = self._session.request(method, f"{self._settings.url}{path}", params=query)
        except requests.RequestException as error:
            raise of_exception(error, service="postbox", writes=writes) from error
        if answer.ok:
            return answer.json()
        if answer.status_code == 410:
            raise CursorLost("postbox 410: the sequence is too old")
        if answer.status_code in {401, 403}:
            raise Locked(f"postbox {answer.status_code}", remedy="renew the token")
        raise of_status(answer.status_code, answer.text, service="postbox", writes=writes)


def _item(mailbox: str, row: dict[str, Any]) -> MailItem:
    return MailItem(
        mailbox=mailbox,
        remote_id=row["id"],
        thread_id=row["thread"],
        labels=frozenset(row["labels"]),
        received_at=datetime.fromisoformat(row["at"]),
        mail=from_bytes(base64.b64decode(row["raw"])),
    )
