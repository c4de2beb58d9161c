"""A lost state made anew from the mail and from our marks in the services. Writes nothing there.

Decided afresh, the same mail gives the same keys, and the keys are the marks: what was done
is found by them. What marks do not tell is taken for somebody else's, which is safe: values
on contacts stay, a task that was completed counts as completed by a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syncd.core.actions import LogEmail
from syncd.core.facts import Task
from syncd.core.identity import effect_key
from syncd.core.promises import follow_up, tag
from syncd.core.promises.exchange import ANSWER_STEP, BOUNCE_STEP, LATER_STEP
from syncd.core.promises.tag import Written
from syncd.engine import decide, ingest, lost, rebuild_introductions
from syncd.engine.context import Context
from syncd.engine.deliver import REBUILT, Delivery
from syncd.engine.turn import FROM_MESSAGES, PROMISES, ROUNDS, Engine
from syncd.ports.board import TaskBoard
from syncd.ports.verdicts import Verdict
from syncd.store import (
    chores,
    contact_facts,
    exchanges,
    journal,
    kept_out,
    notes,
    people,
    standing,
    tally,
)
from syncd.store.database import Store, UnusableState, Where

COMMAND = "rebuild"
# Steps of cadences are few; and how often one of its tasks is closed and due again, fewer.
_STEPS = (*range(25), ANSWER_STEP, BOUNCE_STEP, LATER_STEP)
_ROUNDS = range(5)


class CannotRebuild(Exception):
    """Something could not be read, so that what it holds would be done again. Asking again goes
    on. The message says what.
    """


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was found: messages read, engagements and tasks of ours. `unlogged`: messages that
    are to be logged and were not found; `unknown`: our tasks that belong to no message read.
    """

    messages: int
    engagements: int
    tasks: int
    unlogged: int
    unknown: int


def rebuild(works: Engine) -> Rebuilt:
    """Fill a fresh state. Raises `CannotRebuild`, and verdicts."""
    ctx, delivery = works.ctx, Delivery(works.ctx)
    with ctx.store.begin() as tx:
        notes.write(tx, lost.UNDER_WAY, value=True, now=ctx.now())
    works.start()
    for address in ctx.ports.mail:
        ingest.look(ctx, address)
    _all_well(ctx)
    with ctx.turn:
        _through(lambda: decide.messages(ctx, whole_batches=False) + delivery.adopt(FROM_MESSAGES))
        tasks, unknown = _tasks(ctx)
        # What contacts carry hangs on how their conversations stand.
        decide.conversations(ctx)
        delivery.adopt()
        _values(ctx)
    works.watch()
    with ctx.turn:
        _through(lambda: sum(promise(ctx) for promise in PROMISES) + delivery.adopt())
        _all_well(ctx)
        with ctx.store.begin() as tx:
            notes.write(tx, lost.UNDER_WAY, value=False, now=ctx.now())
            lost.found_again(tx, ctx)
            notes.write(tx, REBUILT, value=True, now=ctx.now())
            counted = journal.counts(tx, ctx.run.id) if ctx.run.id is not None else {}
            found = len(exchanges.anchors(tx))
            unlogged = tally.unsent(tx, LogEmail.kind)
    works.finish()
    return Rebuilt(found, counted.get("log_email", 0), tasks, unlogged, unknown)


def sound(where: Where, now: datetime) -> Store:
    """The state, looked at before it is worked on, and made where there never was one.

    Raises `UnusableState`.
    """
    if isinstance(where, Path):
        standing.check(where)
    store = Store(where)
    if isinstance(where, Path):
        standing.note(where)
    kept_out.take_over(store, now)
    if _under_way(store):
        store.close()
        raise UnusableState(
            f"the state {where} is being made anew, and that has not ended: "
            "run `syncd rebuild` again"
        )
    return store


def make_room(where: Where, now: datetime, *, anyway: bool) -> tuple[Store, str]:
    """A state with nothing in it, or what an earlier rebuild has of it; and where the old one was
    put, "" for nowhere.

    Raises `UnusableState` where one is sound and in use: unless it is to go `anyway`.
    """
    used, going_on = _looked_at(where)
    aside = ""
    if used and not going_on:
        if not isinstance(where, Path):
            raise UnusableState(f"there is a state {where}; drop its schema, if it is to go")
        if not anyway:
            raise UnusableState(
                f"the state {where} is sound; it is put aside and made anew with --anyway"
            )
    if isinstance(where, Path) and not going_on:
        aside = str(standing.set_aside(where) or "")
    store = Store(where)
    if isinstance(where, Path):
        standing.note(where)
    # There is nothing in it of anybody yet.
    kept_out.take_over(store, now, finished=True)
    return store, aside


def _looked_at(where: Where) -> tuple[bool, bool]:
    """Whether there is a sound state with something in it; whether it is one being made anew."""
    try:
        if isinstance(where, Path):
            standing.check(where)
        store = Store.reading(where, as_it_is=True)
    except UnusableState:
        return False, False
    try:
        return store.version() is not None, store.version() is not None and _to_be_made(store)
    except UnusableState:
        return False, False
    finally:
        store.close()


def _under_way(store: Store) -> bool:
    with store.begin() as tx:
        return lost.rebuilding(tx)


def _to_be_made(store: Store) -> bool:
    """Whether there is nothing in it but what a rebuild has of it, or that it is to be rebuilt."""
    with store.begin() as tx:
        return lost.rebuilding(tx) or bool(lost.words(tx))


def _through(once: Callable[[], int]) -> None:
    """Again and again, until nothing more follows."""
    for _ in range(ROUNDS):
        if not once():
            return


def _all_well(ctx: Context) -> None:
    if ctx.failing:
        words = "; ".join(f"{role}: {said}" for role, said in sorted(ctx.failing.items()))
        raise CannotRebuild(f"not everything could be read: {words}")


def _tasks(ctx: Context) -> tuple[int, int]:
    """Tie our tasks on the board to the messages they are for. Returns how many, and how many
    are for none that we know.
    """
    board = ctx.ports.board
    if board is None:
        return rebuild_introductions.recover(ctx, {}), 0
    seen = {task.mark: task for task in board.changes(None, ctx.now()).tasks if task.mark}
    with ctx.store.begin() as tx:
        anchors = exchanges.anchors(tx)
    placed = {mark: (anchor, step) for mark, anchor, step in _marks(anchors) if mark in seen}
    ours = _completed_by_us(board, [seen[mark] for mark in placed])
    with ctx.store.begin() as tx:
        for mark, (anchor, step) in placed.items():
            task = seen[mark]
            chores.made(
                tx,
                chores.Chore(
                    mark=mark,
                    where="board",
                    conversation=anchors[anchor],
                    anchor=anchor,
                    step=step,
                    remote_id=task.id,
                    title=task.title,
                    due=task.due,
                    assignee=",".join(sorted(task.assignees)),
                ),
                ctx.now(),
            )
        chores.observed(tx, [seen[mark] for mark in placed], ours, ctx.now())
    number = len(placed) + rebuild_introductions.recover(ctx, seen)
    return number, len(seen) - number


def _marks(anchors: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Every mark a task on the board could have: (mark, message, step)."""
    for anchor in anchors:
        for step in _STEPS:
            for again in _ROUNDS:
                yield follow_up.task_key(anchor, step, "board", again), anchor, step


def _completed_by_us(board: TaskBoard, tasks: Iterable[Task]) -> frozenset[str]:
    """The marks of those completed ones on which we have said why we complete them."""
    found: set[str] = set()
    for task in tasks:
        if task.done and not task.deleted and task.mark is not None:
            why = effect_key(follow_up.PROMISE, "comment", task.mark)
            try:
                found |= {task.mark} if board.find_comments(task.id, [why]) else set()
            except Verdict:
                # As a person's it is not made again, which is the safe side.
                continue
    return frozenset(found)


def _values(ctx: Context) -> None:
    """What stands on contacts, as far as we would write the same: the rest is somebody's."""
    campaigns = {campaign.id: campaign for campaign in ctx.rules.campaigns}
    with ctx.store.begin() as tx:
        ids = people.every(tx)
        known = contact_facts.of(tx, ids)
        for one in ids:
            stands = known.get(one)
            if stands is None:
                continue
            wanted = tag.stage_of(people.dialogue(tx, one, campaigns))
            ours = bool(stands.stage) and stands.stage == wanted
            theirs = {f"campaigns={value}" for value in stands.campaigns}
            theirs |= {f"tags={value}" for value in stands.tags}
            written = Written(
                stage=stands.stage if ours else "",
                stage_is_theirs=bool(stands.stage) and not ours,
                theirs=frozenset(theirs),
                do_not_contact=stands.do_not_contact,
            )
            people.wrote(tx, one, written)
