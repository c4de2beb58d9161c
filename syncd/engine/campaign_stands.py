"""How campaigns stand, for the command line and the pages: what their file asks, what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from syncd.core.campaign_layout import PROJECT, Item, lay_out
from syncd.core.campaign_plan import What
from syncd.core.dossier import MonthDone
from syncd.core.figures import Funnel
from syncd.core.promises.plan import UNDONE, Drift, Known
from syncd.core.rules import Campaign, Rules
from syncd.engine import dossiers, plans
from syncd.store import dossiers as notebooks
from syncd.store import figures, links, plan_items
from syncd.store.database import Tx


@dataclass(frozen=True, slots=True)
class ItemStands:
    """One thing of a plan. `state`: not made | open | late | done | deleted | left the file.

    `drift`: where the board differs from the file and stays so, in words.
    """

    item: str
    what: str
    name: str
    state: str
    due: date | None
    owner: str
    drift: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignStands:
    """`span` "": it plans nothing. `made`: what stands of `wished` things of its plan."""

    id: str
    name: str
    client: str
    niche: str
    goal: str
    span: str
    project: str
    wished: int
    made: int
    tasks: int
    done: int
    late: int
    links: int
    notebook: bool
    months: tuple[MonthDone, ...]
    drift: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A campaign with everything in its plan. `funnel`: of all time."""

    stands: CampaignStands
    items: tuple[ItemStands, ...]
    funnel: Funnel


def every(tx: Tx, rules: Rules, now: datetime) -> list[CampaignStands]:
    """The campaigns of the settings, in their order."""
    return [_stands(tx, rules, campaign, now)[0] for campaign in rules.campaigns]


def left_over(tx: Tx, rules: Rules) -> list[str]:
    """Campaigns that are no longer in the settings, and whose plans still stand."""
    known = {campaign.id for campaign in rules.campaigns}
    return [one for one in plan_items.campaigns(tx) if one not in known]


def one(tx: Tx, rules: Rules, campaign: str, now: datetime) -> Whole | None:
    """A campaign of the settings, None where there is no such."""
    found = next((each for each in rules.campaigns if each.id == campaign), None)
    if found is None:
        return None
    stands, items = _stands(tx, rules, found, now)
    funnel = figures.funnel(tx, campaign=campaign, since=None, until=now)
    return Whole(stands, tuple(items), funnel)


def _stands(
    tx: Tx, rules: Rules, campaign: Campaign, now: datetime
) -> tuple[CampaignStands, list[ItemStands]]:
    today = rules.team.calendar.local_date(now)
    rows = plans.standing(tx, rules, campaign)
    decided = plans.decision(tx, rules, campaign)
    wished = lay_out(campaign, rules.team.calendar)
    items = _items(wished, rows, decided.drift, today)
    tasks = dossiers.tasks_of(rows)
    won = links.every(tx, campaign=campaign.id)
    book = notebooks.of_campaigns(tx, [campaign.id]).get(campaign.id)
    project = rows.get(PROJECT)
    stands = CampaignStands(
        id=campaign.id,
        name=campaign.name,
        client=campaign.client,
        niche=campaign.niche,
        goal=campaign.goal,
        span=dossiers.span(campaign.plan) if campaign.plan is not None else "",
        project=project.name if project is not None else "",
        wished=len(wished),
        made=sum(1 for item in wished if item.id in rows and rows[item.id].remote_id),
        tasks=len(tasks),
        done=sum(1 for row in tasks if row.done),
        late=sum(1 for item in items if item.state == "late"),
        links=sum(1 for link in won if link.won_at is not None and link.lost_at is None),
        notebook=book is not None and bool(book.remote_id) and not book.gone,
        months=dossiers.months(rows),
        drift=dossiers.drift_in_words(decided),
    )
    return stands, items


def _items(
    wished: Sequence[Item], rows: dict[str, Known], drift: Sequence[Drift], today: date
) -> list[ItemStands]:
    words: dict[str, tuple[str, ...]] = {}
    for one in drift:
        said = (
            f"{one.words}: {one.wanted or 'nothing'} in the file"
            if one.field in _SAID
            else one.words
        )
        words[one.item] = (*words.get(one.item, ()), said)
    asked = {item.id: item for item in wished}
    return [
        _item(rows.get(name), asked.get(name), words.get(name, ()), today)
        for name in dict.fromkeys([*asked, *(one for one in rows if rows[one].remote_id)])
    ]


_SAID = frozenset({"name", "due", "owner"})


def _item(
    row: Known | None, wished: Item | None, drift: tuple[str, ...], today: date
) -> ItemStands:
    """One thing, of which either a row or a wish is there, or both."""
    if row is None or not row.remote_id:
        assert wished is not None
        what, state = wished.what.value, "not made" if row is None else "taken back"
        return ItemStands(wished.id, what, wished.name, state, wished.due, wished.owner, drift)
    said = row.seen.get("due") or ""
    due = date.fromisoformat(said) if said else None
    state = _state(row, due, today, wished=wished is not None)
    owner = row.seen.get("owner", "")
    return ItemStands(row.id, row.what.value, row.name, state, due, owner, drift)


def _state(row: Known, due: date | None, today: date, *, wished: bool) -> str:
    if row.deleted:
        return "deleted"
    if row.ended_by == UNDONE:
        return "taken back"
    if row.ended_by or not wished:
        return "left the file"
    if row.done:
        return "done"
    late = row.what is What.TASK and due is not None and due < today
    return "late" if late else "open"
