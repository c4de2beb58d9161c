"""A turn in parts, for several processes that share the work of one state.

What may go on at the same time, and why that is safe:

- Mailboxes are read side by side. What a look takes in goes into the state in one
  transaction of its own, beside which no other changes anything (`Store.begin`).
- One process at a time decides. It may do so while mail comes in: what it has not seen is
  marked dirty, and marks are taken away in the transaction that read what they stand for.
- For each service account one process at a time sends. It claims what it sends in a
  transaction, and leaves what is dirty: that is decided again first. Whatever it finds
  claimed was claimed by a process that is gone, and is looked up.

The locks that keep one at a time are the runtime's. Were two to hold one, because the first
had been taken for dead, marks and claims would still let each effect be sent by one of them:
the second finds the claims of the first, and looks for their marks before it does anything.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace

from syncd.engine import ingest, observe
from syncd.engine.adopt import adopt
from syncd.engine.context import Run
from syncd.engine.prepare import asked, prepare, recall
from syncd.engine.turn import FROM_MESSAGES, PROMISES, ROUNDS, Engine
from syncd.store import mailboxes, notes

# Whose aliases are known, so that mail can be read: the mailboxes that were introduced.
_INTRODUCED = "introduced"


class Share(Engine):
    """An engine that does one part at a time, and leaves the others to other processes."""

    def start(self) -> None:
        """Follow the settings; nothing else is for everyone who comes to do."""
        with self.ctx.turn:
            adopt(self.ctx)
            recall(self.ctx)

    def apart(self) -> Share:
        """One for another job of this process: what is of one turn is its own."""
        return Share(
            replace(
                self.ctx,
                run=Run(self.ctx.run.command),
                turn=threading.Lock(),
                came=threading.Event(),
                done=Counter(),
                turn_began=None,
                day=None,
            )
        )

    def introduced(self) -> bool:
        """Whether the mailboxes of these settings were introduced: before, none is read."""
        with self.ctx.store.beside() as tx:
            return bool(notes.read(tx, _INTRODUCED) == sorted(self.ctx.ports.mail))

    def introduce(self) -> None:
        """Learn the aliases of the mailboxes. One that refuses us now holds up no other."""
        ingest.introduce(self.ctx)
        with self.ctx.store.begin() as tx:
            notes.write(tx, _INTRODUCED, sorted(self.ctx.ports.mail), self.ctx.now())

    def decide(self) -> frozenset[str]:
        """Decide what changed or fell due. Returns the accounts for which something waits."""
        with self.ctx.turn:
            self.ctx.turn_began = self.ctx.now()
            recall(self.ctx)
            if not asked(self.ctx):
                prepare(self.ctx)
            reading = self._reading()
            for _ in range(ROUNDS):
                moved = self._messages(whole_batches=reading)
                if not reading:
                    moved += sum(promise(self.ctx) for promise in PROMISES)
                if not moved:
                    break
            return self._delivery.accounts()

    def deliver(self, account: str) -> int:
        """Send what is for one service account. Returns how many effects came to an end."""
        with self.ctx.turn:
            recall(self.ctx)
            self._delivery.recover(account)
            reading = self._reading()
            ended = self._delivery.deliver(
                whole_batches=reading, kinds=FROM_MESSAGES, account=account
            )
            if not reading:
                # What is only just decided follows from every mailbox read to its end.
                ended += self._delivery.deliver(whole_batches=False, account=account)
            if account == "board":
                observe.first_look(self.ctx)
            return ended

    def nightly(self) -> None:
        """The nightly look at all but the mailboxes."""
        recall(self.ctx)
        observe.nightly_besides(self.ctx)

    def nightly_mail(self, address: str) -> None:
        observe.nightly_mail(self.ctx, address)

    def _reading(self) -> bool:
        """Whether a mailbox is being read for the first time, and can be read at all."""
        boxes = [one for one in self.ctx.ports.mail if not self.ctx.is_failing(one)]
        with self.ctx.store.beside() as tx:
            return mailboxes.reading(tx, boxes)
