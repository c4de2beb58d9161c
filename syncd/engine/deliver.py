"""From the ledger into the world, in batches, and back out of doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import timedelta

from syncd.core.actions import KINDS, Action, Provide
from syncd.core.backoff import delay
from syncd.engine import lost, observe, prepare
from syncd.engine.context import Context, Progress, log
from syncd.engine.handlers import (
    alarms,
    companies,
    contacts,
    crm_tasks,
    dossiers,
    drafts,
    emails,
    enrolments,
    erasures,
    links,
    plans,
    segments,
    tasks,
    threads,
)
from syncd.engine.handlers.handler import Handler
from syncd.ports.budgets import unhurried
from syncd.ports.verdicts import (
    Changed,
    Done,
    InDoubt,
    Locked,
    Outcome,
    Refused,
    TryLater,
    Verdict,
)
from syncd.store import dirty, ledger, misses, notes, tally
from syncd.store.database import Tx, UnusableState
from syncd.store.effect import DOUBTED, Effect

# A process that stood still for so long between a claim and the call does not make the call.
ASLEEP = timedelta(seconds=10)
# When the state was made anew from what the services hold; see `syncd.engine.rebuild`.
REBUILT = "rebuilt"
FOUND_ANEW = "found in the service when the state was made anew"
# So long what is planned may have been done by an earlier state: a cadence has steps weeks apart.
MADE_ANEW = timedelta(days=90)
# An effect that was sent and never found this often is a person's to look at. The waits between
# grow: a service that takes no writes for half an hour is not one.
MOST_MISSES = 10


def handlers(ctx: Context) -> Mapping[str, Handler]:
    """The handler of every kind of action."""
    return {
        **prepare.handlers(ctx),
        **contacts.handlers(ctx),
        **companies.handlers(ctx),
        **enrolments.handlers(ctx),
        **segments.handlers(ctx),
        **emails.handlers(ctx),
        **erasures.handlers(ctx),
        **tasks.handlers(ctx),
        **crm_tasks.handlers(ctx),
        **threads.handlers(ctx),
        **plans.handlers(ctx),
        **dossiers.handlers(ctx),
        **alarms.handlers(ctx),
        **links.handlers(ctx),
        **drafts.handlers(ctx),
    }


class Delivery:
    """Sends what is planned. One thread at a time: the engine's turn lock sees to it."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._handlers = handlers(ctx)

    def deliver(
        self,
        *,
        whole_batches: bool,
        kinds: Sequence[type[Action]] = KINDS,
        run: int | None = None,
        account: str = "",
    ) -> int:
        """Send everything of these kinds that is ready, kind by kind; of one run, where given.

        Only to one service account, where given: then somebody else may be deciding at the
        same time, and what is to be decided again is left until it is.

        Returns how many effects came to an end, one way or another: each may let more
        follow.
        """
        # Where it could not be looked at before: what was done stands there.
        observe.first_look(self._ctx)
        with self._ctx.store.begin() as tx:
            planned = tally.kinds(tx, "planned")
            if lost.words(tx):
                return 0
        return sum(
            self._deliver(kind.kind, whole_batches=whole_batches, run=run, mindful=bool(account))
            for kind in kinds
            if kind.kind in planned and account in {"", self._handlers[kind.kind].role}
        )

    def see_the_board(self) -> None:
        """Look at it before anything is sent from a new state. Raises `UnusableState`."""
        with self._ctx.store.beside() as tx:
            if lost.rebuilding(tx):
                return
        observe.first_look(self._ctx)
        with self._ctx.store.beside() as tx:
            if words := lost.words(tx):
                raise UnusableState(words)

    def accounts(self) -> frozenset[str]:
        """The service accounts for which something is to be sent, or looked up."""
        with self._ctx.store.beside() as tx:
            found = tally.kinds(tx, "planned") | tally.kinds(tx, "sending")
        return frozenset(self._handlers[kind].role for kind in found)

    def adopt(self, kinds: Sequence[type[Action]] = KINDS) -> int:
        """Find what is planned and was done before: in a state made anew. Sends nothing.

        Returns how many effects were found done.
        """
        return sum(self._adopt(kind.kind) for kind in kinds)

    def _adopt(self, kind: str) -> int:
        handler, found, after = self._handlers[kind], 0, ledger.FIRST
        while not handler.repeatable and not self._ctx.stop.is_set():
            with self._ctx.store.begin() as tx:
                batch = ledger.ready(tx, kind, self._ctx.now(), handler.looks, after=after)
            if not batch:
                break
            after = ledger.beyond(after, batch)
            there = handler.find(batch)
            done = [(one, there[one.key]) for one in batch if one.key in there]
            with self._ctx.store.begin() as tx:
                self._finish(tx, handler, done, FOUND_ANEW)
            found += len(done)
        return found

    def provide(self) -> int:
        """Send only what makes missing things in the services."""
        return self._deliver(Provide.kind, whole_batches=False)

    def recover(self, account: str = "") -> int:
        """Settle what a dead process, or a lost answer, left in `sending`; of one account only.

        Every such effect is an orphan here: this thread holds the turn, or this process the
        account. Returns how many are still in doubt.
        """
        left = 0
        with self._ctx.store.begin() as tx:
            doubtful = tally.kinds(tx, "sending")
        for kind in KINDS:
            if kind.kind not in doubtful:
                continue
            if account not in {"", self._handlers[kind.kind].role}:
                continue
            with self._ctx.store.begin() as tx:
                orphans = ledger.in_doubt(tx, kind.kind)
            handler = self._handlers[kind.kind]
            if not orphans or self._ctx.is_paused(handler.role):
                left += len(orphans)
                continue
            for start in range(0, len(orphans), handler.looks):
                left += self._recover(handler, orphans[start : start + handler.looks])
        return left

    def _deliver(
        self, kind: str, *, whole_batches: bool, run: int | None = None, mindful: bool = False
    ) -> int:
        handler, ended, after = self._handlers[kind], 0, ledger.FIRST
        if self._ctx.ports.read_only:
            return 0
        if handler.leans_on and not prepare.stands(self._ctx, handler.leans_on):
            return 0
        while not self._ctx.is_paused(handler.role) and not self._ctx.stop.is_set():
            now = self._ctx.now()
            with self._ctx.store.begin() as tx:
                batch = ledger.ready(tx, kind, now, handler.size, after=after, run=run)
                if not batch:
                    break
                behind = all(effect.backlog for effect in batch)
                waits = whole_batches and handler.waits_for_full_batches and behind
                if waits and len(batch) < handler.size:
                    break
                if behind and after != ledger.FIRST and self._ctx.came.is_set():
                    # What has just come in is decided first, and goes before the rest of it.
                    break
                after = ledger.beyond(after, batch)
                if mindful:
                    stale = dirty.among(tx, [effect.object for effect in batch])
                    batch = [effect for effect in batch if effect.object not in stale]
                ledger.claim(tx, batch, now)
            if not batch:
                continue
            if self._ctx.now() - now > ASLEEP:
                # Somebody else may have taken over meanwhile: it is in doubt, and looked up.
                log.warning("slept_with_a_claim", kind=kind, number=len(batch))
                break
            with unhurried() if behind else nullcontext():
                outcomes = self._send_anew(handler, batch)
            ended += self._settle(handler, batch, outcomes)
            self._tell(handler, kind, ended)
        return ended

    def _tell(self, handler: Handler, kind: str, done: int) -> None:
        """How far it is, where one call is not all of it."""
        with self._ctx.store.begin() as tx:
            left = tally.unsent(tx, kind)
        if left or done > handler.size:
            self._ctx.progress(Progress(kind.replace("_", " "), done, done + left))

    def _send_anew(self, handler: Handler, batch: Sequence[Effect]) -> list[Outcome]:
        """As `_send`. In a state made anew nothing is taken for not done before it was looked for.

        What an earlier state sent, it sent long ago: absence proves something at once.
        """
        if handler.repeatable or not self._made_anew():
            return self._send(handler, batch)
        try:
            there = handler.find(batch)
        except Verdict as verdict:
            later = verdict if isinstance(verdict, TryLater | Locked) else TryLater(str(verdict))
            return [later] * len(batch)
        rest = [one for one in batch if one.key not in there]
        sent = dict(zip((one.key for one in rest), self._send(handler, rest), strict=True))
        return [there.get(one.key) or sent[one.key] for one in batch]

    def _made_anew(self) -> bool:
        with self._ctx.store.beside() as tx:
            at = notes.written_at(tx, REBUILT)
        return at is not None and self._ctx.now() - at < MADE_ANEW

    def _send(self, handler: Handler, batch: Sequence[Effect]) -> list[Outcome]:
        if not batch:
            return []
        try:
            outcomes = handler.send(batch)
        except Verdict as verdict:
            return [verdict] * len(batch)
        assert len(outcomes) == len(batch), f"{type(handler).__name__} lost an outcome"
        return outcomes

    def _settle(
        self, handler: Handler, batch: Sequence[Effect], outcomes: Sequence[Outcome]
    ) -> int:
        finished: list[tuple[Effect, Done]] = []
        with self._ctx.store.begin() as tx:
            for effect, outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, Done):
                    finished.append((effect, outcome))
                else:
                    self._settle_one(tx, handler, effect, outcome)
            self._finish(tx, handler, finished)
        done = len(finished)
        for outcome in outcomes:
            self._ctx.told(batch[0].action.kind, type(outcome).__name__)
            if isinstance(outcome, Locked):
                self._ctx.pause(handler.role, str(outcome), outcome.remedy)
        if done and not all(effect.backlog for effect in batch):
            # More of what has come in may follow, which need not wait for a backlog either.
            self._ctx.came.set()
        if done:
            self._ctx.done[batch[0].action.kind] += done
            log.info("delivered", kind=batch[0].action.kind, number=done)
            self._ctx.resume(handler.role)
        return sum(isinstance(outcome, Done | Changed | Refused) for outcome in outcomes)

    def _finish(
        self, tx: Tx, handler: Handler, batch: Sequence[tuple[Effect, Done]], note: str = ""
    ) -> None:
        """These took place. What each replaced is asked before any of them counts as done.

        `note` stands in for what the outcomes say.
        """
        settled = [
            ledger.Settled(
                effect.key,
                outcome.id,
                note or _noted(outcome),
                handler.trace(tx, effect, outcome),
            )
            for effect, outcome in batch
        ]
        ledger.settle(tx, settled, self._ctx.now())
        handler.all_done(tx, batch)

    def _settle_one(self, tx: Tx, handler: Handler, effect: Effect, outcome: Outcome) -> None:
        now, attempts = self._ctx.now(), effect.attempts + 1
        later = now + timedelta(seconds=delay(attempts))
        match outcome:
            case TryLater(after=after):
                if after is not None:
                    later = now + timedelta(seconds=after)
                ledger.retry(tx, effect.key, later, _again(effect, outcome))
            case InDoubt() if handler.repeatable:
                ledger.retry(tx, effect.key, later, f"{DOUBTED}{outcome}")
            case InDoubt():
                ledger.doubt(tx, effect.key, misses.kept(effect.note, str(outcome)))
            case Changed():
                ledger.withdraw(tx, effect.key, str(outcome), now)
                handler.changed(tx, effect)
            case Locked():
                ledger.retry(tx, effect.key, None, _again(effect, outcome))
            case Refused():
                self._park(tx, handler, effect, str(outcome))
            case _:
                raise AssertionError(f"no outcome of a write: {outcome!r}")

    def _park(self, tx: Tx, handler: Handler, effect: Effect, words: str) -> None:
        ledger.park(tx, effect.key, words, self._ctx.now())
        handler.refused(tx, effect)
        log.error("parked", kind=effect.action.kind, key=effect.key, words=words)

    def _recover(self, handler: Handler, batch: Sequence[Effect]) -> int:
        if handler.repeatable:
            with self._ctx.store.begin() as tx:
                for effect in batch:
                    ledger.retry(tx, effect.key, None, f"{DOUBTED}sent again")
            return 0
        try:
            found = handler.find(batch)
        except Verdict as verdict:
            log.warning("still_in_doubt", kind=batch[0].action.kind, words=str(verdict))
            return len(batch)
        left = 0
        with self._ctx.store.begin() as tx:
            for effect in batch:
                left += self._clear_up(tx, handler, effect, found.get(effect.key))
        return left

    def _clear_up(self, tx: Tx, handler: Handler, effect: Effect, found: Done | None) -> int:
        """Returns 1 when the effect is still in doubt."""
        now = self._ctx.now()
        if found is not None:
            self._finish(tx, handler, [(effect, found)], "found after a lost answer")
            self._ctx.done[effect.action.kind] += 1
            return 0
        sent = effect.sent_at or now
        if sent > now:
            ledger.sent_by_a_wrong_clock(tx, effect.key, now)
            return 1
        if (now - sent).total_seconds() <= handler.settle_seconds:
            return 1
        missed = misses.of(effect.note) + 1
        if missed >= MOST_MISSES:
            self._park(tx, handler, effect, f"sent {missed} times, never found")
            return 0
        again_at = None if missed == 1 else now + timedelta(seconds=delay(missed))
        words = "not there after the settle time; sent again"
        ledger.retry(tx, effect.key, again_at, misses.one_more(effect.note, words))
        return 0


def _noted(outcome: Done) -> str:
    """What ops should know of how it went."""
    left = f"left as it is: {', '.join(outcome.left)}" if outcome.left else ""
    return "; ".join(part for part in (outcome.note, left) if part)


def _again(effect: Effect, outcome: Outcome) -> str:
    """The note of one that was refused for now: that does not settle an earlier doubt."""
    return f"{DOUBTED}{outcome}" if effect.doubted else misses.kept(effect.note, str(outcome))
