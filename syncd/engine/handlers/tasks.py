"""Follow-up tasks on the board, and their twins in the CRM."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.actions import (
    ChangeTask,
    CloseCrmTask,
    CloseTask,
    CommentTask,
    MoveCrmTask,
    OpenCrmTask,
    OpenTask,
    Planned,
)
from syncd.core.facts import Task
from syncd.core.identity import effect_key
from syncd.engine.context import Context
from syncd.engine.directory import assignee_id, known_assignee, owner_id
from syncd.engine.handlers.handler import Handler
from syncd.ports.board import NewComment, NewTask, TaskBoard, TaskChange
from syncd.ports.crm import CrmTask, CrmTaskChange
from syncd.ports.verdicts import Changed, Done, Outcome
from syncd.store import chores, dirty, ledger
from syncd.store.database import Tx
from syncd.store.ledger import Effect

GONE = "the task is not there any more"


class OnBoard(Handler):
    role = "board"
    leans_on = "board"

    @property
    def board(self) -> TaskBoard:
        assert self.ctx.ports.board is not None
        return self.ctx.ports.board

    @property
    def settle_seconds(self) -> float:
        return self.board.traits.settle_seconds

    def remote_ids(self, marks: Sequence[str]) -> dict[str, str]:
        with self.ctx.store.begin() as tx:
            return {mark: found for mark, (found, _) in chores.remote(tx, marks).items()}

    def vanished(self, tx: Tx, mark: str) -> None:
        """A person deleted the task: taken as their decision, and decided upon."""
        conversation = chores.vanished(tx, mark, self.ctx.now())
        if conversation is not None:
            dirty.mark(tx, "conversation", [conversation])


class OpenTasks(OnBoard):
    repeatable = False

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._as_found: dict[str, Task] = {}

    @property
    def size(self) -> int:
        # One call a task: a small batch keeps what a crash leaves in doubt small.
        return 10

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return self.board.create_tasks(
            [
                NewTask(
                    key=one.key,
                    place=one.place,
                    title=one.title,
                    body=one.body,
                    due=one.due,
                    assignee=assignee_id(self.ctx, one.assignee),
                    priority=one.priority,
                    tags=one.tags,
                    checklist=one.checklist,
                )
                for one in map(_opening, batch)
            ]
        )

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        found = self.board.find_tasks([effect.key for effect in batch])
        self._as_found = dict(found)
        return {mark: Done(task.id, found=True) for mark, task in found.items()}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = _opening(effect)
        conversation = chores.conversation_of(tx, one.anchor)
        chores.made(
            tx,
            chores.Chore(
                mark=one.key,
                where="board",
                conversation=conversation,
                anchor=one.anchor,
                step=one.step,
                remote_id=outcome.id,
                title=one.title,
                due=one.due,
                assignee=known_assignee(tx, one.assignee),
            ),
            self.ctx.now(),
        )
        if (task := self._as_found.pop(one.key, None)) is not None:
            # What people did to it while it was in doubt: the polls since then have passed
            # over a task whose mark was not known yet.
            chores.observed(tx, [task], frozenset(), self.ctx.now())
        # Decided again, because an answer may have come while the task was in doubt.
        dirty.mark(tx, "conversation", [conversation])


class ChangeTasks(OnBoard):
    """Moves a task or hands it over. Why is told in a comment, once it is known to be so."""

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        actions = [_changing(effect) for effect in batch]
        ids = self.remote_ids([one.mark for one in actions])
        changes = [
            TaskChange(
                key=one.key,
                task_id=ids[one.mark],
                due=one.due,
                expect_due=one.expect_due,
                assignee=assignee_id(self.ctx, one.assignee) if one.assignee else None,
                expect_assignee=one.assignee_from if one.assignee else None,
            )
            for one in actions
            if one.mark in ids
        ]
        sent = iter(self.board.change_tasks(changes) if changes else [])
        return [next(sent) if one.mark in ids else Changed(GONE) for one in actions]

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one, now = _changing(effect), self.ctx.now()
        if one.due is not None:
            chores.moved(tx, one.mark, one.due, None, now)
        if one.assignee:
            chores.handed_over(tx, one.mark, known_assignee(tx, one.assignee), one.comment, now)
        comment = CommentTask(effect_key("comment", one.key), one.mark, one.comment)
        # For the task, not the conversation: what that wants next does not take it back.
        said = Planned(comment, effect.promise, f"task:{one.mark}", f"comment: {one.comment}")
        ledger.plan(tx, [said], run=effect.run, now=now, held={})

    def changed(self, tx: Tx, effect: Effect) -> None:
        """A person came before us. What they did is told by the board's own changes."""


class CommentTasks(OnBoard):
    repeatable = False

    @property
    def size(self) -> int:
        return 10

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        ids = self.remote_ids([_commenting(effect).mark for effect in batch])
        comments = [
            NewComment(one.key, ids[one.mark], one.body)
            for one in map(_commenting, batch)
            if one.mark in ids
        ]
        sent = iter(self.board.add_comments(comments) if comments else [])
        return [
            next(sent) if _commenting(effect).mark in ids else Changed(GONE) for effect in batch
        ]

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        ids = self.remote_ids([_commenting(effect).mark for effect in batch])
        found: dict[str, Done] = {}
        for one in map(_commenting, batch):
            if one.mark in ids:
                marks = self.board.find_comments(ids[one.mark], [one.key])
                found |= {mark: Done(comment, found=True) for mark, comment in marks.items()}
        return found

    def changed(self, tx: Tx, effect: Effect) -> None:
        self.vanished(tx, _commenting(effect).mark)


class CloseTasks(OnBoard):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        ids = self.remote_ids([_closing(effect).mark for effect in batch])
        wanted = [ids[mark] for effect in batch if (mark := _closing(effect).mark) in ids]
        sent = iter(self.board.complete_tasks(wanted) if wanted else [])
        return [next(sent) if _closing(effect).mark in ids else Changed(GONE) for effect in batch]

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        conversation = chores.closed_by_us(tx, _closing(effect).mark, self.ctx.now())
        if conversation is not None:
            # Decided again, because the task may have become wanted while it was closed.
            dirty.mark(tx, "conversation", [conversation])

    def changed(self, tx: Tx, effect: Effect) -> None:
        self.vanished(tx, _closing(effect).mark)


class OpenCrmTasks(Handler):
    role = "crm"
    leans_on = "crm"
    repeatable = False

    @property
    def settle_seconds(self) -> float:
        return self.ctx.ports.crm.traits.settle_seconds

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return self.ctx.ports.crm.create_tasks(
            [
                CrmTask(
                    one.key,
                    one.contact,
                    one.title,
                    one.body,
                    one.due,
                    owner_id(self.ctx, one.owner),
                )
                for one in map(_opening_crm, batch)
            ]
        )

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        actions = [_opening_crm(effect) for effect in batch]
        contacts = sorted({one.contact for one in actions})
        found = self.ctx.ports.crm.find_tasks([one.key for one in actions], contacts)
        return {mark: Done(one, found=True) for mark, one in found.items()}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = _opening_crm(effect)
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


class MoveCrmTasks(Handler):
    role = "crm"

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        actions = [_moving_crm(effect) for effect in batch]
        with self.ctx.store.begin() as tx:
            known = chores.remote(tx, [one.mark for one in actions])
        changes = [
            CrmTaskChange(one.key, known[one.mark][0], one.due, one.expect_due)
            for one in actions
            if one.mark in known
        ]
        sent = iter(self.ctx.ports.crm.change_tasks(changes) if changes else [])
        return [next(sent) if one.mark in known else Changed(GONE) for one in actions]

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = _moving_crm(effect)
        chores.moved(tx, one.mark, one.due.date(), one.due, self.ctx.now())

    def changed(self, tx: Tx, effect: Effect) -> None:
        """A person came before us: theirs stands."""


class CloseCrmTasks(Handler):
    role = "crm"

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        marks = [_closing_crm(effect).mark for effect in batch]
        with self.ctx.store.begin() as tx:
            ids = {mark: found for mark, (found, _) in chores.remote(tx, marks).items()}
        wanted = [ids[mark] for mark in marks if mark in ids]
        sent = iter(self.ctx.ports.crm.complete_tasks(wanted) if wanted else [])
        return [next(sent) if mark in ids else Changed(GONE) for mark in marks]

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        conversation = chores.closed_by_us(tx, _closing_crm(effect).mark, self.ctx.now())
        if conversation is not None:
            dirty.mark(tx, "conversation", [conversation])

    def changed(self, tx: Tx, effect: Effect) -> None:
        chores.vanished(tx, _closing_crm(effect).mark, self.ctx.now())


def _opening(effect: Effect) -> OpenTask:
    assert isinstance(effect.action, OpenTask)
    return effect.action


def _changing(effect: Effect) -> ChangeTask:
    assert isinstance(effect.action, ChangeTask)
    return effect.action


def _moving_crm(effect: Effect) -> MoveCrmTask:
    assert isinstance(effect.action, MoveCrmTask)
    return effect.action


def _commenting(effect: Effect) -> CommentTask:
    assert isinstance(effect.action, CommentTask)
    return effect.action


def _closing(effect: Effect) -> CloseTask:
    assert isinstance(effect.action, CloseTask)
    return effect.action


def _opening_crm(effect: Effect) -> OpenCrmTask:
    assert isinstance(effect.action, OpenCrmTask)
    return effect.action


def _closing_crm(effect: Effect) -> CloseCrmTask:
    assert isinstance(effect.action, CloseCrmTask)
    return effect.action


def handlers(ctx: Context) -> dict[str, Handler]:
    return {
        OpenTask.kind: OpenTasks(ctx),
        ChangeTask.kind: ChangeTasks(ctx),
        CommentTask.kind: CommentTasks(ctx),
        CloseTask.kind: CloseTasks(ctx),
        OpenCrmTask.kind: OpenCrmTasks(ctx),
        MoveCrmTask.kind: MoveCrmTasks(ctx),
        CloseCrmTask.kind: CloseCrmTasks(ctx),
    }
