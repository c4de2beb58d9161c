"""How `syncd plan` shows a campaign's plan: a hundred things to be made, on one screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from syncd.core.actions import AddPlanItem, ChangePlanItem, EndPlanItem, ReopenPlanItem
from syncd.core.campaign_plan import What

if TYPE_CHECKING:
    from syncd.store.effect import Effect

_ITEMS = AddPlanItem | ChangePlanItem | EndPlanItem | ReopenPlanItem
# A few more things than fit on a screen are told by their lists.
_FEW = 8


def lines(effects: Sequence[Effect], *, every: bool) -> Iterator[str]:
    """One line an effect; what campaigns lay out, by list. `every`: each of them, too."""
    campaigns: dict[str, list[Effect]] = {}
    for one in effects:
        if isinstance(one.action, _ITEMS):
            campaigns.setdefault(one.action.campaign, []).append(one)
        else:
            yield _line(one)
    for campaign, wanted in campaigns.items():
        making = [one for one in wanted if isinstance(one.action, AddPlanItem)]
        rest = [one for one in wanted if not isinstance(one.action, AddPlanItem)]
        if making:
            things = f"{len(making)} thing{'' if len(making) == 1 else 's'}"
            yield f"campaign {campaign}: {things} to be made{_why(making)}"
            if every or len(making) <= _FEW:
                yield from (f"  {one.summary}" for one in making)
            else:
                yield from (f"  {line}" for line in _laid_out(making))
        # What is changed or ended stands on the board already: each is worth a look.
        yield from (f"campaign {campaign}: {_line(one)}" for one in rest)


def _laid_out(making: Sequence[Effect]) -> Iterator[str]:
    actions = [one.action for one in making if isinstance(one.action, AddPlanItem)]
    names = {one.item: one.name for one in actions if one.what is What.LIST}
    for one in actions:
        if one.what is What.PROJECT:
            yield f"project {one.name}, made unless it stands"
    months = [one for one in actions if one.what is What.MILESTONE]
    if months:
        told = ", ".join(f"{one.name.partition(':')[0]} ({one.due})" for one in months)
        yield f"{_number(len(months), 'milestone')}: {told}"
    by_list: dict[str, list[AddPlanItem]] = {item: [] for item in names}
    for one in actions:
        if one.what is What.TASK:
            by_list.setdefault(one.parent, []).append(one)
    for item, tasks in by_list.items():
        new = "" if item in names else ", which stands"
        name = names.get(item, item.removeprefix("step/"))
        yield f"task list {name}{new}: {_tasks(tasks)}"


def _tasks(tasks: Sequence[AddPlanItem]) -> str:
    if not tasks:
        return "no task"
    dues = sorted(one.due for one in tasks if one.due is not None)
    span = f", due {dues[0]}" if dues else ""
    if dues and dues[0] != dues[-1]:
        span += f" to {dues[-1]}"
    owners = Counter(one.owner or "nobody" for one in tasks)
    who = ", ".join(f"{owner} {number}" for owner, number in owners.most_common())
    return f"{_number(len(tasks), 'task')}{span} ({who})"


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _line(one: Effect) -> str:
    return f"{one.summary}{_why([one])}"


def _why(effects: Sequence[Effect]) -> str:
    """Why they are not simply done, once each."""
    said = dict.fromkeys(
        f"held: {one.note}" if one.state == "held" else f"not done: {one.note}"
        for one in effects
        if one.state in {"held", "observed"}
    )
    return f" ({'; '.join(said)})" if said else ""
