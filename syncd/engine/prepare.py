"""What must stand in the services before anything else: shown, then made, then remembered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from syncd.core.actions import Planned, Provide
from syncd.core.facts import Place
from syncd.core.identity import effect_key
from syncd.core.promises.tag import LABELS
from syncd.core.rules import Cadence, Rules
from syncd.engine.context import LOCKED_PAUSE, Context, log
from syncd.engine.decide import record
from syncd.engine.handlers.handler import Handler
from syncd.ports.crm import CrmNeeds
from syncd.ports.needs import Readiness, Requirement
from syncd.ports.verdicts import Changed, Done, Locked, Outcome, Refused, TryLater, Verdict
from syncd.store import ledger, notes, tally
from syncd.store.database import Tx
from syncd.store.effect import Effect, actions

PROMISE = "prepare"


def needs(rules: Rules) -> CrmNeeds:
    tags = {tag: tag for campaign in rules.campaigns for tag in campaign.tags}
    return CrmNeeds(
        campaigns={campaign.id: campaign.name for campaign in rules.campaigns},
        tags=tags,
        stages={stage.value: label for stage, label in LABELS.items()},
        tasks=any(cadence.crm_task for cadence in cadences(rules)),
        # Without a site that is wanted nobody is asked for an introduction.
        introductions=any(one.targets or one.niche for one in rules.campaigns),
        segments=tuple(sorted(segment.name for segment in rules.segments)),
        favours=rules.favours.on_contacts,
    )


def cadences(rules: Rules) -> list[Cadence]:
    every = [rules.cadence, *(campaign.cadence for campaign in rules.campaigns)]
    return [cadence for cadence in every if cadence is not None]


def places(rules: Rules) -> tuple[Place, ...]:
    own = (rules.alarm_place, rules.links.place, rules.asks.place)
    others = {place for place in own if place is not None}
    return tuple(sorted({*others, *(cadence.place for cadence in cadences(rules))}))


def prepare(ctx: Context) -> bool:
    """Give the ports their handles; plan what is missing. True when everything stands.

    A service is read only when the settings ask for something it was not asked for
    before, or when something it lacked could not be made: a restart with the same
    settings reads nothing.
    """
    recall(ctx)
    for role in _roles(ctx):
        if not stands(ctx, role) and not ctx.is_paused(role):
            _examine(ctx, role)
    return everything_stands(ctx)


def recall(ctx: Context) -> None:
    """Give the ports their handles as last known. No call is made."""
    for role in _roles(ctx):
        with ctx.store.begin() as tx:
            ctx.ports.of(role).use(notes.read(tx, f"handles:{role}") or {})


def everything_stands(ctx: Context) -> bool:
    return all(stands(ctx, role) for role in _roles(ctx))


def asked(ctx: Context) -> bool:
    """Whether every service has said what it lacks, whatever became of that."""
    with ctx.store.begin() as tx:
        return all(_was_asked(ctx, tx, role) for role in _roles(ctx))


def stands(ctx: Context, role: str) -> bool:
    """Whether everything a service must have was made: nothing waits, nothing was refused."""
    with ctx.store.begin() as tx:
        return _was_asked(ctx, tx, role) and not tally.unsettled(tx, f"service:{role}")


def examine(ctx: Context, role: str) -> Readiness:
    """What a service has and lacks. Reads only."""
    if role == "crm":
        return ctx.ports.crm.readiness(needs(ctx.rules))
    assert ctx.ports.board is not None
    return ctx.ports.board.readiness(places(ctx.rules), ())


def missing(ctx: Context) -> list[tuple[str, Requirement]]:
    """What each service lacks, by role. Reads only; raises the services' verdicts."""
    return [(role, one) for role in _roles(ctx) for one in examine(ctx, role).missing]


def _examine(ctx: Context, role: str) -> None:
    """Plan what a service lacks. One that cannot be read now is asked again later."""
    try:
        found = examine(ctx, role)
    except Locked as verdict:
        ctx.pause(role, str(verdict), verdict.remedy)
        return
    except Verdict as verdict:
        log.warning("not_prepared", service=role, words=str(verdict))
        ctx.failing[f"{role} setup"] = str(verdict)
        return
    ctx.failing.pop(f"{role} setup", None)
    for note in found.notes:
        log.warning("prepared_otherwise", service=role, note=note)
    with ctx.store.begin() as tx:
        _keep(ctx, tx, role, found.handles)
        version = str(notes.read(tx, f"provided:{role}") or 0)
        # What was refused may be allowed now, or made by a person meanwhile.
        ledger.unpark(tx, f"service:{role}", ctx.now())
        plan = [_planned(role, one, version) for one in found.missing]
        record(ctx, tx, plan, objects=[(PROMISE, f"service:{role}")])
        notes.write(tx, f"asked:{role}", _fingerprint(ctx), ctx.now())


def _was_asked(ctx: Context, tx: Tx, role: str) -> bool:
    return bool(notes.read(tx, f"asked:{role}") == _fingerprint(ctx))


def _planned(role: str, one: Requirement, version: str) -> Planned:
    action = Provide(
        # The version is how often this service was provided for: what somebody removes
        # again later is made again.
        key=effect_key(PROMISE, role, one.handle, version),
        role=role,
        handle=one.handle,
        summary=one.summary,
        body=dict(one.body),
    )
    rule = "what the settings need of the service"
    return Planned(action, PROMISE, f"service:{role}", one.summary, rule)


def _keep(ctx: Context, tx: Tx, role: str, handles: Mapping[str, str]) -> None:
    known = {**(notes.read(tx, f"handles:{role}") or {}), **handles}
    notes.write(tx, f"handles:{role}", known, ctx.now())
    ctx.ports.of(role).use(known)


def _roles(ctx: Context) -> tuple[str, ...]:
    return ("crm", "board") if ctx.ports.board is not None else ("crm",)


def _fingerprint(ctx: Context) -> str:
    wanted = needs(ctx.rules)
    words = json.dumps(
        [
            sorted(wanted.campaigns.items()),
            sorted(wanted.tags),
            sorted(wanted.stages),
            wanted.tasks,
            wanted.introductions,
            wanted.segments,
            wanted.favours,
            [place.handle for place in places(ctx.rules)],
            _roles(ctx),
        ]
    )
    return hashlib.blake2b(words.encode(), digest_size=8).hexdigest()


class Provides(Handler):
    """Makes missing things, one at a time: a list needs its project's id."""

    role = "prepare"

    @property
    def size(self) -> int:
        return 1

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return [self._provide(one) for one in actions(Provide, batch)]

    def _provide(self, one: Provide) -> Outcome:
        # A key that may not make things may still write mail, and says nothing about the
        # other service: only setting up this one pauses.
        task = f"{one.role} setup"
        outcome: Outcome = TryLater(f"{task} is paused", after=LOCKED_PAUSE.total_seconds())
        if self.ctx.is_paused(task):
            return outcome
        try:
            wanted = Requirement(one.handle, one.summary, one.body)
            outcome = self.ctx.ports.of(one.role).provide(wanted)
        except Verdict as verdict:
            outcome = verdict
        if isinstance(outcome, Locked):
            self.ctx.pause(task, str(outcome), outcome.remedy)
            return TryLater(str(outcome), after=LOCKED_PAUSE.total_seconds())
        # What it leans on is gone: the next look at the service decides afresh.
        return Refused(str(outcome)) if isinstance(outcome, Changed) else outcome

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(Provide)
        self.ctx.resume(f"{one.role} setup")
        _keep(self.ctx, tx, one.role, {one.handle: outcome.id})
        if not tally.unsettled(tx, f"service:{one.role}"):
            times = notes.read(tx, f"provided:{one.role}") or 0
            notes.write(tx, f"provided:{one.role}", times + 1, self.ctx.now())


def handlers(ctx: Context) -> dict[str, Handler]:
    return {Provide.kind: Provides(ctx)}
