"""Conditions on mail, and which campaign a conversation belongs to."""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncd.core.mail.addresses import domain_of
from syncd.core.rules import Campaign, Condition, Subject


@dataclass(frozen=True, slots=True)
class Matter:
    """What conditions look at: one message, or a whole conversation taken together.

    `members`: the campaigns into which its outside people were brought by a file.
    """

    addresses: frozenset[str]
    subjects: tuple[str, ...]
    labels: frozenset[str]
    mailboxes: frozenset[str]
    members: frozenset[str] = frozenset()


# The more a condition singles out, the more it says about what the mail is for.
_WEIGHT = {
    Subject.ADDRESS: 6,
    Subject.LIST: 5,
    Subject.LABEL: 4,
    Subject.SUBJECT: 3,
    Subject.DOMAIN: 2,
    Subject.MAILBOX: 1,
}


# A person somebody brought in by name is singled out as one on a list is, and by hand.
_MEMBER = _WEIGHT[Subject.LIST] * 1000 + 999


def holds(condition: Condition, matter: Matter) -> bool:
    match condition.subject:
        case Subject.ADDRESS:
            return any(_glob(condition.pattern, address) for address in matter.addresses)
        case Subject.DOMAIN:
            return any(
                _glob(condition.pattern, domain)
                for address in matter.addresses
                for domain in _domains(address)
            )
        case Subject.LABEL:
            return any(
                _glob(condition.pattern, label) or _glob(condition.pattern + "/*", label)
                for label in matter.labels
            )
        case Subject.SUBJECT:
            return any(_glob(condition.pattern, subject) for subject in matter.subjects)
        case Subject.MAILBOX:
            return any(_glob(condition.pattern, mailbox) for mailbox in matter.mailboxes)
        case Subject.LIST:
            return any(
                address in condition.members
                or any(domain in condition.members for domain in _domains(address))
                for address in matter.addresses
            )


def first_match(conditions: Iterable[Condition], matter: Matter) -> Condition | None:
    return next((condition for condition in conditions if holds(condition, matter)), None)


def campaign_of(campaigns: Sequence[Campaign], matter: Matter) -> tuple[Campaign, str] | None:
    """The most specific campaign that matches, and in words what decided it.

    Specific is: all of its conditions together single out more. Equal ones go by the
    order of the file. Somebody who was brought into a campaign weighs as one on its list,
    whatever its conditions say of the mail.
    """
    best: tuple[int, Campaign, str] | None = None
    for campaign in campaigns:
        if campaign.id in matter.members and (best is None or best[0] < _MEMBER):
            best = (_MEMBER, campaign, "somebody was brought into the campaign by an import")
        met = [condition for condition in campaign.any_of if holds(condition, matter)]
        if campaign.any_of and not met:
            continue
        if not all(holds(condition, matter) for condition in campaign.all_of):
            continue
        strongest = max(met, key=_weight, default=None)
        weight = (_weight(strongest) if strongest else 0) + sum(map(_weight, campaign.all_of))
        if best is None or weight > best[0]:
            reasons = [*([strongest] if strongest else []), *campaign.all_of]
            words = " and ".join(f'{reason.subject} "{reason.pattern}"' for reason in reasons)
            best = (weight, campaign, words)
    return None if best is None else best[1:]


def _weight(condition: Condition) -> int:
    # The kind decides; among conditions of one kind, the longer literal text.
    literal = len(condition.pattern) - condition.pattern.count("*") - condition.pattern.count("?")
    return _WEIGHT[condition.subject] * 1000 + min(literal, 999)


def _domains(address: str) -> list[str]:
    """The domain of an address and its parents, without the bare top level."""
    labels = domain_of(address).split(".")
    return [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]


def _glob(pattern: str, value: str) -> bool:
    return _compiled(pattern.lower()).fullmatch(" ".join(value.lower().split())) is not None


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(" ".join(pattern.split())))
