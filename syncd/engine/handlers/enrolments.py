"""People taken into campaigns, and out again: our own facts, with the doors of all others."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.actions import Enrol
from syncd.engine.context import Context
from syncd.engine.handlers.handler import Handler, Trace
from syncd.ports.verdicts import Done, Outcome
from syncd.store import dirty, ledger, people, prospects, relationships
from syncd.store.database import Tx
from syncd.store.effect import Effect

# Nobody has more with one person; what is older is decided again when its rules change.
_MOST = 1000


class Enrols(Handler):
    """Calls nobody. What follows in the CRM is decided when the contact is."""

    role = "state"

    @property
    def size(self) -> int:
        return 200

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return [Done() for _ in batch]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.doing(Enrol)
        inside = f"in {one.campaign}" if one.joins else f"not in {one.campaign}"
        return {"after": {one.address: inside}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(Enrol)
        member = prospects.Membership(
            one.address, one.campaign, one.tags, one.source, one.note, one.file
        )
        prospects.enrol(tx, member, self.ctx.now(), belongs=one.joins)
        ids = set(people.contact_ids(tx, [one.address]).values())
        if one.joins and effect.promise != ledger.UNDO:
            # A file that a person brings is newer than what was ever taken back.
            people.forgive(tx, ids, {f"campaigns={one.campaign}"})
        dirty.mark(tx, "contact", ids)
        # What they have written since may belong to the campaign now.
        talks = relationships.conversations_with(tx, [one.address], _MOST)
        dirty.mark(tx, "conversation", talks)


def handlers(ctx: Context) -> dict[str, Handler]:
    return {Enrol.kind: Enrols(ctx)}
