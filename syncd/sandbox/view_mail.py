"""The gmail simulator's state as a person would see it: mailboxes, labels, threads."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from syncd.core.facts import Mail, Party
from syncd.core.mail.bodies import text_of
from syncd.core.mail.envelope import envelope
from syncd.core.mail.raw import from_bytes

# In the order Gmail's sidebar has them.
_SYSTEM = ("INBOX", "STARRED", "IMPORTANT", "SENT", "DRAFT", "SPAM", "TRASH", "CHAT", "SCHEDULED")
_HIDDEN = frozenset({"SPAM", "TRASH"})
_MARKS = frozenset({"UNREAD", "SENT"})
_NEVER_NEW = frozenset({"SENT", "DRAFT", "IMPORTANT", "STARRED"})
_SNIPPET = 160
_LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Label:
    name: str
    shown: str
    threads: int
    unread: int


@dataclass(frozen=True, slots=True)
class ThreadRow:
    id: str
    people: str
    count: int
    subject: str
    snippet: str
    labels: tuple[str, ...]
    unread: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageView:
    sender: Party | None
    to: tuple[Party, ...]
    cc: tuple[Party, ...]
    subject: str
    at: datetime
    text: str
    cut: bool
    attachments: tuple[str, ...]
    labels: tuple[str, ...]
    message_id: str
    sent: bool
    draft: str = ""  # the draft's id, where it is one


class BoxView:
    """One mailbox of a snapshot. Messages are parsed only where they are shown."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.address: str = state.get("address", "")
        self.name: str = state.get("name", "")
        self.aliases = [_alias(each) for each in state.get("aliases", ())]
        self.aliases = [each for each in self.aliases if each and each != self.address]
        self.locked: str = state.get("locked", "")
        self._names = {key: each.get("name", key) for key, each in state.get("labels", {}).items()}
        self.messages = len(state.get("messages", ()))
        self._drafts = {message: draft for draft, message in state.get("drafts", {}).items()}
        self._threads: dict[str, list[Mapping[str, Any]]] = {}
        for message in state.get("messages", ()):
            thread = message.get("thread", message.get("id", ""))
            self._threads.setdefault(thread, []).append(message)

    @cached_property
    def unread(self) -> int:
        return sum({"UNREAD", "INBOX"} <= labels for labels in self._labels_of.values())

    @property
    def threads(self) -> int:
        return len(self._threads)

    def labels(self) -> list[Label]:
        """What the sidebar lists: the system's labels that are used, then the people's."""
        held: Counter[str] = Counter()
        unread: Counter[str] = Counter()
        for labels in self._labels_of.values():
            held.update(labels)
            if "UNREAD" in labels:
                unread.update(labels)
        own = sorted((name for name in held if not name.isupper()), key=str.casefold)
        categories = sorted(name for name in held if name.startswith("CATEGORY_"))
        return [
            Label(name, _shown(name), held[name], 0 if name in _NEVER_NEW else unread[name])
            for name in (*_SYSTEM, *categories, *own)
            if held[name]
        ]

    def page(self, label: str, start: int, size: int) -> tuple[list[ThreadRow], int]:
        """Threads with a label ("" for all but spam and trash), newest first; and how many."""
        chosen = []
        for key, thread in self._threads.items():
            labels = self._labels_of[key]
            if label in labels if label else not labels & _HIDDEN:
                chosen.append((max(_at(message) for message in thread), key))
        chosen.sort(reverse=True)
        return [self._row(key) for _, key in chosen[start : start + size]], len(chosen)

    def thread(self, key: str) -> list[MessageView]:
        """Every message of a thread, oldest first; empty where there is no such thread."""
        return [self._message(each) for each in self._sorted(key)]

    def draft(self, wanted: str) -> bytes:
        """A draft's bytes; none where there is no such draft."""
        return next(
            (
                base64.b64decode(message.get("raw", ""))
                for thread in self._threads.values()
                for message in thread
                if self._drafts.get(message.get("id", "")) == wanted
            ),
            b"",
        )

    def _row(self, key: str) -> ThreadRow:
        thread = self._sorted(key)
        first, last = _mail(thread[0]), _mail(thread[-1])
        names = dict.fromkeys(self._short_name(mail) for mail in map(_mail, thread[-4:]))
        labels = self._labels_of[key] - _MARKS - {"INBOX"}
        return ThreadRow(
            key,
            ", ".join(names),
            len(thread),
            envelope(first).subject or "(no subject)",
            " ".join(text_of(last)[: _SNIPPET * 2].split())[:_SNIPPET],
            tuple(_shown(name) for name in sorted(labels)),
            "UNREAD" in self._labels_of[key],
            _at(thread[-1]),
        )

    def _message(self, message: Mapping[str, Any]) -> MessageView:
        mail = _mail(message)
        head = envelope(mail)
        text = text_of(mail)
        labels = self._labels([message])
        return MessageView(
            head.sender,
            head.to,
            head.cc,
            head.subject,
            _at(message),
            text[:_LONGEST_TEXT],
            len(text) > _LONGEST_TEXT,
            tuple(part.filename or part.mime_type for part in mail.parts if part.text is None),
            tuple(_shown(name) for name in sorted(labels - {"SENT"})),
            head.message_id,
            "SENT" in labels,
            self._drafts.get(message.get("id", ""), ""),
        )

    def _short_name(self, mail: Mail) -> str:
        sender = envelope(mail).sender
        if sender is None:
            return "(nobody)"
        if sender.address == self.address:
            return "me"
        return sender.name or sender.address

    def _sorted(self, key: str) -> list[Mapping[str, Any]]:
        return sorted(self._threads.get(key, ()), key=_at)

    @cached_property
    def _labels_of(self) -> dict[str, set[str]]:
        return {key: self._labels(thread) for key, thread in self._threads.items()}

    def _labels(self, thread: Sequence[Mapping[str, Any]]) -> set[str]:
        return {
            self._names.get(label, label)
            for message in thread
            for label in message.get("labels", ())
        }


def boxes(state: Mapping[str, Any]) -> dict[str, BoxView]:
    """The mailboxes of a gmail snapshot by address."""
    found: dict[str, BoxView] = {}
    for box in _each(state.get("boxes", state.get("mailboxes", ()))):
        view = BoxView(box)
        found[view.address] = view
    return found


def _each(states: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(states, Mapping):
        yield from states
        return
    for address, state in states.items():
        yield {"address": address, **state}


def _alias(given: Any) -> str:
    return given.get("sendAsEmail", "") if isinstance(given, Mapping) else str(given)


def _at(message: Mapping[str, Any]) -> datetime:
    given = message.get("at", 0)
    try:
        return datetime.fromtimestamp(float(given) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _mail(message: Mapping[str, Any]) -> Mail:
    return from_bytes(base64.b64decode(message.get("raw", "")))


def _shown(name: str) -> str:
    """Gmail's own labels as its sidebar words them."""
    if not name.isupper():
        return name
    words = {"DRAFT": "Drafts", "CATEGORY_PERSONAL": "Primary"}
    return words.get(name) or name.removeprefix("CATEGORY_").capitalize()
