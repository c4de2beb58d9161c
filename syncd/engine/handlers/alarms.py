"""Tasks for ops about what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.actions import ClearAlarm, RaiseAlarm
from syncd.engine.context import Context
from syncd.engine.directory import assignee_id
from syncd.engine.handlers.handler import Handler, OneByOne
from syncd.engine.handlers.tasks import OnBoard
from syncd.ports.board import NewTask
from syncd.ports.verdicts import Changed, Done, Outcome
from syncd.store import tally
from syncd.store.effect import Effect, actions


class RaiseAlarms(OneByOne, OnBoard):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return self.board.create_tasks(
            [
                NewTask(
                    key=one.key,
                    place=one.place,
                    title=one.title,
                    body=one.body,
                    due=one.due,
                    assignee=assignee_id(self.ctx, one.assignee) if one.assignee else None,
                    priority="high",
                )
                for one in actions(RaiseAlarm, batch)
            ]
        )

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        found = self.board.find_tasks([effect.key for effect in batch])
        return {mark: Done(task.id, found=True) for mark, task in found.items()}


class ClearAlarms(OnBoard):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        marks = [effect.doing(ClearAlarm).mark for effect in batch]
        with self.ctx.store.begin() as tx:
            ids = tally.remote_ids(tx, marks)
        wanted = [ids[mark] for mark in marks if mark in ids]
        sent = iter(self.board.complete_tasks(wanted) if wanted else [])
        return [next(sent) if mark in ids else Changed("no task was made") for mark in marks]


def handlers(ctx: Context) -> dict[str, Handler]:
    return {RaiseAlarm.kind: RaiseAlarms(ctx), ClearAlarm.kind: ClearAlarms(ctx)}
