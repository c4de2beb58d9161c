"""How we stand with a person: for each client, who of us knows them, and how well.

Everything here follows from facts that stand elsewhere (mail, links, what people set in the
CRM), so that no counter can drift from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    CONTACTED = "contacted"
    ANSWERED = "answered"
    AGREED = "agreed"
    LINKED = "linked"
    LOST = "lost"
    DECLINED = "declined"


# The words for it that a contact's stage has in the CRM.
OF_STAGE: Mapping[str, Standing] = {
    "contacted": Standing.CONTACTED,
    "replied": Standing.ANSWERED,
    "agreed": Standing.AGREED,
    "linked": Standing.LINKED,
    "lost": Standing.LOST,
    "declined": Standing.DECLINED,
}


class Sign(StrEnum):
    """What happened between us and a person that says how we stand."""

    WROTE = "wrote"  # one of us to them
    ANSWERED = "answered"  # they to us; before we ever wrote, it answers nothing
    AGREED = "agreed"
    DECLINED = "declined"
    LINK_STANDS = "link stands"
    LINK_LOST = "link lost"


_LINKS = frozenset({Sign.LINK_STANDS, Sign.LINK_LOST})


@dataclass(frozen=True, slots=True)
class Event:
    """One sign. `client` is "" for mail outside every campaign."""

    at: datetime
    sign: Sign
    client: str


@dataclass(frozen=True, slots=True)
class Word:
    """What the CRM says of a person: a stage that a person set, and whether we may write.

    `stage` is "" where nobody but us set it.
    """

    stage: str = ""
    since: datetime | None = None
    do_not_contact: bool = False


@dataclass(frozen=True, slots=True)
class Relationship:
    """`person` is the address that stands for the person. `since`: the sign that decided.

    `linked`: they linked to the client once, whatever came of it.
    """

    person: str
    client: str
    standing: Standing
    since: datetime
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """One of us who has mail with a person: how much they wrote, how often they were answered."""

    teammate: str
    sent: int
    answers: int
    last_at: datetime


# How many answered messages make a dialogue: one "thanks, noted" is none.
REAL_EXCHANGES = 2
# Exchanges after which another one says only half as much, and days that halve what was said.
_HALF_EXCHANGES = 3.0
_HALF_LIFE_DAYS = 365.0


@dataclass(frozen=True, slots=True)
class Depth:
    """Human mail both ways, over all clients.

    `exchanges`: how often a message of ours was followed by an answer that was not a no.
    """

    sent: int = 0
    answers: int = 0
    exchanges: int = 0
    last_answer_at: datetime | None = None

    @property
    def real(self) -> bool:
        """Whether this is a dialogue, in which a favour may be asked for."""
        return self.exchanges >= REAL_EXCHANGES

    def score(self, now: datetime) -> float:
        """From 0 (never answered) to 1: more for each exchange, less the longer ago the last."""
        if self.last_answer_at is None or not self.exchanges:
            return 0.0
        known = 1.0 - 0.5 ** (self.exchanges / _HALF_EXCHANGES)
        days = max(0.0, (now - self.last_answer_at).total_seconds() / 86_400)
        return round(float(known * 0.5 ** (days / _HALF_LIFE_DAYS)), 4)


def stand(person: str, events: Iterable[Event], word: Word) -> list[Relationship]:
    """How we stand with one person, for each client there is a sign of, sorted by client.

    A stage that a person set holds for the client whose matter was at hand when they set it:
    that of the newest sign before it, else of every client. Do-not-contact is a refusal to
    all of them, except where a link says more.
    """
    by_client: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda one: one.at):
        by_client.setdefault(event.client, []).append(event)
    theirs = OF_STAGE.get(word.stage)
    at_hand = _at_hand(by_client, word)
    if theirs is not None and not by_client and word.since is not None:
        return [Relationship(person, "", theirs, word.since)]
    wrote = [one.at for signs in by_client.values() for one in signs if one.sign is Sign.WROTE]
    found: list[Relationship] = []
    for client, signs in sorted(by_client.items()):
        standing, since = _standing(signs, min(wrote, default=None))
        if word.do_not_contact and standing not in {Standing.LINKED, Standing.LOST}:
            standing = Standing.DECLINED
        if theirs is not None and word.since is not None and client in at_hand:
            standing, since = theirs, word.since
        linked = any(one.sign in _LINKS for one in signs)
        found.append(Relationship(person, client, standing, since, linked))
    return found


def _at_hand(by_client: Mapping[str, Sequence[Event]], word: Word) -> frozenset[str]:
    if word.since is None:
        return frozenset()
    before = [
        (event.at, client)
        for client, signs in by_client.items()
        for event in signs
        if event.at <= word.since
    ]
    return frozenset({max(before)[1]}) if before else frozenset(by_client)


def _standing(signs: Sequence[Event], wrote: datetime | None) -> tuple[Standing, datetime]:
    """What the signs of one client, oldest first, come to. `wrote`: our first message to them."""
    if standing := [one for one in signs if one.sign is Sign.LINK_STANDS]:
        return Standing.LINKED, standing[0].at
    for one in reversed(signs):
        match one.sign:
            case Sign.LINK_LOST:
                return Standing.LOST, one.at
            case Sign.DECLINED:
                return Standing.DECLINED, one.at
            case Sign.AGREED:
                return Standing.AGREED, one.at
            case _:
                continue
    for one in signs:
        if one.sign is Sign.ANSWERED and wrote is not None and one.at >= wrote:
            return Standing.ANSWERED, one.at
    return Standing.CONTACTED, signs[0].at


@dataclass(frozen=True, slots=True)
class Spoken:
    """One human message between one of us and a person, as depth and acquaintance see it.

    `refusal`: theirs, and a no.
    """

    at: datetime
    teammate: str
    ours: bool
    refusal: bool = False


def depth_of(spoken: Iterable[Spoken]) -> Depth:
    sent = answers = exchanges = 0
    open_question = False
    last: datetime | None = None
    for one in sorted(spoken, key=lambda each: each.at):
        if one.ours:
            sent += 1
            open_question = True
            continue
        answers += 1
        last = one.at
        if open_question and not one.refusal:
            exchanges += 1
        open_question = False
    return Depth(sent, answers, exchanges, last)


def acquaintances_of(spoken: Iterable[Spoken]) -> tuple[Acquaintance, ...]:
    """Who of us knows the person, best first: whom they answer most, then most lately."""
    sent: dict[str, int] = {}
    answers: dict[str, int] = {}
    last: dict[str, datetime] = {}
    for one in spoken:
        counts = sent if one.ours else answers
        counts[one.teammate] = counts.get(one.teammate, 0) + 1
        last[one.teammate] = max(last.get(one.teammate, one.at), one.at)
    found = [
        Acquaintance(one, sent.get(one, 0), answers.get(one, 0), at) for one, at in last.items()
    ]
    return tuple(
        sorted(found, key=lambda one: (-one.answers, -one.last_at.timestamp(), one.teammate))
    )
