"""Filling the simulators: mailboxes with mail from files, and their owners elsewhere."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

from syncd.core.mail.addresses import normalise, parties
from syncd.ports.clock import Clock
from syncd.ports.simulator import Simulator
from syncd.sandbox.mailbox_files import NotMail, StoredMail, fields, read_date, read_mail

# What one control call carries at most, so that seeding holds little in memory at once.
_MOST_ITEMS = 500
_MOST_BYTES = 8_000_000
# Gmail takes no larger message through its API (facts/gmail.md A6), nor does its simulator.
_LARGEST = 36_700_160

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One copy of a message for one mailbox. `thread` groups copies within the mailbox."""

    mailbox: str
    raw: bytes
    labels: tuple[str, ...]
    at: datetime
    thread: str | None = None

    def item(self) -> dict[str, Any]:
        """As the gmail simulator's `deliver_many` takes it."""
        item: dict[str, Any] = {
            "mailbox": self.mailbox,
            "raw": base64.b64encode(self.raw).decode(),
            "labels": list(self.labels),
            "at": self.at.isoformat(),
        }
        if self.thread is not None:
            item["thread"] = self.thread
        return item


@dataclass(slots=True)
class Seeded:
    """What was put in. `messages` counts those read, `copies` those delivered.

    `undated` had no readable Date, `unaddressed` named none of several mailboxes and
    went to the first, `oversized` were too large and left out. `names`: who the mailboxes
    belong to.
    """

    messages: int = 0
    copies: Counter[str] = field(default_factory=Counter)
    undated: int = 0
    unaddressed: int = 0
    oversized: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    moved_by: timedelta = timedelta(0)
    names: dict[str, str] = field(default_factory=dict)


def seed_files(
    simulators: Mapping[str, Simulator],
    path: Path,
    me: Sequence[str],
    clock: Clock,
    *,
    shift_to: datetime | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Seeded:
    """Fill the mailboxes `me` from an mbox, a Maildir or a folder of .eml files.

    The newest message is moved to `shift_to`, when given, and the rest with it. Raises
    `NotMail` when there is nothing to read.
    """
    mine = list(dict.fromkeys(map(normalise, me)))
    if not mine:
        raise NotMail("whose mail is it? name the mailbox with --me ADDRESS")
    found = _survey(path, mine, clock)
    if found.newest is None:
        raise NotMail(f"{path} holds no message")
    if shift_to is not None:
        found.moved_by = shift_to.astimezone(UTC) - found.newest
    gmail = simulators["gmail"]
    for address in mine:
        gmail.control("add_mailbox", {"address": address, "name": found.names[address]})
    deliveries = _deliveries(path, mine, clock, found, progress)
    found.copies = deliver(gmail, deliveries)
    found.oldest = found.oldest + found.moved_by if found.oldest else None
    found.newest = found.newest + found.moved_by
    add_teammates(simulators, found.names)
    return found


def add_mailboxes(simulators: Mapping[str, Simulator], addresses: Sequence[str]) -> Seeded:
    """Empty mailboxes, known to the other services as well."""
    seeded = Seeded(names={each: _made_up_name(each) for each in map(normalise, addresses)})
    for address, name in seeded.names.items():
        simulators["gmail"].control("add_mailbox", {"address": address, "name": name})
    add_teammates(simulators, seeded.names)
    return seeded


def deliver(gmail: Simulator, deliveries: Iterable[Delivery]) -> Counter[str]:
    """Deliver in chunks; how many copies each mailbox got."""
    copies: Counter[str] = Counter()
    items: list[dict[str, Any]] = []
    size = 0
    for delivery in deliveries:
        copies[delivery.mailbox] += 1
        items.append(delivery.item())
        size += len(delivery.raw)
        if len(items) >= _MOST_ITEMS or size >= _MOST_BYTES:
            gmail.control("deliver_many", {"items": items})
            items, size = [], 0
    if items:
        gmail.control("deliver_many", {"items": items})
    return copies


def add_teammates(simulators: Mapping[str, Simulator], names: Mapping[str, str]) -> None:
    """The mailboxes' people as HubSpot owners and Teamwork users."""
    for address, name in names.items():
        if "hubspot" in simulators:
            simulators["hubspot"].control("add_owner", {"email": address, "name": name})
        if "teamwork" in simulators:
            simulators["teamwork"].control("add_person", {"email": address, "name": name})


def _survey(path: Path, mine: Sequence[str], clock: Clock) -> Seeded:
    """One quick reading: how many, from when to when, and what the owners call themselves."""
    found = Seeded()
    names: dict[str, Counter[str]] = {address: Counter() for address in mine}
    for mail, at in _timed(path, clock):
        found.messages += 1
        found.undated += mail.written_at is None
        found.oldest = min(found.oldest or at, at)
        found.newest = max(found.newest or at, at)
        for party in parties(mail.values(b"from")):
            if party.name and party.address in names:
                names[party.address][party.name] += 1
    for address, seen in names.items():
        found.names[address] = seen.most_common(1)[0][0] if seen else _made_up_name(address)
    return found


def _made_up_name(address: str) -> str:
    return address.partition("@")[0].replace(".", " ").replace("_", " ").title()


def _timed(path: Path, clock: Clock) -> Iterator[tuple[StoredMail, datetime]]:
    last: datetime | None = None
    for mail in read_mail(path):
        last = mail.written_at or mail.envelope_at or last or clock.now()
        yield mail, last


def _deliveries(
    path: Path, mine: Sequence[str], clock: Clock, found: Seeded, progress: Progress
) -> Iterator[Delivery]:
    for done, (mail, at) in enumerate(_timed(path, clock), start=1):
        progress(done, found.messages)
        if len(mail.raw) > _LARGEST:
            found.oversized += 1
            continue
        raw = _moved(mail.raw, found.moved_by) if found.moved_by else mail.raw
        when = at + found.moved_by
        senders = {party.address for party in parties(mail.values(b"from", b"sender"))}
        receivers = {party.address for party in parties(mail.values(*_RECEIVER_HEADERS))}
        boxes = [address for address in mine if address in senders | receivers]
        if not boxes:
            boxes = [mine[0]]
            found.unaddressed += len(mine) > 1
        for box in boxes:
            labels = _labels(
                mail,
                sent=box in senders,
                received=box in receivers,
                only_owner=len(mine) == 1,
            )
            yield Delivery(box, raw, labels, when, mail.thread)


_RECEIVER_HEADERS = (b"to", b"cc", b"bcc", b"delivered-to", b"x-original-to", b"envelope-to")


def _labels(mail: StoredMail, *, sent: bool, received: bool, only_owner: bool) -> tuple[str, ...]:
    """The labels of one mailbox's copy."""
    labels = list(mail.labels)
    if mail.exact and only_owner:
        return mail.labels
    if not mail.placed:
        labels.insert(0, "INBOX")
    if mail.exact and not sent and "SENT" in labels:
        # The export is of the sender's mailbox; here is what the receiver would have.
        labels = ["INBOX", *(label for label in labels if label not in {"SENT", "INBOX"})]
    if sent and "DRAFT" not in labels:
        labels = [label for label in labels if label != "UNREAD"]
        if not received:
            labels = [label for label in labels if label != "INBOX"]
        if "SENT" not in labels:
            labels.insert(0, "SENT")
    return tuple(labels)


def _moved(raw: bytes, by: timedelta) -> bytes:
    """The message with its Date headers moved; every other byte stays as it is."""
    pieces: list[bytes] = []
    copied = 0
    for found in fields(raw):
        if found[1].lower() != b"date":
            continue
        text = " ".join(found[2].decode("ascii", "replace").split())
        if read_date(text) is None:
            continue
        moved = format_datetime(parsedate_to_datetime(text) + by)
        pieces += [raw[copied : found.start(2)], moved.encode()]
        copied = found.end(2)
    return b"".join([*pieces, raw[copied:]])
