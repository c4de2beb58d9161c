"""What a run of history records adds up to. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.gmail.mapping import NOT_MAIL, is_mail, label_ids, objects


class History:
    """Message ids and label ids, net of what cancelled itself out, in order of appearance."""

    def __init__(self) -> None:
        self._added: dict[str, None] = {}
        self._removed: dict[str, None] = {}
        self._labels: dict[str, tuple[set[str], set[str]]] = {}

    def take(self, record: Mapping[str, Any]) -> None:
        """One record. It may carry several of the arrays at once (facts/gmail.md A6)."""
        for _, message in _entries(record, "messagesAdded"):
            # Drafts and spam are left alone without paying for a fetch. An entry that does
            # not tell its labels is fetched: then they are seen.
            if is_mail(label_ids(message)):
                self._added[message["id"]] = None
        for entry, message in _entries(record, "labelsAdded"):
            labels = set(label_ids(entry))
            plus, minus = self._labels.setdefault(message["id"], (set(), set()))
            plus |= labels
            minus -= labels
            if "SENT" in labels:
                self._came_in(message)
        for entry, message in _entries(record, "labelsRemoved"):
            labels = set(label_ids(entry))
            plus, minus = self._labels.setdefault(message["id"], (set(), set()))
            minus |= labels
            plus -= labels
            if not labels.isdisjoint(NOT_MAIL):
                self._came_in(message)
        for _, message in _entries(record, "messagesDeleted"):
            self._removed[message["id"]] = None
            self._added.pop(message["id"], None)
            self._labels.pop(message["id"], None)

    def _came_in(self, message: Mapping[str, Any]) -> None:
        # Out of spam or trash, or scheduled mail on its way: it is not "added" again, and
        # was not a message when it was.
        if is_mail(label_ids(message)):
            self._added[message["id"]] = None

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(self._added)

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(self._removed)

    def relabelled(self) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
        """Message id, label ids put on, label ids taken off."""
        for message_id, (plus, minus) in self._labels.items():
            yield message_id, frozenset(plus), frozenset(minus)


def _entries(
    record: Mapping[str, Any], kind: str
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for entry in objects(record.get(kind)):
        message = entry.get("message")
        if isinstance(message, dict) and isinstance(message.get("id"), str):
            yield entry, message
