"""When we wait for an answer, since when, and how far along the cadence.

A walk through the messages of one exchange and through what people did with its tasks,
in the order of time. Nothing is remembered between walks, so that a message found late
simply gives another, better answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core.calendar import Calendar
from syncd.core.facts import MailClass
from syncd.core.rules import Cadence


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of an exchange. `people`: outside addresses (recipients or sender)."""

    key: str
    at: datetime
    ours: bool
    mail_class: MailClass
    people: tuple[str, ...]
    mailbox: str
    subject: str = ""
    failed: tuple[str, ...] = ()  # a bounce: whom it could not be delivered to


@dataclass(frozen=True, slots=True)
class Closure:
    """A person completed or deleted the task of a step."""

    anchor: str
    step: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    by: Utterance


@dataclass(frozen=True, slots=True)
class Bounced:
    """The wait ended: nobody we wrote to can be reached at these addresses."""

    anchor: Utterance
    last: Utterance
    by: Utterance


@dataclass(frozen=True, slots=True)
class Waiting:
    """`anchor`: our first message since they last spoke; it names the wait. `last`: our newest.

    `step` counts from 0; a step past the cadence's last is the nurture step. `since` is
    when the clock of this step began, `due` when it runs out.
    """

    anchor: Utterance
    last: Utterance
    step: int
    since: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Every step of the cadence has been taken."""

    anchor: Utterance
    last: Utterance


Standstill = Answered | Bounced | Waiting | Exhausted | None


def standstill(
    messages: Sequence[Utterance],
    elsewhere: Sequence[Utterance],
    closures: Sequence[Closure],
    cadence: Cadence,
    calendar: Calendar,
) -> Standstill:
    """How the exchange stands. None when we never wrote, or nobody outside takes part.

    `elsewhere` are human messages of the awaited people in threads of their own: they end
    the wait like an answer in the thread. Only human messages answer: absences, receipts
    and bounces do not. A teammate's message is ours, hence never an answer; what we say
    among ourselves is no follow-up either.
    """
    spoken = sorted(
        (
            m
            for m in (*messages, *elsewhere)
            if m.mail_class is MailClass.HUMAN and (m.people or not m.ours)
        ),
        key=lambda m: (m.at, m.key),
    )
    ours_since: list[Utterance] = []
    answer: Utterance | None = None
    for message in spoken:
        if message.ours:
            ours_since.append(message)
        elif ours_since or answer:
            ours_since, answer = [], message
    if not ours_since:
        return None if answer is None else Answered(answer)

    anchor = ours_since[0]
    if (bounce := _undeliverable(messages, ours_since)) is not None:
        return Bounced(anchor, ours_since[-1], bounce)
    return _walk(ours_since, closures, cadence, calendar)


def due_after(cadence: Cadence, calendar: Calendar, step: int, since: datetime) -> datetime | None:
    """When step `step`, begun at `since`, falls due; None past the end of the cadence."""
    if step < len(cadence.steps):
        return calendar.after(since, cadence.steps[step])
    if step == len(cadence.steps) and cadence.nurture is not None:
        return calendar.after(since, cadence.nurture)
    return None


def _walk(
    ours: Sequence[Utterance],
    closures: Sequence[Closure],
    cadence: Cadence,
    calendar: Calendar,
) -> Waiting | Exhausted:
    anchor = ours[0]
    step, since = 0, anchor.at
    happened: list[tuple[datetime, int, Closure | None]] = [(m.at, 0, None) for m in ours[1:]]
    happened += [(c.at, 1, c) for c in closures if c.anchor == anchor.key]
    happened.sort(key=lambda event: event[:2])
    for at, _, closure in happened:
        due = due_after(cadence, calendar, step, since)
        if due is None:
            break
        if closure is not None:
            # Closing the task of a step we have left already says nothing new.
            if closure.step == step:
                step, since = step + 1, at
        elif at >= due:
            step, since = step + 1, at
        else:
            # Written before its turn: the clock restarts, the step is still to come.
            since = at
    due = due_after(cadence, calendar, step, since)
    if due is None:
        return Exhausted(anchor, ours[-1])
    return Waiting(anchor, ours[-1], step, since, due)


def _undeliverable(messages: Sequence[Utterance], ours: Sequence[Utterance]) -> Utterance | None:
    """The hard bounce that leaves nobody reached by our newest message."""
    newest = ours[-1]
    bounces = sorted(
        (m for m in messages if m.mail_class is MailClass.BOUNCE_HARD and m.at >= newest.at),
        key=lambda m: (m.at, m.key),
    )
    failed = {address for bounce in bounces for address in bounce.failed}
    if not bounces:
        return None
    # A notice that names nobody is about everyone when there was only one.
    unnamed = not failed and len(newest.people) == 1
    return bounces[-1] if unnamed or (failed and set(newest.people) <= failed) else None
