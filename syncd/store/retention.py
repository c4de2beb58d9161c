"""Forgetting what no promise needs any more, a little at a time.

What is kept for ever, because a promise leans on it: that a message was there and what became
of it (nothing is logged twice), which conversation it belongs to (a late answer finds home),
who wrote to whom (who knows whom, and how well), and the key of every effect that was done
(nothing is done twice).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Integer,
    bindparam,
    delete,
    null,
    or_,
    select,
    type_coerce,
    update,
)

from syncd.store import retention_web
from syncd.store.database import Store
from syncd.store.schema import (
    bodies,
    conversations,
    dirty,
    effects,
    messages,
    participants,
    runs,
    task_events,
    tasks,
)

# Rows of one commit: nobody waits for long for theirs.
PORTION = 500

_OVER = ("answered", "bounced", "quiet")
_SETTLED = ("done", "parked", "dropped")
_NOTHING: dict[str, list[list[str]]] = {"to": [], "cc": [], "bcc": []}

# See syncd.store.utterances and introduction_mail, which read them.
_NEEDED = ("failed_recipients", "until", "referred", "urls", "says_also")
_CUT = (
    update(messages)
    .where(messages.c.id == bindparam("row"))
    .values(details=bindparam("kept", type_=JSON))
)

_NEWER = (
    select(messages.c.id)
    .where(messages.c.conversation_id == conversations.c.id, messages.c.at >= bindparam("cutoff"))
    .exists()
)
_OPEN = (
    select(tasks.c.mark)
    .where(
        tasks.c.conversation_id == conversations.c.id,
        tasks.c.done.is_(False),
        tasks.c.deleted.is_(False),
    )
    .exists()
)
_UNDECIDED = (
    select(messages.c.id)
    .where(
        messages.c.conversation_id == conversations.c.id,
        messages.c.verdict.in_(("pending", "review")),
    )
    .exists()
)
# Those that have ended long ago, and nothing waits for a word from them.
_PAST = (
    select(conversations.c.id)
    .where(
        conversations.c.id > bindparam("after"),
        conversations.c.put_away.is_(False),
        conversations.c.status.in_(_OVER),
        conversations.c.due_at.is_(None),
        ~_NEWER,
        ~_OPEN,
        ~_UNDECIDED,
    )
    .order_by(conversations.c.id)
    .limit(bindparam("most", type_=Integer))
)
_OLD_EFFECTS = (
    select(effects.c.seq)
    .where(
        effects.c.seq > bindparam("after"),
        effects.c.planned_at < bindparam("cutoff"),
        or_(
            effects.c.state == "withdrawn",
            effects.c.state.in_(_SETTLED)
            & (effects.c.before.is_not(None) | effects.c.after.is_not(None)),
        ),
    )
    .order_by(effects.c.seq)
    .limit(bindparam("most", type_=Integer))
)


def prune(
    store: Store, keep: Mapping[str, timedelta], now: datetime, wanted: Collection[str] = ()
) -> dict[str, int]:
    """Forget what is older than `keep` says: "facts", "journal"; what it does not name stays.

    `wanted`: the sites that campaigns want links from. Returns how many conversations were put
    away, effects cut short, runs forgotten; and rows of link building cut short or removed.
    """
    found = {"conversations": 0, "effects": 0, "runs": 0, "links": 0}
    if "facts" in keep:
        found["conversations"] = _facts(store, now - keep["facts"])
        found["links"] = retention_web.prune(store, now - keep["facts"], now, wanted)
    if "journal" in keep:
        found["effects"], found["runs"] = _journal(store, now - keep["journal"])
    return found


def _facts(store: Store, cutoff: datetime) -> int:
    done, after = 0, 0
    while True:
        with store.begin() as tx:
            asked = {"cutoff": cutoff, "after": after, "most": PORTION}
            ids = list(tx.execute(_PAST, asked).scalars())
            if not ids:
                return done
            _put_away(tx, ids)
        after, done = ids[-1], done + len(ids)
        if len(ids) == PORTION:
            store.let_others_in()


def _put_away(tx: Connection, ids: list[int]) -> None:
    """Keep who wrote to whom, when, and what a promise may lean on; names and words go."""
    mine = messages.c.conversation_id.in_(ids)
    numbers = select(messages.c.id).where(mine)
    marks = select(tasks.c.mark).where(tasks.c.conversation_id.in_(ids))
    tx.execute(delete(bodies).where(bodies.c.message_id.in_(numbers)))
    found = tx.execute(select(messages.c.id, messages.c.details).where(mine)).all()
    rows = [
        {"row": number, "kept": kept}
        for number, details in found
        if (kept := _needed(details)) != details
    ]
    if rows:
        tx.execute(_CUT, rows)
    tx.execute(update(messages).where(mine).values(recipients=_NOTHING, sender_name=""))
    tx.execute(update(participants).where(participants.c.message_id.in_(numbers)).values(name=""))
    tx.execute(delete(task_events).where(task_events.c.mark.in_(marks)))
    tx.execute(
        update(conversations).where(conversations.c.id.in_(ids)).values(put_away=True, story={})
    )
    # Decided again, it would look as if what was forgotten had never been.
    names = [str(one) for one in ids]
    tx.execute(delete(dirty).where(dirty.c.kind == "conversation", dirty.c.id.in_(names)))


def _needed(details: Mapping[str, Any]) -> dict[str, Any]:
    """What the promises read of a message should the exchange go on: addresses, days, pages."""
    kept = {name: details[name] for name in _NEEDED if name in details}
    if "referred" in kept:
        kept["referred"] = [[address, ""] for address, _ in kept["referred"]]
    return kept


def _journal(store: Store, cutoff: datetime) -> tuple[int, int]:
    with store.begin() as tx:
        # First: a run that is not there cannot be undone with half of what it needs for it.
        old = runs.c.began_at < cutoff
        gone = tx.execute(delete(runs).where(old, runs.c.ended_at.is_not(None))).rowcount
    done, after = 0, 0
    while True:
        with store.begin() as tx:
            asked = {"cutoff": cutoff, "after": after, "most": PORTION}
            seqs = list(tx.execute(_OLD_EFFECTS, asked).scalars())
            if not seqs:
                return done, gone
            mine = effects.c.seq.in_(seqs)
            tx.execute(delete(effects).where(mine, effects.c.state == "withdrawn"))
            nothing = type_coerce(null(), JSON)
            tx.execute(update(effects).where(mine).values(before=nothing, after=nothing, rule=""))
        after, done = seqs[-1], done + len(seqs)
        if len(seqs) == PORTION:
            store.let_others_in()
