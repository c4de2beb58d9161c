"""What delivery asks of the handler of one kind of action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from syncd.engine.context import Context
from syncd.ports.crm import Crm
from syncd.ports.verdicts import Done, Outcome
from syncd.store.database import Tx
from syncd.store.effect import Effect

# What stood there ("before") and what stands now ("after"), as JSON values.
Trace = dict[str, Any]


class Handler:
    """One kind of action. Subclasses say how; the defaults suit a repeatable action.

    `role` is the port it calls ("crm", "board", "mail"). A `repeatable` action may be
    sent again after a lost answer; any other must be looked up by `find` first.
    `waits_for_full_batches`: during a first reading, sent only in full calls.
    `leans_on`: the role whose missing things (properties, lists) must be made first.
    """

    role: ClassVar[str]
    repeatable: ClassVar[bool] = True
    waits_for_full_batches: ClassVar[bool] = False
    leans_on: ClassVar[str] = ""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    @property
    def size(self) -> int:
        """How many effects one `send` takes: no more than one call does, where it is not
        repeatable. They are claimed together, and what a crash leaves claimed counts as sent.
        """
        return 50

    @property
    def looks(self) -> int:
        """How many effects one `find` takes."""
        return self.size

    @property
    def settle_seconds(self) -> float:
        """How long after sending absence proves nothing."""
        return 0.0

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        """Send a batch; one outcome per effect, in order. May raise a verdict for all."""
        raise AssertionError(f"{type(self).__name__} sends nothing")

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        """Which of these did happen, by key. Asked after an answer was lost."""
        raise AssertionError(f"{type(self).__name__} is repeatable and never looked up")

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        """Record what follows from success, in the commit that settles the effect."""

    def all_done(self, tx: Tx, batch: Sequence[tuple[Effect, Done]]) -> None:
        """`done` for each of a batch, in order; for handlers that can do it in fewer words."""
        for effect, outcome in batch:
            self.done(tx, effect, outcome)

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        """What the journal keeps of it; texts that people wrote never. Asked before `done`."""
        del tx, effect
        return {"after": {"id": outcome.id}} if outcome.id else {}

    def refused(self, tx: Tx, effect: Effect) -> None:
        """Record what follows from the service's refusal."""

    def changed(self, tx: Tx, effect: Effect) -> None:
        """The record moved: record that, and mark what must be decided again."""


class InCrm(Handler):
    """An action in the CRM, as many at once as one call takes."""

    role = "crm"

    @property
    def crm(self) -> Crm:
        return self.ctx.ports.crm

    @property
    def size(self) -> int:
        return self.crm.traits.batch_size

    @property
    def settle_seconds(self) -> float:
        return self.crm.traits.settle_seconds


class OneByOne(Handler):
    """Something new by a call of its own: claimed alone, since a crash leaves no more than that
    in doubt; several are looked up at once.
    """

    repeatable = False

    @property
    def size(self) -> int:
        return 1

    @property
    def looks(self) -> int:
        return 10
