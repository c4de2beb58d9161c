"""How the ledger stands: what is in which state, what waits, what a day brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from syncd.store.ledger import UNDO, UNSENT
from syncd.store.schema import effects
from syncd.store.writing import chunks

_STATE = select(effects.c.state).where(effects.c.key == bindparam("key"))
_KINDS_IN = select(effects.c.kind).where(effects.c.state == bindparam("state")).distinct()
_BUSY = select(effects.c.object).where(
    effects.c.object.in_(bindparam("names", expanding=True)),
    or_(
        effects.c.state == "sending",
        and_(effects.c.promise == UNDO, effects.c.state.in_(UNSENT)),
    ),
)
_UNSETTLED = (
    select(effects.c.seq)
    .where(effects.c.object == bindparam("name"), effects.c.state.not_in(("done", "withdrawn")))
    .limit(1)
)
_UNSENT_OF = select(func.count()).where(
    effects.c.kind == bindparam("kind"), effects.c.state == "planned"
)
_WAITING = select(func.count(), func.min(effects.c.not_before)).where(effects.c.state == "planned")
_PLANNED_IN = (
    select(effects.c.kind, func.count())
    .where(
        effects.c.run_id == bindparam("run"),
        effects.c.state.not_in(("withdrawn", "observed")),
        effects.c.planned_at >= bindparam("since"),
        effects.c.key.not_in(bindparam("besides", expanding=True)),
    )
    .group_by(effects.c.kind)
)


def release_reasons(tx: Connection) -> list[tuple[str, str, int]]:
    """What is held: (kind, reason, number)."""
    query = (
        select(effects.c.kind, effects.c.note, func.count())
        .where(effects.c.state == "held")
        .group_by(effects.c.kind, effects.c.note)
        .order_by(effects.c.kind)
    )
    return [(kind, reason, number) for kind, reason, number in tx.execute(query)]


def states(tx: Connection) -> Counter[tuple[str, str]]:
    """How many effects there are by (kind, state)."""
    query = select(effects.c.kind, effects.c.state, func.count()).group_by(
        effects.c.kind, effects.c.state
    )
    return Counter({(kind, state): number for kind, state, number in tx.execute(query)})


def kinds(tx: Connection, state: str) -> frozenset[str]:
    """The kinds of action that have effects in this state."""
    return frozenset(tx.execute(_KINDS_IN, {"state": state}).scalars())


def unsent(tx: Connection, kind: str) -> int:
    """How many effects of a kind are planned."""
    return int(tx.execute(_UNSENT_OF, {"kind": kind}).scalar_one())


def planned_in(
    tx: Connection, run: int, since: datetime, besides: Iterable[str] = ()
) -> Counter[str]:
    """How many effects of each kind a run has planned since then, `besides` those keys."""
    asked = {"run": run, "since": since, "besides": list(besides)}
    return Counter({kind: number for kind, number in tx.execute(_PLANNED_IN, asked)})


def planned_between(tx: Connection, since: datetime, until: datetime) -> Counter[str]:
    """How many effects of each kind any run planned from one moment on and before another."""
    query = (
        select(effects.c.kind, func.count())
        .where(
            effects.c.planned_at >= since,
            effects.c.planned_at < until,
            effects.c.state.not_in(("withdrawn", "observed")),
        )
        .group_by(effects.c.kind)
    )
    return Counter({kind: number for kind, number in tx.execute(query)})


def remote_ids(tx: Connection, keys: Iterable[str]) -> dict[str, str]:
    """The services' ids of those of these effects that were done, by key."""
    found: dict[str, str] = {}
    for some in chunks(keys):
        query = select(effects.c.key, effects.c.remote_id).where(
            effects.c.key.in_(some), effects.c.state == "done"
        )
        found |= {key: remote for key, remote in tx.execute(query) if remote}
    return found


def waiting(tx: Connection) -> tuple[int, datetime | None]:
    """How many effects wait to be sent, and when the first of them may be."""
    number, at = tx.execute(_WAITING).one()
    return int(number), at


def unsettled(tx: Connection, name: str) -> bool:
    """Whether an effect on this object waits, is in doubt, or was refused."""
    return tx.execute(_UNSETTLED, {"name": name}).first() is not None


def busy(tx: Connection, name: str) -> bool:
    """Whether an effect on this object has been sent and not settled, or is to be taken back."""
    return bool(all_busy(tx, [name]))


def all_busy(tx: Connection, names: Iterable[str]) -> frozenset[str]:
    """Those of these objects on which an effect is under way; see `busy`."""
    found: set[str] = set()
    for some in chunks(names):
        found |= set(tx.execute(_BUSY, {"names": some}).scalars())
    return frozenset(found)


def state_of(tx: Connection, key: str) -> str | None:
    return tx.execute(_STATE, {"key": key}).scalar_one_or_none()
