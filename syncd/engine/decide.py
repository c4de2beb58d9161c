"""From facts to a plan: only for what changed or fell due, in commits of bounded size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.core import guard
from syncd.core.actions import AddContact, EndPlanItem, Enrol, OpenTask, Planned
from syncd.core.promises import follow_up, log, tag
from syncd.core.rules import Campaign
from syncd.engine import gather
from syncd.engine.context import BOARD_EMPTY, AtMost, Context, Day
from syncd.engine.context import log as events
from syncd.engine.portions import Portions
from syncd.store import (
    chores,
    dirty,
    exchanges,
    introduction_mail,
    ledger,
    letters,
    notes,
    people,
    plan_items,
    sites,
    tally,
    tombstones,
)
from syncd.store.database import Tx

# Rows decided in one commit: bounds memory, and how long others wait for the writer.
BATCH = 200


def messages(ctx: Context, *, whole_batches: bool) -> int:
    """Give undecided messages their verdict. Returns how many were decided.

    With `whole_batches` (a first reading is under way) contacts are asked for only in
    the numbers that fill a call.
    """
    _ask_who_they_are(ctx, whole_batches=whole_batches)
    decided, after = 0, 0
    while True:
        with ctx.store.begin() as tx:
            some = letters.undecided(tx, ctx.now(), after=after, limit=BATCH)
            if not some:
                return decided
            after = some[-1].id
            decided += _decide_messages(ctx, tx, some)


def conversations(ctx: Context) -> int:
    """Decide what changed or fell due. Returns how many had changed.

    What only fell due does not count: it may stay due, when the mailbox that could hold
    the answer cannot be read.
    """
    with ctx.store.begin() as tx:
        ids = [int(one) for one in dirty.every(tx, "conversation")]
        changed = len(ids)
        ids += sorted(set(exchanges.due(tx, ctx.now())) - set(ids))
    portions = Portions(ctx)
    _decide_conversations(ctx, ids, portions)
    with ctx.store.begin() as tx:
        ids = portions.bring_up(tx)
    _decide_conversations(ctx, ids, portions)
    return changed


def _decide_conversations(ctx: Context, ids: Sequence[int], portions: Portions) -> None:
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        with ctx.store.begin() as tx:
            sites.keep_up(tx, ctx.now())
            plan: list[Planned] = []
            if away := exchanges.among_put_away(tx, some):
                dirty.forget(tx, "conversation", away)
                some = [one for one in some if one not in away]
            found = exchanges.load(tx, some)
            known = gather.Known.of(tx, found.values())
            changed = []
            # In the order asked for: the oldest of a backlog come first.
            for one in (found[number] for number in some if number in found):
                outlook = _decide_conversation(ctx, tx, one, known, portions)
                plan += outlook.plan
                if outlook.status != one.status:
                    changed.append(one.id)
            introduction_mail.wake_conversations(tx, changed)
            names = [(follow_up.PROMISE, f"conversation:{one}") for one in some]
            record(ctx, tx, plan, objects=names)
            dirty.forget(tx, "conversation", some)


def contacts(ctx: Context) -> int:
    """Decide the fields of the contacts whose mail changed. Returns how many changes follow."""
    campaigns = {campaign.id: campaign for campaign in ctx.rules.campaigns}
    with ctx.store.begin() as tx:
        ids = dirty.every(tx, "contact")
    changes = 0
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        with ctx.store.begin() as tx:
            # The outcome of one under way changes what we last wrote: deciding now would
            # decide on the past. The contact is marked again when that effect settles.
            idle = [one for one in some if not tally.busy(tx, f"contact:{one}")]
            plan = [
                change
                for one in idle
                if (change := _decide_contact(tx, one, campaigns)) is not None
            ]
            record(ctx, tx, plan, objects=[(tag.PROMISE, f"contact:{one}") for one in idle])
            dirty.forget(tx, "contact", some)
            # What changed what a contact carries may have changed how we stand with them.
            dirty.mark(tx, "relation", some)
        changes += len(plan)
    return changes


def _ask_who_they_are(ctx: Context, *, whole_batches: bool) -> None:
    size = ctx.ports.crm.traits.batch_size
    while not ctx.is_paused("crm"):
        with ctx.store.begin() as tx:
            asked, now = letters.unasked(tx, size)
        if not asked or (whole_batches and len(asked) < size and not now):
            return
        found = ctx.ports.crm.find_contacts(asked)
        ctx.failing.pop("crm", None)
        with ctx.store.begin() as tx:
            people.looked_up(tx, asked, found, ctx.now())


def _decide_messages(ctx: Context, tx: Tx, some: Sequence[letters.Letter]) -> int:
    rules, now = ctx.rules.log, ctx.now()
    everyone = [party.address for one in some for _, party in one.candidate.outside]
    standings = people.standings(tx, everyone, acquaintances=True)
    plan: list[Planned] = []
    verdicts: list[tuple[int, str, str]] = []
    contacts_made: list[str] = []
    for one in some:
        match log.decide(one.candidate, standings, rules):
            case log.Log(planned):
                grace_ends = None
                if rules.grace is not None:
                    grace_ends = one.candidate.at + rules.grace.delta
                if grace_ends is not None and grace_ends > now:
                    letters.postpone(tx, [one.id], grace_ends)
                    continue
                plan.append(replace(planned, backlog=one.backlog))
                verdicts.append((one.id, "log", ""))
            case log.Skip(reason):
                verdicts.append((one.id, "skip", reason))
            case log.Review(addresses):
                verdicts.append((one.id, "review", ", ".join(addresses)))
            case log.Wait(creates):
                plan += [replace(each, backlog=one.backlog) for each in creates]
                contacts_made += [c.object.removeprefix("address:") for c in creates]
    record(ctx, tx, plan)
    people.creating(tx, contacts_made)
    letters.decided(tx, verdicts)
    # Only those decided now: one that waits for its people would keep the turn going.
    ended = {one for one, _, _ in verdicts}
    dirty.mark(tx, "conversation", {one.conversation for one in some if one.id in ended})
    return len(verdicts)


def _decide_conversation(
    ctx: Context,
    tx: Tx,
    found: exchanges.Conversation,
    known: gather.Known,
    portions: Portions,
) -> follow_up.Outlook:
    now = ctx.now()
    present = min([now, *gather.seen(ctx, found, known)])
    one = portions.mindful_of_others(gather.case(ctx, tx, found, known))
    outlook = follow_up.decide(one.exchange, one.cadence, one.calendar, present)
    if portions.opens(tx, found.id, outlook, one.cadence):
        one = gather.with_collisions(ctx, tx, found, one)
        outlook = follow_up.decide(one.exchange, one.cadence, one.calendar, present)
    outlook, backlog_due = portions.share(tx, found.id, outlook, one.cadence)
    if "template" in outlook.story:
        events.warning("template_fails", conversation=found.id, words=outlook.story["template"])
    name = one.campaign.id if one.campaign is not None else ""
    # What its contacts are told by it: they are decided again only when that is new.
    mine = known.contacts(found)
    told = f"{name} {outlook.status == 'bounced'} {found.logged} {','.join(mine)}"
    if told != found.told:
        dirty.mark(tx, "contact", mine)
    story = {"campaign_because": one.campaign_because} if one.campaign_because else {}
    exchanges.stands(
        tx,
        found.id,
        campaign=name,
        outlook=outlook,
        now=now,
        story=story | {"told": told},
        backlog_due=backlog_due,
    )
    return outlook


def _decide_contact(tx: Tx, crm_id: str, campaigns: dict[str, Campaign]) -> Planned | None:
    said = people.dialogue(tx, crm_id, campaigns)
    who = people.address_of(tx, crm_id)
    return tag.decide(crm_id, who, said, people.written(tx, crm_id))


def record(
    ctx: Context,
    tx: Tx,
    plan: Sequence[Planned],
    objects: Iterable[tuple[str, str]] = (),
) -> None:
    """Pass the guard and write the plan down, in the commit of the decision."""
    wanted = list(objects)
    plan = _without_forgotten(tx, plan)
    if not plan and not wanted:
        return
    now = ctx.now()
    held: dict[str, str] = {}
    observed: dict[str, str] = {}
    if plan:
        run = ctx.run.number(tx, now)
        for planned in plan:
            if words := guard.kept_back(planned.action, planned.promise, ctx.rules.modes):
                observed[planned.action.key] = words
        since = ctx.turn_began or now
        active = [one for one in plan if one.action.key not in observed]
        reasons = _too_much(ctx, tx, since, run, active)
        opens = any(isinstance(one.action, OpenTask) for one in plan)
        if opens and (words := notes.read(tx, BOARD_EMPTY)):
            reasons = (*reasons, guard.Held(OpenTask.kind, str(words)))
        for one in reasons:
            held[one.kind] = one.reason
            # A large plan is written down in parts: what the earlier ones held goes along.
            ledger.hold(tx, one.kind, one.reason, run=run, since=since)
            events.warning("plan_held", kind=one.kind, reason=one.reason)
    else:
        run = ctx.run.id or 0
    ledger.plan(tx, plan, run=run, now=now, held=held, objects=wanted, observed=observed)


def _too_much(
    ctx: Context, tx: Tx, since: datetime, run: int, plan: Sequence[Planned]
) -> tuple[guard.Held, ...]:
    """What the guard says to a part of what a turn wants done, after all the others of it.

    First against the most that can be: to count what was really planned is to look at all of
    it again, for each part of a large plan.
    """
    day = _day_before(ctx, tx, since)
    standing = {
        "open_tasks": chores.open_count(tx, since),
        "open_today": day.open_tasks,
        **_items(tx, plan, since),
    }
    if ctx.in_turn is None or ctx.in_turn.since != since:
        ctx.in_turn = AtMost(since, Counter())

    def check(already: Counter[str]) -> tuple[guard.Held, ...]:
        today = day.planned + already
        return guard.check(plan, ctx.rules.guard, already=already, today=today, **standing)

    reasons = check(ctx.in_turn.planned)
    if reasons:
        # What is decided twice in a turn is done once, and counts once.
        keys = {one.action.key for one in plan}
        ctx.in_turn.planned = tally.planned_in(tx, run, since, besides=keys)
        reasons = check(ctx.in_turn.planned)
    ctx.in_turn.planned += Counter(one.action.kind for one in plan)
    return reasons


def _items(tx: Tx, plan: Sequence[Planned], turn: datetime) -> dict[str, int]:
    """How many items of campaigns' plans were open; asked only where some are to be ended."""
    if not any(isinstance(one.action, EndPlanItem) for one in plan):
        return {}
    return {
        "items": plan_items.open_count(tx, turn),
        "items_today": plan_items.open_count(tx, turn - timedelta(days=1)),
    }


def _without_forgotten(tx: Tx, plan: Sequence[Planned]) -> Sequence[Planned]:
    """The last door: whoever is to be forgotten is added nowhere, whatever asked for it."""
    adding = {one.action.address for one in plan if isinstance(one.action, AddContact | Enrol)}
    theirs = tombstones.among(tx, adding) if adding else frozenset()
    if not theirs:
        return plan
    return [
        one
        for one in plan
        if not (isinstance(one.action, AddContact | Enrol) and one.action.address in theirs)
    ]


def _day_before(ctx: Context, tx: Tx, turn: datetime) -> Day:
    """The day before a turn, looked up once in it: all that was ever done is asked for this."""
    if ctx.day is None or ctx.day.until != turn:
        began = turn - timedelta(days=1)
        planned = tally.planned_between(tx, began, turn)
        ctx.day = Day(turn, planned, chores.open_count(tx, began))
    return ctx.day
