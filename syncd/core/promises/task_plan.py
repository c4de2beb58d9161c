"""What becomes of the tasks of one exchange: opened, closed, moved, handed over, with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from syncd.core.actions import (
    Action,
    ChangeTask,
    CheckLink,
    CloseCrmTask,
    CloseTask,
    CommentTask,
    LabelThread,
    MoveCrmTask,
    OpenCrmTask,
    OpenTask,
    Planned,
)
from syncd.core.calendar import Calendar
from syncd.core.identity import effect_key
from syncd.core.mail.addresses import domain_of
from syncd.core.markdown import link
from syncd.core.promises.answers import Looks
from syncd.core.promises.exchange import BOUNCE_STEP, Exchange, StepTask
from syncd.core.promises.hand_over import Leavers, hand_over
from syncd.core.promises.waiting import Utterance
from syncd.core.rules import Cadence, Consequence, Does
from syncd.core.templates import (
    CONTACT_OWNER,
    SENDER,
    About,
    Last,
    Situation,
    TaskTemplate,
    TaskText,
    Why,
    addressee,
    render,
)

PROMISE: Final = "follow_up"

_VERBS: Final = {
    OpenTask: "open task",
    ChangeTask: "change task",
    CloseTask: "close task",
    CommentTask: "comment on task",
    OpenCrmTask: "open CRM task",
    MoveCrmTask: "move CRM task",
    CloseCrmTask: "close CRM task",
    LabelThread: "label thread",
    CheckLink: "check link",
}
_FOR_ANSWERS: Final = {
    Does.TASK: Why.ANSWER,
    Does.REVIEW: Why.REVIEW,
    Does.CHECK_LINK: Why.LINK,
    Does.NURTURE: Why.NURTURE,
    Does.WAIT: Why.LATER,
}


def close_key(mark: str) -> str:
    """The key of closing a task. A task is closed by us once: reopened, it is a person's."""
    return effect_key(PROMISE, "close", mark)


def task_key(anchor: str, step: int, where: str, round_: int = 0) -> str:
    """The mark of the task for a step. The wait's first message is the version seen.

    `round_`: how often we have closed such a task, since a step can fall due once more.
    """
    again = (str(round_),) if round_ else ()
    return effect_key(PROMISE, "task", where, anchor, str(step), *again)


@dataclass(frozen=True, slots=True)
class Wish:
    """The one task that should stand. `about`: the message it comes from, ours or theirs.

    `consequence`: the rule for an answer that asks for it, None where the cadence does.
    """

    anchor: str
    step: int
    about: Utterance
    due: datetime
    consequence: Consequence | None = None

    def is_for(self, task: StepTask) -> bool:
        return (task.anchor, task.step) == (self.anchor, self.step)


class TaskPlan:
    """Plans for the tasks of one exchange. `cadence` None: there are to be none."""

    def __init__(self, exchange: Exchange, cadence: Cadence | None, calendar: Calendar) -> None:
        self.exchange = exchange
        self.cadence = cadence
        self.calendar = calendar
        self.problems: tuple[str, ...] = ()  # what templates of ops could not say

    def day(self, at: datetime) -> str:
        return self.calendar.local_date(at).isoformat()

    def stands(self, wish: Wish) -> bool:
        """Whether it has its task: one that a person closed or deleted is not made again.

        One that we closed does not count: a step that is due again (its earlier task taken
        back by a person, its cadence taken out of the settings and put back) has none.
        """
        return any(task.where == "board" and not _closed_by_us(task) for task in self._of(wish))

    def close(self, words: str, keep: Wish | None = None) -> tuple[Planned, ...]:
        """Close every open task of ours but the one to keep, saying why."""
        label = self.cadence.inbox_label if self.cadence is not None else None
        plan: list[Planned] = []
        for task in self.exchange.tasks:
            if not task.is_ours or (keep is not None and keep.is_for(task)):
                continue
            actions: list[Action] = []
            if task.where == "board":
                comment = effect_key(PROMISE, "comment", task.mark)
                actions.append(CommentTask(comment, task.mark, words))
                actions.append(CloseTask(close_key(task.mark), task.mark))
                actions += [
                    LabelThread(
                        effect_key(PROMISE, "unlabel", task.mark, mailbox),
                        mailbox,
                        thread,
                        remove=(label,),
                    )
                    for mailbox, thread in self.exchange.threads
                    if label
                ]
            else:
                actions.append(CloseCrmTask(close_key(task.mark), task.mark))
            plan += [self._planned(action, words, task.anchor) for action in actions]
        return tuple(plan)

    def open(self, wish: Wish) -> tuple[Planned, ...]:
        """Make the task, its twin in the CRM and the thread's label, as the cadence says."""
        assert self.cadence is not None, "without a cadence nothing is opened"
        text = self._text(wish)
        owner, notes = self._owner(text.owner, wish)
        if notes:
            text = self._text(wish, notes)
        self.problems = text.problems
        closed = [task.where for task in self._of(wish) if _closed_by_us(task)]
        actions: list[Action] = [
            OpenTask(
                key=task_key(wish.anchor, wish.step, "board", closed.count("board")),
                anchor=wish.anchor,
                step=wish.step,
                place=self.cadence.place,
                title=text.title,
                body=text.body,
                due=self._due_day(wish.due),
                assignee=owner,
                priority=text.priority,
                tags=text.tags,
                checklist=text.checklist,
            )
        ]
        if self.cadence.crm_task and self.exchange.contact:
            actions.append(
                OpenCrmTask(
                    key=task_key(wish.anchor, wish.step, "crm", closed.count("crm")),
                    anchor=wish.anchor,
                    step=wish.step,
                    contact=self.exchange.contact,
                    title=text.title,
                    body=text.body,
                    due=wish.due,
                    owner=owner,
                )
            )
        if (label := self.cadence.inbox_label) is not None:
            again = (str(closed.count("board")),) if "board" in closed else ()
            actions += [
                LabelThread(
                    effect_key(PROMISE, "label", wish.anchor, str(wish.step), mailbox, *again),
                    mailbox,
                    thread,
                    add=("INBOX", label),
                )
                for mailbox, thread in self.exchange.threads
                if mailbox == wish.about.mailbox
            ]
        return tuple(self._planned(one, text.title, wish.about.key, wish) for one in actions)

    def look(self, looks: Looks) -> tuple[Planned, ...]:
        """Look at the pages they sent ourselves."""
        answer = looks.answer
        return tuple(
            self._planned(
                CheckLink(
                    effect_key(PROMISE, "check", answer.key, url, str(tries)),
                    answer.key,
                    url,
                    answer.person,
                    self.exchange.client,
                ),
                url,
                answer.key,
            )
            for url, tries in looks.pages
        )

    def move(self, wish: Wish, due: datetime, absence: Utterance) -> tuple[Planned, ...]:
        """Move the open task to `due`, unless a person has moved it. Never to an earlier day."""
        day = self._due_day(due)
        away = f"{absence.person} is away"
        if absence.until is not None:
            away += f", back on {absence.until}"
        words = f"{away} (automatic answer of {self.day(absence.at)}): moved to {day}."
        plan: list[Planned] = []
        for task in self._of(wish):
            if not task.is_ours:
                continue
            if task.where == "crm":
                if task.due_at is not None and task.due_at < due:
                    key = effect_key(PROMISE, "move", task.mark, due.isoformat())
                    move = MoveCrmTask(key, task.mark, due, task.due_at)
                    plan.append(self._planned(move, words, absence.key))
            elif task.due_written is not None and task.due == task.due_written < day:
                key = effect_key(PROMISE, "move", task.mark, day.isoformat())
                change = ChangeTask(key, task.mark, words, due=day, expect_due=task.due_written)
                plan.append(self._planned(change, words, absence.key))
        return tuple(plan)

    def hand_over(self) -> tuple[Planned, ...]:
        """Give the open tasks of teammates who left to those who take over."""
        plan: list[Planned] = []
        leavers = Leavers(self.exchange.gone, self.exchange.heirs)
        for task in self.exchange.tasks:
            if task.where != "board" or not task.is_ours:
                continue
            written = task.assignee_written
            change = hand_over(PROMISE, task.mark, task.assignee, written, leavers)
            if change is not None:
                plan.append(self._planned(change, change.comment, task.anchor))
        return tuple(plan)

    def _of(self, wish: Wish) -> list[StepTask]:
        return [task for task in self.exchange.tasks if wish.is_for(task)]

    def _due_day(self, due: datetime) -> date:
        return self.calendar.next_working_day(self.calendar.local_date(due))

    def _owner(self, rule: str, wish: Wish) -> tuple[str, tuple[str, ...]]:
        """Whose task it is, and what must be said of that."""
        owner = wish.about.mailbox if rule == SENDER else rule
        if rule == CONTACT_OWNER:
            owner = self.exchange.contact_owner or wish.about.mailbox
        heir = self.exchange.heirs.get(owner)
        if heir is None:
            return owner, ()
        return heir, (f"{owner} has left; {heir} takes over.",)

    def _text(self, wish: Wish, notes: tuple[str, ...] = ()) -> TaskText:
        assert self.cadence is not None
        if wish.consequence is not None:
            general = TaskTemplate(owner=self.cadence.task.owner, tags=self.cadence.task.tags)
            template = wish.consequence.task.over(general)
            why = _FOR_ANSWERS[wish.consequence.does]
        elif wish.step == BOUNCE_STEP:
            template, why = self.cadence.task_at(wish.step), Why.BOUNCE
        else:
            template = self.cadence.task_at(wish.step)
            why = Why.NURTURE if wish.step >= len(self.cadence.steps) else Why.STEP
        return render(template, why, self._situation(wish), (*self.exchange.collisions, *notes))

    def _situation(self, wish: Wish) -> Situation:
        assert self.cadence is not None
        about, exchange = wish.about, self.exchange
        return Situation(
            person=addressee(exchange.names.get(about.person, ""), about.person),
            site=domain_of(about.person),
            campaign=About(exchange.campaign_id, exchange.campaign),
            client=exchange.client,
            sender=about.mailbox,
            stage=exchange.stage,
            step=max(0, wish.step + 1),
            steps=len(self.cadence.steps),
            wait=self._wait(wish),
            days_waiting=max(0, (wish.due - about.at).days),
            last=Last(about.subject, self.calendar.local_date(about.at)),
            links=tuple(link(words, url) for words, url in exchange.links),
            says=about.says,
            referred=tuple(
                f"{party.name} <{party.address}>".strip() if party.address else party.name
                for party in about.referred
            ),
            urls=about.urls,
        )

    def _wait(self, wish: Wish) -> str:
        assert self.cadence is not None
        if wish.consequence is not None:
            if wish.consequence.does is Does.WAIT and wish.about.until is not None:
                return wish.about.until.isoformat()
            return str(wish.consequence.span or "")
        if wish.step < 0:
            return ""
        spans = [*self.cadence.steps, self.cadence.nurture]
        return str(spans[min(wish.step, len(self.cadence.steps))] or "")

    def _planned(self, action: Action, words: str, cause: str, wish: Wish | None = None) -> Planned:
        return Planned(
            action,
            PROMISE,
            f"conversation:{self.exchange.id}",
            f"{_VERBS[type(action)]}: {words}",
            rule=self._rule(wish),
            cause=cause,
        )

    def _rule(self, wish: Wish | None) -> str:
        if wish is None:
            return PROMISE
        if wish.consequence is not None:
            return f"answers.{wish.about.says}: {wish.consequence.does}"
        if wish.step < 0:
            return "follow_up: another address after a bounce"
        return f"follow_up: step {wish.step + 1}, {self._wait(wish)}"


def _closed_by_us(task: StepTask) -> bool:
    return not task.open and task.closed_by_person_at is None
