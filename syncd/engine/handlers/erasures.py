"""Records of people who are to be forgotten, removed from the services."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.actions import EraseRecord, EraseTask
from syncd.engine.context import Context
from syncd.engine.handlers.handler import Handler, Trace
from syncd.engine.handlers.tasks import OnBoard
from syncd.ports.board import TaskChange
from syncd.ports.crm import Erased, Erasure
from syncd.ports.verdicts import Done, Outcome
from syncd.store.database import Tx
from syncd.store.ledger import Effect


class EraseRecords(Handler):
    role = "crm"

    @property
    def size(self) -> int:
        return self.ctx.ports.crm.traits.batch_size

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return self.ctx.ports.crm.erase(
            [Erasure(one.key, Erased(one.what), one.id, one.address) for one in map(_record, batch)]
        )

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        return {"before": {"id": _record(effect).id}}


class EraseTasks(OnBoard):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        actions = [_task(effect) for effect in batch]
        gone = [one for one in actions if not one.title]
        kept = [one for one in actions if one.title]
        outcomes: dict[str, Outcome] = {}
        if gone:
            deleted = self.board.erase_tasks([one.id for one in gone])
            outcomes |= zip((one.key for one in gone), deleted, strict=True)
        if kept:
            changes = [TaskChange(one.key, one.id, title=one.title, body=one.body) for one in kept]
            changed = self.board.change_tasks(changes)
            outcomes |= zip((one.key for one in kept), changed, strict=True)
        return [outcomes[one.key] for one in actions]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        return {"before": {"id": _task(effect).id}}


def _record(effect: Effect) -> EraseRecord:
    assert isinstance(effect.action, EraseRecord)
    return effect.action


def _task(effect: Effect) -> EraseTask:
    assert isinstance(effect.action, EraseTask)
    return effect.action


def handlers(ctx: Context) -> dict[str, Handler]:
    return {EraseRecord.kind: EraseRecords(ctx), EraseTask.kind: EraseTasks(ctx)}
