"""Campaigns' notebooks: put together from time to time, written when they say something new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial

from syncd.core import dossier
from syncd.core.actions import AddDossier, Planned, WriteDossier
from syncd.core.campaign_layout import PROJECT, month_name
from syncd.core.campaign_plan import CampaignPlan, Month, What
from syncd.core.dossier import Earned, Facts, MonthDone, OpenItem, Word
from syncd.core.promises import plan
from syncd.core.promises.plan import Decision, Known
from syncd.core.rules import Campaign
from syncd.engine import plans
from syncd.engine.context import Context
from syncd.engine.decide import record
from syncd.ports.records import Post
from syncd.store import dossier_facts, dossiers, figures, forgotten, ledger, links
from syncd.store.database import Tx

# As many lines as a person reads of each; the pages and the board have the rest.
_LINES = 12
_LINKS = 25
_POSTS = 6


def write(ctx: Context) -> int:
    """Put together the notebooks whose time has come. Returns how many are to be written."""
    with ctx.store.begin() as tx:
        due = dossiers.due(tx, ctx.now())
    wanted = 0
    known = {campaign.id: campaign for campaign in ctx.rules.campaigns}
    for one in due:
        campaign = known.get(one)
        if ctx.ports.board is None or ctx.is_paused("board"):
            return wanted
        if campaign is None or campaign.plan is None or campaign.plan.dossier is None:
            with ctx.store.begin() as tx:
                dossiers.look_at(tx, one, dossier.mark_of(one), None)
            continue
        wanted += _write(ctx, campaign, campaign.plan)
    return wanted


def _write(ctx: Context, campaign: Campaign, planned: CampaignPlan) -> int:
    assert planned.dossier is not None
    mark, later = dossier.mark_of(campaign.id), ctx.now() + planned.dossier.delta
    with ctx.store.begin() as tx:
        project = plans.standing(tx, ctx.rules, campaign).get(PROJECT)
    if project is None or project.deleted or not project.remote_id:
        # Looked at again as soon as the project stands.
        with ctx.store.begin() as tx:
            dossiers.look_at(tx, campaign.id, mark, None)
        return 0
    posts = _posts(ctx, project.remote_id)
    with ctx.store.begin() as tx:
        dossiers.look_at(tx, campaign.id, mark, later)
        name = f"dossier:{campaign.id}"
        if any(
            one.state == "sending" or one.doubted for one in ledger.open_on(tx, name, plan.PROMISE)
        ):
            # What may stand there must stay known, or it would be taken for a person's words.
            return 0
        found = dossiers.of_campaigns(tx, [campaign.id])[campaign.id]
        facts = gather(ctx, tx, campaign, posts)
        # What people write on the board, and what files say, may name whoever is forgotten.
        [text] = forgotten.cleared(tx, dossier.render(facts, mark))
        if found.gone or text == found.text:
            record(ctx, tx, [], objects=[(plan.PROMISE, name)])
            return 0
        dossiers.wants(tx, campaign.id, text)
        title = f"Campaign: {campaign.name}"
        if found.remote_id:
            key = dossier.write_key(campaign.id, found.version, text)
            action: AddDossier | WriteDossier = WriteDossier(key, campaign.id, mark)
            words = f"bring the notebook {title} up to date"
        else:
            action = AddDossier(mark, campaign.id, title)
            words = f"notebook {title}"
        one = Planned(
            action,
            plan.PROMISE,
            name,
            words,
            rule=f"the plan of campaign {campaign.id}",
        )
        record(ctx, tx, [one], objects=[(plan.PROMISE, name)])
    return 1


def next_due(tx: Tx) -> datetime | None:
    """When the next notebook is put together again."""
    return dossiers.next_due(tx)


def _posts(ctx: Context, project: str) -> Sequence[Post]:
    """What people last wrote to each other on the board; without it the rest is still worth it."""
    assert ctx.ports.board is not None
    return ctx.tried("board", partial(ctx.ports.board.posts, project, _POSTS)) or ()


def gather(ctx: Context, tx: Tx, campaign: Campaign, posts: Sequence[Post] = ()) -> Facts:
    """Everything the page of a campaign shows. Reads the state alone."""
    now = ctx.now()
    today = ctx.rules.team.calendar.local_date(now)
    decided = plans.decision(tx, ctx.rules, campaign)
    rows = plans.standing(tx, ctx.rules, campaign)
    people = plans.people(tx, ctx.rules)
    won = [one for one in links.every(tx, campaign=campaign.id) if one.won_at is not None]
    won.sort(key=lambda one: (one.won_at or now, one.id), reverse=True)
    standing = [one for one in won if one.lost_at is None]
    funnel = figures.funnel(tx, campaign=campaign.id, since=None, until=now)
    return Facts(
        name=campaign.name,
        client=campaign.client,
        niche=campaign.niche,
        goal=campaign.goal,
        span=span(campaign.plan) if campaign.plan is not None else "",
        months=months(rows),
        next_up=next_up(rows, today)[:_LINES],
        follow_ups=tuple(
            OpenItem(
                one.title,
                one.due,
                people.get(one.assignee, ""),
                late=one.due is not None and one.due < today,
            )
            for one in dossier_facts.follow_ups(tx, campaign.id, _LINES)
        ),
        funnel=funnel,
        letters=tuple(dossier_facts.letters(tx, campaign.id, _LINES)),
        internal=_internal(tx, campaign.id, posts, people),
        links=tuple(
            Earned(
                one.url,
                one.target,
                one.won_at.date() if one.won_at is not None else None,
                one.lost_at is None,
                one.words or one.state.value,
            )
            for one in won[:_LINKS]
        ),
        links_standing=len(standing),
        links_lost=len(won) - len(standing),
        drift=drift_in_words(decided)[:_LINES],
    )


def span(planned: CampaignPlan) -> str:
    last = planned.starts.plus(planned.months - 1)
    return f"{month_name(planned.starts)} to {month_name(last)}"


def months(rows: Mapping[str, Known]) -> tuple[MonthDone, ...]:
    """How far each month's tasks are, by the day they are due on the board."""
    tasks, done = Counter[Month](), Counter[Month]()
    for row in tasks_of(rows):
        if due := _due(row):
            tasks[Month.of(due)] += 1
            done[Month.of(due)] += row.done
    return tuple(MonthDone(month_name(month), tasks[month], done[month]) for month in sorted(tasks))


def next_up(rows: Mapping[str, Known], today: date) -> tuple[OpenItem, ...]:
    """The open tasks of a plan, the first due first."""
    found = [
        OpenItem(row.name, due, row.seen.get("owner", ""), late=due is not None and due < today)
        for row in tasks_of(rows)
        if not row.done
        for due in [_due(row)]
    ]
    return tuple(sorted(found, key=lambda one: (one.due or date.max, one.name)))


def tasks_of(rows: Mapping[str, Known]) -> list[Known]:
    """The tasks of a plan that count: those that left it, and deleted ones, do not."""
    return [
        row
        for row in rows.values()
        if row.what is What.TASK and not row.deleted and not row.ended_by
    ]


def drift_in_words(decided: Decision) -> tuple[str, ...]:
    said: list[str] = []
    for one in decided.drift:
        where = f"{one.wanted or 'nothing'} in the file, {one.found or 'nothing'} on the board"
        told = f" ({where})" if one.field not in {"", "text", "after"} else ""
        said.append(f"{one.name or one.item}: {one.words}{told}")
    return tuple(said)


def _internal(
    tx: Tx, campaign: str, posts: Sequence[Post], people: Mapping[str, str]
) -> tuple[Word, ...]:
    said = [Word(one.at[:10], one.author, one.title) for one in posts]
    did = [
        Word(
            _day(one.at),
            people.get(one.by, ""),
            f"{one.item.get('name') or one.item['item']}: {one.what} {one.words}".strip(),
        )
        for one in dossier_facts.happened(tx, campaign, _LINES)
    ]
    return tuple(sorted([*said, *did], key=lambda one: one.on, reverse=True)[:_LINES])


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _due(row: Known) -> date | None:
    due = row.seen.get("due") or ""
    return date.fromisoformat(due) if due else None
