"""Tasks about lost links: gathered, decided and recorded by what changed, in daily portions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from syncd.core.facts import Place
from syncd.core.links import LinkCheck
from syncd.core.promises import verify
from syncd.core.promises.verify import Bundle, Loss
from syncd.engine import directory
from syncd.engine.context import Context
from syncd.engine.decide import record
from syncd.engine.gather import leavers, thread_url
from syncd.store import (
    chores,
    contact_facts,
    dirty,
    ledger,
    link_losses,
    links,
    notes,
    people,
    relationships,
    tally,
)
from syncd.store.database import Tx
from syncd.store.link_looks import LOSSES
from syncd.store.links import EarnedLink

# What waits for another day's portion.
LATER = "losses_later"
_BATCH = 100
# Effects that count towards the day's portion already.
_COUNTED = frozenset({"planned", "held", "observed", "sending", "done"})


def decide(ctx: Context) -> int:
    """Decide the bundles whose links were lost or found. Returns how many effects follow."""
    with ctx.store.begin() as tx:
        names = dirty.every(tx, LOSSES)
        names += _brought_up(ctx, tx, besides=set(names))
    planned = 0
    for start in range(0, len(names), _BATCH):
        with ctx.store.begin() as tx:
            planned += _decide(ctx, tx, names[start : start + _BATCH])
    return planned


def _brought_up(ctx: Context, tx: Tx, besides: set[str]) -> list[str]:
    """Whose turn it is on a new day."""
    waiting = [name for name in dirty.every(tx, LATER) if name not in besides]
    today = _today(ctx).isoformat()
    if not waiting or notes.read(tx, LATER) == today:
        return []
    notes.write(tx, LATER, today, ctx.now())
    return waiting


def _decide(ctx: Context, tx: Tx, names: Sequence[str]) -> int:
    bundles = link_losses.one_each(tx, names)
    every = {*bundles, *(one for some in bundles.values() for one in some)}
    busy = tally.all_busy(tx, [f"losses:{name}" for name in every])
    # What is under way changes the tasks there are; its end marks the bundle again.
    idle = [
        name
        for name, others in bundles.items()
        if not busy & {f"losses:{one}" for one in (name, *others)}
    ]
    apart = [one for name in idle for one in bundles[name]]
    for name in idle:
        link_losses.gather(tx, name, bundles[name])
    found = links.of_bundles(tx, idle)
    known = _Known(ctx, tx)
    planned, later = 0, []
    for name in sorted(idle, key=lambda one: _longest_lost(found.get(one, []))):
        kept = [one for one in found.get(name, []) if one.dropped_at is None]
        verdict = verify.decide(known.bundle(name, kept))
        if verdict.opens and not known.has_room(verdict.opens):
            later.append(name)
            verdict = verdict.put_off(known.portion)
        planned += len(verdict.plan)
        link_losses.cover(tx, verdict.covers)
        link_losses.explain(tx, verdict.untold, verdict.why_not)
        record(ctx, tx, verdict.plan, objects=[(verify.PROMISE, f"losses:{name}")])
    if apart:
        record(ctx, tx, [], objects=[(verify.PROMISE, f"losses:{name}") for name in apart])
    dirty.forget(tx, LOSSES, [*idle, *apart])
    dirty.forget(tx, LATER, [name for name in (*idle, *apart) if name not in later])
    dirty.mark(tx, LATER, later)
    return planned


def _longest_lost(some: Sequence[EarnedLink]) -> tuple[float, int]:
    times = [one.lost_at.timestamp() for one in some if one.lost_at is not None]
    return min(times, default=float("inf")), min((one.id for one in some), default=0)


def _today(ctx: Context) -> date:
    return ctx.rules.team.calendar.local_date(ctx.now())


class _Known:
    """What deciding a batch of bundles asks of the state."""

    def __init__(self, ctx: Context, tx: Tx) -> None:
        self._ctx = ctx
        self._tx = tx
        self._left = directory.left(tx)
        self._leavers = leavers(ctx, tx)
        self._heirs = self._leavers.heirs
        self._opened: int | None = None

    @property
    def portion(self) -> str:
        return f"tasks for lost links come up {self._ctx.rules.links.a_day} a day"

    def has_room(self, key: str) -> bool:
        """Whether one more task fits into the day, `key` being the one that is meant."""
        if self._opened is None:
            calendar, now = self._ctx.rules.team.calendar, self._ctx.now()
            midnight = calendar.start_of(calendar.local_date(now), like=now)
            self._opened = chores.opened_by_rule(self._tx, verify.RULE, midnight)
        if ledger.states_of(self._tx, [key]).get(key) in _COUNTED:
            return True  # it is among those that were counted
        if self._opened >= self._ctx.rules.links.a_day:
            return False
        self._opened += 1
        return True

    def bundle(self, name: str, kept: Sequence[EarnedLink]) -> Bundle:
        tx, ctx = self._tx, self._ctx
        rules = ctx.rules.links
        history = links.history(tx, [one.id for one in kept if one.lost_at is not None])
        bundle = Bundle(
            name=name,
            who="",
            links=[self._loss(one, history.get(one.id, ())) for one in kept],
            tasks=link_losses.tasks_about(tx, f"losses:{name}"),
            due=ctx.rules.team.calendar.next_working_day(_today(ctx)),
            priority=rules.priority,
            tags=rules.tags,
            leavers=self._leavers,
        )
        lost = [one for one in kept if one.lost_at is not None]
        if ctx.ports.board is None:
            return replace(bundle, because="there is no task board")
        # What a task would say is asked for only where one may open.
        return self._told(bundle, lost) if lost else bundle

    def _told(self, bundle: Bundle, lost: Sequence[EarnedLink]) -> Bundle:
        tx, ctx = self._tx, self._ctx
        person = lost[0].person
        newest = max(lost, key=lambda one: one.known_at)
        threads = link_losses.threads(tx, newest.message, person) if person else []
        crm_id = people.contact_ids(tx, [person]).get(person, "") if person else ""
        owner, notes_ = self._owner(person, [one.mailbox for one in threads])
        here = [one for one in threads if one.mailbox == owner] or threads
        lines = [
            (f"Gmail thread of {one.mailbox}", thread_url(one.mailbox, one.thread))
            for one in here[:1]
        ]
        if crm_id:
            lines.append(("HubSpot contact", ctx.ports.crm.contact_url(crm_id)))
        who = link_losses.name_of(tx, person) or person
        return replace(
            bundle,
            who=who,
            owner=owner,
            place=self._place(newest),
            lines=tuple(lines),
            notes=notes_,
            because=self._why_not(person, crm_id),
        )

    def _loss(self, one: EarnedLink, history: tuple[LinkCheck, ...]) -> Loss:
        return Loss(
            id=one.id,
            url=one.url,
            client=one.client,
            target=one.seen_target or one.target,
            anchor=one.seen_anchor or one.anchor,
            won=self._day(one.won_at),
            since=self._day(one.lost_at),
            version=one.losses,
            words=one.words,
            task=one.task,
            history=history,
        )

    def _day(self, at: datetime | None) -> date | None:
        return None if at is None else self._ctx.rules.team.calendar.local_date(at)

    def _owner(self, person: str, mailboxes: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """Whoever of us knows the contact best and is there; and what must be said of that."""
        ours = relationships.acquaintances(self._tx, [person]).get(person, ()) if person else ()
        best = [one.teammate for one in ours]
        choices = [*best, self._ctx.rules.links.owner, *mailboxes, *sorted(self._ctx.ports.mail)]
        for choice in (one for one in choices if one):
            if choice not in self._left:
                return choice, ()
            if choice in self._heirs:
                words = f"{choice} has left; {self._heirs[choice]} takes over."
                return self._heirs[choice], (words,)
        return "", ()

    def _place(self, lost: EarnedLink) -> Place | None:
        rules = self._ctx.rules
        if rules.links.place is not None:
            return rules.links.place
        theirs = [one for one in rules.campaigns if one.client == lost.client]
        theirs.sort(key=lambda one: one.id != lost.campaign)
        cadences = [one.cadence for one in theirs if one.cadence is not None]
        cadence = cadences[0] if cadences else rules.cadence
        return cadence.place if cadence is not None else None

    def _why_not(self, person: str, crm_id: str) -> str:
        if not person:
            return ""
        facts = contact_facts.of(self._tx, [crm_id]).get(crm_id) if crm_id else None
        if facts is not None and facts.do_not_contact:
            return f"{person} is not to be contacted"
        if people.asked_to_be_left_alone(self._tx, [person]):
            return f"{person} asked not to be written to"
        return ""
