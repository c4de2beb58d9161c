"""Hold back a plan that looks like a broken source or rule rather than a busy day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syncd.core.actions import (
    Action,
    AddContact,
    AddDossier,
    AddPlanItem,
    ChangeContact,
    ChangeSegment,
    CloseCrmTask,
    CloseTask,
    CommentTask,
    EndPlanItem,
    Enrol,
    JoinCompany,
    LabelThread,
    LogEmail,
    OpenCrmTask,
    OpenTask,
    Planned,
    WriteDraft,
)
from syncd.core.rules import GuardRules, Mode

# What goes with closing a task: said or done while the task stays open, it would mislead.
_CLOSING = (CloseTask, CommentTask, CloseCrmTask, LabelThread)
# What adds a record of ours and changes none.
_CREATING = (
    *(AddContact, JoinCompany, LogEmail, OpenTask, OpenCrmTask, WriteDraft),
    *(AddPlanItem, AddDossier),
)


@dataclass(frozen=True, slots=True)
class Held:
    """Why one kind of action waits for a person. `kind` is the action's kind."""

    kind: str
    reason: str


def kept_back(action: Action, promise: str, modes: Mapping[str, Mode]) -> str:
    """Why the promise's mode lets this action not be done; "" where it may be."""
    mode = modes.get(promise, Mode.FULL)
    if mode is Mode.FULL or (mode is Mode.CREATE_ONLY and _adds(action)):
        return ""
    return f"the mode of {promise} is {mode}"


def check(
    plan: Iterable[Planned],
    rules: GuardRules,
    *,
    already: Counter[str],
    open_tasks: int,
    today: Counter[str] | None = None,
    open_today: int = 0,
    items: int = 0,
    items_today: int = 0,
) -> tuple[Held, ...]:
    """The kinds of action in `plan` that must wait for `syncd approve`.

    `already` counts, per kind, what this turn has planned so far, `today` what the last day
    has, in both without this plan; `open_tasks` is how many open tasks of ours there were
    when the turn began, `open_today` when the day did; `items` and `items_today` likewise of
    the items of campaigns' plans.
    """
    asked = Counter(planned.action.kind for planned in plan)
    turn, day = already + asked, (today or Counter()) + asked
    held: dict[str, str] = {}
    for kind in sorted(asked):
        cap = rules.cap(kind)
        for counts, limit, when in ((turn, cap.a_turn, "one turn"), (day, cap.a_day, "a day")):
            if counts[kind] > limit:
                reason = f"{counts[kind]} actions of this kind in {when}; the limit is {limit}"
                held.setdefault(kind, reason)
    found = [Held(kind, reason) for kind, reason in held.items()]
    for kind, now, then, words, along in (
        (CloseTask.kind, open_tasks, open_today, "close {} of {} open tasks", _CLOSING),
        (EndPlanItem.kind, items, items_today, "complete {} of {} items of plans", (EndPlanItem,)),
    ):
        for closing, population, share, when in (
            (turn[kind], now, rules.max_close_share, ""),
            (day[kind], then, rules.max_close_share_a_day, " in a day"),
        ):
            if not asked[kind] or population < rules.min_population:
                continue
            if closing > share * population:
                reason = (
                    f"would {words.format(closing, population)} "
                    f"({closing / population:.0%}){when}; the limit is {share:.0%}"
                )
                found += [Held(each.kind, reason) for each in along if turn[each.kind]]
                break
    return tuple(found)


def _adds(action: Action) -> bool:
    if isinstance(action, ChangeContact):
        # A field that was empty is filled; what stands there is neither replaced nor removed.
        return not action.remove and all(not action.expect.get(name) for name in action.put)
    if isinstance(action, ChangeSegment | Enrol):
        return action.joins
    return isinstance(action, _CREATING)
