"""What would take back what was done for a campaign's plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from syncd.core.actions import (
    Action,
    AddDossier,
    AddPlanItem,
    ChangePlanItem,
    EndPlanItem,
    ReopenPlanItem,
    WriteDossier,
)
from syncd.core.campaign_plan import What
from syncd.core.promises.plan import UNDONE, US, Known, expected
from syncd.store import dossiers, plan_items
from syncd.store.database import Tx
from syncd.store.effect import Effect
from syncd.store.plan_items import Made

PlanAction = AddPlanItem | ChangePlanItem | EndPlanItem | ReopenPlanItem | AddDossier | WriteDossier
Found = tuple[Action | None, str]

_OPENED_IT = "the run made it itself"


def of(tx: Tx, effect: Effect, key: str, comment: str, opened: Collection[str]) -> Found:
    """What takes a done effect back under `key`, or why it is left.

    `comment`: said on tasks; `opened`: marks of what the run itself has made.
    """
    match effect.action:
        case AddPlanItem() as one:
            return _made(one, plan_items.known(tx, one.key), key, comment)
        case ChangePlanItem() as one:
            return _changed(one, plan_items.known(tx, one.mark), effect.before or {}, key)
        case EndPlanItem() as one if one.mark in opened:
            return None, _OPENED_IT
        case EndPlanItem() as one:
            return _ended(one, plan_items.known(tx, one.mark), key, comment)
        case ReopenPlanItem() as one:
            row = plan_items.known(tx, one.mark)
            words = _not_ours(row)
            return (None, words) if words or row is None else (_end(one, row, key, comment), "")
        case AddDossier():
            return None, "the notebook stays, because people may have written in it"
        case _:
            return None, "it is written anew whenever what it shows changes"


def give_up(tx: Tx, effect: Effect) -> None:
    """An effect that was not sent is given up: its promise must not plan it again."""
    assert effect.planned_at is not None
    match effect.action:
        case AddPlanItem() as one:
            never = Made(one.key, one.campaign, one.item, one.what, "", ended_by=UNDONE)
            plan_items.made(tx, never, effect.planned_at)
        case ChangePlanItem() as one:
            plan_items.not_again(tx, one.mark, one.put)
        case EndPlanItem() as one:
            plan_items.keep(tx, one.mark)
        case ReopenPlanItem() as one:
            plan_items.ended(tx, one.mark, UNDONE, effect.planned_at)
        case AddDossier() as one:
            dossiers.vanished(tx, one.campaign)
        case _:
            pass


def _made(one: AddPlanItem, row: Known | None, key: str, comment: str) -> Found:
    if row is not None and not row.ours:
        return None, "it stood there before"
    words = _not_ours(row)
    if words or row is None:
        return None, words
    if one.what not in {What.TASK, What.MILESTONE}:
        return None, f"a {one.what} stays, because there may be other work in it"
    return _end(one, row, key, comment), ""


def _changed(one: ChangePlanItem, row: Known | None, before: Mapping[str, str], key: str) -> Found:
    words = _not_ours(row, touched=False)
    if words or row is None:
        return None, words
    back = {
        name: before[name]
        for name, value in one.put.items()
        if name in before
        and row.written.get(name) == value
        and name not in row.touched
        and (before[name] or name != "due")
    }
    if not back:
        return None, "nothing of it stands any more: it has changed since"
    action = ChangePlanItem(
        key, one.campaign, one.item, one.what, one.mark, back, expected(row, back)
    )
    left = sorted(one.put.keys() - back.keys())
    return action, f"{', '.join(left)} has changed since" if left else ""


def _ended(one: EndPlanItem, row: Known | None, key: str, comment: str) -> Found:
    if row is None or row.ended_by != US or not row.done:
        return None, "it has changed since"
    said = comment if one.what is What.TASK else ""
    return ReopenPlanItem(key, one.campaign, one.item, one.what, one.mark, said), ""


def _end(one: AddPlanItem | ReopenPlanItem, row: Known, key: str, comment: str) -> EndPlanItem:
    return EndPlanItem(
        key,
        one.campaign,
        one.item,
        one.what,
        row.mark,
        expected(row, row.written),
        comment if one.what is What.TASK else "",
    )


def _not_ours(row: Known | None, *, touched: bool = True) -> str:
    """Why an item is not ours to touch; "" where it is."""
    if row is None:
        return "it is not known any more"
    if row.deleted:
        return "a person has deleted it"
    if row.done:
        return "it is completed"
    return "a person has changed it" if touched and row.touched else ""
