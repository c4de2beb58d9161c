"""What the figures count: pitches, and what became of each.

A **pitch** is a conversation in which we wrote first to somebody outside, or first to somebody
who was introduced to us; it begins with that message, which also says whose it is. A
conversation that they began themselves is none: nothing was asked for that could be answered.
Its messages and links still count where messages and links are counted.

**Answered**: a person outside wrote in it afterwards, or in a thread of their own within
`ELSEWHERE` of our newest message. Absences, receipts and bounces are no answers, nor is a
message of the one who introduced. **Bounced**: nobody answered, and nobody we wrote to can be
reached at these addresses; such a pitch is in no denominator. **Agreed**: a link came of it,
or the newest answer that says either yes or no says yes, or a person set the contact's stage to
agreed. **Declined**: likewise, with a no, and no link. **Linked**: a link of it was seen to
stand; **lost**: none of these stands any more.

A **step** is the place of the message that was answered: 1 for the first message, 2 for the
first follow-up. Every pitch is counted once in each breakdown, so the parts add up to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.core.facts import MailClass
from syncd.core.promises.waiting import Utterance, nobody_left
from syncd.core.relationships import Standing

# What people say that makes an answer a yes or a no, by the names of syncd.core.mail.saying.
YES = frozenset({"interest", "live"})
NO = frozenset({"decline", "unsubscribe"})
# A thread somebody begins later than this after our last word is about something else.
ELSEWHERE = timedelta(days=60)


class Source(StrEnum):
    """Where the person came from, as of our first message.

    Introduced: somebody had introduced them, who had not written to us before that. Existing:
    they had written to us before. Theirs: they began the conversation, which is no pitch.
    """

    COLD = "cold"
    EXISTING = "existing"
    INTRODUCED = "introduced"
    THEIRS = "they wrote first"


@dataclass(frozen=True, slots=True)
class Known:
    """What else is known of the people a conversation is with.

    `heard_at`: when one of those we first wrote to had first written to us. `introduced_at` and
    `introducers`: when one of them was introduced, and by whom. `elsewhere`: what they say in
    threads that they began, oldest first. `word`: agreed or declined where a person set the stage.
    """

    heard_at: datetime | None = None
    introduced_at: datetime | None = None
    introducers: frozenset[str] = frozenset()
    elsewhere: tuple[Utterance, ...] = ()
    word: Standing | None = None


@dataclass(frozen=True, slots=True)
class Won:
    """Links that a conversation brought: how many were seen to stand, and do not any more."""

    links: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Pitch:
    """One conversation that we wrote in.

    `people`: whom its first message went to, and `names`: what they are called. `opening`: the
    fingerprint of its text. `step`: the message that was answered, or how many there are so far.
    `messages`: all of ours in it, later ones of a dialogue included. `asked_at`: our message that
    was answered, or the latest.
    """

    conversation: int
    campaign: str
    source: Source
    teammate: str
    people: tuple[str, ...]
    names: tuple[str, ...]
    at: datetime
    subject: str
    opening: str
    messages: int
    step: int
    asked_at: datetime
    answered_at: datetime | None
    bounced: bool
    absent: bool
    agreed: bool
    declined: bool
    won: Won

    @property
    def counts(self) -> bool:
        """Whether it is in the denominators."""
        return self.source is not Source.THEIRS and not self.bounced

    @property
    def lost(self) -> bool:
        return 0 < self.won.links <= self.won.lost


@dataclass(frozen=True, slots=True)
class Funnel:
    """Pitches that reached somebody, and how far they came; each number is of `contacted`."""

    contacted: int
    answered: int
    agreed: int
    linked: int
    lost: int
    declined: int


@dataclass(slots=True)
class Tally:
    """Pitches of one kind added up. `links` and `links_lost` are pages, `linked` and `lost`
    pitches; `absent`: an absence came, and no person answered.
    """

    pitches: int = 0
    bounced: int = 0
    answered: int = 0
    absent: int = 0
    agreed: int = 0
    declined: int = 0
    linked: int = 0
    lost: int = 0
    messages: int = 0
    links: int = 0
    links_lost: int = 0

    @property
    def contacted(self) -> int:
        return self.pitches - self.bounced

    @property
    def funnel(self) -> Funnel:
        return Funnel(
            self.contacted, self.answered, self.agreed, self.linked, self.lost, self.declined
        )

    def add(self, pitch: Pitch) -> None:
        self.pitches += 1
        self.messages += pitch.messages
        self.links += pitch.won.links
        self.links_lost += pitch.won.lost
        if pitch.bounced:
            self.bounced += 1
            return
        self.answered += pitch.answered_at is not None
        self.absent += pitch.absent and pitch.answered_at is None
        self.agreed += pitch.agreed
        self.declined += pitch.declined
        self.linked += pitch.won.links > 0
        self.lost += pitch.lost

    def join(self, other: Tally) -> None:
        for name in Tally.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class StepTally:
    """`sent`: pitches that came to this message unanswered. `answered`: it was answered."""

    sent: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as it is read: its messages, and what of them only figures ask for.

    `openings`: the fingerprint of our messages' text, by key. `names`: by address.
    """

    id: int
    campaign: str
    messages: tuple[Utterance, ...]
    openings: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def first_of_ours(messages: Iterable[Utterance]) -> Utterance | None:
    """Our first message to somebody outside: what a pitch begins with."""
    ours = [one for one in messages if is_ours(one)]
    return min(ours, key=lambda one: (one.at, one.key), default=None)


def is_ours(message: Utterance) -> bool:
    """Whether a message is one of ours that could be answered."""
    return message.ours and bool(message.people) and message.mail_class is MailClass.HUMAN


def pitch_of(talk: Talk, known: Known, won: Won) -> Pitch | None:
    """What became of a conversation; None where we never wrote to anybody outside."""
    messages = sorted(talk.messages, key=lambda one: (one.at, one.key))
    first = first_of_ours(messages)
    if first is None:
        return None
    after = [one for one in messages if (one.at, one.key) > (first.at, first.key)]
    ours = [first, *(one for one in after if is_ours(one))]
    introduced = _is_introduced(known, first.at)
    answers = _answers(after, ours, known)
    answered_at = answers[0].at if answers else None
    before = [one for one in ours if answered_at is None or one.at <= answered_at] or [first]
    bounced = answered_at is None and nobody_left(after, {p for one in ours for p in one.people})
    yes, no = _verdict(answers, known.word)
    return Pitch(
        conversation=talk.id,
        campaign=talk.campaign,
        source=_source(messages, first, known, introduced=introduced),
        teammate=first.mailbox,
        people=first.people,
        names=tuple(name for one in first.people if (name := talk.names.get(one, ""))),
        at=first.at,
        subject=first.subject,
        opening=talk.openings.get(first.key, ""),
        messages=len(ours),
        step=len(before),
        asked_at=before[-1].at,
        answered_at=answered_at,
        bounced=bounced and not won.links,
        absent=any(one.is_absence for one in after),
        agreed=yes or won.links > 0,
        declined=no and not won.links,
        won=won,
    )


def steps_of(pitches: Iterable[Pitch]) -> dict[int, StepTally]:
    """How each message fared, by its place."""
    found: dict[int, StepTally] = {}
    for pitch in pitches:
        add_steps(found, pitch)
    return found


def add_steps(steps: dict[int, StepTally], pitch: Pitch) -> None:
    for number in range(1, pitch.step + 1):
        steps.setdefault(number, StepTally()).sent += 1
    if pitch.answered_at is not None:
        steps[pitch.step].answered += 1


def _is_introduced(known: Known, at: datetime) -> bool:
    if known.introduced_at is None or known.introduced_at > at:
        return False
    return known.heard_at is None or known.heard_at >= known.introduced_at


def _source(
    messages: Sequence[Utterance], first: Utterance, known: Known, *, introduced: bool
) -> Source:
    if introduced:
        return Source.INTRODUCED
    opened = next((one for one in messages if one.mail_class is MailClass.HUMAN), first)
    if not opened.ours:
        return Source.THEIRS
    heard = known.heard_at is not None and known.heard_at < first.at
    return Source.EXISTING if heard else Source.COLD


def _answers(
    after: Sequence[Utterance], ours: Sequence[Utterance], known: Known
) -> list[Utterance]:
    """What people said to us after we had written, oldest first."""
    here = [one for one in after if _speaks(one, known)]
    apart = [
        one
        for one in known.elsewhere
        if _speaks(one, known) and any(one.at - ELSEWHERE <= mine.at <= one.at for mine in ours)
    ]
    return sorted((*here, *apart), key=lambda one: (one.at, one.key))


def _speaks(message: Utterance, known: Known) -> bool:
    return (
        not message.ours
        and message.mail_class is MailClass.HUMAN
        and message.person not in known.introducers
    )


def _verdict(answers: Sequence[Utterance], word: Standing | None) -> tuple[bool, bool]:
    """Whether it came to a yes, or to a no. A person's word goes before what phrases tell."""
    if word is not None:
        return word is Standing.AGREED, word is Standing.DECLINED
    for one in reversed(answers):
        if one.says in YES or one.says in NO:
            return one.says in YES, one.says in NO
    return False, False
