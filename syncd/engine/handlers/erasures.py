"""Records of people who are to be forgotten, removed from the services."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.actions import EraseRecord, EraseTask
from syncd.engine.context import Context
from syncd.engine.handlers.handler import Handler, InCrm, Trace
from syncd.engine.handlers.tasks import OnBoard
from syncd.ports.board import TaskChange
from syncd.ports.crm import Erased, Erasure
from syncd.ports.verdicts import Done, Outcome
from syncd.store.database import Tx
from syncd.store.effect import Effect, actions


class EraseRecords(InCrm):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return self.crm.erase(
            [
                Erasure(one.key, Erased(one.what), one.id, one.address)
                for one in actions(EraseRecord, batch)
            ]
        )

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        return {"before": {"id": effect.doing(EraseRecord).id}}


class EraseTasks(OnBoard):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        asked = [*actions(EraseTask, batch)]
        gone = [one for one in asked if not one.title]
        kept = [one for one in asked if one.title]
        outcomes: dict[str, Outcome] = {}
        if gone:
            deleted = self.board.erase_tasks([one.id for one in gone])
            outcomes |= zip((one.key for one in gone), deleted, strict=True)
        if kept:
            changes = [TaskChange(one.key, one.id, title=one.title, body=one.body) for one in kept]
            changed = self.board.change_tasks(changes)
            outcomes |= zip((one.key for one in kept), changed, strict=True)
        return [outcomes[one.key] for one in asked]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        return {"before": {"id": effect.doing(EraseTask).id}}


def handlers(ctx: Context) -> dict[str, Handler]:
    return {EraseRecord.kind: EraseRecords(ctx), EraseTask.kind: EraseTasks(ctx)}
