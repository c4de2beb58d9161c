"""Everything there is in the simulated Gmail, and how mail moves between its mailboxes."""

from __future__ import annotations

import email.utils
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.gmail import simulator_mime as mime
from connectors.gmail.simulator_errors import GmailError
from connectors.gmail.simulator_mailbox import SYSTEM, Mailbox, Stored
from connectors.gmail.simulator_pubsub import PubSub
from connectors.gmail.simulator_push import Push
from syncd.ports.clock import Clock

MAX_BYTES = 36_700_160  # of a message, discovery document "mediaUpload"
WATCH_SECONDS = 7 * 24 * 3600


@dataclass(slots=True)
class World:
    """`lag_seconds`: how long history and listings hide what is new (facts/gmail.md A6, "race").

    `history_days`: how long history is kept; Gmail promises a week, mostly.
    `padding`: base64url with "=" ("padded"), without ("bare"), or one way or the other by
    message ("mixed").
    """

    clock: Clock
    boxes: dict[str, Mailbox] = field(default_factory=dict)
    raws: dict[bytes, bytes] = field(default_factory=dict)
    lag_seconds: float = 0.0
    padding: str = "mixed"
    history_days: float = 30.0
    notifications: list[dict[str, Any]] = field(default_factory=list)
    push: Push = field(init=False)
    pubsub: PubSub = field(init=False)
    # Told of each message that comes in or goes out: mailbox, bytes, labels, time, thread.
    listener: Callable[[str, bytes, set[str], int, str], None] | None = None

    def __post_init__(self) -> None:
        self.push = Push(self.clock)
        self.pubsub = PubSub(self.clock)

    def now(self) -> datetime:
        return self.clock.now()

    def seconds(self) -> float:
        return self.clock.now().timestamp()

    def horizon(self, box: Mailbox) -> int:
        """The history id up to which the mailbox's changes can be seen."""
        if not self.lag_seconds:
            return box.history_id
        return box.visible(self.seconds() - self.lag_seconds)

    def forgotten(self, box: Mailbox) -> int:
        """Cursors below this history id are gone: told to be, or what came after them is too old.

        A mailbox in which nothing happened keeps its cursor, however old.
        """
        return max(box.forgotten, box.older(self.seconds() - self.history_days * 86_400))

    def bare(self, stored: Stored) -> bool:
        return self.padding == "bare" or (self.padding == "mixed" and int(stored.id, 16) % 2 == 1)

    def deliver(
        self,
        box: Mailbox,
        raw: bytes,
        labels: Iterable[str],
        at: int | None = None,
        thread: str = "",
        *,
        alone: bool = False,
    ) -> Stored:
        """Into one mailbox. `labels` are ids; `at` is epoch milliseconds, now when None."""
        fits(raw)
        # The copies of several mailboxes share their bytes.
        raw = self.raws.setdefault(raw, raw)
        now = self.seconds()
        at = round(now * 1000) if at is None else at
        stored = box.deliver(raw, labels, at, now, thread, alone=alone)
        self.notify(box)
        if self.listener is not None:
            self.listener(box.address, raw, set(stored.labels), at, stored.thread)
        return stored

    def send(self, box: Mailbox, raw: bytes, thread: str = "") -> Stored:
        """A copy under SENT, and one for every recipient who has a mailbox here."""
        raw = self.completed(box, raw)
        recipients = self._recipients(raw)
        labels = {"SENT", "INBOX"} if box.address in recipients else {"SENT"}
        stored = self.deliver(box, raw, labels, thread=thread)
        for address in sorted(recipients - {box.address}):
            self.deliver(self.boxes[address], _without_bcc(raw), {"INBOX", "UNREAD"})
        return stored

    def completed(self, box: Mailbox, raw: bytes) -> bytes:
        """With the Date, From and Message-ID that Gmail adds where they are missing."""
        fields = mime.header_fields(raw, {"date", "from", "message-id"})
        lines = []
        if "date" not in fields:
            lines.append(f"Date: {email.utils.format_datetime(self.now())}")
        if "from" not in fields:
            lines.append(f"From: {email.utils.formataddr((box.name, box.address))}")
        if "message-id" not in fields:
            lines.append(f"Message-ID: <CA{box.serial + 1:06d}.{box.address}>")
        return "".join(f"{line}\r\n" for line in lines).encode() + raw

    def joined(self, box: Mailbox, raw: bytes, thread: str) -> str:
        """The thread asked for, where the message may join it; "" lets the rules decide.

        It must name a message of the thread and carry its subject (facts/gmail.md A6).
        """
        if not thread:
            return ""
        box.thread(thread)
        wanted = mime.threading(raw)
        return thread if box.thread_of(wanted.references, wanted.subject) == thread else ""

    def labels(self, box: Mailbox, names: Iterable[str]) -> set[str]:
        """Label ids by name, made where missing."""
        return {box.label_id(name) or str(box.make_label(name)["id"]) for name in names}

    def notify(self, box: Mailbox) -> None:
        """Publish to the mailbox's watch. At most one a second goes out (facts/gmail.md A6)."""
        now = self.seconds()
        if not box.watch or now >= box.watch["until"]:
            return
        seen, box.watch["seen"] = box.watch.get("seen", 0), box.history_id
        # What comes within the second is dropped, not put off: the next one tells of it.
        if now < box.watch["last"] + 1 or not _watched(box, seen):
            return
        box.watch["last"] = now
        told = {"emailAddress": box.address, "historyId": box.history_id}
        self.notifications.append({**told, "topic": box.watch["topic"]})
        self.pubsub.publish(box.watch["topic"], told)
        self.push.notify(box.address, box.history_id)

    def _recipients(self, raw: bytes) -> set[str]:
        fields = mime.header_fields(raw, {"to", "cc", "bcc"})
        named = {_plain(address) for _, address in email.utils.getaddresses([*fields.values()])}
        return {
            box.address
            for box in self.boxes.values()
            if named
            & {_plain(each) for each in (box.address, *(a["sendAsEmail"] for a in box.aliases))}
        }


def fits(raw: bytes) -> None:
    """Raise 413 for more than a message may have, draft or not."""
    if len(raw) > MAX_BYTES:
        raise GmailError(413, "uploadTooLarge", "Request Entity Too Large")


def _watched(box: Mailbox, seen: int) -> bool:
    """Whether a watch by labels asked for any of what happened after `seen`."""
    labels = set(box.watch.get("labels", ()))
    if not labels:
        return True
    events = [each for record in box.history[box.after(seen) :] for each in record.events]
    touched = [bool(labels & {*each.labels, *each.moved}) for each in events]
    return not all(touched) if box.watch["exclude"] else any(touched)


def _plain(address: object) -> str:
    """Where mail to an address ends up: without "+tag", at gmail.com also without dots."""
    local, at, domain = str(address).lower().partition("@")
    local = local.partition("+")[0]
    if domain in {"gmail.com", "googlemail.com"}:
        local, domain = local.replace(".", ""), "gmail.com"
    return local + at + domain


def shown_labels(stored: Stored) -> list[str]:
    """Label ids in a settled order: Gmail's own first."""
    return sorted(stored.labels, key=lambda each: (each not in SYSTEM, each))


def _without_bcc(raw: bytes) -> bytes:
    head, gap, body = raw.partition(b"\r\n\r\n") if b"\r\n\r\n" in raw else raw.partition(b"\n\n")
    kept: list[bytes] = []
    dropping = False
    for line in head.splitlines(keepends=True):
        if not line.startswith((b" ", b"\t")):
            dropping = line.lower().startswith(b"bcc:")
        if not dropping:
            kept.append(line)
    return b"".join(kept) + gap + body
