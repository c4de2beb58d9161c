"""Follow-up tasks on contacts in the CRM, the twins of those on the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.core.actions import CloseCrmTask, MoveCrmTask, OpenCrmTask, ReopenCrmTask
from syncd.core.mail.bodies import cut_html
from syncd.core.markdown import as_html
from syncd.engine.context import Context
from syncd.engine.directory import owner_ids
from syncd.engine.handlers.handler import Handler, InCrm, Trace
from syncd.engine.handlers.tasks import GONE, as_seen
from syncd.ports.crm import CrmTask, CrmTaskChange
from syncd.ports.verdicts import Changed, Done, Outcome
from syncd.store import chores, dirty, ledger
from syncd.store.database import Tx
from syncd.store.effect import Effect, actions

_CUT = "[{left} more characters]"


class OpenCrmTasks(InCrm):
    leans_on = "crm"
    repeatable = False

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        owners = owner_ids(self.ctx, {effect.doing(OpenCrmTask).owner for effect in batch})
        return self.crm.create_tasks(
            [
                CrmTask(
                    one.key, one.contact, one.title, self._html(one), one.due, owners[one.owner]
                )
                for one in actions(OpenCrmTask, batch)
            ]
        )

    def _html(self, one: OpenCrmTask) -> str:
        """The CRM shows HTML, where the board shows Markdown."""
        made = as_html(one.body)
        # Half of it for the mark, and for what a service makes of signs of its own.
        room = self.crm.traits.body_limit // 2
        return made if len(made) <= room else cut_html(one.body, room, _CUT)

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        asked = [*actions(OpenCrmTask, batch)]
        contacts = sorted({one.contact for one in asked})
        found = self.crm.find_tasks([one.key for one in asked], contacts)
        return {mark: Done(one, found=True) for mark, one in found.items()}

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.doing(OpenCrmTask)
        due = one.due.isoformat()
        return {"after": {"id": outcome.id, "title": one.title, "due": due, "status": "open"}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(OpenCrmTask)
        conversation = chores.conversation_of(tx, one.anchor)
        chores.made(
            tx,
            chores.Chore(
                mark=one.key,
                where="crm",
                conversation=conversation,
                anchor=one.anchor,
                step=one.step,
                remote_id=outcome.id,
                title=one.title,
                due_at=one.due,
                subject_id=one.contact,
            ),
            self.ctx.now(),
        )
        dirty.mark(tx, "conversation", [conversation])


class MoveCrmTasks(InCrm):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        asked = [*actions(MoveCrmTask, batch)]
        known = _remote_ids(self.ctx, [one.mark for one in asked])
        changes = [
            CrmTaskChange(one.key, known[one.mark], one.due, one.expect_due)
            for one in asked
            if one.mark in known
        ]
        sent = iter(self.crm.change_tasks(changes) if changes else [])
        return [next(sent) if one.mark in known else Changed(GONE) for one in asked]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.doing(MoveCrmTask)
        before = as_seen(chores.known(tx, one.mark)) | {"due": one.expect_due.isoformat()}
        return {"before": before, "after": before | {"due": one.due.isoformat()}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(MoveCrmTask)
        chores.moved(tx, one.mark, one.due.date(), one.due, self.ctx.now())

    def changed(self, tx: Tx, effect: Effect) -> None:
        """A person came before us: theirs stands."""


class CloseCrmTasks(InCrm):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        ids = _remote_ids(self.ctx, [effect.doing(CloseCrmTask).mark for effect in batch])
        theirs = self._theirs(batch, ids)
        outcomes: dict[str, Outcome] = {
            effect.key: theirs.get(effect.key) or Changed(GONE)
            for effect in batch
            if effect.key in theirs or effect.doing(CloseCrmTask).mark not in ids
        }
        rest = [effect for effect in batch if effect.key not in outcomes]
        wanted = [ids[effect.doing(CloseCrmTask).mark] for effect in rest]
        sent = self.crm.complete_tasks(wanted) if wanted else []
        outcomes |= {effect.key: one for effect, one in zip(rest, sent, strict=True)}
        return [outcomes[effect.key] for effect in batch]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        before = as_seen(chores.known(tx, effect.doing(CloseCrmTask).mark))
        return {"before": before, "after": before | {"status": "completed"}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        mark, now = effect.doing(CloseCrmTask).mark, self.ctx.now()
        if effect.promise == ledger.UNDO:
            conversation = chores.undone(tx, mark, now, effect.rule)
        else:
            conversation = chores.closed_by_us(tx, mark, now)
        if conversation is not None:
            dirty.mark(tx, "conversation", [conversation])

    def changed(self, tx: Tx, effect: Effect) -> None:
        if effect.doing(CloseCrmTask).expect_due is None:
            chores.vanished(tx, effect.doing(CloseCrmTask).mark, self.ctx.now())

    def _theirs(self, batch: Sequence[Effect], ids: Mapping[str, str]) -> dict[str, Outcome]:
        """What stands in the way where a task must be as we left it, by effect.

        Asked as a move to where it is due already, which reads and writes nothing. One that we
        asked for before, its answer lost, may be completed by us: it is not asked.
        """
        asking = [
            (effect.key, CrmTaskChange(effect.key, ids[one.mark], one.expect_due, one.expect_due))
            for effect in batch
            if (one := effect.doing(CloseCrmTask)).expect_due is not None
            and one.mark in ids
            and not effect.doubted
        ]
        if not asking:
            return {}
        found = self.crm.change_tasks([change for _, change in asking])
        return {
            key: outcome
            for (key, _), outcome in zip(asking, found, strict=True)
            if not isinstance(outcome, Done)
        }


class ReopenCrmTasks(InCrm):
    """Opens again what we completed, when a run is taken back."""

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        marks = [effect.doing(ReopenCrmTask).mark for effect in batch]
        ids = _remote_ids(self.ctx, marks)
        wanted = [ids[mark] for mark in marks if mark in ids]
        sent = iter(self.crm.reopen_tasks(wanted) if wanted else [])
        return [next(sent) if mark in ids else Changed(GONE) for mark in marks]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        before = as_seen(chores.known(tx, effect.doing(ReopenCrmTask).mark))
        return {"before": before, "after": before | {"status": "open"}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        mark = effect.doing(ReopenCrmTask).mark
        conversation = chores.reopened(tx, mark, self.ctx.now(), effect.rule)
        if conversation is not None:
            dirty.mark(tx, "conversation", [conversation])

    def changed(self, tx: Tx, effect: Effect) -> None:
        chores.vanished(tx, effect.doing(ReopenCrmTask).mark, self.ctx.now())


def _remote_ids(ctx: Context, marks: Sequence[str]) -> dict[str, str]:
    with ctx.store.begin() as tx:
        return {mark: found for mark, (found, _) in chores.remote(tx, marks).items()}


def handlers(ctx: Context) -> dict[str, Handler]:
    return {
        OpenCrmTask.kind: OpenCrmTasks(ctx),
        MoveCrmTask.kind: MoveCrmTasks(ctx),
        CloseCrmTask.kind: CloseCrmTasks(ctx),
        ReopenCrmTask.kind: ReopenCrmTasks(ctx),
    }
