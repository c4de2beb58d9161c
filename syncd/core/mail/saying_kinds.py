"""The answer to "what does this person say?"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from syncd.core.facts import Party


class Says(StrEnum):
    """What an answer comes to, in the order in which one goes before another."""

    UNSUBSCRIBE = "unsubscribe"
    DECLINE = "decline"
    LIVE = "live"
    REFERRAL = "referral"
    NOT_NOW = "not_now"
    PRICE = "price"
    INTEREST = "interest"
    QUESTION = "question"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Saying:
    """What a person's message says.

    `kind` is what it comes to, `also` what else is said in it, in the order of `Says`.
    `confidence` is 0 to 1. `evidence` holds, for each kind found, the words themselves and
    their language: "decline: not interested (en)". `until`, `referred` and `urls` are filled
    whatever the kind: `until` is the first day on which they may be asked again, `referred`
    the people to write to instead (an address of "" where only a name is given), `urls` the
    pages on their own or a target site.
    """

    kind: Says
    confidence: float = 1.0
    evidence: tuple[str, ...] = ()
    until: date | None = None
    referred: tuple[Party, ...] = ()
    urls: tuple[str, ...] = ()
    also: tuple[Says, ...] = ()
