"""What wrote a message: a person, or a machine and which.

The order is part of the rule: four in ten bounces also say "auto-replied", calendar
answers say "auto-generated", and every one of them may come in our own thread.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core.facts import Mail, MailClass
from syncd.core.mail.autoreplies import auto_reply
from syncd.core.mail.bounces import bounce
from syncd.core.mail.classification import Classification
from syncd.core.mail.envelope import Envelope, Headers
from syncd.core.mail.notices import bulk, calendar, complaint, receipt
from syncd.core.mail.phrases import Phrases
from syncd.core.mail.signs import Signs

__all__ = ["Classification", "classify"]

_RULES = (complaint, receipt, bounce, calendar, auto_reply, bulk)


def classify(mail: Mail, envelope: Envelope, phrases: Phrases) -> Classification:
    """What wrote `mail`. Headers first, in any language; never raises on any content.

    `phrases` only confirm, or serve where a machine sets no headers; quoted text is never
    looked at. What no rule claims was written by a person.
    """
    signs = Signs(mail, envelope, phrases, Headers(mail))
    for rule in _RULES:
        found = rule(signs)
        if found is not None:
            return replace(found, is_list=signs.is_list)
    if not mail.headers:
        return Classification(MailClass.HUMAN, confidence=0.0, evidence=("no header",))
    # What is left over: nothing proves a person, their answers least leave it open.
    confidence = 0.95 if signs.answers or signs.bare.reply else 0.9
    return Classification(MailClass.HUMAN, confidence=confidence, is_list=signs.is_list)
