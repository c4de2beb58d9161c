"""One turn: recover, ingest, observe, decide, deliver, until nothing more follows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.core.actions import AddContact, LogEmail, Provide
from syncd.engine import (
    decide,
    dossiers,
    ingest,
    introductions,
    link_imports,
    losses,
    observe,
    plans,
    relate,
)
from syncd.engine.adopt import adopt
from syncd.engine.context import Context, log
from syncd.engine.crawls import Crawls
from syncd.engine.deliver import Delivery
from syncd.engine.links import Rounds
from syncd.engine.prepare import asked, everything_stands, prepare, recall
from syncd.ports.verdicts import Locked, TryLater, Verdict
from syncd.store import exchanges, journal, ledger, mailboxes, notes, tally
from syncd.store.database import Tx
from syncd.store.effect import Effect

# What follows from messages alone, however their conversations stand.
FROM_MESSAGES = (Provide, AddContact, LogEmail)
# Each decides what changed or fell due since it last did, in this order, and returns how much
# had changed. With nothing to decide one costs an indexed look at the state, and no call.
PROMISES: tuple[Callable[[Context], int], ...] = (
    # First: an answer that introduces somebody calls for no other task.
    introductions.follow,
    decide.conversations,
    decide.contacts,
    relate.members,
    link_imports.crawled,
    losses.decide,
    plans.campaigns,
    dossiers.write,
)
# When each has something to decide although nothing happened; None: never.
DUE: tuple[Callable[[Tx], datetime | None], ...] = (
    exchanges.next_due,
    introductions.next_due,
    dossiers.next_due,
)
# Rounds in which nothing new follows end a turn; this bounds one that never settles.
ROUNDS = 100
# How often what other threads have read is settled meanwhile: each time costs a look at the state.
BESIDE_SECONDS = 0.5
# How long an unquiet engine waits at most before it looks again.
PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left when a turn ends. `again_at`: when something waiting becomes possible."""

    waiting: int
    in_doubt: int
    unread: bool
    again_at: datetime | None

    @property
    def quiet(self) -> bool:
        return not (self.waiting or self.in_doubt or self.unread)


class Engine:
    """The whole of it, for `once`, `plan`, `run` and the tests.

    `settle` is serialised by the context's turn lock; mailboxes may be read by other
    threads meanwhile.
    """

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._delivery = Delivery(ctx)
        self._rounds = Rounds(ctx)
        self._crawls = Crawls(ctx)
        # Two looks at once would both write their cursor, the older one perhaps last.
        self._watching = threading.Lock()

    def turn(self) -> Rest:
        """A whole turn. On the calling thread alone, unless `readers` say otherwise."""
        began = self.ctx.now()
        self.start()
        if self.ctx.readers > 1:
            self._read(began)
        else:
            for address in self.ctx.ports.mail:
                ingest.look(self.ctx, address)
        self.watch()
        rest = self.settle(began)
        # Only then: pages are slow, and what came by mail must not wait for them.
        if self.look_at_crawls():
            # They may tell of pages that nobody has looked at yet.
            rest = self.settle()
        return self.settle() if self.look_at_links() else rest

    def _read(self, began: datetime) -> None:
        """Read every mailbox, several at a time, and meanwhile send what follows from messages.

        A mailbox's limits are its own, and a service's answer is waited for: one after the
        other they would take as long as all of them together. Nothing else is decided yet:
        what people did on the board is looked at when everything is read.
        """
        with futures.ThreadPoolExecutor(self.ctx.readers, thread_name_prefix="mailbox") as readers:
            looks = [readers.submit(ingest.look, self.ctx, one) for one in self.ctx.ports.mail]
            try:
                while futures.wait(looks, timeout=BESIDE_SECONDS).not_done:
                    with self.ctx.turn:
                        self.ctx.turn_began = began
                        self._from_messages(whole_batches=True)
            except BaseException:
                # The threads end at their next safe place; without this they would read on.
                self.ctx.stop.set()
                readers.shutdown(wait=False, cancel_futures=True)
                raise
        for look in looks:
            look.result()

    def start(self) -> None:
        """Before anything else: handles, aliases, and what the last process left in doubt.

        Raises `UnusableState` where the state is new and the one before it is lost.
        """
        with self.ctx.turn:
            adopt(self.ctx)
            prepare(self.ctx)
            self._delivery.see_the_board()
            ingest.introduce(self.ctx)
            self._delivery.recover()

    def set_up(self) -> bool:
        """Make what the services lack, and nothing else. True when everything stands then."""
        with self.ctx.turn:
            prepare(self.ctx)
            self._delivery.recover()
            self._delivery.provide()
            return everything_stands(self.ctx)

    def planned(self) -> list[Effect]:
        """The effects of this run, in the order they were planned."""
        if self.ctx.run.id is None:
            return []
        with self.ctx.store.begin() as tx:
            found = ledger.of_run(tx, self.ctx.run.id)
        return [effect for effect in found if effect.state != "withdrawn"]

    def waiting(self) -> list[str]:
        """The keys of what earlier runs have planned and left."""
        with self.ctx.store.begin() as tx:
            return ledger.waiting_keys(tx)

    def done_of(self, keys: list[str]) -> list[Effect]:
        """Those of these that are done by now."""
        with self.ctx.store.begin() as tx:
            return ledger.done_of(tx, keys)

    def backlog(self) -> list[tuple[str, datetime]]:
        """Whose answers have been due for long and wait for a portion: person, since when."""
        with self.ctx.store.begin() as tx:
            return exchanges.in_backlog(tx)

    def look(self, address: str) -> int:
        """Read one mailbox. Safe beside other mailboxes and beside `settle`."""
        return ingest.look(self.ctx, address)

    def glance(self, address: str) -> ingest.Portion:
        """Read what is new in one mailbox, and leave its backlog for `read_on`."""
        return ingest.glance(self.ctx, address)

    def read_on(self, address: str, last: ingest.Portion = ingest.NOTHING) -> ingest.Portion:
        """Go on with one mailbox's backlog, by a page or a batch."""
        return ingest.read_on(self.ctx, address, last)

    def watch(self) -> int:
        """See what people did on the board and in the CRM. Returns how much of it is new."""
        with self._watching:
            observe.who_left(self.ctx)
            return observe.board(self.ctx) + observe.contacts(self.ctx)

    def look_at_crawls(self) -> int:
        """Take in what is new in the folder of exports. Safe beside everything else.

        Returns how many exports were.
        """
        return self._crawls.look()

    def crawl_sites(self) -> int:
        """Crawl the sites whose turn it is: hours, perhaps. Safe beside everything else.

        Returns how many were.
        """
        return self._crawls.nightly()

    def look_at_links(self) -> int:
        """Look at the pages whose turn it is. Safe beside everything else, `settle` included.

        Returns how many were looked at.
        """
        return self._rounds.look()

    def next_look(self) -> datetime | None:
        """When the next page is to be looked at; None: none is, as things are."""
        return self._rounds.next_due()

    def watch_contacts(self) -> int:
        """See what people did in the CRM, however lately it was asked."""
        with self._watching:
            return observe.contacts(self.ctx, at_once=True)

    def reconcile(self) -> Rest:
        """The nightly look at everything."""
        observe.nightly(self.ctx)
        return self.settle()

    def settle(self, began: datetime | None = None) -> Rest:
        """Decide and deliver until nothing more follows. `began`: the turn, if before now."""
        with self.ctx.turn:
            self.ctx.turn_began = began or self.ctx.now()
            if not asked(self.ctx):
                prepare(self.ctx)
            self._delivery.recover()
            for _ in range(ROUNDS):
                if not self._round():
                    break
            observe.first_look(self.ctx)
            return self._rest()

    def until_quiet(self, *, give_up: Callable[[], bool] = lambda: False) -> Rest:
        """Turns until nothing waits, sleeping to when something can be done."""
        rest = self.turn()
        while not rest.quiet and not give_up():
            now = self.ctx.now()
            pause = PATIENCE if rest.again_at is None else rest.again_at - now
            self.ctx.ports.clock.sleep(max(0.0, min(pause, PATIENCE).total_seconds()))
            rest = self.turn()
        return rest

    def _round(self) -> bool:
        """One pass over everything. Returns whether another one may find more to do."""
        self.ctx.came.clear()
        with self.ctx.store.begin() as tx:
            # One that cannot be read now must not hold up the others.
            reading = mailboxes.reading(
                tx, [one for one in self.ctx.ports.mail if not self.ctx.is_failing(one)]
            )
        # The rest waits until it is decided again: what has just been read may be the answer
        # to a task that is still in the queue.
        moved = self._from_messages(whole_batches=reading)
        if reading or moved:
            # Only when every mailbox was read to the end: a message not read yet may be
            # the answer that makes a task pointless. And only when the messages have come
            # to rest: each verdict would have its conversation decided again.
            return moved > 0 or self.ctx.came.is_set()
        moved += sum(promise(self.ctx) for promise in PROMISES)
        moved += self._delivery.deliver(whole_batches=False)
        return moved > 0 or self.ctx.came.is_set()

    def _from_messages(self, *, whole_batches: bool) -> int:
        moved = self._messages(whole_batches=whole_batches)
        return moved + self._delivery.deliver(whole_batches=whole_batches, kinds=FROM_MESSAGES)

    def _messages(self, *, whole_batches: bool) -> int:
        try:
            return decide.messages(self.ctx, whole_batches=whole_batches)
        except Locked as verdict:
            self.ctx.pause("crm", str(verdict), verdict.remedy)
        except TryLater as verdict:
            log.warning("crm_later", words=str(verdict), after=verdict.after)
            self.ctx.failing["crm"] = str(verdict)
        except Verdict as verdict:
            log.error("crm_failed", words=str(verdict))
            self.ctx.failing["crm"] = str(verdict)
        return 0

    def _rest(self) -> Rest:
        with self.ctx.store.begin() as tx:
            waiting, again_at = tally.waiting(tx)
            in_doubt = len(ledger.in_doubt(tx))
            unread = mailboxes.reading(tx, self.ctx.ports.mail.keys())
        if again_at is not None and again_at <= self.ctx.now():
            # It was tried in this turn, or something else stands in its way.
            again_at = None
        if in_doubt and again_at is None:
            again_at = self.ctx.now() + timedelta(seconds=5)
        return Rest(waiting, in_doubt, unread, again_at)

    def finish(self) -> None:
        """Close the run's record, if it ever planned anything."""
        run = self.ctx.run
        if run.id is not None:
            self._close(run.id)

    def next_run(self) -> None:
        """Close the run's record, and begin another with what is planned next.

        Between the turns of a daemon: one run from its start to its end could only be undone
        as a whole, weeks of it. A turn is what a change of mail or settings led to.
        """
        with self.ctx.turn:
            self.finish()
            self.ctx.run.id = None

    def carry_out(self, run: int) -> None:
        """Send what one run has planned, and nothing else: the rest is decided again first."""
        with self.ctx.turn:
            recall(self.ctx)
            self._delivery.recover()
            for _ in range(ROUNDS):
                if not self._delivery.deliver(whole_batches=False, run=run):
                    break
        self._close(run)

    def _close(self, run: int) -> None:
        with self.ctx.store.begin() as tx:
            notes.end_run(tx, run, journal.counts(tx, run), self.ctx.now())

    def next_due(self) -> datetime | None:
        """When the next of what was promised falls due."""
        with self.ctx.store.begin() as tx:
            return min((at for next_due in DUE if (at := next_due(tx)) is not None), default=None)
