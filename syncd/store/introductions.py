"""Who was asked to introduce us to whom, how it went, and the chains that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from syncd.core.introductions import LIVE, State
from syncd.store.schema import introductions
from syncd.store.writing import chunks


@dataclass(frozen=True, slots=True)
class Introduction:
    """One asking. Addresses are those that stand for a person; `domain` is registrable.

    `message` is the key of the message that asked, `introduced_in` of the one that
    introduced. `words` say why it was offered or, once it has ended, why it did.
    """

    id: int
    introducer: str
    domain: str
    campaign: str
    state: State
    asked_by: str
    asked_at: datetime | None
    introduced: str
    introduced_at: datetime | None
    message: str
    round: int = 0
    site: str = ""
    words: str = ""
    mark: str = ""
    subject: str = ""
    message_id: str = ""
    draft: str = ""
    version: str = ""
    standing: str = ""
    thread_id: str = ""
    edited: bool = False
    gone_at: datetime | None = None
    offered_at: datetime | None = None
    drafted_at: datetime | None = None
    conversation: int | None = None
    introduced_name: str = ""
    introduced_in: str = ""
    ended_at: datetime | None = None
    due_at: datetime | None = None


_BY_ID = introductions.c.id == bindparam("row")
_LIVE = (
    select(introductions)
    .where(introductions.c.state.in_([state.value for state in LIVE]))
    .order_by(introductions.c.id)
)
_DUE = select(func.min(introductions.c.due_at)).where(introductions.c.due_at.is_not(None))


def every(tx: Connection, *, campaign: str | None = None) -> list[Introduction]:
    """Every asking, or those for one campaign, oldest first."""
    query = select(introductions).order_by(introductions.c.id)
    if campaign is not None:
        query = query.where(introductions.c.campaign == campaign)
    return [_of(row) for row in tx.execute(query).mappings()]


def get(tx: Connection, wanted: Iterable[int]) -> list[Introduction]:
    """Askings by number, oldest first."""
    found: list[Introduction] = []
    for some in chunks(sorted(set(wanted))):
        query = select(introductions).where(introductions.c.id.in_(some))
        rows = tx.execute(query.order_by(introductions.c.id)).mappings()
        found += [_of(row) for row in rows]
    return found


def live(tx: Connection) -> list[Introduction]:
    """Those that may still come to something: offered, drafted, asked."""
    return [_of(row) for row in tx.execute(_LIVE).mappings()]


def marked(tx: Connection, mark: str) -> Introduction | None:
    """The asking whose draft has this mark."""
    query = select(introductions).where(introductions.c.mark == mark)
    row = tx.execute(query).mappings().first()
    return None if row is None else _of(row)


def offer(tx: Connection, row: Introduction) -> int:
    """Write down that somebody is to be asked. Returns its number."""
    made = tx.execute(insert(introductions).returning(introductions.c.id), _row(row))
    return int(made.scalar_one())


def becomes(tx: Connection, number: int, **values: Any) -> None:
    """Change columns of one asking."""
    tx.execute(update(introductions).where(_BY_ID).values(**values), {"row": number})


def due(tx: Connection, now: datetime) -> list[int]:
    """Those whose time to be decided again has come."""
    query = select(introductions.c.id).where(introductions.c.due_at <= now)
    return list(tx.execute(query.order_by(introductions.c.id)).scalars())


def next_due(tx: Connection) -> datetime | None:
    first: datetime | None = tx.execute(_DUE).scalar_one()
    return first


def introduced_by(tx: Connection, people: Iterable[str]) -> dict[str, tuple[str, datetime]]:
    """Who introduced these people to us, and when; the first time counts."""
    found: dict[str, tuple[str, datetime]] = {}
    for one in introductions_of(tx, people):
        assert one.introduced_at is not None
        found.setdefault(one.introduced, (one.introducer, one.introduced_at))
    return found


def introductions_of(tx: Connection, people: Iterable[str]) -> list[Introduction]:
    """The introductions through which these people came to us, the earliest first."""
    found: list[Introduction] = []
    for some in chunks(dict.fromkeys(one for one in people if one)):
        query = select(introductions).where(introductions.c.introduced.in_(some))
        found += [_of(row) for row in tx.execute(query).mappings()]
    return sorted(found, key=_by_time)


def through(tx: Connection, people: Iterable[str]) -> list[Introduction]:
    """The introductions that these people made, the earliest first."""
    found: list[Introduction] = []
    for some in chunks(dict.fromkeys(people)):
        query = select(introductions).where(
            introductions.c.introducer.in_(some), introductions.c.introduced != ""
        )
        found += [_of(row) for row in tx.execute(query).mappings()]
    return sorted(found, key=_by_time)


def _by_time(one: Introduction) -> tuple[datetime, int]:
    assert one.introduced_at is not None
    return one.introduced_at, one.id


def _of(row: RowMapping) -> Introduction:
    values = dict(row)
    values["conversation"] = values.pop("conversation_id")
    values["state"] = State(values["state"])
    return Introduction(**values)


def _row(one: Introduction) -> dict[str, Any]:
    names: Sequence[str] = [column.name for column in introductions.columns]
    values = {name: getattr(one, name) for name in names if name not in {"id", "conversation_id"}}
    return values | {"conversation_id": one.conversation, "state": one.state.value}
