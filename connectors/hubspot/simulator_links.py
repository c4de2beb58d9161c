"""Associations between records, kept in both directions (facts/hubspot.md 2.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.hubspot.simulator_kinds import LINKS_BY_ID


class Links:
    def __init__(self) -> None:
        # kind -> id -> other kind -> other id -> type ids
        self._ends: dict[str, dict[str, dict[str, dict[str, list[int]]]]] = {}

    def of(self, kind: str, record_id: str, other: str) -> Mapping[str, Sequence[int]]:
        """Associated records of one kind, oldest link first: id -> type ids."""
        return self._ends.get(kind, {}).get(record_id, {}).get(other, {})

    def add(self, record_id: str, other_id: str, type_id: int) -> None:
        """Associate in both directions. Repeating changes nothing."""
        one = LINKS_BY_ID[type_id]
        for source, target, here, there, number in (
            (one.source, one.target, record_id, other_id, type_id),
            (one.target, one.source, other_id, record_id, one.reverse),
        ):
            types = (
                self._ends.setdefault(source, {})
                .setdefault(here, {})
                .setdefault(target, {})
                .setdefault(there, [])
            )
            if number not in types:
                types.append(number)

    def remove(self, kind: str, record_id: str, other: str, other_id: str) -> None:
        self._ends.get(kind, {}).get(record_id, {}).get(other, {}).pop(other_id, None)
        self._ends.get(other, {}).get(other_id, {}).get(kind, {}).pop(record_id, None)

    def drop(self, kind: str, record_id: str) -> None:
        """Take a record out of every association."""
        for other, ids in list(self._ends.get(kind, {}).get(record_id, {}).items()):
            for other_id in list(ids):
                self.remove(kind, record_id, other, other_id)
        self._ends.get(kind, {}).pop(record_id, None)

    def take(self, kind: str, record_id: str) -> list[tuple[str, int]]:
        """Remove every association of a record and say which: other id, type id."""
        taken = [
            (other_id, type_id)
            for ids in self._ends.get(kind, {}).get(record_id, {}).values()
            for other_id, types in ids.items()
            for type_id in types
        ]
        self.drop(kind, record_id)
        return taken

    def give(self, record_id: str, taken: Sequence[tuple[str, int]]) -> None:
        """Give a record the associations taken from another (a merge)."""
        for other_id, type_id in taken:
            self.add(record_id, other_id, type_id)

    def snapshot(self) -> list[list[Any]]:
        return [
            [kind, record_id, other, other_id, list(types)]
            for kind, records in self._ends.items()
            for record_id, others in records.items()
            for other, ids in others.items()
            for other_id, types in ids.items()
        ]

    def restore(self, state: Sequence[Sequence[Any]]) -> None:
        self._ends = {}
        for kind, record_id, other, other_id, types in state:
            ends = self._ends.setdefault(kind, {}).setdefault(record_id, {})
            ends.setdefault(other, {})[other_id] = list(types)
