"""What an answer calls for, by the rules that ops gave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.core.calendar import Calendar
from syncd.core.promises.exchange import Exchange
from syncd.core.promises.waiting import Answered, Utterance
from syncd.core.rules import Consequence, Does

# These end the wait and ask for no task.
_SILENT = frozenset({Does.NOTHING, Does.DO_NOT_CONTACT})


@dataclass(frozen=True, slots=True)
class Follows:
    """A task that an answer calls for: `at` that time, at once where it is None."""

    answer: Utterance
    consequence: Consequence
    at: datetime | None


def follows(exchange: Exchange, answered: Answered, calendar: Calendar) -> Follows | None:
    """What is to be done after the answers since we last wrote; None for nothing.

    The newest that calls for anything counts: a "thanks again" after a question of price
    takes nothing of it back, a "sorry, no" does.
    """
    for answer in reversed(answered.answers):
        consequence = exchange.answers.get(answer.says)
        if consequence is None or consequence.does is Does.NOTHING:
            continue
        if consequence.does in _SILENT:
            return None
        if consequence.does is Does.CHECK_LINK and exchange.checks_links:
            return None
        return Follows(answer, consequence, _when(answer, consequence, calendar))
    return None


def _when(answer: Utterance, consequence: Consequence, calendar: Calendar) -> datetime | None:
    match consequence.does:
        case Does.WAIT if answer.until is not None:
            return calendar.opening(answer.until, like=answer.at)
        case Does.WAIT | Does.NURTURE:
            assert consequence.span is not None, "the settings demand one"
            return calendar.after(answer.at, consequence.span)
        case _:
            return None
