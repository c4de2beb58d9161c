"""What we know of each mailbox: how far we have read, its aliases, whether we may look."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from syncd.store.schema import LISTED, copies, mailboxes
from syncd.store.writing import insert_new

# Put together once: each is asked for every mailbox in every turn.
_ONE = select(mailboxes).where(mailboxes.c.address == bindparam("address"))
_EVERY = select(mailboxes).order_by(mailboxes.c.address)
_ROW = update(mailboxes).where(mailboxes.c.address == bindparam("row"))
_SEEN = _ROW.where(
    mailboxes.c.backfill == "done",
    ~select(copies.c.id).where(copies.c.mailbox == mailboxes.c.address, LISTED).exists(),
).values(seen_at=bindparam("seen_at"), locked=None)
_THESE = mailboxes.c.address.in_(bindparam("addresses", expanding=True)) & (
    mailboxes.c.locked.is_(None)
)
_LISTING = select(mailboxes.c.address).where(mailboxes.c.backfill == "listing", _THESE).limit(1)
_FETCHING = (
    select(copies.c.id)
    .join(mailboxes, mailboxes.c.address == copies.c.mailbox)
    .where(LISTED, copies.c.tries == 0, _THESE)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    address: str
    cursor: str | None
    listing: bool
    page: str | None
    listed_since: datetime | None
    aliases: tuple[str, ...]
    profiled_at: datetime | None
    locked: str | None
    seen_at: datetime | None


def ensure(tx: Connection, addresses: Iterable[str]) -> None:
    """Make a row for each mailbox that has none."""
    rows = [{"address": a, "backfill": "listing", "aliases": []} for a in addresses]
    insert_new(tx, mailboxes, rows)


def get(tx: Connection, address: str) -> Mailbox:
    return _mailbox(tx.execute(_ONE, {"address": address}).one())


def every(tx: Connection) -> list[Mailbox]:
    return [_mailbox(row) for row in tx.execute(_EVERY)]


def start_listing(tx: Connection, address: str, cursor: str, since: datetime) -> None:
    """Begin (again) at the first page. The cursor was taken before, so nothing falls between."""
    _set(tx, address, cursor=cursor, backfill="listing", page=None, listed_since=since)


def list_further_back(tx: Connection, since: datetime) -> None:
    """Have every mailbox listed from `since` on, keeping its cursor: known ids are known."""
    tx.execute(
        update(mailboxes)
        .where(mailboxes.c.cursor.is_not(None))
        .values(backfill="listing", page=None, listed_since=since)
    )


def listed(tx: Connection, address: str, next_page: str | None) -> None:
    _set(tx, address, backfill="done" if next_page is None else "listing", page=next_page)


def advance(tx: Connection, address: str, cursor: str) -> None:
    _set(tx, address, cursor=cursor)


def profiled(tx: Connection, address: str, aliases: Iterable[str], now: datetime) -> None:
    _set(tx, address, aliases=sorted(aliases), profiled_at=now)


def seen(tx: Connection, address: str, now: datetime) -> bool:
    """All of it was read as of then, if no page is left to list and no message to fetch.

    Otherwise nothing is noted.
    """
    return tx.execute(_SEEN, {"row": address, "seen_at": now}).rowcount == 1


def let_in(tx: Connection, address: str) -> None:
    _set(tx, address, locked=None)


def lock(tx: Connection, address: str, words: str) -> None:
    _set(tx, address, locked=words)


def reading(tx: Connection, addresses: Collection[str]) -> bool:
    """Whether one of these is being read: pages to list, or messages to fetch.

    A message that was tried in vain is waited for no longer, nor a mailbox that is locked.
    """
    these = {"addresses": list(addresses)}
    return any(tx.execute(query, these).first() is not None for query in (_LISTING, _FETCHING))


def counts(tx: Connection, address: str) -> dict[tuple[str, str], int]:
    """Copies of the mailbox by (state, reason)."""
    query = (
        select(copies.c.state, copies.c.reason, func.count())
        .where(copies.c.mailbox == address)
        .group_by(copies.c.state, copies.c.reason)
    )
    return {(state, reason): number for state, reason, number in tx.execute(query)}


def _set(tx: Connection, address: str, **values: object) -> None:
    tx.execute(_ROW, {"row": address, **values})


def _mailbox(row: object) -> Mailbox:
    fields = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001 - SQLAlchemy's public name
    return Mailbox(
        address=fields["address"],
        cursor=fields["cursor"],
        listing=fields["backfill"] == "listing",
        page=fields["page"],
        listed_since=fields["listed_since"],
        aliases=tuple(fields["aliases"]),
        profiled_at=fields["profiled_at"],
        locked=fields["locked"],
        seen_at=fields["seen_at"],
    )
