"""Promise: a conversation in which we wait past the due time has exactly one open task.

And none once it is answered. What people do to a task stands: completed or deleted by
hand, the step counts as taken; reopened by hand, the task is theirs from then on; moved,
renamed or reassigned, it stays so, because an open task of ours is never rewritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.core.actions import (
    Action,
    CloseCrmTask,
    CloseTask,
    CommentTask,
    LabelThread,
    OpenCrmTask,
    OpenTask,
    Planned,
)
from syncd.core.calendar import Calendar, Span, Unit
from syncd.core.identity import effect_key
from syncd.core.mail.addresses import domain_of
from syncd.core.promises.waiting import (
    Answered,
    Bounced,
    Closure,
    Standstill,
    Utterance,
    Waiting,
    standstill,
)
from syncd.core.rules import Cadence

PROMISE = "follow_up"

# The step number of the task that asks for another address after a bounce.
BOUNCE_STEP = -1
_NEXT_DAY = Span(1, Unit.BUSINESS_DAY)


@dataclass(frozen=True, slots=True)
class StepTask:
    """A task we made for a step, as last seen. `where`: board or crm."""

    mark: str
    where: str
    anchor: str
    step: int
    open: bool
    closed_by_person_at: datetime | None = None
    kept_by_person: bool = False
    exists: bool = True  # False: decided, not made yet


@dataclass(frozen=True, slots=True)
class Exchange:
    """One conversation. `contact`: the CRM id of the awaited person, "" where none.

    `threads`: Gmail thread by mailbox. `links`: lines for the task (thread, contact).
    """

    id: int
    campaign: str
    client: str
    messages: tuple[Utterance, ...]
    elsewhere: tuple[Utterance, ...] = ()
    tasks: tuple[StepTask, ...] = ()
    contact: str = ""
    person_name: str = ""
    threads: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What should be done now, and when to look again (None: only when something changes)."""

    plan: tuple[Planned, ...]
    status: str  # waiting | answered | bounced | quiet
    person: str
    look_again: datetime | None
    story: dict[str, object]


def decide(
    exchange: Exchange, cadence: Cadence | None, calendar: Calendar, now: datetime
) -> Outlook:
    """What the promise asks of this exchange at `now`."""
    if cadence is None:
        closing = _close_all(exchange, None, "No follow-up is configured for this conversation.")
        return Outlook(closing, "quiet", "", None, {"because": "no cadence"})
    closures = tuple(
        Closure(task.anchor, task.step, task.closed_by_person_at)
        for task in exchange.tasks
        if task.closed_by_person_at is not None
    )
    stands = standstill(exchange.messages, exchange.elsewhere, closures, cadence, calendar)
    match stands:
        case Answered(by):
            words = f"Answered by {_who(by)} on {_day(by.at, calendar)}: {by.subject}"
            return Outlook(
                _close_all(exchange, None, words, cadence), "answered", "", None, _story(stands)
            )
        case Bounced(_, last, by):
            # By what bounced, not by the wait: another message may bounce in the same one.
            wanted = (last.key, BOUNCE_STEP)
            plan = _close_all(exchange, wanted, "The message could not be delivered.", cadence)
            if not _made(exchange, wanted):
                due = calendar.after(by.at, _NEXT_DAY)
                plan += _open(
                    exchange, cadence, wanted, last=last, due=max(due, now), calendar=calendar
                )
            return Outlook(plan, "bounced", _person(last), None, _story(stands))
        case Waiting(anchor, last, step, _, due):
            wanted = (anchor.key, step)
            if now < due:
                words = f"Followed up by hand on {_day(last.at, calendar)}."
                plan = _close_all(exchange, wanted, words, cadence)
                return Outlook(plan, "waiting", _person(last), due, _story(stands))
            plan = _close_all(exchange, wanted, "Superseded by the next step.", cadence)
            if not _made(exchange, wanted):
                plan += _open(exchange, cadence, wanted, last=last, due=now, calendar=calendar)
            return Outlook(plan, "waiting", _person(last), None, _story(stands))
        case _:
            closing = _close_all(exchange, None, "The last step has been taken.", cadence)
            return Outlook(closing, "quiet", "", None, _story(stands))


def close_key(mark: str) -> str:
    """The key of closing a task. A task is closed by us once: reopened, it is a person's."""
    return effect_key(PROMISE, "close", mark)


def task_key(anchor: str, step: int, where: str, round_: int = 0) -> str:
    """The mark of the task for a step. The wait's first message is the version seen.

    `round_`: how often we have closed such a task, since a step can fall due once more.
    """
    again = (str(round_),) if round_ else ()
    return effect_key(PROMISE, "task", where, anchor, str(step), *again)


def _made(exchange: Exchange, wanted: tuple[str, int]) -> bool:
    """Whether this step has its task: one that a person closed or deleted is not made again.

    One that we closed does not count: a step that is due again (its earlier task taken
    back by a person, its cadence taken out of the settings and put back) has none.
    """
    return any(t.where == "board" and not _closed_by_us(t) for t in _for_step(exchange, wanted))


def _for_step(exchange: Exchange, wanted: tuple[str, int]) -> list[StepTask]:
    return [task for task in exchange.tasks if (task.anchor, task.step) == wanted]


def _closed_by_us(task: StepTask) -> bool:
    return not task.open and task.closed_by_person_at is None


def _close_all(
    exchange: Exchange,
    keep: tuple[str, int] | None,
    words: str,
    cadence: Cadence | None = None,
) -> tuple[Planned, ...]:
    """Close every open task of ours but the one to keep, saying why."""
    label = cadence.inbox_label if cadence is not None else None
    plan: list[Planned] = []
    for task in exchange.tasks:
        if not task.open or task.kept_by_person or (task.anchor, task.step) == keep:
            continue
        actions: list[Action] = []
        if task.where == "board":
            actions.append(CommentTask(effect_key(PROMISE, "comment", task.mark), task.mark, words))
            actions.append(CloseTask(close_key(task.mark), task.mark))
            actions += [
                LabelThread(
                    effect_key(PROMISE, "unlabel", task.mark, mailbox),
                    mailbox,
                    thread,
                    remove=(label,),
                )
                for mailbox, thread in exchange.threads
                if label
            ]
        else:
            actions.append(CloseCrmTask(close_key(task.mark), task.mark))
        plan += [_planned(exchange, action, words) for action in actions]
    return tuple(plan)


def _open(
    exchange: Exchange,
    cadence: Cadence,
    wanted: tuple[str, int],
    *,
    last: Utterance,
    due: datetime,
    calendar: Calendar,
) -> tuple[Planned, ...]:
    anchor, step = wanted
    person = _person(last)
    label = exchange.person_name or person
    title = f"{_verb(step, cadence)} {label} ({domain_of(person)})"
    due_day = calendar.next_working_day(calendar.local_date(due))
    body = _body(exchange, cadence, step, last, calendar)
    closed = [t.where for t in _for_step(exchange, wanted) if _closed_by_us(t)]
    again = (str(closed.count("board")),) if "board" in closed else ()
    actions: list[Action] = [
        OpenTask(
            key=task_key(anchor, step, "board", closed.count("board")),
            anchor=anchor,
            step=step,
            place=cadence.place,
            title=title,
            body=body,
            due=due_day,
            assignee=last.mailbox,
        )
    ]
    if cadence.crm_task and exchange.contact:
        actions.append(
            OpenCrmTask(
                key=task_key(anchor, step, "crm", closed.count("crm")),
                anchor=anchor,
                step=step,
                contact=exchange.contact,
                title=title,
                body=body,
                due=due,
                owner=last.mailbox,
            )
        )
    if cadence.inbox_label:
        actions += [
            LabelThread(
                effect_key(PROMISE, "label", anchor, str(step), mailbox, *again),
                mailbox,
                thread,
                add=("INBOX", cadence.inbox_label),
            )
            for mailbox, thread in exchange.threads
            if mailbox == last.mailbox
        ]
    return tuple(_planned(exchange, action, title) for action in actions)


def _planned(exchange: Exchange, action: Action, words: str) -> Planned:
    verbs = {
        OpenTask: "open task",
        CloseTask: "close task",
        CommentTask: "comment on task",
        OpenCrmTask: "open CRM task",
        CloseCrmTask: "close CRM task",
        LabelThread: "label thread",
    }
    return Planned(
        action, PROMISE, f"conversation:{exchange.id}", f"{verbs[type(action)]}: {words}"
    )


def _body(
    exchange: Exchange, cadence: Cadence, step: int, last: Utterance, calendar: Calendar
) -> str:
    person = _person(last)
    lines = [
        f"**Person:** {escaped(exchange.person_name or person)} ({escaped(person)})",
        f"**Site:** {escaped(domain_of(person))}",
    ]
    if exchange.campaign:
        client = f", for {exchange.client}" if exchange.client else ""
        lines.append(f"**Campaign:** {escaped(exchange.campaign + client)}")
    lines.append(f"**Step:** {_step_words(step, cadence)}")
    lines.append(
        f"**Last message:** {_day(last.at, calendar)}, {escaped(last.subject) or '(no subject)'}"
    )
    lines += [f"[{words}]({url})" for words, url in exchange.links]
    return "\n\n".join(lines)


_MARKDOWN = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]()<>#|~!"})


def escaped(words: str) -> str:
    """Text from a stranger's mail, on one line, with nothing Markdown would act on."""
    return " ".join(words.split()).translate(_MARKDOWN)


def _verb(step: int, cadence: Cadence) -> str:
    if step == BOUNCE_STEP:
        return "Find another address for"
    return "Stay in touch with" if step >= len(cadence.steps) else "Follow up with"


def _step_words(step: int, cadence: Cadence) -> str:
    if step == BOUNCE_STEP:
        return "the address bounced"
    if step >= len(cadence.steps):
        return f"nurture, after {cadence.nurture}"
    return f"{step + 1} of {len(cadence.steps)}, after {cadence.steps[step]} without an answer"


def _person(message: Utterance) -> str:
    return message.people[0] if message.people else ""


def _who(message: Utterance) -> str:
    return _person(message) or "someone"


def _day(at: datetime, calendar: Calendar) -> str:
    return calendar.local_date(at).isoformat()


def _story(stands: Standstill) -> dict[str, object]:
    match stands:
        case Answered(by):
            return {"answered_by": by.key, "from": _person(by), "at": by.at.isoformat()}
        case Bounced(anchor, last, by):
            return {"anchor": anchor.key, "last": last.key, "bounced_by": by.key}
        case Waiting(anchor, last, step, since, due):
            return {
                "anchor": anchor.key,
                "last": last.key,
                "step": step,
                "since": since.isoformat(),
                "due": due.isoformat(),
            }
        case None:
            return {"because": "we have not written to anybody outside"}
        case _:
            return {"because": "every step of the cadence has been taken"}
