"""What an answer calls for, by the rules that ops gave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.core.calendar import Calendar
from syncd.core.mail.saying_kinds import Says
from syncd.core.promises.exchange import Exchange
from syncd.core.promises.waiting import Answered, Utterance
from syncd.core.rules import Consequence, Does

# A page that shows no link yet, or could not be seen, is looked at again before a person is
# asked to: sites publish late, and fail for a while.
LOOKS = 3
LOOK_AGAIN = timedelta(hours=8)

# These end the wait and ask for no task.
_SILENT = frozenset({Does.NOTHING, Does.DO_NOT_CONTACT})


@dataclass(frozen=True, slots=True)
class Follows:
    """A task that an answer calls for: `at` that time, at once where it is None."""

    answer: Utterance
    consequence: Consequence
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Looks:
    """Pages to be looked at by ourselves, with how often that was done: `at`, or at once."""

    answer: Utterance
    pages: tuple[tuple[str, int], ...]
    at: datetime | None


def follows(exchange: Exchange, answered: Answered, calendar: Calendar) -> Follows | Looks | None:
    """What is to be done after the answers since we last wrote; None for nothing.

    The newest that calls for anything counts: a "thanks again" after a question of price
    takes nothing of it back, a "sorry, no" does.
    """
    for answer in reversed(answered.answers):
        consequence = exchange.answers.get(answer.says)
        if consequence is None or consequence.does is Does.NOTHING:
            continue
        if answer.says == Says.REFERRAL and answer.key in exchange.introduced_in:
            continue
        if consequence.does in _SILENT:
            return None
        if consequence.does is Does.CHECK_LINK and exchange.checks_links and answer.urls:
            seen = [exchange.links_seen.get(url) for url in answer.urls]
            if any(one is not None and one.state.stands for one in seen):
                return None
            if looks := _looks(exchange, answer):
                return looks
        return Follows(answer, consequence, _when(answer, consequence, calendar))
    return None


def _looks(exchange: Exchange, answer: Utterance) -> Looks | None:
    """The pages whose turn it is next; None when all were looked at often enough."""
    seen = {url: exchange.links_seen.get(url) for url in answer.urls}
    new = tuple((url, 0) for url, one in seen.items() if one is None)
    if new:
        return Looks(answer, new, None)
    again = [(url, one) for url, one in seen.items() if one is not None and one.tries < LOOKS]
    if not again:
        return None
    return Looks(
        answer,
        tuple((url, one.tries) for url, one in again),
        max(one.at for _, one in again) + LOOK_AGAIN,
    )


def _when(answer: Utterance, consequence: Consequence, calendar: Calendar) -> datetime | None:
    match consequence.does:
        case Does.WAIT if answer.until is not None:
            return calendar.opening(answer.until, like=answer.at)
        case Does.WAIT | Does.NURTURE:
            assert consequence.span is not None, "the settings demand one"
            return calendar.after(answer.at, consequence.span)
        case _:
            return None
