"""Follow-up tasks on the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from syncd.core.actions import (
    ChangeTask,
    CloseTask,
    CommentTask,
    OpenTask,
    Planned,
    ReopenTask,
)
from syncd.core.facts import Task
from syncd.core.identity import effect_key
from syncd.engine.context import Context
from syncd.engine.directory import assignee_id, known_assignee
from syncd.engine.handlers.handler import Handler, OneByOne, Trace
from syncd.ports.board import NewComment, NewTask, TaskBoard, TaskChange
from syncd.ports.verdicts import Changed, Done, Outcome
from syncd.store import chores, ledger, plan_items
from syncd.store.database import Tx
from syncd.store.effect import Effect, actions

GONE = "the task is not there any more"
DELETED = "a person has deleted the task"


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
            ours = {mark: found for mark, (found, _) in chores.remote(tx, marks).items()}
            rest = [mark for mark in marks if mark not in ours]
            planned = plan_items.places(tx, rest) if rest else {}
        return ours | {mark: place.remote_id for mark, place in planned.items()}

    def vanished(self, tx: Tx, mark: str) -> None:
        """A person deleted the task: taken as their decision, and decided upon."""
        chores.vanished(tx, mark, self.ctx.now())
        chores.wake(tx, [mark])


class OpenTasks(OneByOne, OnBoard):
    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._as_found: dict[str, Task] = {}

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
                for one in actions(OpenTask, batch)
            ]
        )

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        found = self.board.find_tasks([effect.key for effect in batch])
        self._as_found = dict(found)
        return {mark: Done(task.id, found=True) for mark, task in found.items()}

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.doing(OpenTask)
        after = {
            "id": outcome.id,
            "title": one.title,
            "due": one.due.isoformat(),
            "assignee": _given_to(tx, one, outcome),
            "place": f"{one.place.project}/{one.place.task_list}",
            "status": "open",
        }
        return {"after": after}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(OpenTask)
        conversation = (
            chores.NO_CONVERSATION if one.about else chores.conversation_of(tx, one.anchor)
        )
        chores.made(
            tx,
            chores.Chore(
                mark=one.key,
                where="board",
                conversation=conversation,
                anchor=one.about or one.anchor,
                step=one.step,
                remote_id=outcome.id,
                title=one.title,
                due=one.due,
                assignee=_given_to(tx, one, outcome),
            ),
            self.ctx.now(),
        )
        if (task := self._as_found.pop(one.key, None)) is not None:
            # What people did to it while it was in doubt: the polls since then have passed
            # over a task whose mark was not known yet.
            chores.observed(tx, [task], frozenset(), self.ctx.now())
        # Decided again, because an answer may have come while the task was in doubt.
        chores.wake(tx, [one.key])


class ChangeTasks(OnBoard):
    """Moves a task or hands it over. Why is told in a comment, once it is known to be so."""

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        asked = [*actions(ChangeTask, batch)]
        ids = self.remote_ids([one.mark for one in asked])
        changes = [
            TaskChange(
                key=one.key,
                task_id=ids[one.mark],
                due=one.due,
                expect_due=one.expect_due,
                assignee=assignee_id(self.ctx, one.assignee) if one.assignee else None,
                expect_assignee=one.assignee_from if one.assignee else None,
            )
            for one in asked
            if one.mark in ids
        ]
        sent = iter(self.board.change_tasks(changes) if changes else [])
        return [next(sent) if one.mark in ids else Changed(GONE) for one in asked]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.doing(ChangeTask)
        before = as_seen(chores.known(tx, one.mark))
        after = dict(before)
        if one.due is not None:
            after["due"] = one.due.isoformat()
        if one.assignee:
            after["assignee"] = known_assignee(tx, one.assignee)
        return {"before": before, "after": after}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one, now = effect.doing(ChangeTask), self.ctx.now()
        if one.due is not None:
            chores.moved(tx, one.mark, one.due, None, now)
        if one.assignee:
            chores.handed_over(tx, one.mark, known_assignee(tx, one.assignee), one.comment, now)
        say_why(tx, effect, one.mark, one.comment, now)

    def changed(self, tx: Tx, effect: Effect) -> None:
        """A person came before us. What they did is told by the board's own changes."""


class CommentTasks(OneByOne, OnBoard):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        ids = self.remote_ids([effect.doing(CommentTask).mark for effect in batch])
        comments = [
            NewComment(one.key, ids[one.mark], one.body)
            for one in actions(CommentTask, batch)
            if one.mark in ids
        ]
        sent = iter(self.board.add_comments(comments) if comments else [])
        return [
            next(sent) if effect.doing(CommentTask).mark in ids else Changed(GONE)
            for effect in batch
        ]

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        ids = self.remote_ids([effect.doing(CommentTask).mark for effect in batch])
        found: dict[str, Done] = {}
        for one in actions(CommentTask, batch):
            if one.mark in ids:
                marks = self.board.find_comments(ids[one.mark], [one.key])
                found |= {mark: Done(comment, found=True) for mark, comment in marks.items()}
        return found

    def changed(self, tx: Tx, effect: Effect) -> None:
        self.vanished(tx, effect.doing(CommentTask).mark)


class CloseTasks(OnBoard):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        ids = self.remote_ids([effect.doing(CloseTask).mark for effect in batch])
        theirs = self._theirs(batch)
        outcomes: dict[str, Outcome] = {
            effect.key: Changed(theirs.get(effect.key, GONE))
            for effect in batch
            if effect.key in theirs or effect.doing(CloseTask).mark not in ids
        }
        rest = [effect for effect in batch if effect.key not in outcomes]
        wanted = [ids[effect.doing(CloseTask).mark] for effect in rest]
        sent = self.board.complete_tasks(wanted) if wanted else []
        outcomes |= {effect.key: one for effect, one in zip(rest, sent, strict=True)}
        return [outcomes[effect.key] for effect in batch]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        before = as_seen(chores.known(tx, effect.doing(CloseTask).mark))
        return {"before": before, "after": before | {"status": "completed"}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one, now = effect.doing(CloseTask), self.ctx.now()
        if effect.promise == ledger.UNDO:
            chores.undone(tx, one.mark, now, effect.rule)
        else:
            chores.closed_by_us(tx, one.mark, now)
        # Decided again, because the task may have become wanted while it was closed.
        chores.wake(tx, [one.mark])
        say_why(tx, effect, one.mark, one.comment, now)

    def changed(self, tx: Tx, effect: Effect) -> None:
        if not effect.doing(CloseTask).expect:
            self.vanished(tx, effect.doing(CloseTask).mark)

    def _theirs(self, batch: Sequence[Effect]) -> dict[str, str]:
        """What people did to tasks that must be as we left them, in words, by effect.

        Read just before the write. One that we asked for before, its answer lost, is as
        wished when it is completed.
        """
        asking = [effect for effect in batch if effect.doing(CloseTask).expect]
        if not asking:
            return {}
        found = self.board.find_tasks([effect.doing(CloseTask).mark for effect in asking])
        words = {
            effect.key: made_theirs(
                effect.doing(CloseTask).expect,
                found.get(effect.doing(CloseTask).mark),
                again=effect.doubted,
            )
            for effect in asking
        }
        return {key: what for key, what in words.items() if what}


class ReopenTasks(OnBoard):
    """Opens again what we completed, when a run is taken back."""

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        marks = [effect.doing(ReopenTask).mark for effect in batch]
        ids, found = self.remote_ids(marks), self.board.find_tasks(marks)
        outcomes: dict[str, Outcome] = {}
        for effect in batch:
            mark = effect.doing(ReopenTask).mark
            words = reopened_by_hand(found.get(mark), again=effect.doubted)
            if words or mark not in ids:
                outcomes[effect.key] = Changed(words or GONE)
        rest = [effect for effect in batch if effect.key not in outcomes]
        sent = self.board.reopen_tasks([ids[effect.doing(ReopenTask).mark] for effect in rest])
        outcomes |= {effect.key: one for effect, one in zip(rest, sent, strict=True)}
        return [outcomes[effect.key] for effect in batch]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        before = as_seen(chores.known(tx, effect.doing(ReopenTask).mark))
        return {"before": before, "after": before | {"status": "open"}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one, now = effect.doing(ReopenTask), self.ctx.now()
        chores.reopened(tx, one.mark, now, effect.rule)
        chores.wake(tx, [one.mark])
        say_why(tx, effect, one.mark, one.comment, now)

    def changed(self, tx: Tx, effect: Effect) -> None:
        """A person came before us. What they did is told by the board's own changes."""


def made_theirs(expect: Mapping[str, str], task: Task | None, *, again: bool = False) -> str:
    """What a person did to a task since we wrote `expect` there, in words; "" for nothing.

    `again`: we have asked for its completion before, so that one completed is as wished.
    """
    if task is None or task.deleted:
        return DELETED
    if task.done:
        return "" if again else "a person has completed the task"
    if " ".join(task.title.split()) != " ".join(expect["title"].split()):
        return f"a person has renamed the task to {task.title}"
    due = task.due.isoformat() if task.due is not None else ""
    if due != expect["due"]:
        return f"a person has moved the task to {due or 'no day'}"
    if ",".join(sorted(task.assignees)) != expect["assignee"]:
        return "a person has given the task to somebody else"
    return ""


def reopened_by_hand(task: Task | None, *, again: bool = False) -> str:
    """What a person did to a task that we had completed, in words; "" for nothing."""
    if task is None or task.deleted:
        return DELETED
    return "" if task.done or again else "a person has reopened the task"


def as_seen(row: Mapping[str, Any] | None) -> dict[str, str]:
    """A task for the journal, as we knew it before a write."""
    if row is None:
        return {}
    status = "deleted" if row["deleted"] else "completed" if row["done"] else "open"
    due = row["due"].isoformat() if row["due"] is not None else ""
    return {
        "id": row["remote_id"] or "",
        "title": row["title"],
        "due": due,
        "assignee": row["assignee"],
        "status": status,
    }


def say_why(tx: Tx, effect: Effect, mark: str, words: str, now: datetime) -> None:
    """Put words on a task, once it is known that what they say was done."""
    if not words:
        return
    comment = CommentTask(effect_key("comment", effect.key), mark, words)
    # For the task, not the conversation: what that wants next does not take it back.
    said = Planned(comment, effect.promise, f"task:{mark}", f"comment: {words}", effect.rule)
    ledger.plan(tx, [said], run=effect.run, now=now, held={})


def _given_to(tx: Tx, one: OpenTask, outcome: Done) -> str:
    """Whose task it is now. One whom the board refused was left out, and stands in the note."""
    return "" if "assignee" in outcome.note else known_assignee(tx, one.assignee)


def handlers(ctx: Context) -> dict[str, Handler]:
    return {
        OpenTask.kind: OpenTasks(ctx),
        ChangeTask.kind: ChangeTasks(ctx),
        CommentTask.kind: CommentTasks(ctx),
        CloseTask.kind: CloseTasks(ctx),
        ReopenTask.kind: ReopenTasks(ctx),
    }
