"""When we wait for an answer, since when, and how far along the cadence.

A walk through the messages of one exchange, through the absences of those we wrote to and
through what people did with its tasks, in the order of time. Nothing is remembered between
walks, so that a message found late simply gives another, better answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from syncd.core.calendar import Calendar, Span, Unit
from syncd.core.facts import MailClass, Party
from syncd.core.mail.autoreplies import LEFT_COMPANY, OUT_OF_OFFICE
from syncd.core.rules import Cadence


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message of an exchange. `people`: outside addresses (recipients or sender).

    `says`: what a person's message says, by the names of `syncd.core.mail.saying.Says`.
    `until`: the day an absence ends, or from which they want to hear from us again.
    """

    key: str
    at: datetime
    ours: bool
    mail_class: MailClass
    people: tuple[str, ...]
    mailbox: str
    subject: str = ""
    failed: tuple[str, ...] = ()  # a bounce: whom it could not be delivered to
    subclass: str = ""
    says: str = ""
    until: date | None = None
    referred: tuple[Party, ...] = ()
    urls: tuple[str, ...] = ()

    @property
    def person(self) -> str:
        """Whom it is from or, ours, the first it went to; "" where nobody is named."""
        return self.people[0] if self.people else ""

    @property
    def is_absence(self) -> bool:
        return self.mail_class is MailClass.AUTO_REPLY and self.subclass == OUT_OF_OFFICE


def newest_of_ours(messages: Sequence[Utterance]) -> Utterance | None:
    """Our newest message that went to somebody outside. `messages` are in the order of time."""
    return next((one for one in reversed(messages) if one.ours and one.people), None)


@dataclass(frozen=True, slots=True)
class Closure:
    """A person completed or deleted the task of a step."""

    anchor: str
    step: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """`by`: their newest message. `answers`: all of theirs since we last wrote, oldest first."""

    by: Utterance
    answers: tuple[Utterance, ...]


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
    when the clock of this step began, `due` when it runs out. `absence` is the automatic
    answer that moved `due` there from where the cadence alone would have it.
    """

    anchor: Utterance
    last: Utterance
    step: int
    since: datetime
    due: datetime
    absence: Utterance | None = None


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Every step of the cadence has been taken."""

    anchor: Utterance
    last: Utterance


Standstill = Answered | Bounced | Waiting | Exhausted | None


_NEXT_WORKING_DAY = Span(1, Unit.BUSINESS_DAY)


def standstill(
    messages: Sequence[Utterance],
    elsewhere: Sequence[Utterance],
    closures: Sequence[Closure],
    cadence: Cadence,
    calendar: Calendar,
) -> Standstill:
    """How the exchange stands. None when we never wrote, or nobody outside takes part.

    `elsewhere` are messages of the awaited people in other threads: a person's ends the
    wait like an answer in the thread, an absence holds here as well. Only human messages
    answer: absences, receipts and bounces do not. A teammate's message is ours, hence
    never an answer; what we say among ourselves is no follow-up either.
    """
    everything = sorted((*messages, *elsewhere), key=lambda m: (m.at, m.key))
    ours_since: list[Utterance] = []
    answers: list[Utterance] = []
    for message in everything:
        if message.mail_class is not MailClass.HUMAN or (message.ours and not message.people):
            continue
        if message.ours:
            ours_since.append(message)
        elif ours_since:
            ours_since, answers = [], [message]
        elif answers:
            answers.append(message)
    if not ours_since:
        return Answered(answers[-1], tuple(answers)) if answers else None
    anchor = ours_since[0]
    if (bounce := _undeliverable(messages, ours_since)) is not None:
        return Bounced(anchor, ours_since[-1], bounce)
    # One in another thread may be older than the wait: machines say so once a week and person.
    absences = [m for m in everything if m.is_absence and (m.at >= anchor.at or m.until)]
    return _walk(ours_since, absences, closures, cadence, calendar)


def due_after(cadence: Cadence, calendar: Calendar, step: int, since: datetime) -> datetime | None:
    """When step `step`, begun at `since`, falls due; None past the end of the cadence."""
    if step < len(cadence.steps):
        return calendar.after(since, cadence.steps[step])
    if step == len(cadence.steps) and cadence.nurture is not None:
        return calendar.after(since, cadence.nurture)
    return None


@dataclass(slots=True)
class _Clock:
    """Where the walk stands. `asked`: whom our newest message went to. `away`: by sender."""

    cadence: Cadence
    calendar: Calendar
    since: datetime
    asked: tuple[str, ...]
    step: int = 0
    away: dict[str, Utterance] = field(default_factory=dict)

    def begin(self, at: datetime, step: int) -> None:
        self.since, self.step = at, step

    def due(self) -> tuple[datetime, Utterance | None] | None:
        """When the step is due, and the absence that moved it there; None past the last step."""
        due = due_after(self.cadence, self.calendar, self.step, self.since)
        if due is None:
            return None
        moved = [(self._moved(due, one), one) for one in self._absences()]
        if not moved:
            return due, None
        # Whoever is back first can answer.
        later, absence = min(moved, key=lambda pair: pair[0])
        return (later, absence) if later > due else (due, None)

    def _absences(self) -> list[Utterance]:
        if len(self.asked) > 1:
            everyone = set(self.asked) <= self.away.keys()
            return [self.away[one] for one in self.asked] if everyone else []
        # Of one person, by whichever address their machine answers; the last word counts.
        return sorted(self.away.values(), key=lambda one: one.at)[-1:]

    def _moved(self, due: datetime, absence: Utterance) -> datetime:
        if absence.until is not None:
            back = self.calendar.start_of(absence.until, like=due)
            return max(due, self.calendar.after(back, _NEXT_WORKING_DAY))
        if absence.at < self.since:
            return due
        return self.calendar.after(due, self.cadence.absence)


def _walk(
    ours: Sequence[Utterance],
    absences: Sequence[Utterance],
    closures: Sequence[Closure],
    cadence: Cadence,
    calendar: Calendar,
) -> Waiting | Exhausted:
    anchor = ours[0]
    clock = _Clock(cadence, calendar, anchor.at, anchor.people)
    happened: list[tuple[datetime, int, Closure | Utterance]] = [(m.at, 0, m) for m in ours[1:]]
    happened += [(m.at, 1, m) for m in absences]
    happened += [(c.at, 2, c) for c in closures if c.anchor == anchor.key]
    happened.sort(key=lambda event: event[:2])
    for at, _, event in happened:
        runs_out = clock.due()
        if runs_out is None:
            break
        if isinstance(event, Closure):
            # Closing the task of a step we have left already says nothing new.
            if event.step == clock.step:
                clock.begin(at, clock.step + 1)
        elif event.is_absence:
            clock.away[event.person] = event
        else:
            # Written before its turn: the clock restarts, the step is still to come.
            clock.begin(at, clock.step + (at >= runs_out[0]))
            clock.asked = event.people
    runs_out = clock.due()
    if runs_out is None:
        return Exhausted(anchor, ours[-1])
    return Waiting(anchor, ours[-1], clock.step, clock.since, *runs_out)


def _undeliverable(messages: Sequence[Utterance], ours: Sequence[Utterance]) -> Utterance | None:
    """The notice that leaves nobody reached by our newest message."""
    newest = ours[-1]
    notices = sorted(
        (m for m in messages if _ends_an_address(m) and m.at >= newest.at),
        key=lambda m: (m.at, m.key),
    )
    return notices[-1] if nobody_left(notices, newest.people) else None


def nobody_left(messages: Iterable[Utterance], asked: Collection[str]) -> bool:
    """Whether the notices among `messages` leave none of those we wrote to within reach.

    Whoever has left the company is as far out of reach as an address that bounces.
    """
    notices = [m for m in messages if _ends_an_address(m)]
    if not notices:
        return False
    failed = {address for notice in notices for address in _lost(notice)}
    # A notice that names nobody is about everyone when there was only one.
    return set(asked) <= failed if failed else len(asked) == 1


def _ends_an_address(message: Utterance) -> bool:
    left = message.mail_class is MailClass.AUTO_REPLY and message.subclass == LEFT_COMPANY
    return left or message.mail_class is MailClass.BOUNCE_HARD


def _lost(notice: Utterance) -> tuple[str, ...]:
    return notice.failed if notice.mail_class is MailClass.BOUNCE_HARD else notice.people
