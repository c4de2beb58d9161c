"""How a link stands over time: won, lost after enough looks, found again. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.core.facts import Place
from syncd.core.links import NOTHING, Expected, Judgement, LinkState

_DAY = timedelta(days=1)
_SOON = timedelta(hours=6)
# A link that came back is doubted longer the next time; more than this often changes nothing.
_FLAPS = 2
# What was lost is looked at less and less often.
_LOST_SLOWER = 4


@dataclass(frozen=True, slots=True)
class LinkRules:
    """When links are looked at, and when one counts as lost.

    `strikes` looks in a row must miss it, over at least `over`. `unverifiable`: after so long
    without a look that could judge, people are told. `a_day`: the most tasks on one day.
    `place` None: that of the campaign's follow-ups. `owner`: whose task it is where none of us
    knows the contact, "" for whoever wrote to them.
    """

    every: timedelta = timedelta(days=14)
    strikes: int = 3
    over: timedelta = timedelta(days=3)
    unverifiable: timedelta = timedelta(days=30)
    a_day: int = 10
    place: Place | None = None
    owner: str = ""
    priority: str = "high"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """One link as all looks together tell. `known_at`: when we first heard of it.

    It stands while it was won and is not lost, whatever the last look could see.
    """

    known_at: datetime
    state: LinkState = LinkState.UNCHECKED
    words: str = ""
    expected: Expected = NOTHING
    won_at: datetime | None = None
    lost_at: datetime | None = None
    losses: int = 0
    strikes: int = 0
    struck_at: datetime | None = None
    failing_at: datetime | None = None
    checks: int = 0

    @property
    def stands(self) -> bool:
        return self.won_at is not None and self.lost_at is None


def observe(was: Course, found: Judgement, now: datetime, rules: LinkRules) -> Course:
    """The course after one more look."""
    was = replace(was, checks=was.checks + 1)
    if found.state is LinkState.ERROR:
        return _failing(was, found, now, rules)
    was = replace(was, failing_at=None)
    if found.state.stands:
        return _standing(was, found, now)
    return _absent(was, found, now, rules)


def _failing(was: Course, found: Judgement, now: datetime, rules: LinkRules) -> Course:
    """Nothing was seen: no strike, and none taken back."""
    since = was.failing_at or now
    was = replace(was, failing_at=since)
    if was.lost_at is not None:
        return was
    if now - since < rules.unverifiable:
        return replace(was, state=LinkState.ERROR, words=found.words)
    words = f"not to be judged since {since:%Y-%m-%d}: {found.words}"
    return replace(was, state=LinkState.UNVERIFIABLE, words=words)


def _standing(was: Course, found: Judgement, now: datetime) -> Course:
    expected = was.expected
    if was.won_at is None and found.link is not None:
        # As first seen. What was claimed of it and is not so stays to be told.
        target = expected.target if found.state is LinkState.CHANGED_TARGET else found.lands
        expected = Expected(target or expected.target, expected.anchor or found.link.text)
    return replace(
        was,
        state=found.state,
        words=found.words,
        expected=expected,
        won_at=was.won_at or now,
        lost_at=None,
        strikes=0,
        struck_at=None,
    )


def _absent(was: Course, found: Judgement, now: datetime, rules: LinkRules) -> Course:
    if was.won_at is None:
        return replace(was, state=LinkState.MISSING, words=f"never seen: {found.words}")
    settled = LinkState.GONE if found.state is LinkState.GONE else LinkState.LOST
    if was.lost_at is not None:
        return replace(was, state=settled, words=found.words)
    since, strikes = was.struck_at or now, was.strikes + 1
    wanted = rules.strikes * (1 + min(was.losses, _FLAPS))
    was = replace(was, strikes=strikes, struck_at=since)
    if strikes < wanted or now - since < rules.over:
        words = f"{found.words}; look {strikes} of {max(wanted, strikes)}"
        return replace(was, state=LinkState.MISSING, words=words)
    return replace(was, state=settled, words=found.words, lost_at=since, losses=was.losses + 1)


def next_look(course: Course, now: datetime, rules: LinkRules, name: str) -> datetime:
    """When to look again: soon while it is new or in doubt, then ever less often.

    `name` spreads links that were looked at together, always alike.
    """
    return now + _wait(course, now, rules) * (1 + spread(name) / 5)


def spread(name: str) -> float:
    """Something from 0 to 1 that is the same for the same name every time."""
    digest = hashlib.blake2b(name.encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32


def _wait(course: Course, now: datetime, rules: LinkRules) -> timedelta:
    if course.failing_at is not None:
        return min(rules.every, max(_SOON, now - course.failing_at))
    if course.lost_at is not None:
        return min(rules.every * _LOST_SLOWER, max(_DAY, now - course.lost_at))
    if course.struck_at is not None:
        return max(timedelta(hours=1), rules.over / max(1, rules.strikes - 1))
    return min(rules.every, max(_DAY, now - (course.won_at or course.known_at)))
