"""Hold back a plan that looks like a broken source or rule rather than a busy day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from syncd.core.actions import CloseCrmTask, CloseTask, CommentTask, LabelThread, Planned
from syncd.core.rules import GuardRules

# What goes with closing a task: said or done while the task stays open, it would mislead.
_CLOSING = (CloseTask, CommentTask, CloseCrmTask, LabelThread)


@dataclass(frozen=True, slots=True)
class Held:
    """Why one kind of action waits for a person. `kind` is the action's kind."""

    kind: str
    reason: str


def check(
    plan: Iterable[Planned], rules: GuardRules, *, already: Counter[str], open_tasks: int
) -> tuple[Held, ...]:
    """The kinds of action in `plan` that must wait for `syncd approve`.

    `already` counts, per kind, what this turn has planned so far; `open_tasks` is how
    many open tasks of ours there were when it began.
    """
    counts = already + Counter(planned.action.kind for planned in plan)
    held = [
        Held(kind, f"{count} actions of this kind in one turn; the limit is {rules.max_actions}")
        for kind, count in sorted(counts.items())
        if count > rules.max_actions
    ]
    closing = counts[CloseTask.kind]
    if open_tasks >= rules.min_population and closing > rules.max_close_share * open_tasks:
        share = closing / open_tasks
        reason = (
            f"would close {closing} of {open_tasks} open tasks ({share:.0%}); "
            f"the limit is {rules.max_close_share:.0%}"
        )
        held += [Held(kind.kind, reason) for kind in _CLOSING if counts[kind.kind]]
    return tuple(held)
