"""Alarms: one notice when a trouble begins, one all-clear when it is over.

A row stands from the moment a trouble is seen until its all-clear was told. Telling may
fail; it is tried again, and a restart neither repeats nor forgets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from syncd.store.schema import alarms


@dataclass(frozen=True, slots=True)
class Alarm:
    """`name` is kind/subject, e.g. quiet/maya@…; `cleared_at`: it is over."""

    name: str
    since: datetime
    words: str
    told_at: datetime | None
    cleared_at: datetime | None

    @property
    def kind(self) -> str:
        return self.name.partition("/")[0]

    @property
    def subject(self) -> str:
        return self.name.partition("/")[2]


def compare(tx: Connection, troubles: Mapping[str, str], now: datetime) -> None:
    """Take in what is wrong now, in words by name; what is not named is over."""
    known = {alarm.name: alarm for alarm in _every(tx)}
    for name, words in troubles.items():
        if name not in known:
            tx.execute(insert(alarms).values(name=name, since=now, words=words))
        elif known[name].cleared_at is not None:
            # Back before anybody was told that it was over: the notice still stands.
            _set(tx, name, words=words, cleared_at=None, since=now)
        elif known[name].words != words:
            _set(tx, name, words=words)
    for name, alarm in known.items():
        if name in troubles or alarm.cleared_at is not None:
            continue
        if alarm.told_at is None:
            forget(tx, name)  # nobody heard of it
        else:
            _set(tx, name, cleared_at=now)


def ringing(tx: Connection) -> list[Alarm]:
    """The troubles there are, oldest first."""
    return [alarm for alarm in _every(tx) if alarm.cleared_at is None]


def untold(tx: Connection) -> list[Alarm]:
    """Those of which a notice, or an all-clear, is still to be told."""
    return [one for one in _every(tx) if one.told_at is None or one.cleared_at is not None]


def told(tx: Connection, name: str, now: datetime) -> None:
    """The notice has reached everybody it should."""
    _set(tx, name, told_at=now)


def forget(tx: Connection, name: str) -> None:
    """The all-clear has, too."""
    tx.execute(delete(alarms).where(alarms.c.name == name))


def _every(tx: Connection) -> list[Alarm]:
    query = select(alarms).order_by(alarms.c.since, alarms.c.name)
    return [Alarm(**row) for row in tx.execute(query).mappings()]


def _set(tx: Connection, name: str, **values: object) -> None:
    tx.execute(update(alarms).where(alarms.c.name == name).values(**values))
