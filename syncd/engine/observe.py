"""What people did on the board and in the CRM since we last looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial

from syncd.core.facts import Task
from syncd.core.promises.follow_up import close_key
from syncd.engine import directory, favours, ingest, lost, plans, relate
from syncd.engine.context import BOARD_EMPTY, Context, log
from syncd.engine.prepare import stands
from syncd.ports.verdicts import CursorLost
from syncd.store import (
    chores,
    contact_facts,
    dirty,
    exchanges,
    forgotten,
    introduction_mail,
    ledger,
    letters,
    link_losses,
    notes,
    people,
)
from syncd.store.database import Tx

# How far back the nightly listing looks for messages no history told of.
NIGHTLY_WINDOW = timedelta(days=3)
# Stages, opt-outs and the like are changed by hand: a call every minute would tell nothing.
CONTACT_POLL = timedelta(minutes=10)


def board(ctx: Context, *, everything: bool = False) -> int:
    """Poll the board: one call when nothing changed. Returns how many conversations woke.

    `everything`: all our tasks, not only what changed. A task that is absent from an
    answer is never taken for deleted: deletion is something the board states.
    """
    if ctx.ports.board is None or ctx.is_paused("board") or not stands(ctx, "board"):
        return 0
    with ctx.store.begin() as tx:
        cursor = None if everything else notes.read(tx, "board_cursor")
    try:
        found = ctx.tried("board", partial(ctx.ports.board.changes, cursor, ctx.now()))
    except CursorLost as verdict:
        log.warning("cursor_lost", service="board", words=str(verdict))
        return 0 if cursor is None else board(ctx, everything=True)
    if found is None:
        return 0
    if cursor is None and (words := _suddenly_empty(ctx, found.tasks)):
        # Nothing is inferred from it. But a board that cannot find our tasks cannot tell us
        # either that one was made already.
        log.warning("source_empty", service="board", words=words)
        ctx.failing["board"] = words
        with ctx.store.begin() as tx:
            notes.write(tx, BOARD_EMPTY, words, ctx.now())
        return 0
    with ctx.store.begin() as tx:
        first = cursor is None and notes.read(tx, "board_cursor") is None
        if first and (words := lost.look(ctx, tx, found.tasks)):
            ctx.failing["board"] = words
            return 0
        if cursor is None:
            notes.write(tx, BOARD_EMPTY, "", ctx.now())
        tasks = forgotten.cleared_tasks(tx, found.tasks)
        touched = chores.observed(tx, tasks, _closing(tx, tasks), ctx.now())
        dirty.mark(tx, "conversation", touched - {chores.NO_CONVERSATION})
        of_plans = plans.observed(ctx, tx, tasks)
        favours.observed(ctx, tx, (*tasks, *forgotten.cleared_tasks(tx, found.others)))
        notes.write(tx, "board_cursor", found.cursor, ctx.now())
    return len(touched) + of_plans


def _suddenly_empty(ctx: Context, found: Sequence[Task]) -> str:
    """What is odd about a whole listing that shows nothing; "" where nothing is."""
    with ctx.store.begin() as tx:
        known = chores.open_count(tx, ctx.now())
        looked = notes.read(tx, "board_cursor") is not None
    # The first look follows on the first tasks: a board may show those late, and a rehearsal
    # has only pretended to make them.
    if found or not looked or known < ctx.rules.guard.min_population:
        return ""
    return f"the board shows none of our {known} open tasks"


def first_look(ctx: Context) -> None:
    """List the board as soon as it stands: from then on one call tells what changed."""
    with ctx.store.begin() as tx:
        seen = notes.read(tx, "board_cursor")
    if seen is None:
        board(ctx)


def contacts(ctx: Context, *, at_once: bool = False) -> int:
    """Ask the CRM, now and then or `at_once`, what people changed on contacts of ours.

    Returns how many contacts differ from what we knew.
    """
    if ctx.is_paused("crm") or not stands(ctx, "crm"):
        return 0
    with ctx.store.begin() as tx:
        cursor, at = notes.read(tx, "crm_cursor"), notes.written_at(tx, "crm_cursor")
    if not at_once and at is not None and ctx.now() - at < CONTACT_POLL:
        return 0
    try:
        found = ctx.tried("crm", partial(ctx.ports.crm.changes, cursor, ctx.now()))
    except CursorLost as verdict:
        # From now on, then: what was changed meanwhile is seen when it is next read.
        log.warning("cursor_lost", service="crm", words=str(verdict))
        with ctx.store.begin() as tx:
            notes.write(tx, "crm_cursor", None, ctx.now())
        return 0
    if found is None:
        return 0
    with ctx.store.begin() as tx:
        changed = contact_facts.saw(tx, found.contacts, ctx.now(), since=at)
        dirty.mark(tx, "conversation", exchanges.with_contact(tx, changed))
        dirty.mark(tx, "losses", link_losses.without_task(tx, changed))
        introduction_mail.wake_people(tx, changed)
        notes.write(tx, "crm_cursor", found.cursor, ctx.now())
    return len(changed)


def who_left(ctx: Context) -> None:
    """Ask the board, once a day, who of us is not there any more."""
    if ctx.ports.board is None or ctx.is_paused("board"):
        return
    named = {one for pair in ctx.rules.team.hand_over for one in pair if one != "*"}
    directory.look_who_left(ctx, {*ctx.ports.mail, *named, *plans.owners(ctx.rules)})


def nightly(ctx: Context) -> None:
    """Look at everything once more, for what no change told of."""
    for address in ctx.ports.mail:
        nightly_mail(ctx, address)
    nightly_besides(ctx)


def nightly_mail(ctx: Context, address: str) -> None:
    """List what the last days brought to one mailbox."""
    since = ctx.now() - NIGHTLY_WINDOW
    work = partial(ingest.relist, ctx, ctx.ports.mail[address], address, since)
    ingest.guarded(ctx, address, work)


def nightly_besides(ctx: Context) -> None:
    """All but the mailboxes."""
    board(ctx, everything=True)
    plans.look(ctx)
    contacts(ctx)
    _newly_known(ctx)
    relate.look(ctx)
    with ctx.store.begin() as tx:
        introduction_mail.wake_live(tx)


def _newly_known(ctx: Context) -> None:
    """People who became contacts since we asked: what waited for them is decided again."""
    with ctx.store.begin() as tx:
        absent = people.absent(tx)
    size = ctx.ports.crm.traits.batch_size
    for start in range(0, len(absent), size):
        some = absent[start : start + size]
        if ctx.is_paused("crm"):
            return
        found = ctx.tried("crm", partial(ctx.ports.crm.find_contacts, some))
        if found is None:
            return
        with ctx.store.begin() as tx:
            people.looked_up(tx, list(found), found, ctx.now())
            letters.reconsider(tx, found)


def _closing(tx: Tx, tasks: Iterable[Task]) -> frozenset[str]:
    """The marks of those tasks that we asked, or are asking, to be completed."""
    keys = {close_key(task.mark): task.mark for task in tasks if task.mark is not None}
    states = ledger.states_of(tx, keys)
    return frozenset(keys[key] for key, state in states.items() if state in {"sending", "done"})
