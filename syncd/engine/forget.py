"""A person forgotten: in the services as far as asked, then here, never to come back, with proof.

In this order. The tombstone first, so that nothing of them comes in meanwhile. Then the
services, because what is held here is how their records are found. Then all of it here in
one commit. Interrupted anywhere, asking again goes on: what is done is done only once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from syncd.core.actions import Action, ChangeContact, DeleteDraft, EraseRecord, EraseTask, Planned
from syncd.core.campaign_plan import What
from syncd.core.identity import effect_key, names_address
from syncd.core.mail.addresses import normalise, valid
from syncd.core.promises.introduce import INTRODUCED_BY
from syncd.engine import dossiers
from syncd.engine.context import Context, Run
from syncd.engine.deliver import Delivery
from syncd.engine.erasing import carry_out, erase, erase_task
from syncd.engine.prepare import recall
from syncd.engine.turn import Engine
from syncd.ports.crm import Erased, Field
from syncd.ports.verdicts import Verdict
from syncd.store import dossiers as notebooks
from syncd.store import kept_out, ledger, people, persons, persons_outreach, tombstones, traces
from syncd.store.database import Tx

# What nobody would count as mail, a contact or a task.
_BESIDES = ("campaign_members.", "crawl", "favours.", "introductions.", "links.", "outbound.")
PROMISE = COMMAND = persons.FORGET


class CannotForget(Exception):
    """This is nobody to be forgotten. The message says why."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """`crm`: our records in the CRM too; `for_good`: the contact as well, whoever made it, with
    all that the CRM holds of them. `board`: our tasks. `drafts`: those to them that we wrote.
    """

    crm: bool = False
    for_good: bool = False
    board: bool = False
    drafts: bool = False


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
    drafts: int = 0
    besides: int = 0  # rows of imports, links, favours and the like that name them
    stays: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.messages or self.contacts or self.tasks or self.drafts or self.besides)


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
        named = traces.traces(tx, wanted)
    besides = sum(number for place, number in named.items() if place.startswith(_BESIDES))
    return Outlook(
        wanted,
        others,
        messages=len(found.letters),
        shared=sum(not one.alone for one in found.letters),
        conversations=len({one.conversation for one in found.letters if one.alone}),
        engagements=sum(one.crm_id is not None for one in found.letters),
        contacts=len(found.contacts),
        tasks=len(found.board_tasks) + len(found.crm_tasks),
        drafts=len(found.drafts),
        besides=besides,
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
        for key in persons_outreach.unsent_drafts(tx, wanted):
            ledger.withdraw(tx, key, "somebody is to be forgotten", ctx.now())
        doubted = persons_outreach.doubted_drafts(tx, wanted) if wishes.drafts else ()
    kept_out.keep(ctx.store)
    if doubted:
        with ctx.turn:
            recall(ctx)
            Delivery(ctx).recover()
        with ctx.store.begin() as tx:
            if left := len(persons_outreach.doubted_drafts(tx, wanted)):
                # Whether it stands is not known yet.
                return left
    if left := carry_out(works, COMMAND, lambda tx: _planned(tx, wanted, wishes)):
        return left
    with ctx.turn, ctx.store.begin() as tx:
        persons.take_out(tx, persons.held(tx, wanted), ctx.now())
    ctx.store.scrub()
    if wishes.board:
        _renew_notebooks(works)
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
        for name, ask in (("crm", _in_crm), ("board", _on_board), ("mail", _in_mailboxes)):
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
        actions += _from_crm(tx, found, name, for_good=wishes.for_good)
    if wishes.drafts:
        actions += [
            DeleteDraft(
                effect_key(PROMISE, name, "draft", one.mark),
                one.mark,
                one.mailbox,
                one.id,
                one.version,
            )
            for one in found.drafts
            if one.version
        ]
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


def _from_crm(tx: Tx, found: persons.Held, name: str, *, for_good: bool) -> Iterable[Action]:
    for letter in found.letters:
        if letter.crm_id is None:
            continue
        if letter.alone or letter.theirs:
            yield erase(name, Erased.EMAIL, letter.crm_id)
        else:
            for one in found.addresses:
                yield erase(name, Erased.MENTION, letter.crm_id, one)
    for task in found.crm_tasks:
        yield erase(name, Erased.TASK, task)
    for contact, ours in found.contacts.items():
        if for_good:
            yield erase(name, Erased.FOR_GOOD, contact)
        elif ours:
            yield erase(name, Erased.CONTACT, contact)
        else:
            yield from _own_values(tx, name, contact)
    for credit in found.credits:
        key = effect_key(PROMISE, name, "introduced by", credit.contact)
        expect = {INTRODUCED_BY: credit.words}
        yield ChangeContact(key, credit.contact, put={INTRODUCED_BY: ""}, expect=expect)


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
        case DeleteDraft(mailbox=mailbox):
            return f"forget a person: a draft in {mailbox}"
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
    ours = sum(bool(one.version) for one in found.drafts)
    if ours and not wishes.drafts:
        yield f"{ours} drafts to them (--drafts deletes them)"
    for one in found.drafts:
        if not one.version:
            yield f"a draft to them that somebody has edited, in {one.mailbox}"


def _renew_notebooks(works: Engine) -> None:
    """Write the campaigns' notebooks without them; what cannot be now is in the next turn."""
    ctx = works.ctx
    run = Run(COMMAND)
    with ctx.turn:
        dossiers.write(replace(ctx, run=run, turn_began=ctx.now()))
    if run.id is not None:
        works.carry_out(run.id)


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

    books = 0
    with ctx.store.begin() as tx:
        ids = notebooks.standing(tx)
    for one in ids:
        page = ctx.ports.board.record(What.NOTEBOOK, one)
        books += page is not None and any(names_address(page.text, who) for who in wanted)
    return _counted({"tasks on the board": len(naming), "notebooks on the board": books})


def _in_mailboxes(ctx: Context, wanted: Sequence[str]) -> dict[str, int]:
    """Drafts that were to be deleted, and that somebody had edited. No call is made."""
    with ctx.store.begin() as tx:
        name = f"person:{tombstones.digest(tx, wanted[0])[:16]}"
        tried = [one for one in ledger.of_object(tx, name) if isinstance(one.action, DeleteDraft)]
    return _counted({"drafts that somebody has edited": sum(one.state != "done" for one in tried)})


def _counted(found: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in found.items() if number}
