"""What a person says in an answer, by rules that show the very words they went by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from syncd.core.facts import Mail
from syncd.core.mail.envelope import Envelope
from syncd.core.mail.phrases import Phrases
from syncd.core.mail.saying_answer import Answer, Found
from syncd.core.mail.saying_kinds import Saying, Says

__all__ = ["Saying", "Says", "saying"]

# What a refusal may leave open, first come first.
_DOORS = (Says.REFERRAL, Says.NOT_NOW, Says.PRICE)
_CONTRARY = frozenset({Says.UNSUBSCRIBE, Says.DECLINE, Says.NOT_NOW})


def saying(
    mail: Mail,
    envelope: Envelope,
    phrases: Phrases,
    *,
    targets: Collection[str] = (),
    today: date | None = None,
) -> Saying:
    """What the author of `mail`, a person from outside, says this time.

    `targets` are the domains of the sites a link is wanted on or for (a campaign's client
    and target sites), in any case, with or without "www.". `today` is used where the
    message has no date of its own. Never raises.

    An unsubscription goes before all. A refusal goes before the rest, unless it leaves a
    door open: a person to write to instead, a time to come back, a price. "Not interested,
    but write to Ann <ann@...>" is a referral, because closing for a refusal would lose Ann.
    `live` takes a page on the sender's own or a target site together with words of
    publication; without such words it takes a message that is little else than the link,
    or a page on a target site in a message that says nothing else.
    """
    answer = Answer(mail, envelope, phrases, targets)
    if not answer.text.words:
        return Saying(Says.OTHER, confidence=0.0)
    found = answer.found()
    kinds = [kind for kind in Says if kind in found]
    kind = _comes_to(found)
    until = answer.until(today) if Says.NOT_NOW in found else None
    return Saying(
        kind,
        confidence=_confidence(kind, found),
        evidence=tuple(words for one in kinds for words in found[one].evidence),
        until=until,
        referred=answer.referred if Says.REFERRAL in found else (),
        urls=answer.pages,
        also=tuple(one for one in kinds if one is not kind),
    )


def _comes_to(found: Mapping[Says, Found]) -> Says:
    kinds = [kind for kind in Says if kind in found]
    if not kinds:
        return Says.OTHER
    if kinds[0] is Says.DECLINE:
        return next((door for door in _DOORS if door in found and found[door].open), kinds[0])
    return kinds[0]


def _confidence(kind: Says, found: Mapping[Says, Found]) -> float:
    if kind is Says.OTHER:
        return 0.5
    sure = 0.7 if found[kind].weak else 0.95 if len(found[kind].evidence) > 1 else 0.9
    contradicted = Says.INTEREST in found and not _CONTRARY.isdisjoint(found)
    return round(sure - 0.15 * contradicted, 2)
