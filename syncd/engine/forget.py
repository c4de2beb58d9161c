"""A person forgotten: in the services as far as asked, then here, never to come back, with proof.

In this order. The tombstone first, so that nothing of them comes in meanwhile. Then the
services, because what is held here is how their records are found. Then all of it here in
one commit. Interrupted anywhere, asking again goes on: what is done is done only once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from syncd.core.actions import Action, ChangeContact, EraseRecord, EraseTask, Planned
from syncd.core.identity import effect_key, names_address
from syncd.core.mail.addresses import normalise, valid
from syncd.engine.context import Context
from syncd.engine.erasing import carry_out, erase, erase_task
from syncd.engine.prepare import recall
from syncd.engine.turn import Engine
from syncd.ports.crm import Erased, Field
from syncd.ports.verdicts import Verdict
from syncd.store import people, persons, tombstones, traces
from syncd.store.database import Tx

PROMISE = "forget"
COMMAND = "forget"


class CannotForget(Exception):
    """This is nobody to be forgotten. The message says why."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """`crm`: our records in the CRM too; `for_good`: the contact as well, whoever made it, with
    all that the CRM holds of them. `board`: our tasks.
    """

    crm: bool = False
    for_good: bool = False
    board: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What there is of a person. `aliases`: other addresses of the same contact, not asked for.

    `stays`: in words, what is left where it is.
    """

    addresses: tuple[str, ...]
    aliases: tuple[str, ...]
    messages: int
    shared: int  # of these, with others outside: they stay, without the person
    conversations: int
    engagements: int
    contacts: int
    tasks: int
    stays: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.messages or self.contacts or self.tasks)


@dataclass(frozen=True, slots=True)
class Proof:
    """Where one of the addresses still stands: here by "table.column" or file, and outside by
    what it is. `unasked`: services that could not be asked, and why.
    """

    here: dict[str, int] = field(default_factory=dict)
    outside: dict[str, int] = field(default_factory=dict)
    unasked: dict[str, str] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not (self.here or self.unasked)


def foresee(ctx: Context, addresses: Iterable[str], wishes: Wishes) -> Outlook:
    """What would go. Reads the state alone. Raises `CannotForget`."""
    wanted = checked(ctx, addresses)
    with ctx.store.begin() as tx:
        found = persons.held(tx, wanted)
        others = persons.aliases(tx, wanted)
    return Outlook(
        wanted,
        others,
        messages=len(found.letters),
        shared=sum(not one.alone for one in found.letters),
        conversations=len({one.conversation for one in found.letters if one.alone}),
        engagements=sum(one.crm_id is not None for one in found.letters),
        contacts=len(found.contacts),
        tasks=len(found.board_tasks) + len(found.crm_tasks),
        stays=tuple(_stays(found, wishes)),
    )


def forget(works: Engine, addresses: Iterable[str], wishes: Wishes) -> int:
    """Forget them. Returns how much is still to be removed outside: then nothing is removed
    here yet, and asking again goes on. Raises `CannotForget`.
    """
    ctx = works.ctx
    wanted = checked(ctx, addresses)
    with ctx.store.begin() as tx:
        tombstones.put_up(tx, wanted, ctx.now())
    if left := carry_out(works, COMMAND, lambda tx: _planned(tx, wanted, wishes)):
        return left
    with ctx.turn, ctx.store.begin() as tx:
        persons.take_out(tx, persons.held(tx, wanted), ctx.now())
    ctx.store.scrub()
    return 0


def prove(ctx: Context, addresses: Iterable[str], *, services: bool = True) -> Proof:
    """Look for the addresses in every table, in the files, and in the services."""
    wanted = tuple(dict.fromkeys(normalise(one) for one in addresses))
    with ctx.store.begin() as tx:
        here = traces.traces(tx, wanted)
    if isinstance(ctx.store.where, Path):
        here |= traces.in_files(ctx.store.where, wanted)
    outside: dict[str, int] = {}
    unasked: dict[str, str] = {}
    if services:
        recall(ctx)
        for name, ask in (("crm", _in_crm), ("board", _on_board)):
            try:
                outside |= ask(ctx, wanted)
            except Verdict as verdict:
                unasked[name] = str(verdict)
    return Proof(here, outside, unasked)


def checked(ctx: Context, addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses as they are compared. Raises `CannotForget`."""
    wanted = tuple(dict.fromkeys(normalise(one) for one in addresses))
    with ctx.store.begin() as tx:
        own = ctx.own(tx)
    for one in wanted:
        if not valid(one):
            raise CannotForget(f"{one!r} is no address")
        if own.has(one):
            raise CannotForget(f"{one} is one of ours; take its mailbox out of the settings first")
    return wanted


def _planned(tx: Tx, wanted: tuple[str, ...], wishes: Wishes) -> list[Planned]:
    """What is to be removed outside. The same keys whenever it is asked, until it is gone here."""
    found = persons.held(tx, wanted)
    name = tombstones.digest(tx, wanted[0])[:16]
    actions: list[Action] = []
    if wishes.crm or wishes.for_good:
        for letter in found.letters:
            if letter.crm_id is None:
                continue
            if letter.alone or letter.theirs:
                actions.append(erase(name, Erased.EMAIL, letter.crm_id))
            else:
                actions += [erase(name, Erased.MENTION, letter.crm_id, one) for one in wanted]
        actions += [erase(name, Erased.TASK, one) for one in found.crm_tasks]
        for contact, ours in found.contacts.items():
            if wishes.for_good:
                actions.append(erase(name, Erased.FOR_GOOD, contact))
            elif ours:
                actions.append(erase(name, Erased.CONTACT, contact))
            else:
                actions += _own_values(tx, name, contact)
    if wishes.board:
        actions += [erase_task(name, one) for one in found.board_tasks]
        actions += [
            EraseTask(effect_key(PROMISE, name, "words", one.id), one.id, one.title, one.body)
            for one in found.naming
        ]
    return [
        Planned(one, PROMISE, f"person:{name}", _summary(one), "somebody is to be forgotten")
        for one in actions
    ]


def _own_values(tx: Tx, name: str, contact: str) -> list[Action]:
    """What takes our values off a contact that is not ours to delete."""
    written = people.written(tx, contact)
    remove = {
        name: tuple(sorted(values))
        for name, values in (
            (Field.CAMPAIGNS.value, written.campaigns),
            (Field.TAGS.value, written.tags),
        )
        if values
    }
    put = {Field.STAGE.value: ""} if written.stage and not written.stage_is_theirs else {}
    if not (remove or put):
        return []
    key = effect_key(PROMISE, name, "values", contact)
    expect = dict.fromkeys(put, written.stage)
    return [ChangeContact(key, contact, remove=remove, put=put, expect=expect)]


def _summary(action: Action) -> str:
    match action:
        case EraseRecord(what=what, id=one):
            return f"forget a person: {what} {one} in the CRM"
        case EraseTask(id=one):
            return f"forget a person: task {one} on the board"
    return "forget a person: our values on a contact in the CRM"


def _stays(found: persons.Held, wishes: Wishes) -> Iterable[str]:
    engagements = sum(one.crm_id is not None for one in found.letters)
    if not (wishes.crm or wishes.for_good):
        if engagements:
            yield f"{engagements} logged messages in the CRM (--crm removes them)"
        if found.contacts:
            yield f"{len(found.contacts)} contacts in the CRM (--crm, or --crm --gdpr)"
    elif not wishes.for_good:
        theirs = sum(not ours for ours in found.contacts.values())
        if theirs:
            yield f"{theirs} contacts in the CRM that we did not make (--gdpr removes them)"
    if found.board_tasks and not wishes.board:
        yield f"{len(found.board_tasks)} tasks on the board (--board removes them)"


def _in_crm(ctx: Context, wanted: Sequence[str]) -> dict[str, int]:
    found = {one.id for one in ctx.ports.crm.find_contacts(wanted).values()}
    logged = [one for one in ctx.ports.crm.emails_of(sorted(found)) if one.ours] if found else []
    return _counted({"contacts in the CRM": len(found), "our messages there": len(logged)})


def _on_board(ctx: Context, wanted: Sequence[str]) -> dict[str, int]:
    if ctx.ports.board is None:
        return {}
    naming = [
        task
        for task in ctx.ports.board.changes(None, ctx.now()).tasks
        if not task.deleted
        and any(names_address(text, one) for text in (task.title, task.text) for one in wanted)
    ]
    return _counted({"tasks on the board": len(naming)})


def _counted(found: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in found.items() if number}
