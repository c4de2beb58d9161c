"""Promise: a conversation in which we wait past the due time has exactly one open task.

And none once it is answered, but where the answer itself calls for one. What people do to
a task stands: completed or deleted by hand, the step counts as taken; reopened by hand,
the task is theirs from then on; moved, renamed or reassigned, it stays so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.core.actions import LabelThread, OpenCrmTask, OpenTask, Planned
from syncd.core.calendar import Calendar, Span, Unit
from syncd.core.promises import answers
from syncd.core.promises.exchange import ANSWER_STEP, BOUNCE_STEP, LATER_STEP, Exchange, StopSign
from syncd.core.promises.task_plan import PROMISE, TaskPlan, Wish, close_key, task_key
from syncd.core.promises.waiting import (
    Answered,
    Bounced,
    Closure,
    Exhausted,
    Standstill,
    Waiting,
    standstill,
)
from syncd.core.rules import Cadence, StopOn

__all__ = ["PROMISE", "Outlook", "close_key", "decide", "task_key"]

_NEXT_DAY = Span(1, Unit.BUSINESS_DAY)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What should be done now, and when to look again (None: only when something changes).

    `overdue_since`: when what the plan opens a task for fell due.
    """

    plan: tuple[Planned, ...]
    status: str  # waiting | answered | bounced | stopped | quiet
    person: str
    look_again: datetime | None
    story: dict[str, object]
    overdue_since: datetime | None = None

    def put_off(self, until: datetime | None, why: str) -> Outlook:
        """The same without what it opens, to be looked at again then, if ever."""
        return replace(
            self,
            plan=tuple(one for one in self.plan if not _opens(one)),
            look_again=until,
            story=self.story | {"put_off": why},
            overdue_since=None,
        )


def decide(
    exchange: Exchange, cadence: Cadence | None, calendar: Calendar, now: datetime
) -> Outlook:
    """What the promise asks of this exchange at `now`."""
    if cadence is None:
        tasks = TaskPlan(exchange, None, calendar)
        closing = tasks.close("No follow-up is configured for this conversation.")
        return Outlook(closing, "quiet", "", None, {"because": "no cadence"})
    tasks = TaskPlan(exchange, cadence, calendar)
    closures = tuple(
        Closure(task.anchor, task.step, task.closed_by_person_at)
        for task in exchange.tasks
        if task.closed_by_person_at is not None
    )
    stands = standstill(exchange.messages, exchange.elsewhere, closures, cadence, calendar)
    if (sign := _stopped(exchange, stands)) is not None:
        story = _story(stands) | {"because": sign.words}
        return Outlook(tasks.close(f"Stopped: {sign.words}."), "stopped", "", None, story)
    match stands:
        case Answered():
            outlook = _after_answer(tasks, stands, now)
        case Bounced():
            outlook = _after_bounce(tasks, stands, now)
        case Waiting():
            outlook = _while_waiting(tasks, stands, now)
        case _:
            closing = tasks.close("The last step has been taken.")
            outlook = Outlook(closing, "quiet", "", None, _story(stands))
    if tasks.problems:
        outlook = replace(outlook, story=outlook.story | {"template": "; ".join(tasks.problems)})
    return replace(outlook, plan=outlook.plan + tasks.hand_over())


def _while_waiting(tasks: TaskPlan, stands: Waiting, now: datetime) -> Outlook:
    last, due = stands.last, stands.due
    wish = Wish(stands.anchor.key, stands.step, last, max(due, now))
    story = _story(stands)
    if now < due:
        plan = tasks.close(f"Followed up by hand on {tasks.day(last.at)}.", keep=wish)
        if stands.absence is not None:
            plan += tasks.move(wish, due, stands.absence)
        return Outlook(plan, "waiting", last.person, due, story)
    plan = tasks.close("Superseded by the next step.", keep=wish)
    if tasks.stands(wish):
        return Outlook(plan, "waiting", last.person, None, story)
    outlook = Outlook(plan + tasks.open(wish), "waiting", last.person, None, story, due)
    if (free := _room_at(tasks.exchange, tasks.cadence, now)) is not None:
        return outlook.put_off(free, f"enough tasks about {last.person} for now")
    return outlook


def _after_bounce(tasks: TaskPlan, stands: Bounced, now: datetime) -> Outlook:
    last, by = stands.last, stands.by
    # By what bounced, not by the wait: another message may bounce in the same one.
    wish = Wish(last.key, BOUNCE_STEP, last, max(tasks.calendar.after(by.at, _NEXT_DAY), now))
    plan = tasks.close("The message could not be delivered.", keep=wish)
    story = _story(stands)
    if tasks.cadence is None or StopOn.BOUNCE not in tasks.cadence.stop.on:
        return Outlook(plan, "bounced", last.person, None, story)
    if tasks.stands(wish):
        return Outlook(plan, "bounced", last.person, None, story)
    return Outlook(plan + tasks.open(wish), "bounced", last.person, None, story, by.at)


def _after_answer(tasks: TaskPlan, stands: Answered, now: datetime) -> Outlook:
    exchange, by = tasks.exchange, stands.by
    words = f"Answered by {by.person or 'someone'} on {tasks.day(by.at)}: {by.subject}"
    story = _story(stands)
    follows = answers.follows(exchange, stands, tasks.calendar)
    if follows is None:
        return Outlook(tasks.close(words), "answered", "", None, story)
    if isinstance(follows, answers.Looks):
        return _while_looking(tasks, follows, words, story, now)
    story |= {"says": follows.answer.says, "then": str(follows.consequence.does)}
    step = ANSWER_STEP if follows.at is None else LATER_STEP
    due = follows.at or follows.answer.at
    wish = Wish(follows.answer.key, step, follows.answer, max(due, now), follows.consequence)
    if now < due:
        story["due"] = due.isoformat()
        return Outlook(tasks.close(words), "answered", by.person, due, story)
    plan = tasks.close(words, keep=wish)
    if tasks.stands(wish):
        return Outlook(plan, "answered", by.person, None, story)
    return Outlook(plan + tasks.open(wish), "answered", by.person, None, story, due)


def _while_looking(
    tasks: TaskPlan, looks: answers.Looks, words: str, story: dict[str, object], now: datetime
) -> Outlook:
    plan = tasks.close(words)
    story |= {"says": looks.answer.says, "then": "check link"}
    if looks.at is not None and now < looks.at:
        return Outlook(plan, "answered", looks.answer.person, looks.at, story)
    return Outlook(plan + tasks.look(looks), "answered", looks.answer.person, None, story)


def _stopped(exchange: Exchange, stands: Standstill) -> StopSign | None:
    """The sign that ends it. An answer has consequences of its own, whatever the stage."""
    began = None
    if isinstance(stands, Waiting | Bounced | Exhausted):
        began = stands.anchor.at
    for sign in exchange.stops:
        if sign.at is None or (began is not None and began <= sign.at):
            return sign
    return None


def _room_at(exchange: Exchange, cadence: Cadence | None, now: datetime) -> datetime | None:
    """When there is room for a task about this person again; None: there is now."""
    rate = cadence.at_most if cadence is not None else None
    if rate is None:
        return None
    window = rate.per.delta
    lately = sorted(at for at in exchange.asked_lately if at > now - window)
    if len(lately) < rate.amount:
        return None
    return lately[-rate.amount] + window + timedelta(seconds=1)


def _opens(planned: Planned) -> bool:
    action = planned.action
    opening = isinstance(action, LabelThread) and bool(action.add)
    return opening or isinstance(action, OpenTask | OpenCrmTask)


def _story(stands: Standstill) -> dict[str, object]:
    match stands:
        case Answered(by):
            return {"answered_by": by.key, "from": by.person, "at": by.at.isoformat()}
        case Bounced(anchor, last, by):
            return {"anchor": anchor.key, "last": last.key, "bounced_by": by.key}
        case Waiting(anchor, last, step, since, due, absence):
            story: dict[str, object] = {
                "anchor": anchor.key,
                "last": last.key,
                "step": step,
                "since": since.isoformat(),
                "due": due.isoformat(),
            }
            if absence is not None:
                story["absence"] = absence.key
                story["back"] = absence.until.isoformat() if absence.until else ""
            return story
        case None:
            return {"because": "we have not written to anybody outside"}
        case _:
            return {"because": "every step of the cadence has been taken"}
