"""Addresses that are to be forgotten, as hashes only this state can make.

A hash with a key of the state's own: whoever has the tombstones alone cannot try addresses
on them, and we can tell an address again when it turns up without ever keeping it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from syncd.core.mail.addresses import canonical
from syncd.store import notes
from syncd.store.schema import tombstones
from syncd.store.writing import chunks, insert_new

_KEY = "tombstones:key"

# Put together once: the first is asked for every batch of messages.
_ANY = select(tombstones.c.digest).limit(1)
_AMONG = select(tombstones.c.digest).where(
    tombstones.c.digest.in_(bindparam("digests", expanding=True))
)


def put_up(tx: Connection, addresses: Iterable[str], now: datetime) -> None:
    """From now on nothing of these people is kept. Repeatable."""
    if notes.read(tx, _KEY) is None:
        notes.write(tx, _KEY, secrets.token_hex(32), now)
    rows = [{"digest": digest(tx, one), "at": now, "finished_at": None} for one in addresses]
    insert_new(tx, tombstones, rows)


def saved(tx: Connection) -> dict[str, object]:
    """The key and every hash, to be kept elsewhere, too."""
    digests = tx.execute(select(tombstones.c.digest).order_by(tombstones.c.digest)).scalars()
    return {"key": notes.read(tx, _KEY) or "", "digests": list(digests)}


def take_over(tx: Connection, kept: Mapping[str, object], now: datetime, *, finished: bool) -> None:
    """What was kept elsewhere. Nothing where this state has hashes of another key already."""
    key, digests = kept.get("key"), kept.get("digests")
    if not (isinstance(key, str) and key and isinstance(digests, list)):
        return
    mine = notes.read(tx, _KEY)
    if mine != key and tx.execute(_ANY).first() is not None:
        return
    if mine != key:
        notes.write(tx, _KEY, key, now)
    end = now if finished else None
    rows = [{"digest": str(one), "at": now, "finished_at": end} for one in digests]
    insert_new(tx, tombstones, rows)


def finished(tx: Connection, addresses: Iterable[str], now: datetime) -> None:
    """What was there of them is gone."""
    digests = [digest(tx, one) for one in addresses]
    tx.execute(
        update(tombstones)
        .where(tombstones.c.digest.in_(digests), tombstones.c.finished_at.is_(None))
        .values(finished_at=now)
    )


def unfinished(tx: Connection) -> int:
    """For how many addresses forgetting was begun and not brought to its end."""
    return len(tx.execute(select(tombstones).where(tombstones.c.finished_at.is_(None))).all())


def among(tx: Connection, addresses: Iterable[str]) -> frozenset[str]:
    """Those of `addresses` that are to be forgotten."""
    wanted = set(addresses)
    if not wanted or tx.execute(_ANY).first() is None:
        return frozenset()
    by_digest: dict[str, list[str]] = {}
    for address in wanted:
        by_digest.setdefault(digest(tx, address), []).append(address)
    found: set[str] = set()
    for some in chunks(by_digest):
        for one in tx.execute(_AMONG, {"digests": some}).scalars():
            found.update(by_digest[one])
    return frozenset(found)


def digest(tx: Connection, address: str) -> str:
    """The hash under which an address is known again, however it is written."""
    key = bytes.fromhex(str(notes.read(tx, _KEY) or ""))
    return hmac.new(key, canonical(address).encode(), hashlib.sha256).hexdigest()
