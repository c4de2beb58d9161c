"""An effect as the ledger keeps it: one action, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from syncd.core.actions import KINDS, Action

# How the note begins of an effect that is sent again although it may have taken place.
DOUBTED = "perhaps done: "

_KIND = {kind.kind: kind for kind in KINDS}
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Effect:
    """`before` and `after`: what stood there and what stands since it was done, as JSON."""

    seq: int
    key: str
    run: int
    promise: str
    object: str
    action: Action
    summary: str
    state: str
    attempts: int
    not_before: datetime | None
    sent_at: datetime | None
    remote_id: str | None
    note: str
    rule: str = ""
    cause: str = ""
    before: Any = None
    after: Any = None
    planned_at: datetime | None = None
    settled_at: datetime | None = None
    backlog: bool = False

    @property
    def doubted(self) -> bool:
        """Whether an earlier try may have taken place: its answer was lost, or we were."""
        return self.note.startswith(DOUBTED)

    def doing(self, kind: type[Kind]) -> Kind:
        """Its action, where the caller knows of which kind it is."""
        assert isinstance(self.action, kind)
        return self.action


def actions(kind: type[Kind], batch: Iterable[Effect]) -> Iterator[Kind]:
    """What each effect of a batch of one kind does, in order."""
    return (effect.doing(kind) for effect in batch)


def dump(action: Action) -> Any:
    """An action as JSON, as `read` takes it."""
    return _adapter(action.kind).dump_python(action, mode="json")


def read(row: RowMapping) -> Effect:
    """A row of the table `effects`."""
    return Effect(
        seq=row["seq"],
        key=row["key"],
        run=row["run_id"],
        promise=row["promise"],
        object=row["object"],
        action=_adapter(row["kind"]).validate_python(row["body"]),
        summary=row["summary"],
        state=row["state"],
        attempts=row["attempts"],
        not_before=row["not_before"],
        sent_at=row["sent_at"],
        remote_id=row["remote_id"],
        note=row["note"],
        rule=row["rule"],
        cause=row["cause"],
        before=row["before"],
        after=row["after"],
        planned_at=row["planned_at"],
        settled_at=row["settled_at"],
        backlog=row["backlog"],
    )


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KIND[kind])
