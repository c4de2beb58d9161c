"""One simulated mailbox: messages, labels, threads and the history of what happened."""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from connectors.gmail.simulator_errors import GmailError, invalid, missing
from connectors.gmail.simulator_mime import threading

SYSTEM = (
    "CHAT", "SENT", "INBOX", "IMPORTANT", "TRASH", "DRAFT", "SPAM", "CATEGORY_FORUMS",
    "CATEGORY_UPDATES", "CATEGORY_PERSONAL", "CATEGORY_PROMOTIONS", "CATEGORY_SOCIAL",
    "STARRED", "UNREAD", "SCHEDULED",
)  # fmt: skip
# Set by Gmail alone, never through modify (facts/gmail.md A6).
FIXED = frozenset({"SENT", "DRAFT", "CHAT", "SCHEDULED"})

_FIRST_HISTORY_ID = 1000


@dataclass(slots=True)
class Stored:
    """A message. `at` is epoch milliseconds; `born` and `changed` are history ids."""

    id: str
    thread: str
    labels: set[str]
    at: int
    serial: int
    born: int
    changed: int
    raw: bytes
    message_id: str
    subject: str

    @property
    def place(self) -> tuple[int, int, str]:
        """Where it stands among the others, oldest first."""
        return (self.at, self.serial, self.id)


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` is the array it stands in; `labels` are those the message had, `moved` the change."""

    kind: str
    message: str
    thread: str
    labels: tuple[str, ...]
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One history record. `at` is epoch seconds, for the delay with which it becomes visible."""

    id: int
    at: float
    events: tuple[Event, ...]


@dataclass(slots=True)
class Mailbox:
    address: str
    name: str = ""
    aliases: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: dict[str, Stored] = field(default_factory=dict)
    order: list[tuple[int, int, str]] = field(default_factory=list)
    threads: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    by_message_id: dict[str, list[str]] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)
    history: list[Record] = field(default_factory=list)
    history_id: int = _FIRST_HISTORY_ID
    first_history_id: int = _FIRST_HISTORY_ID
    forgotten: int = 0  # cursors below this are gone
    serial: int = 0
    label_serial: int = 0
    draft_serial: int = 0
    locked: str = ""  # why nobody gets in: invalid_grant, invalid_rapt
    watch: dict[str, Any] = field(default_factory=dict)

    # -- reading

    def get(self, message_id: str) -> Stored:
        found = self.messages.get(message_id)
        if found is None:
            if not message_id or set(message_id) - set("0123456789abcdef"):
                raise invalid("Invalid id value")
            raise missing()
        return found

    def newest(
        self, before: tuple[int, int] | None = None, since: int = 0, until: int | None = None
    ) -> Iterator[Stored]:
        """From the newest down. `before` is the place of the last one seen; times in ms."""
        start = len(self.order)
        if until is not None:
            start = bisect_left(self.order, (until,))
        if before is not None:
            start = min(start, bisect_left(self.order, before))
        stop = bisect_left(self.order, (since,))
        for index in range(start - 1, stop - 1, -1):
            yield self.messages[self.order[index][2]]

    def thread(self, thread_id: str) -> list[Stored]:
        found = self.threads.get(thread_id)
        if not found:
            if not thread_id or set(thread_id) - set("0123456789abcdef"):
                raise invalid("Invalid id value")
            raise missing()
        return sorted((self.messages[each] for each in found), key=lambda each: each.place)

    def after(self, history_id: int) -> int:
        """The index of the first record behind this id."""
        return bisect_right(self.history, history_id, key=lambda record: record.id)

    def visible(self, until: float) -> int:
        """The history id up to which everything is older than `until` (epoch seconds)."""
        index = bisect_right(self.history, until, key=lambda record: record.at)
        if index == len(self.history):
            return self.history_id
        return self.history[index - 1].id if index else self.first_history_id

    def older(self, than: float) -> int:
        """The id of the newest record from before `than` (epoch seconds), 0 without any."""
        index = bisect_right(self.history, than, key=lambda record: record.at)
        return self.history[index - 1].id if index else 0

    def label_id(self, name: str) -> str | None:
        if name in SYSTEM:
            return name
        wanted = name.casefold()
        return next(
            (key for key, label in self.labels.items() if label["name"].casefold() == wanted), None
        )

    # -- writing

    def deliver(
        self,
        raw: bytes,
        labels: Iterable[str],
        at: int,
        now: float,
        thread: str = "",
        *,
        alone: bool = False,
    ) -> Stored:
        """Store a message under label ids, in `thread` or where Gmail's rules put it.

        `alone`: in a thread of its own, whatever it refers to.
        """
        wanted = threading(raw)
        message_id = self._new_id()
        if alone:
            thread = message_id
        elif not thread:
            thread = self.thread_of(wanted.references, wanted.subject) or message_id
        stored = Stored(
            message_id,
            thread,
            set(labels),
            at,
            self.serial,
            0,
            0,
            raw,
            wanted.message_id,
            wanted.subject,
        )
        self._place(stored)
        self._record(now, [Event("messagesAdded", message_id, thread, _sorted(stored.labels))])
        stored.born = stored.changed = self.history_id
        return stored

    def thread_of(self, references: Iterable[str], subject: str) -> str | None:
        """The thread a message joins: one it refers to, under the same subject.

        facts/gmail.md A6, "threading".
        """
        for reference in reversed(tuple(references)):
            for known in self.by_message_id.get(reference, ()):
                if self.messages[known].subject == subject:
                    return self.messages[known].thread
        return None

    def relabel(self, stored: Stored, add: set[str], remove: set[str], now: float) -> None:
        """Put labels on and take labels off. What changes nothing leaves no record."""
        plus, minus = add - stored.labels - remove, remove & stored.labels
        if not plus and not minus:
            return
        stored.labels = (stored.labels | plus) - minus
        state = _sorted(stored.labels)
        events = [
            Event(kind, stored.id, stored.thread, state, _sorted(moved))
            for kind, moved in (("labelsAdded", plus), ("labelsRemoved", minus))
            if moved
        ]
        # One record carries both arrays.
        self._record(now, events)
        stored.changed = self.history_id

    def delete(self, stored: Stored, now: float) -> None:
        """For good; moving to the trash is a label."""
        del self.messages[stored.id]
        self.order.pop(bisect_left(self.order, stored.place))
        self.threads[stored.thread].remove(stored.id)
        if not self.threads[stored.thread]:
            del self.threads[stored.thread]
        if stored.message_id:
            self.by_message_id[stored.message_id].remove(stored.id)
        for draft_id in [key for key, each in self.drafts.items() if each == stored.id]:
            del self.drafts[draft_id]
        event = Event("messagesDeleted", stored.id, stored.thread, _sorted(stored.labels))
        self._record(now, [event])

    def make_label(self, name: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if name.upper() in SYSTEM:
            raise invalid("Invalid label name")
        if self.label_id(name) is not None:
            raise GmailError(409, "aborted", "Label name exists or conflicts")
        self.label_serial += 1
        label = {"id": f"Label_{self.label_serial}", "name": name, **(more or {})}
        self.labels[label["id"]] = label
        return label

    def drop_label(self, label_id: str) -> None:
        del self.labels[label_id]
        for stored in self.messages.values():
            stored.labels.discard(label_id)

    def save_draft(self, raw: bytes, now: float, thread: str = "", draft_id: str = "") -> str:
        """Every save is a new message; the one before is deleted (facts/gmail.md A6)."""
        before = self.messages.get(self.drafts.get(draft_id, ""))
        thread = thread or (before.thread if before else "")
        stored = self.deliver(raw, {"DRAFT"}, round(now * 1000), now, thread)
        if not draft_id:
            self.draft_serial += 1
            draft_id = f"r{_number(self.address, f'draft{self.draft_serial}')}"
        self.drafts[draft_id] = stored.id
        if before is not None:
            self.delete(before, now)
        return draft_id

    def noise(self, count: int, now: float) -> None:
        """Records that show nothing, as a real mailbox has: pages of them come back empty."""
        for _ in range(count):
            self._record(now, [])

    def _record(self, now: float, events: list[Event]) -> None:
        # Ids increase with gaps, the same gaps every time.
        self.history_id += 1 + _number(self.address, str(self.history_id)) % 29
        self.history.append(Record(self.history_id, now, tuple(events)))

    def _new_id(self) -> str:
        self.serial += 1
        return f"{_number(self.address, str(self.serial)):016x}"

    def _place(self, stored: Stored) -> None:
        self.messages[stored.id] = stored
        insort(self.order, stored.place)
        self.threads.setdefault(stored.thread, []).append(stored.id)
        if stored.message_id:
            self.by_message_id.setdefault(stored.message_id, []).append(stored.id)

    # -- keeping

    def snapshot(self) -> dict[str, Any]:
        plain = {name: deepcopy(getattr(self, name)) for name in _PLAIN}
        return plain | {
            "messages": [
                {
                    "id": each.id,
                    "thread": each.thread,
                    "labels": sorted(each.labels),
                    "at": each.at,
                    "serial": each.serial,
                    "born": each.born,
                    "changed": each.changed,
                    "raw": base64.b64encode(each.raw).decode(),
                }
                for each in (self.messages[place[2]] for place in self.order)
            ],
            "history": [
                [
                    record.id,
                    record.at,
                    [[e.kind, e.message, e.thread, [*e.labels], [*e.moved]] for e in record.events],
                ]
                for record in self.history
            ],
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any], raws: dict[bytes, bytes]) -> Mailbox:
        box = cls(**{name: deepcopy(state[name]) for name in _PLAIN if name in state})
        for each in state["messages"]:
            raw = base64.b64decode(each["raw"])
            raw = raws.setdefault(raw, raw)
            found = threading(raw)
            rest = {
                name: each[name] for name in ("id", "thread", "at", "serial", "born", "changed")
            }
            box._place(
                Stored(
                    **rest,
                    labels=set(each["labels"]),
                    raw=raw,
                    message_id=found.message_id,
                    subject=found.subject,
                )
            )
        box.history = [
            Record(
                number,
                at,
                tuple(Event(kind, m, t, tuple(ls), tuple(mv)) for kind, m, t, ls, mv in events),
            )
            for number, at, events in state["history"]
        ]
        return box


_PLAIN = (
    "address",
    "name",
    "aliases",
    "labels",
    "groups",
    "drafts",
    "history_id",
    "first_history_id",
    "forgotten",
    "serial",
    "label_serial",
    "draft_serial",
    "locked",
    "watch",
)


def _sorted(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(labels))


def _number(*parts: str) -> int:
    return int.from_bytes(hashlib.blake2b("/".join(parts).encode(), digest_size=8).digest(), "big")
