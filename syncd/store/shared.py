"""A small mapping that all machines see: which services refuse us, what could not be done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, Generic, TypeVar

from sqlalchemy import bindparam, delete, select

from syncd.store import notes
from syncd.store.database import Store
from syncd.store.schema import notebook

V = TypeVar("V")

# How old what others said may be. Whoever is late by so much asks once more, and is refused
# as they were.
FRESH = 3.0

_LIKE = select(notebook.c.name, notebook.c.value).where(
    notebook.c.name.startswith(bindparam("prefix"), autoescape=False)
)
_DROP = delete(notebook).where(notebook.c.name == bindparam("gone"))


class Shared(MutableMapping[str, V], Generic[V]):
    """Each key is a note of its own. Looking is cheap; only what changes is written.

    `to_note` and `from_note` turn a value into one of JSON and back.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        to_note: Callable[[V], Any],
        from_note: Callable[[Any], V],
        clock: Callable[[], Any],
    ) -> None:
        self._store = store
        self._prefix = f"{name}/"
        self._to_note, self._from_note, self._now = to_note, from_note, clock
        self._known: dict[str, V] = {}
        self._read_at = float("-inf")

    def __getitem__(self, key: str) -> V:
        return self._fresh()[key]

    def __setitem__(self, key: str, value: V) -> None:
        if self._fresh().get(key) == value:
            return
        self._known[key] = value
        with self._store.beside() as tx:
            notes.write(tx, self._prefix + key, self._to_note(value), self._now())

    def __delitem__(self, key: str) -> None:
        del self._fresh()[key]
        with self._store.beside() as tx:
            tx.execute(_DROP, {"gone": self._prefix + key})

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._fresh()))

    def __len__(self) -> int:
        return len(self._fresh())

    def _fresh(self) -> dict[str, V]:
        if time.monotonic() - self._read_at > FRESH:
            with self._store.beside() as tx:
                rows = tx.execute(_LIKE, {"prefix": self._prefix}).all()
            self._known = {
                name.removeprefix(self._prefix): self._from_note(value) for name, value in rows
            }
            self._read_at = time.monotonic()
        return self._known
