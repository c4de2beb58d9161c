"""The ledger of effects: planned -> sending -> done | parked, or withdrawn.

A row is written before the effect and settled after it. A row found in `sending` without
a living process behind it means the world must be asked before the effect is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, Select, and_, bindparam, not_, or_, select, update

from syncd.core.actions import Planned
from syncd.store import misses
from syncd.store.effect import Effect, dump, read
from syncd.store.schema import effects
from syncd.store.writing import chunks, insert_new

# Observed: decided, and not done because of the promise's mode.
UNSENT = ("planned", "held", "observed")
# The promise of what takes back a run.
UNDO = "undo"

# No service asks for a longer wait than to the end of its day. What waits for longer was put off
# by a clock that was ahead, and would wait for a day that is years away.
LONGEST_WAIT = timedelta(days=2)
# Once tried, it goes: what it explains may have been done meanwhile, and is no longer wanted for
# that reason alone.
_EXPLAINS = "comment_task"

# What is asked for every effect, or in every round, is put together once: building such a
# statement costs several times what the database needs to answer it.
_ROW = update(effects).where(effects.c.key == bindparam("row"))
_NOTE = select(effects.c.note).where(effects.c.key == bindparam("row"))
_STATES = select(effects.c.key, effects.c.state).where(
    effects.c.key.in_(bindparam("keys", expanding=True))
)
_READY = (
    select(effects)
    .where(
        effects.c.state == "planned",
        effects.c.kind == bindparam("kind"),
        effects.c.backlog == bindparam("backlog"),
        effects.c.seq > bindparam("after"),
        or_(
            effects.c.not_before.is_(None),
            effects.c.not_before <= bindparam("now"),
            effects.c.not_before > bindparam("far"),
        ),
    )
    .order_by(effects.c.seq)
    .limit(bindparam("most", type_=Integer))
)
_IN_DOUBT = select(effects).where(effects.c.state == "sending").order_by(effects.c.seq)
_OPEN_ON = (
    select(effects)
    .where(
        effects.c.object == bindparam("name"),
        effects.c.promise == bindparam("promise"),
        effects.c.state.in_(("planned", "sending")),
    )
    .order_by(effects.c.seq)
)
_CLAIM = (
    update(effects)
    .where(effects.c.key.in_(bindparam("keys", expanding=True)), effects.c.state == "planned")
    .values(state="sending", attempts=effects.c.attempts + 1, sent_at=bindparam("now"))
)
_UNSENT_ON = select(effects.c.key, effects.c.note).where(
    effects.c.object.in_(bindparam("names", expanding=True)),
    effects.c.promise == bindparam("promise"),
    effects.c.state.in_(UNSENT),
    not_(and_(effects.c.kind == _EXPLAINS, effects.c.attempts > 0)),
)


# Numbers already seen: of what came in, and of what comes from a backlog.
After = tuple[int, int]
FIRST: After = (0, 0)


def plan(
    tx: Connection,
    planned: Sequence[Planned],
    *,
    run: int,
    now: datetime,
    held: Mapping[str, str],
    objects: Iterable[tuple[str, str]] = (),
    observed: Mapping[str, str] | None = None,
) -> int:
    """Record a plan; returns how many effects are new.

    Known keys are left alone, so deciding twice sends once. `held` maps kinds the guard
    holds back to its reason, `observed` keys whose mode lets nothing be done. For
    each (promise, object) in `objects` the plan is the whole of what is wanted: unsent
    effects it no longer names are withdrawn, because we act on the present, never on a
    decision that has gone stale in the queue.
    """
    keys = {one.action.key for one in planned}
    _withdraw(tx, objects, keys, now)
    known = states_of(tx, keys)
    rows = []
    for one in {p.action.key: p for p in planned}.values():
        reason = held.get(one.action.kind)
        fields: dict[str, Any] = {"state": "planned", "note": ""}
        if reason is not None:
            fields = {"state": "held", "note": reason}
        if observed and one.action.key in observed:
            fields = {"state": "observed", "note": observed[one.action.key]}
        if one.action.key not in known:
            rows.append(_row(one, run, now) | fields)
        elif known[one.action.key] == "withdrawn":
            row = tx.execute(_NOTE, {"row": one.action.key}).scalar_one()
            fields["note"] = misses.kept(row, fields["note"])
            # What else held it up the first time has nothing to do with this one.
            fields |= {"attempts": 0, "not_before": None}
            fields |= {"run_id": run, "planned_at": now, "body": dump(one.action)}
            _set(tx, one.action.key, **fields)
    insert_new(tx, effects, rows)
    return len(rows)


def ready(
    tx: Connection,
    kind: str,
    now: datetime,
    limit: int,
    *,
    after: After = FIRST,
    run: int | None = None,
) -> list[Effect]:
    """Effects of a kind that may be sent now; of one run only, where given.

    What has come in goes first, then what comes from a backlog, each by number and from
    beyond `after`.
    """
    query = _READY if run is None else _READY.where(effects.c.run_id == run)
    asked = {"kind": kind, "now": now, "far": now + LONGEST_WAIT}
    live, behind = after
    found = _effects(tx, query, **asked, backlog=False, after=live, most=limit)
    if len(found) < limit:
        most = limit - len(found)
        found += _effects(tx, query, **asked, backlog=True, after=behind, most=most)
    return found


def beyond(after: After, batch: Sequence[Effect]) -> After:
    """From where on the batch after this one begins."""
    live, behind = ([one.seq for one in batch if one.backlog is it] for it in (False, True))
    return max([after[0], *live]), max([after[1], *behind])


def in_doubt(tx: Connection, kind: str | None = None) -> list[Effect]:
    found = _effects(tx, _IN_DOUBT)
    return [one for one in found if kind is None or one.action.kind == kind]


def in_state(tx: Connection, state: str, limit: int = 1000) -> list[Effect]:
    return _select(tx, effects.c.state == state, limit=limit)


def of_run(tx: Connection, run: int) -> list[Effect]:
    return _select(tx, effects.c.run_id == run)


def waiting_keys(tx: Connection) -> list[str]:
    """The keys of all that is planned and not sent yet."""
    query = select(effects.c.key).where(effects.c.state == "planned").order_by(effects.c.seq)
    return list(tx.execute(query).scalars())


def done_of(tx: Connection, keys: Iterable[str]) -> list[Effect]:
    """Those of these that are done."""
    return [
        effect
        for some in chunks(keys)
        for effect in _select(tx, effects.c.key.in_(some), effects.c.state == "done")
    ]


def of_object(tx: Connection, name: str) -> list[Effect]:
    return _select(tx, effects.c.object == name)


def open_on(tx: Connection, name: str, promise: str) -> list[Effect]:
    """What a promise has planned or sent on an object and is not settled."""
    return _effects(tx, _OPEN_ON, name=name, promise=promise)


def claim(tx: Connection, batch: Sequence[Effect], now: datetime) -> None:
    """Write down that these are about to be sent. Commit before sending.

    Raises `AssertionError` where one of them is not planned any more: then none is claimed.
    """
    claimed = 0
    for some in chunks(effect.key for effect in batch):
        claimed += tx.execute(_CLAIM, {"keys": some, "now": now}).rowcount
    assert claimed == len(batch), "somebody else has claimed some of these"


@dataclass(frozen=True, slots=True)
class Settled:
    """An effect that took place. `trace`: "before" and "after", as far as there is such a thing."""

    key: str
    remote_id: str
    note: str = ""
    trace: Mapping[str, Any] = field(default_factory=dict)


def settle(tx: Connection, batch: Iterable[Settled], now: datetime) -> None:
    """They took place. The trace goes along in the same commit: none is done without."""
    rows: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in batch:
        trace = {name: value for name, value in one.trace.items() if value is not None}
        row = {"row": one.key, "remote_id": one.remote_id, "note": one.note, **trace}
        rows.setdefault(tuple(sorted(trace)), []).append(row)
    for alike in rows.values():
        tx.execute(_ROW, [row | {"state": "done", "settled_at": now} for row in alike])


def retry(tx: Connection, key: str, not_before: datetime | None, note: str) -> None:
    _set(tx, key, state="planned", not_before=not_before, note=note)


def doubt(tx: Connection, key: str, note: str) -> None:
    _set(tx, key, note=note)


def sent_by_a_wrong_clock(tx: Connection, key: str, now: datetime) -> None:
    """It was sent before `now`, whatever the clock said then: from `now` on it is waited for."""
    _set(tx, key, sent_at=now)


def park(tx: Connection, key: str, note: str, now: datetime) -> None:
    _set(tx, key, state="parked", note=note, settled_at=now)


def unpark(tx: Connection, name: str, now: datetime) -> None:
    """Withdraw what was refused on this object, so that it can be decided afresh."""
    tx.execute(
        update(effects)
        .where(effects.c.object == name, effects.c.state == "parked")
        .values(state="withdrawn", note="decided afresh", settled_at=now)
    )


def withdraw(tx: Connection, key: str, note: str, now: datetime) -> None:
    _set(tx, key, state="withdrawn", note=note, settled_at=now)


def hold(tx: Connection, kind: str, reason: str, *, run: int, since: datetime) -> None:
    """Hold back what this run has planned of a kind since then and not sent yet."""
    tx.execute(
        update(effects)
        .where(
            effects.c.kind == kind,
            effects.c.state == "planned",
            effects.c.run_id == run,
            effects.c.planned_at >= since,
        )
        .values(state="held", note=reason)
    )


def release(tx: Connection, kinds: Iterable[str] = ()) -> int:
    """Let held effects go, all or those of some kinds. Returns how many."""
    statement = update(effects).where(effects.c.state == "held")
    if wanted := list(kinds):
        statement = statement.where(effects.c.kind.in_(wanted))
    return tx.execute(statement.values(state="planned", note="approved")).rowcount


def follow_modes(tx: Connection, kept_back: Callable[[Effect], str]) -> list[str]:
    """Set aside what the modes do not allow any more, and let go what they do.

    `kept_back` says why an unsent effect may not be done, "" where it may. Returns the
    objects of what is let go: they are to be decided again before it is sent.
    """
    found: list[str] = []
    for effect in _select(tx, effects.c.state.in_(("planned", "observed"))):
        words = kept_back(effect)
        if effect.state == "planned" and words:
            _set(tx, effect.key, state="observed", note=words)
        elif effect.state == "observed" and not words:
            _set(tx, effect.key, state="planned", note="")
            found.append(effect.object)
    return found


def states_of(tx: Connection, keys: Iterable[str]) -> dict[str, str]:
    """The states of those of these effects that were ever planned, by key."""
    found: dict[str, str] = {}
    for some in chunks(keys):
        found |= {key: state for key, state in tx.execute(_STATES, {"keys": some})}
    return found


def _withdraw(
    tx: Connection, objects: Iterable[tuple[str, str]], keep: set[str], now: datetime
) -> None:
    by_promise: dict[str, list[str]] = {}
    for promise, name in objects:
        by_promise.setdefault(promise, []).append(name)
    for promise, names in by_promise.items():
        for some in chunks(names):
            asked = {"names": some, "promise": promise}
            for key, note in tx.execute(_UNSENT_ON, asked).all():
                if key not in keep:
                    withdraw(tx, key, misses.kept(note, "no longer wanted"), now)


def _row(one: Planned, run: int, now: datetime) -> dict[str, Any]:
    return {
        "key": one.action.key,
        "run_id": run,
        "promise": one.promise,
        "object": one.object,
        "kind": one.action.kind,
        "body": dump(one.action),
        "summary": one.summary,
        "rule": one.rule,
        "cause": one.cause,
        "attempts": 0,
        "planned_at": now,
        "backlog": one.backlog,
    }


def _set(tx: Connection, key: str, **values: Any) -> None:
    tx.execute(_ROW, {"row": key, **values})


def _select(tx: Connection, *conditions: Any, limit: int | None = None) -> list[Effect]:
    query = select(effects).where(*conditions).order_by(effects.c.seq)
    if limit is not None:
        query = query.limit(limit)
    return _effects(tx, query)


def _effects(tx: Connection, query: Select[Any], **asked: Any) -> list[Effect]:
    return [read(row) for row in tx.execute(query, asked).mappings()]
