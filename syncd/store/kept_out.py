"""Who is to be forgotten, once more beside a state in a file: the same hashes, and their key.

A state that is made anew, or an older backup of it, knows nothing of them and would bring them
back. On a server there is no such place: what is restored there must be told again.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from syncd.store import tombstones
from syncd.store.database import Store


def beside(state: Path) -> Path:
    return state.with_name(f"{state.name}.forgotten")


def keep(store: Store) -> None:
    """Write down who is to be forgotten as the state says now."""
    if not isinstance(store.where, Path):
        return
    with store.beside() as tx:
        saved = tombstones.saved(tx)
    fresh = beside(store.where).with_name(f"{store.where.name}.forgotten.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(saved, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(beside(store.where))


def take_over(store: Store, now: datetime, *, finished: bool = False) -> None:
    """Have the state know everybody who was to be forgotten before it was made, or restored.

    `finished`: nothing of them can be in it.
    """
    if not isinstance(store.where, Path):
        return
    try:
        saved = json.loads(beside(store.where).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    with store.begin() as tx:
        tombstones.take_over(tx, saved, now, finished=finished)
