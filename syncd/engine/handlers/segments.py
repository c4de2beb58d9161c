"""Segments in the CRM: who is put into them, and taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.core.actions import ChangeSegment
from syncd.core.promises import relate
from syncd.engine.context import Context
from syncd.engine.handlers.handler import Handler, InCrm, Trace
from syncd.ports.crm import MemberChange, segment_handle
from syncd.ports.verdicts import Changed, Done, Outcome
from syncd.store import dirty, ledger, notes, segments
from syncd.store.database import Tx
from syncd.store.effect import Effect, actions

_UNCHANGED = "member"


class ChangeSegments(InCrm):
    leans_on = "crm"

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        handles = self._handles()
        outcomes: dict[str, Outcome] = {}
        changes: list[MemberChange] = []
        for one in actions(ChangeSegment, batch):
            segment = handles.get(segment_handle(one.segment), "")
            if segment:
                changes.append(MemberChange(one.key, segment, one.contact, one.joins))
            else:
                outcomes[one.key] = Changed(f"the segment {one.segment} cannot be kept")
        if changes:
            sent = self.crm.change_members(changes)
            outcomes |= dict(zip([one.key for one in changes], sent, strict=True))
        return [outcomes[effect.key] for effect in batch]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.doing(ChangeSegment)
        inside = "in it" if one.joins else "not in it"
        was = inside if _UNCHANGED in outcome.left and not effect.doubted else _other(inside)
        return {"before": {one.segment: was}, "after": {one.segment: inside}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(ChangeSegment)
        was = segments.of(tx, [one.contact]).get((one.segment, one.contact), relate.Member())
        if effect.promise == ledger.UNDO:
            now = relate.undone(was, one)
        else:
            unchanged = _UNCHANGED in outcome.left
            now = relate.after(was, one, unchanged=unchanged, doubted=effect.doubted)
        segments.stands(tx, one.segment, {one.contact: now}, self.ctx.now())
        # What was decided meanwhile was decided on what stood before this.
        dirty.mark(tx, "relation", [one.contact])

    def _handles(self) -> Mapping[str, str]:
        with self.ctx.store.begin() as tx:
            return notes.read(tx, "handles:crm") or {}


def _other(words: str) -> str:
    return "in it" if words == "not in it" else "not in it"


def handlers(ctx: Context) -> dict[str, Handler]:
    return {ChangeSegment.kind: ChangeSegments(ctx)}
