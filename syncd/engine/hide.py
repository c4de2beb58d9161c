"""A rule written later hides what it would have hidden: here, and as asked in the services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.core.actions import Action, Planned
from syncd.core.mail.reading import kept_out
from syncd.core.rules import LogRules
from syncd.engine import erasing
from syncd.engine.context import Context
from syncd.engine.erasing import erase, erase_task
from syncd.ports.crm import Erased
from syncd.store import hidden, removal
from syncd.store.database import Tx

if TYPE_CHECKING:
    from syncd.engine.turn import Engine

PROMISE = COMMAND = "hide"


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the rules would have kept out. `reasons` by the message's id; `logged`: the CRM's
    ids of engagements of ours; tasks of conversations of which nothing would be left.
    """

    reasons: Mapping[int, str] = field(default_factory=dict)
    logged: tuple[str, ...] = ()
    board_tasks: tuple[str, ...] = ()
    crm_tasks: tuple[str, ...] = ()

    @property
    def by_rule(self) -> dict[str, int]:
        return dict(Counter(self.reasons.values()))


def look(tx: Tx, rules: LogRules) -> Hidden:
    """Which stored messages the rules hide now: those of which every copy is hidden."""
    if not rules.never:
        return Hidden()
    reasons: dict[int, str] = {}
    logged: list[str] = []
    gone: set[int] = set()
    stays: set[int] = set()
    for one in hidden.every(tx):
        never = [kept_out(rules, copy) for copy in one.copies]
        first = never[0] if never and all(never) else None
        if first is None:
            stays.add(one.conversation)
            continue
        reasons[one.id] = first.reason
        gone.add(one.conversation)
        if one.crm_id is not None:
            logged.append(one.crm_id)
    found = hidden.open_tasks(tx, sorted(gone - stays))
    return Hidden(
        reasons,
        tuple(logged),
        tuple(one for where, one in found if where == "board"),
        tuple(one for where, one in found if where == "crm"),
    )


def hide(works: Engine, *, crm: bool, board: bool) -> int:
    """Remove what the rules hide: here, and our records of it as asked.

    Returns how much is still to be removed outside: then nothing is removed here yet, and
    asking again goes on.
    """
    ctx = works.ctx
    if left := erasing.carry_out(works, COMMAND, lambda tx: _planned(ctx, tx, crm, board)):
        return left
    with ctx.turn, ctx.store.begin() as tx:
        removal.remove(tx, look(tx, ctx.rules.log).reasons)
    ctx.store.scrub()
    return 0


def _planned(ctx: Context, tx: Tx, crm: bool, board: bool) -> list[Planned]:  # noqa: FBT001 - as the command's options
    found = look(tx, ctx.rules.log)
    actions: list[Action] = []
    if crm:
        actions += [erase(PROMISE, Erased.EMAIL, one) for one in found.logged]
        actions += [erase(PROMISE, Erased.TASK, one) for one in found.crm_tasks]
    if board:
        actions += [erase_task(PROMISE, one) for one in found.board_tasks]
    return [
        Planned(one, PROMISE, "mail:hidden", f"hide: {one.kind}", "log.never") for one in actions
    ]
