"""A state that is new although there was one before: what that one did stands on the board.

A file that is gone is missed by what stands beside it (`syncd.store.standing`). A schema that was
dropped, or a folder that was not there after a move, leaves nothing behind but what was done. To
start afresh would be silent about it, and would do it again.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.facts import Task
from syncd.engine.context import Context, log
from syncd.engine.prepare import places
from syncd.store import ledger, notes
from syncd.store.database import Tx

# While a rebuild is under way. Whoever finds this starts nothing, and goes on with the rebuild.
UNDER_WAY = "rebuild:under way"
_LOST = "state:lost"


def words(tx: Tx) -> str:
    """Why nothing may be sent from this state; "" where all is well."""
    return str(notes.read(tx, _LOST) or "")


def rebuilding(tx: Tx) -> bool:
    return bool(notes.read(tx, UNDER_WAY))


def found_again(tx: Tx, ctx: Context) -> None:
    """It was made anew."""
    if words(tx):
        notes.write(tx, _LOST, "", ctx.now())


def look(ctx: Context, tx: Tx, tasks: Sequence[Task]) -> str:
    """As `words`, of a state that sees the board for the first time and finds these tasks there.

    Only those in the lists of these settings: elsewhere another syncd may be at work.
    """
    here = {f"{place.project}/{place.task_list}" for place in places(ctx.rules)}
    ours = [task.mark for task in tasks if task.mark and task.place in here and not task.deleted]
    sent = set(ledger.states_of(tx, ours).values()) - {*ledger.UNSENT, "withdrawn"}
    if not ours or sent or rebuilding(tx):
        return ""
    told = (
        f"the state is new, but {len(ours)} tasks of ours stand on the board: the state that made "
        "them is gone; restore the newest backup, or `syncd rebuild` makes it anew from what the "
        "services hold"
    )
    log.error("state_lost", tasks=len(ours), words=told)
    notes.write(tx, _LOST, told, ctx.now())
    return told
