"""Which owner and which board user a teammate is. Asked once a day, and only when needed."""

from __future__ import annotations

from datetime import timedelta

from syncd.engine.context import Context, log
from syncd.store import notes

AGE = timedelta(days=1)


def owner_id(ctx: Context, address: str) -> str | None:
    """The CRM owner with this address; None when the CRM knows no such owner."""
    with ctx.store.begin() as tx:
        known = notes.read(tx, "owners")
        at = notes.written_at(tx, "owners")
    if known is None or at is None or ctx.now() - at > AGE:
        known = {person.address: person.id for person in ctx.ports.crm.owners()}
        with ctx.store.begin() as tx:
            notes.write(tx, "owners", known, ctx.now())
        for mailbox in ctx.ports.mail:
            if mailbox not in known:
                log.warning("no_owner", mailbox=mailbox)
    found = known.get(address)
    return None if found is None else str(found)


def assignee_id(ctx: Context, address: str) -> str | None:
    """The board user with this address; None when the board knows no such user."""
    name = f"person:{address}"
    with ctx.store.begin() as tx:
        known = notes.read(tx, name)
        at = notes.written_at(tx, name)
    if at is None or ctx.now() - at > AGE:
        assert ctx.ports.board is not None
        person = ctx.ports.board.people([address]).get(address)
        known = person.id if person is not None and person.active else ""
        with ctx.store.begin() as tx:
            notes.write(tx, name, known, ctx.now())
        if not known:
            log.warning("no_assignee", mailbox=address)
    return str(known) or None
