"""A conversation as it goes on: messages, people and time, and every action a success.

What must hold whatever happens is checked as the actions are carried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from syncd.core.actions import (
    ChangeTask,
    CheckLink,
    CloseCrmTask,
    CloseTask,
    MoveCrmTask,
    OpenCrmTask,
    OpenTask,
)
from syncd.core.facts import MailClass
from syncd.core.links import LinkSeen, LinkState
from syncd.core.mail.autoreplies import LEFT_COMPANY, OUT_OF_OFFICE
from syncd.core.promises import follow_up
from syncd.core.promises.answers import LOOKS
from syncd.core.promises.exchange import ANSWER_STEP, LATER_STEP, Exchange, StepTask, StopSign
from syncd.core.promises.follow_up import Outlook
from syncd.core.promises.waiting import Utterance
from syncd.core.rules import ANSWERS, Cadence, Does
from tests.support.mail import ADA, LONDON, MAYA, MONDAY, received, sent

TOM = "tom@brightlink.example"
PAGE = "https://site.example/guide"
SILENT = {"unsubscribe", *(kind for kind, rule in ANSWERS.items() if rule.does is Does.NOTHING)}


@dataclass
class History:
    """`tasks` by mark, as the board and the CRM show them. `looks`: at pages, by ourselves."""

    rules: Cadence
    looks: bool = False
    now: datetime = MONDAY
    messages: list[Utterance] = field(default_factory=lambda: [sent("m0")])
    elsewhere: list[Utterance] = field(default_factory=list)
    tasks: dict[str, StepTask] = field(default_factory=dict)
    stops: list[StopSign] = field(default_factory=list)
    seen: dict[str, LinkSeen] = field(default_factory=dict)
    maya_left: bool = False

    @property
    def exchange(self) -> Exchange:
        return Exchange(
            1,
            "ACME",
            "acme.example",
            tuple(self.messages),
            elsewhere=tuple(self.elsewhere),
            tasks=tuple(self.tasks.values()),
            contact="7",
            threads=((MAYA, "t1"),),
            stops=tuple(self.stops),
            heirs={MAYA: TOM} if self.maya_left else {},
            gone={f"id of {MAYA}": MAYA} if self.maya_left else {},
            checks_links=self.looks,
            links_seen=self.seen,
        )

    @property
    def ours(self) -> list[StepTask]:
        """The open tasks on the board that are for us to change."""
        return [task for task in self.tasks.values() if task.is_ours and task.where == "board"]

    # what happens

    def pass_time(self, days: float) -> None:
        self.now += timedelta(days=days)

    def happens(self, what: str, number: int = 0) -> None:
        """One thing, by its words. `number` chooses among days and tasks."""
        kind, _, more = what.partition(": ")
        match kind:
            case "we write":
                self.messages.append(self._stamped(sent("")))
            case "they say":
                self.messages.append(self._said(more, number))
            case "they say elsewhere":
                self.elsewhere.append(self._said(more, number))
            case "absence":
                self.messages.append(self._away(OUT_OF_OFFICE, number if more else None))
            case "absence elsewhere":
                self.elsewhere.append(self._away(OUT_OF_OFFICE, number if more else None))
            case "left the company":
                self.messages.append(self._away(LEFT_COMPANY, None))
            case "bounce":
                notice = received("", 0, mail_class=MailClass.BOUNCE_HARD, failed=[ADA])
                self.messages.append(self._stamped(notice))
            case "stop":
                self.stops.append(StopSign("asked not to", None if more else self.now))
            case "maya leaves":
                self.maya_left = True
            case _:
                self._person(kind, number)

    def _person(self, does: str, number: int) -> None:
        """A person does something to one of the tasks on the board."""
        marks = [
            mark
            for mark, task in self.tasks.items()
            if task.where == "board" and task.open == (does != "reopens")
        ]
        if not marks:
            return
        mark = marks[number % len(marks)]
        task = self.tasks[mark]
        match does:
            case "closes":
                task = replace(task, open=False, closed_by_person_at=self.now)
            case "reopens":
                task = replace(task, open=True, closed_by_person_at=None, kept_by_person=True)
            case "moves":
                task = replace(task, due=self.now.date() + timedelta(days=number))
            case "gives away":
                task = replace(task, assignee="id of Sue")
        self.tasks[mark] = task

    def _stamped(self, message: Utterance) -> Utterance:
        number = len(self.messages) + len(self.elsewhere)
        return replace(message, key=f"m{number}", at=self.now)

    def _said(self, says: str, days: int) -> Utterance:
        until = self.now.date() + timedelta(days=days) if days else None
        urls = (PAGE,) if says == "live" else ()
        return replace(self._stamped(received("", 0)), says=says, until=until, urls=urls)

    def _away(self, subclass: str, days: int | None) -> Utterance:
        until: date | None = None if days is None else self.now.date() + timedelta(days=days)
        auto = received("", 0, mail_class=MailClass.AUTO_REPLY)
        return replace(self._stamped(auto), subclass=subclass, until=until)

    # what is done about it

    def decided(self) -> Outlook:
        """Decide, and carry it out; once more where a page was looked at in doing so."""
        while True:
            outlook = follow_up.decide(self.exchange, self.rules, LONDON, self.now)
            for planned in outlook.plan:
                self._carry_out(planned.action)
            if not any(isinstance(planned.action, CheckLink) for planned in outlook.plan):
                return outlook

    def _carry_out(self, action: object) -> None:
        match action:
            case OpenTask() | OpenCrmTask():
                self._open(action)
            case CloseTask(mark=mark) | CloseCrmTask(mark=mark):
                assert self.tasks[mark].is_ours, "closed what is not ours to close"
                self.tasks[mark] = replace(self.tasks[mark], open=False)
            case ChangeTask():
                self._change(action)
            case MoveCrmTask(mark=mark, due=due, expect_due=expected):
                assert self.tasks[mark].due_at == expected
                assert due > expected, "moved to an earlier time"
                self.tasks[mark] = replace(self.tasks[mark], due_at=due)
            case CheckLink(url=url):
                tries = self.seen[url].tries if url in self.seen else 0
                assert tries < LOOKS, "looked at a page more often than agreed"
                self.seen[url] = LinkSeen(LinkState.ERROR, self.now, tries + 1)

    def _open(self, action: OpenTask | OpenCrmTask) -> None:
        where = "board" if isinstance(action, OpenTask) else "crm"
        assert action.key not in self.tasks, "a step had its task twice"
        same = [
            task
            for task in self.tasks.values()
            if (task.where, task.anchor, task.step) == (where, action.anchor, action.step)
        ]
        assert not any(task.open for task in same), "two tasks for one step"
        if where == "board":
            handled = [task for task in same if task.closed_by_person_at is not None]
            assert not handled, "a step that a person has handled got another task"
        task = StepTask(action.key, where, action.anchor, action.step, open=True)
        if isinstance(action, OpenTask):
            whose = f"id of {action.assignee}"
            task = replace(task, due=action.due, due_written=action.due)
            task = replace(task, assignee=whose, assignee_written=whose)
        else:
            task = replace(task, due_at=action.due)
        self.tasks[action.key] = task

    def _change(self, action: ChangeTask) -> None:
        task = self.tasks[action.mark]
        assert task.is_ours, "changed what is not ours to change"
        if action.due is not None:
            assert task.due == task.due_written, "moved what a person had moved"
            assert task.due is not None
            assert action.due > task.due, "moved to an earlier day"
            task = replace(task, due=action.due, due_written=action.due)
        if action.assignee:
            assert task.assignee == task.assignee_written, "handed over what a person gave away"
            whose = f"id of {action.assignee}"
            task = replace(task, assignee=whose, assignee_written=whose)
        self.tasks[action.mark] = task

    # what must hold at rest

    def check(self, outlook: Outlook) -> None:
        """`outlook` is what a second look at the same facts gave."""
        assert outlook.plan == (), "a second look at the same facts still wants something"
        assert outlook.look_again is None or outlook.look_again > self.now
        assert len(self.ours) <= 1, "two tasks"
        if any(sign.at is None for sign in self.stops):
            assert self.ours == [], "a task in spite of a stop"
        answers = self._answers()
        if not answers:
            return
        if all(one.says in SILENT for one in answers):
            assert self.ours == [], "a task for someone who has answered"
        for task in self.ours:
            assert task.step in {ANSWER_STEP, LATER_STEP}, "a step after an answer"
            assert task.anchor in {one.key for one in answers if one.says not in SILENT}

    def _answers(self) -> Sequence[Utterance]:
        """What people outside said since we last wrote."""
        spoken = sorted(
            (m for m in (*self.messages, *self.elsewhere) if m.mail_class is MailClass.HUMAN),
            key=lambda m: (m.at, m.key),
        )
        last = max(n for n, message in enumerate(spoken) if message.ours)
        return spoken[last + 1 :]
