"""The journal: which runs there were, what each wrote to the outside, and what took it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from syncd.core.actions import Action
from syncd.store import ledger
from syncd.store.effect import Effect
from syncd.store.ledger import UNDO
from syncd.store.schema import effects, runs
from syncd.store.writing import chunks

# Effects that are over and left nothing behind.
_NOTHING = ("withdrawn", "dropped")


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run and what it did. `counts`: effects done, by kind; `states`: all of them, by state.

    `undoes`: the run it takes back; `undone_by`: the runs that take it back.
    """

    number: int
    command: str
    began_at: datetime
    ended_at: datetime | None
    counts: dict[str, int]
    states: dict[str, int]
    undoes: int | None = None
    undone_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The latest try to take an effect back, and how many there were."""

    run: int
    state: str
    note: str
    tries: int

    @property
    def holds(self) -> bool:
        """Whether it is taken back, or on its way to be."""
        return self.state not in _NOTHING


def lines(tx: Connection, limit: int, *, since: datetime | None = None) -> list[RunLine]:
    """The latest runs, the latest first; `since`: those that began then or later."""
    query = select(runs).order_by(runs.c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(runs.c.began_at >= since)
    return _lines(tx, tx.execute(query).mappings().all())


def line(tx: Connection, number: int) -> RunLine | None:
    rows = tx.execute(select(runs).where(runs.c.id == number)).mappings().all()
    return next(iter(_lines(tx, rows)), None)


def taken_back(tx: Connection, keys: Iterable[str]) -> dict[str, TakenBack]:
    """What was tried to take these effects back, by their keys."""
    found: dict[str, TakenBack] = {}
    for some in chunks(keys):
        query = (
            select(effects.c.cause, effects.c.run_id, effects.c.state, effects.c.note)
            .where(effects.c.promise == UNDO, effects.c.cause.in_(some))
            .order_by(effects.c.seq)
        )
        for cause, run, state, note in tx.execute(query):
            tries = found[cause].tries + 1 if cause in found else 1
            found[cause] = TakenBack(run, state, note, tries)
    return found


def since(tx: Connection, effect: Effect) -> list[Action]:
    """What other runs have done to the same object since, or are about to; it still stands."""
    newer = [
        one
        for one in ledger.of_object(tx, effect.object)
        if one.seq > effect.seq and one.run != effect.run and one.promise != UNDO
    ]
    gone = taken_back(tx, [one.key for one in newer])
    return [
        one.action
        for one in newer
        if one.state not in _NOTHING and (one.key not in gone or not gone[one.key].holds)
    ]


def undoing(tx: Connection, run: int) -> list[int]:
    """The runs that take a run back, oldest first."""
    query = select(runs.c.id).where(runs.c.undoes == run).order_by(runs.c.id)
    return list(tx.execute(query).scalars())


def counts(tx: Connection, run: int) -> dict[str, int]:
    """How many effects of a run are done, by kind."""
    query = (
        select(effects.c.kind, func.count())
        .where(effects.c.run_id == run, effects.c.state == "done")
        .group_by(effects.c.kind)
    )
    return {kind: int(number) for kind, number in tx.execute(query)}


def drop(tx: Connection, key: str, words: str, now: datetime) -> None:
    """Give up what was not sent: deciding again does not bring it back."""
    statement = update(effects).where(
        effects.c.key == key, effects.c.state.in_((*ledger.UNSENT, "parked"))
    )
    tx.execute(statement.values(state="dropped", note=words, settled_at=now))


def _lines(tx: Connection, rows: Sequence[Any]) -> list[RunLine]:
    numbers = [row["id"] for row in rows]
    done: dict[int, Counter[str]] = {number: Counter() for number in numbers}
    states: dict[int, Counter[str]] = {number: Counter() for number in numbers}
    undone: dict[int, list[int]] = {}
    for some in chunks(numbers):
        grouped = (
            select(effects.c.run_id, effects.c.kind, effects.c.state, func.count())
            .where(effects.c.run_id.in_(some))
            .group_by(effects.c.run_id, effects.c.kind, effects.c.state)
            .order_by(effects.c.kind)
        )
        for run, kind, state, number in tx.execute(grouped):
            states[run][state] += number
            if state == "done":
                done[run][kind] += number
        back = select(runs.c.undoes, runs.c.id).where(runs.c.undoes.in_(some)).order_by(runs.c.id)
        for run, by in tx.execute(back):
            undone.setdefault(run, []).append(by)
    return [
        RunLine(
            row["id"],
            row["command"],
            row["began_at"],
            row["ended_at"],
            dict(done[row["id"]]),
            dict(states[row["id"]]),
            row["undoes"],
            tuple(undone.get(row["id"], ())),
        )
        for row in rows
    ]
