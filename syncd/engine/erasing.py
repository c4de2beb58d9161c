"""Records removed from the services through the ledger, as far as possible now, and no further."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.actions import EraseRecord, EraseTask, Planned
from syncd.core.identity import effect_key
from syncd.engine.context import Context, Run
from syncd.engine.decide import record
from syncd.engine.prepare import recall
from syncd.ports.crm import Erased
from syncd.store import ledger
from syncd.store.database import Tx

if TYPE_CHECKING:
    from syncd.engine.turn import Engine

# What is to be removed. The same keys whenever it is asked, until it is gone here as well.
Plan = Callable[[Tx], Sequence[Planned]]
_ENDED = frozenset({"done", "withdrawn"})


def carry_out(works: Engine, command: str, plan: Plan) -> int:
    """Remove what is planned, also what earlier tries left. Returns how much is left."""
    ctx = works.ctx
    with ctx.turn:
        recall(ctx)
    for run in _record(ctx, command, plan):
        works.carry_out(run)
    with ctx.store.begin() as tx:
        keys = [one.action.key for one in plan(tx)]
        states = ledger.states_of(tx, keys)
    return sum(states.get(key) not in _ENDED for key in keys)


def erase(name: str, what: Erased, one: str, address: str = "") -> EraseRecord:
    return EraseRecord(effect_key("erase", name, what, one, address), what.value, one, address)


def erase_task(name: str, one: str) -> EraseTask:
    return EraseTask(effect_key("erase", name, "board", one), one)


def _record(ctx: Context, command: str, plan: Plan) -> list[int]:
    """Write the plan down, under a run of its own. Returns the runs that have some of it to do."""
    with ctx.store.begin() as tx:
        wanted = plan(tx)
        if not wanted:
            return []
        names = {one.object for one in wanted}
        for name in names:
            # What was refused the last time may be allowed now.
            ledger.unpark(tx, name, ctx.now())
        record(replace(ctx, run=Run(command), turn_began=ctx.now()), tx, wanted)
        found = [one for name in names for one in ledger.of_object(tx, name)]
        return sorted({one.run for one in found if one.state in {"planned", "sending"}})
