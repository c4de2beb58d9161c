"""Which owner and which board user a teammate is. Asked once a day, and only when needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from syncd.engine.context import Context, log
from syncd.store import chores, dirty, notes, plan_items
from syncd.store.database import Tx

AGE = timedelta(days=1)


def owner_ids(ctx: Context, addresses: Iterable[str]) -> dict[str, str | None]:
    """The CRM owner of each address; None where the CRM knows no such owner."""
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
    return {one: str(known[one]) if one in known else None for one in addresses}


def assignee_id(ctx: Context, address: str) -> str | None:
    """The board user with this address; None when the board knows no such user."""
    name = _note(address)
    with ctx.store.begin() as tx:
        known = notes.read(tx, name)
        at = notes.written_at(tx, name)
    if at is None or ctx.now() - at > AGE:
        known = _ask_the_board(ctx, [address])[address]
        if not known:
            log.warning("no_assignee", mailbox=address)
    return str(known) or None


def known_assignee(tx: Tx, address: str) -> str:
    """The board user with this address, as last asked; "" for nobody. No call is made."""
    return str(notes.read(tx, _note(address)) or "")


def owners(tx: Tx) -> dict[str, str]:
    """The addresses of the CRM's owners by id, as last asked. No call is made."""
    known: dict[str, str] = notes.read(tx, "owners") or {}
    return {one: address for address, one in known.items()}


def known_before(tx: Tx, address: str) -> str:
    """The board's id of a teammate who left."""
    return str(notes.read(tx, f"left:{address}") or "")


def left(tx: Tx) -> frozenset[str]:
    """Teammates who are no longer on the board, by address."""
    return frozenset(notes.read(tx, "left") or ())


def look_who_left(ctx: Context, addresses: Iterable[str]) -> None:
    """Once a day: who of us has left the board. Their conversations are decided again."""
    wanted = sorted(set(addresses))
    with ctx.store.begin() as tx:
        at = notes.written_at(tx, "left")
    if not wanted or (at is not None and ctx.now() - at <= AGE):
        return
    ctx.tried("board", partial(_ask_the_board, ctx, wanted))


def _ask_the_board(ctx: Context, addresses: list[str]) -> dict[str, str]:
    assert ctx.ports.board is not None
    people = ctx.ports.board.people(addresses)
    ids = {one: people[one].id if one in people and people[one].active else "" for one in addresses}
    gone = {one for one in addresses if one in people and not people[one].active}
    with ctx.store.begin() as tx:
        for address, known in ids.items():
            notes.write(tx, _note(address), known, ctx.now())
        before = left(tx)
        now = (before - set(addresses)) | gone
        notes.write(tx, "left", sorted(now), ctx.now())
        if now != before:
            for address in sorted(now - before):
                log.warning("teammate_left", address=address)
                notes.write(tx, f"left:{address}", people[address].id, ctx.now())
            chores.wake(tx, chores.open_marks(tx))
            dirty.mark(tx, "campaign", plan_items.campaigns(tx))
    return ids


def _note(address: str) -> str:
    return f"person:{address}"
