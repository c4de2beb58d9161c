"""Campaigns' plans: decided when their file or the board changes, looked at closer by night."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from syncd.core import dossier
from syncd.core.actions import ChangePlanItem, EndPlanItem, Planned, ReopenPlanItem
from syncd.core.campaign_layout import PROJECT, Item, lay_out
from syncd.core.campaign_plan import What
from syncd.core.facts import Task
from syncd.core.identity import effect_key
from syncd.core.promises import plan
from syncd.core.promises.plan import Decision, Known
from syncd.core.rules import Campaign, Rules
from syncd.engine.context import Context
from syncd.engine.decide import record
from syncd.engine.directory import known_assignee, left
from syncd.ports.board import TaskBoard
from syncd.ports.records import Record
from syncd.store import dirty, dossiers, ledger, notes, plan_items
from syncd.store.database import Tx

KIND = "campaign"
# What is read of a project as a whole; its tasks come with the board's own changes.
_LISTED = (What.MILESTONE, What.LIST)


def campaigns(ctx: Context) -> int:
    """Decide the campaigns whose file or things on the board have changed. Returns how many."""
    with ctx.store.begin() as tx:
        ids = dirty.every(tx, KIND)
    known = {campaign.id: campaign for campaign in ctx.rules.campaigns}
    for one in ids:
        with ctx.store.begin() as tx:
            campaign = known.get(one)
            # One that is no longer in the settings, or plans nothing, is none of our business:
            # what stands of it is left as it is.
            if campaign is not None and campaign.plan is not None and ctx.ports.board is not None:
                found = decision(tx, ctx.rules, campaign)
                objects = [(plan.PROMISE, plan.object_of(one))]
                record(ctx, tx, found.plan, objects=objects)
            dirty.forget(tx, KIND, [one])
    return len(ids)


def decision(tx: Tx, rules: Rules, campaign: Campaign) -> Decision:
    """What is to be done for a campaign, and where people have gone other ways."""
    known = standing(tx, rules, campaign)
    wished = _handed_over(tx, rules, lay_out(campaign, rules.team.calendar), known)
    return plan.decide(campaign.id, campaign.name, wished, known, _under_way(tx, campaign.id))


def _handed_over(
    tx: Tx, rules: Rules, wished: Sequence[Item], known: Mapping[str, Known]
) -> list[Item]:
    """What is not done yet of somebody who has left is for whoever takes over from them."""
    heirs = rules.team.taking_over(left(tx))

    def given(item: Item) -> Item:
        row = known.get(item.id)
        heir = heirs.get(item.owner)
        return item if heir is None or (row is not None and row.done) else replace(item, owner=heir)

    return [given(item) for item in wished]


def owners(rules: Rules) -> set[str]:
    """The addresses of those who do something in a plan."""
    plans = [campaign.plan for campaign in rules.campaigns if campaign.plan is not None]
    return {owner for one in plans for owner in one.owners()}


def standing(tx: Tx, rules: Rules, campaign: Campaign) -> dict[str, Known]:
    """What stands for a campaign, by item; its owners by address where we know them."""
    return plan_items.of_campaign(tx, campaign.id, people(tx, rules))


def people(tx: Tx, rules: Rules) -> dict[str, str]:
    """The addresses of those who do something in a plan, or take over from somebody who has
    left, by the board's ids, as last asked.
    """
    there = owners(rules) | set(rules.team.taking_over(left(tx)).values())
    ids = {known_assignee(tx, address): address for address in sorted(there)}
    return {one: address for one, address in ids.items() if one}


def adopt(ctx: Context, tx: Tx) -> None:
    """Compare each campaign's plan with that of the last start: what changed is decided."""
    for campaign in ctx.rules.campaigns:
        if campaign.plan is None:
            continue
        said = [campaign.name, campaign.goal, campaign.niche, campaign.plan]
        mark = _fingerprint([*said, ctx.rules.team.calendar])
        name = f"rules:plan:{campaign.id}"
        if notes.read(tx, name) != mark:
            dirty.mark(tx, KIND, [campaign.id])
            if PROJECT in plan_items.of_campaign(tx, campaign.id, {}):
                dossiers.look_at(tx, campaign.id, dossier.mark_of(campaign.id), ctx.now())
            notes.write(tx, name, mark, ctx.now())


def observed(ctx: Context, tx: Tx, tasks: Sequence[Task]) -> int:
    """Take in what people did to tasks of plans. Returns how many campaigns are concerned."""
    touched = plan_items.observed(tx, tasks, _closing(tx, tasks), ctx.now())
    dirty.mark(tx, KIND, touched)
    return len(touched)


def look(ctx: Context) -> None:
    """Read the projects, milestones and lists of plans, of which the board tells no changes."""
    for campaign in ctx.rules.campaigns:
        board = ctx.ports.board
        if board is None or ctx.is_paused("board") or campaign.plan is None:
            continue
        with ctx.store.begin() as tx:
            rows = standing(tx, ctx.rules, campaign)
        if PROJECT not in rows:
            continue
        seen = ctx.tried("board", partial(_look, board, rows))
        if seen is None:
            return
        with ctx.store.begin() as tx:
            touched = [plan_items.looked(tx, mark, one, ctx.now()) for mark, one in seen.items()]
            dirty.mark(tx, KIND, {one for one in touched if one is not None})


def _look(board: TaskBoard, rows: Mapping[str, Known]) -> dict[str, Record | None]:
    """What stands of a campaign besides tasks, by mark; None where the board says it is gone."""
    project = rows[PROJECT]
    seen: dict[str, Record | None] = {project.mark: board.record(What.PROJECT, project.remote_id)}
    if seen[project.mark] is None:
        return seen
    for what in _LISTED:
        ours = [row for row in rows.values() if row.what is what and not row.deleted]
        if not ours:
            continue
        listed = {one.id: one for one in board.records(what, project.remote_id)}
        for row in ours:
            # Absence from a list proves nothing: what is not in it is asked for by its id.
            seen[row.mark] = listed.get(row.remote_id) or board.record(what, row.remote_id)
    return seen


def _under_way(tx: Tx, campaign: str) -> dict[str, Planned]:
    """What was sent and may have taken place, by item."""
    found: dict[str, Planned] = {}
    for effect in ledger.open_on(tx, plan.object_of(campaign), plan.PROMISE):
        one = effect.action
        if not isinstance(one, ChangePlanItem | EndPlanItem | ReopenPlanItem):
            continue
        if effect.state == "sending" or effect.doubted:
            found[one.item] = Planned(one, plan.PROMISE, effect.object, effect.summary, effect.rule)
    return found


def _closing(tx: Tx, tasks: Iterable[Task]) -> frozenset[str]:
    """The marks of those tasks that we asked, or are asking, to be completed."""
    done = [task.mark for task in tasks if task.mark is not None and task.done]
    keys = {
        effect_key(plan.PROMISE, "end", mark, str(place.version)): mark
        for mark, place in plan_items.places(tx, done).items()
    }
    states = ledger.states_of(tx, keys)
    return frozenset(keys[key] for key, state in states.items() if state in {"sending", "done"})


def _fingerprint(values: Any) -> str:
    words = json.dumps(values, default=_plain, sort_keys=True)
    return hashlib.blake2b(words.encode(), digest_size=8).hexdigest()


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return str(value)
