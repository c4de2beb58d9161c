"""Whether anything may have changed that a report would show."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from syncd.store.schema import (
    effects,
    introductions,
    link_checks,
    links,
    messages,
    task_events,
)

# Each is one step down an index.
_NEWEST = [
    select(func.max(column))
    for column in (
        messages.c.id,
        effects.c.seq,
        task_events.c.id,
        links.c.id,
        link_checks.c.id,
        introductions.c.id,
    )
]


def version(tx: Connection) -> tuple[int, ...]:
    """Differs once a message, effect, link, check or task event came in.

    What is changed in place (a conversation's campaign, a contact's stage) is mostly seen by
    the effects that follow from it; whoever keeps a report also lets it grow old.
    """
    return tuple(int(tx.execute(one).scalar_one() or 0) for one in _NEWEST)
