"""Each mailbox's copies of messages: first only listed, then fetched, or known to be gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, func, select, update

from syncd.store.schema import LISTED, copies, messages
from syncd.store.writing import chunks, insert_new

# How often a message that cannot be fetched is tried before it is counted as unreadable.
TRIES = 8

# Put together once: what every look at a mailbox asks, also when there is nothing new.
_RELIST = (
    update(copies)
    .where(
        copies.c.mailbox == bindparam("box"),
        copies.c.remote_id.in_(bindparam("ids", expanding=True)),
        copies.c.state == "gone",
    )
    .values(state="listed", tries=0)
)
_LISTED = (copies.c.mailbox == bindparam("box")) & LISTED
_TODO = (
    select(copies.c.id, copies.c.remote_id)
    .where(_LISTED, copies.c.backlog == bindparam("backlog"), copies.c.id > bindparam("after"))
    .order_by(copies.c.id)
    .limit(bindparam("most", type_=Integer))
)
_TODO_COUNT = select(func.count()).where(_LISTED)
_BACKLOG = select(copies.c.id).where(_LISTED, copies.c.backlog.is_(True)).limit(1)
_ROW = update(copies).where(copies.c.id == bindparam("row"))


@dataclass(frozen=True, slots=True)
class Todo:
    id: int
    remote_id: str


def note(tx: Connection, mailbox: str, remote_ids: Sequence[str], *, backlog: bool = False) -> None:
    """Remember ids to fetch. Known ones are left alone: listing twice fetches once.

    `backlog`: they were there before us, and are fetched behind what comes in.

    But for those that were gone: what comes out of spam or drafts is a message again.
    """
    insert_new(
        tx,
        copies,
        [
            {
                "mailbox": mailbox,
                "remote_id": remote_id,
                "thread_id": "",
                "state": "listed",
                "reason": "",
                "labels": [],
                "tries": 0,
                "backlog": backlog,
            }
            for remote_id in remote_ids
        ],
    )
    for some in chunks(remote_ids):
        tx.execute(_RELIST, {"box": mailbox, "ids": some})


def read_again(tx: Connection, mailbox: str, since: datetime) -> None:
    """Fetch again what came in since then: its labels may have changed unseen."""
    tx.execute(
        update(copies)
        .where(copies.c.mailbox == mailbox, copies.c.state == "stored", copies.c.at >= since)
        .values(state="listed", tries=0, backlog=True)
    )


def todo(tx: Connection, mailbox: str, limit: int, *, backlog: bool, after: int = 0) -> list[Todo]:
    """Copies to fetch, in the order they were noted, from beyond id `after`."""
    asked = {"box": mailbox, "backlog": backlog, "after": after, "most": limit}
    return [Todo(*row) for row in tx.execute(_TODO, asked)]


def has_backlog(tx: Connection, mailbox: str) -> bool:
    """Whether messages are left to fetch that were there before us."""
    return tx.execute(_BACKLOG, {"box": mailbox}).first() is not None


def todo_count(tx: Connection, mailbox: str) -> int:
    return int(tx.execute(_TODO_COUNT, {"box": mailbox}).scalar_one())


def settle(tx: Connection, ids: Iterable[int], state: str, reason: str = "") -> None:
    rows = [{"row": copy, "state": state, "reason": reason} for copy in ids]
    if rows:
        tx.execute(_ROW, rows)


def unreadable(tx: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Count copies (id, reason) as unreadable."""
    for copy, reason in rows:
        settle(tx, [copy], "unreadable", reason)


def tried(tx: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Count a try that did not work (id, reason); give up, visibly, after `TRIES`."""
    for copy, reason in rows:
        tx.execute(update(copies).where(copies.c.id == copy).values(tries=copies.c.tries + 1))
        tx.execute(
            update(copies)
            .where(copies.c.id == copy, copies.c.tries >= TRIES)
            .values(state="unreadable", reason=reason)
        )


def try_again(tx: Connection, mailbox: str) -> None:
    """Give every message that was given up one more try."""
    tx.execute(
        update(copies)
        .where(copies.c.mailbox == mailbox, copies.c.state == "unreadable")
        .values(state="listed", tries=TRIES - 1, backlog=False)
    )


def keep(tx: Connection, rows: Sequence[tuple[int, int, str, Iterable[str], datetime]]) -> None:
    """Tie copies to their messages. Rows: copy id, message id, thread, labels, received at."""
    if rows:
        tx.execute(
            _ROW,
            [
                {
                    "row": copy,
                    "state": "stored",
                    "message_id": message,
                    "thread_id": thread,
                    "labels": sorted(labels),
                    "at": at,
                }
                for copy, message, thread, labels, at in rows
            ],
        )


def never(tx: Connection, rows: Iterable[tuple[int, str, datetime]]) -> None:
    """Keep nothing of a message but that there was one, when, and the rule that hid it.

    Rows: copy id, rule, received at.
    """
    for copy, reason, at in rows:
        tx.execute(
            update(copies).where(copies.c.id == copy).values(state="never", reason=reason, at=at)
        )


def relabel(
    tx: Connection, mailbox: str, changes: Sequence[tuple[str, frozenset[str], frozenset[str]]]
) -> set[int]:
    """Apply label changes (remote id, added, removed). Returns the conversations touched."""
    wanted = {remote_id: (added, removed) for remote_id, added, removed in changes}
    touched: set[int] = set()
    for some in chunks(wanted):
        query = (
            select(copies.c.id, copies.c.remote_id, copies.c.labels, messages.c.conversation_id)
            .join(messages, messages.c.id == copies.c.message_id)
            .where(copies.c.mailbox == mailbox, copies.c.remote_id.in_(some))
        )
        for copy, remote_id, labels, conversation in tx.execute(query).all():
            added, removed = wanted[remote_id]
            now = sorted((set(labels) | added) - removed)
            if now != sorted(labels):
                tx.execute(update(copies).where(copies.c.id == copy).values(labels=now))
                touched.add(conversation)
    return touched


def reconsider_never(tx: Connection) -> None:
    """Read again what a rule kept out: the rules have changed."""
    tx.execute(
        update(copies)
        .where(copies.c.state == "never")
        .values(state="listed", reason="", tries=0, backlog=True)
    )


def labels_of(tx: Connection, mailbox: str, thread: str) -> frozenset[str]:
    """The labels of a thread's messages, as last seen."""
    query = select(copies.c.labels).where(
        copies.c.mailbox == mailbox, copies.c.thread_id == thread, copies.c.state == "stored"
    )
    return frozenset(label for labels in tx.execute(query).scalars() for label in labels)
