"""Undo: take back what a run wrote to the outside, as far as it is still what we wrote.

The undo is a run of its own, planned in one commit and delivered like any other: it passes
the guard, survives a crash, and may be asked for again. Whatever a person has changed since is
left to them and reported. What was taken back stays so: each promise finds it in its own
state (`letters.IS_UNDONE`, `Written.undone`, a task closed by "undo").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syncd.core.actions import AddPlanItem, LogEmail, OpenCrmTask, OpenTask, Planned
from syncd.core.identity import effect_key
from syncd.core.promises.log import UNDONE
from syncd.engine.context import Context, Run
from syncd.engine.decide import record
from syncd.engine.meanwhile import changed_by_people
from syncd.engine.prepare import recall
from syncd.engine.reversals import Reversal, Reversals, give_up
from syncd.store import journal, ledger
from syncd.store.database import Tx
from syncd.store.effect import Effect
from syncd.store.journal import TakenBack
from syncd.store.ledger import UNDO

if TYPE_CHECKING:
    from syncd.engine.turn import Engine

COMMAND = "undo"
# What has become of an effect, by the state of what takes it back.
_BECOMES = {
    "done": "reversed",
    "planned": "waiting",
    "held": "held",
    "sending": "in doubt",
    "parked": "refused",
    "dropped": "left",
    "withdrawn": "left",
}
_MAKING = OpenTask | OpenCrmTask | AddPlanItem
_UNSETTLED = ("to reverse", "waiting", "held", "in doubt")


class CannotUndo(Exception):
    """There is no such run, or it is none to be undone. The message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One effect of the run. `becomes`: reversed | given up | to reverse | waiting | held |
    in doubt | refused | left; `words` say why, or what stays all the same.
    """

    number: int
    kind: str
    summary: str
    becomes: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What becomes of a run. `by`: the runs that take it back, oldest first."""

    run: int
    by: tuple[int, ...]
    lines: tuple[Line, ...]

    @property
    def counts(self) -> Counter[str]:
        return Counter(line.becomes for line in self.lines)

    @property
    def unsettled(self) -> int:
        """How many are still to be reversed."""
        return sum(self.counts[name] for name in _UNSETTLED)

    def in_words(self) -> str:
        told = ", ".join(f"{number} {name}" for name, number in sorted(self.counts.items()))
        return told or "it wrote nothing"


@dataclass(frozen=True, slots=True)
class _Case:
    """An effect of the run, what would take it back, and what came of an earlier try."""

    effect: Effect
    reversal: Reversal | None
    tried: TakenBack | None


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen before anything is planned, in words.

    `theirs`: what people have changed since, by the key of what would take it back. `stays`:
    what stays although an effect is taken back, by the effect's key.
    """

    theirs: Mapping[str, str]
    stays: Mapping[str, str]


def undo(works: Engine, run: int, *, dry: bool = False) -> Report:
    """Take back a run. `dry`: only tell what would become of it. Raises `CannotUndo`.

    Interrupted, it is gone on with by asking again, by the daemon, or by the next `once`.
    """
    ctx = works.ctx
    if dry:
        return foresee(ctx, run)
    look = _look(ctx, run)
    for one in _plan(ctx, run, look).by:
        works.carry_out(one)
    return _report(ctx, run, look)


def foresee(ctx: Context, run: int) -> Report:
    """What would become of the run. The services are read; nothing is written anywhere."""
    return _report(ctx, run, _look(ctx, run))


def plan(ctx: Context, run: int) -> Report:
    """Record what takes a run back; the next turn sends it. For any thread of a daemon.

    What a person has changed already is not even planned. Raises `CannotUndo`.
    """
    return _plan(ctx, run, _look(ctx, run))


def _plan(ctx: Context, run: int, look: _Look) -> Report:
    with ctx.store.begin() as tx:
        # Found once more: while the services were asked, a turn may have gone on.
        cases = [case for case in _cases(tx, run) if not _why_left(case, look)]
        _record(ctx, tx, run, cases)
    return _report(ctx, run, look)


def _record(ctx: Context, tx: Tx, run: int, cases: list[_Case]) -> None:
    wanted = [(case.effect, case.reversal) for case in cases if case.reversal is not None]
    if not wanted:
        return
    now = ctx.now()
    own = replace(ctx, run=Run(COMMAND, undoes=run), turn_began=now)
    number = own.run.number(tx, now)
    planned: list[Planned] = []
    for effect, reversal in wanted:
        if reversal.unsent:
            words = f"{UNDONE} {number}"
            journal.drop(tx, effect.key, words, now)
            give_up(tx, effect, words)
        elif reversal.action is not None:
            planned.append(
                Planned(
                    reversal.action,
                    UNDO,
                    reversal.object,
                    f"undo: {effect.summary}",
                    rule=f"undo of run {run}",
                    cause=effect.key,
                )
            )
    record(own, tx, planned)


def _cases(tx: Tx, run: int) -> list[_Case]:
    """The effects of a run, the newest first: what was written last is taken back first."""
    found = journal.line(tx, run)
    if found is None:
        raise CannotUndo(f"there is no run {run}; `syncd runs` lists them")
    if found.undoes is not None:
        raise CannotUndo(f"run {run} is itself an undo, of run {found.undoes}")
    written = ledger.of_run(tx, run)[::-1]
    tried = journal.taken_back(tx, [effect.key for effect in written])
    opened = {effect.key for effect in written if isinstance(effect.action, _MAKING)}
    reversals = Reversals(tx, f"syncd: run {run} was undone.", opened)
    cases: list[_Case] = []
    for effect in written:
        before = tried.get(effect.key)
        reversal = None
        if before is None or not before.holds:
            tries = before.tries if before is not None else 0
            reversal = reversals.of(effect, effect_key(UNDO, effect.key, str(tries)))
        given_up = effect.state == "dropped" and effect.note.startswith(UNDONE)
        if before is not None or reversal is not None or given_up:
            cases.append(_Case(effect, reversal, before))
    return cases


def _look(ctx: Context, run: int) -> _Look:
    recall(ctx)
    with ctx.store.begin() as tx:
        cases = _cases(tx, run)
    actions = [
        case.reversal.action
        for case in cases
        if case.reversal is not None and case.reversal.action is not None
    ]
    contacts = {
        case.effect.action.message: case.effect.action.contacts
        for case in cases
        if isinstance(case.effect.action, LogEmail)
    }
    return _Look(
        theirs=changed_by_people(ctx, actions, contacts) if actions else {},
        stays={case.effect.key: case.reversal.words for case in cases if case.reversal is not None},
    )


def _why_left(case: _Case, look: _Look) -> str:
    reversal = case.reversal
    if reversal is None or reversal.unsent:
        return ""
    return look.theirs.get(reversal.action.key, "") if reversal.action else reversal.words


def _report(ctx: Context, run: int, look: _Look) -> Report:
    with ctx.store.begin() as tx:
        by = journal.undoing(tx, run)
        cases = _cases(tx, run)
    lines = [
        Line(case.effect.seq, case.effect.action.kind, case.effect.summary, *_becomes(case, look))
        for case in cases
    ]
    return Report(run, tuple(by), tuple(lines))


def _becomes(case: _Case, look: _Look) -> tuple[str, str]:
    """What becomes of an effect, and why."""
    if case.tried is not None:
        words = (case.tried.note, look.stays.get(case.effect.key, ""))
        return _BECOMES[case.tried.state], "; ".join(word for word in words if word)
    if case.reversal is None:
        return "given up", "it was not sent"
    if why := _why_left(case, look):
        return "left", why
    return "to reverse", case.reversal.words
