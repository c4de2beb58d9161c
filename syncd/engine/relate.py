"""Keeping segments: for the contacts of whom something changed, and nightly for all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from syncd.core.actions import Planned
from syncd.core.promises import relate
from syncd.core.promises.relate import Member, Membership, Profile
from syncd.engine.context import Context, log
from syncd.engine.decide import BATCH, record
from syncd.ports.crm import segment_handle
from syncd.ports.verdicts import Changed
from syncd.store import contact_facts, dirty, notes, people, prospects, segments, tally
from syncd.store import relationships as relations
from syncd.store.database import Tx
from syncd.store.relationships import Person

# What we wrote this lately may not show yet where we look.
SETTLED = timedelta(hours=1)


def members(ctx: Context) -> int:
    """Decide who is to be in which segment. Returns how many changes follow."""
    kept = _kept(ctx)
    with ctx.store.begin() as tx:
        _notice(ctx, tx, kept)
        ids = dirty.every(tx, "relation")
    changes = 0
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        with ctx.store.begin() as tx:
            plan: list[Planned] = []
            decided: list[tuple[str, str]] = []
            if kept:
                # The outcome of one under way says how they stand: deciding before it comes
                # would decide on the past. They are marked again when it settles.
                states = segments.of(tx, some)
                let_go = people.let_go(tx, some)
                for contact, profile, who in profiles(ctx, tx, some):
                    for segment in ctx.rules.segments:
                        if segment.name not in kept:
                            continue
                        name = f"member:{contact}:{segment.name}"
                        if tally.busy(tx, name):
                            continue
                        decided.append((relate.PROMISE, name))
                        wanted = relate.belongs(segment, profile, ctx.rules.campaigns)
                        member = states.get((segment.name, contact), Member())
                        # What was taken back with the mail does not come back with a page.
                        wanted = wanted and not (
                            contact in let_go and member.state is Membership.OUT
                        )
                        change = relate.decide(segment, contact, who, member, wanted=wanted)
                        plan += [change] if change is not None else []
            record(ctx, tx, plan, objects=decided)
            dirty.forget(tx, "relation", some)
        changes += len(plan)
    return changes


def _notice(ctx: Context, tx: Tx, kept: list[str]) -> None:
    """Segments that came, or mean something else now, are decided for everybody."""
    mark = [
        [one.name, list(one.standings), one.niche, one.client, one.campaign]
        for one in ctx.rules.segments
        if one.name in kept
    ]
    if mark != (notes.read(tx, "segments:kept") or []):
        dirty.mark(tx, "relation", people.every(tx))
        notes.write(tx, "segments:kept", mark, ctx.now())


def profiles(ctx: Context, tx: Tx, crm_ids: Iterable[str]) -> list[tuple[str, Profile, str]]:
    """Contacts as segments see them: CRM id, profile, the address that stands for them."""
    wanted = list(crm_ids)
    addresses = contact_facts.addresses_of(tx, wanted)
    every = [one for several in addresses.values() for one in several]
    found = {
        one.crm_id: one
        for one in relations.everyone(tx, ctx.rules.clients(), every).values()
        if one.crm_id
    }
    facts = contact_facts.of(tx, wanted)
    joined = prospects.memberships(tx, every)
    result = []
    for crm_id in wanted:
        person = found.get(crm_id)
        if person is None:
            continue
        brought = [one for address in person.addresses for one in joined.get(address, ())]
        result.append((crm_id, profile_of(person, facts.get(crm_id), brought), person.address))
    return result


def profile_of(
    person: Person,
    facts: contact_facts.ContactFacts | None,
    brought: Iterable[prospects.Membership],
) -> Profile:
    own = list(brought)
    campaigns = person.campaigns | {one.campaign for one in own}
    tags = {tag for one in own for tag in one.tags}
    if facts is not None:
        campaigns |= set(facts.campaigns)
        tags |= set(facts.tags)
    return Profile(
        tuple(person.stands()),
        frozenset(campaigns),
        frozenset(tags),
        do_not_contact=facts is not None and facts.do_not_contact,
    )


def look(ctx: Context) -> None:
    """See who is in each segment by people's hands. Nightly: it reads all members."""
    handles = _handles(ctx)
    for name in _kept(ctx):
        if ctx.is_paused("crm"):
            return
        try:
            inside = ctx.tried("crm", partial(ctx.ports.crm.members, handles[segment_handle(name)]))
        except Changed as verdict:
            log.warning("segment_gone", segment=name, words=str(verdict))
            _make_again(ctx, name)
            continue
        if inside is None:
            return
        with ctx.store.begin() as tx:
            _take_in(ctx, tx, name, inside)


def _take_in(ctx: Context, tx: Tx, name: str, inside: frozenset[str]) -> None:
    known = segments.inside(tx, name)
    fresh = segments.written_since(tx, name, ctx.now() - SETTLED)
    ours = contact_facts.addresses_of(tx, inside).keys()
    changed: dict[str, Member] = {}
    for contact in (known.keys() | ours) - fresh:
        if tally.busy(tx, f"member:{contact}:{name}"):
            continue
        was = known.get(contact)
        now = relate.seen(was, inside=contact in inside)
        if now is not None:
            changed[contact] = Member(now, was.version if was is not None else 0)
    segments.stands(tx, name, changed, ctx.now())
    dirty.mark(tx, "relation", changed)


def _make_again(ctx: Context, name: str) -> None:
    """The settings ask for it: it is made with the next look at what the CRM lacks."""
    with ctx.store.begin() as tx:
        handles = _handles_in(tx)
        handles.pop(segment_handle(name), None)
        notes.write(tx, "handles:crm", handles, ctx.now())
        notes.write(tx, "asked:crm", None, ctx.now())
        notes.write(tx, "segments:kept", None, ctx.now())
        # With another version: what was done in the segment that is gone is not done in this one.
        empty = {
            contact: Member(version=member.version + 1)
            for contact, member in segments.inside(tx, name).items()
        }
        segments.stands(tx, name, empty, ctx.now())


def _kept(ctx: Context) -> list[str]:
    """The segments that stand in the CRM."""
    if not ctx.rules.segments:
        return []
    handles = _handles(ctx)
    return [one.name for one in ctx.rules.segments if segment_handle(one.name) in handles]


def _handles(ctx: Context) -> dict[str, str]:
    with ctx.store.begin() as tx:
        return _handles_in(tx)


def _handles_in(tx: Tx) -> dict[str, str]:
    return dict(notes.read(tx, "handles:crm") or {})
