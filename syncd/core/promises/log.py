"""Promise: every message exchanged with an outside contact is in the CRM exactly once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.core.actions import AddContact, LogEmail, Planned
from syncd.core.facts import Direction, MailClass, Party
from syncd.core.identity import effect_key
from syncd.core.mail.addresses import is_robot, valid
from syncd.core.rules import Lists, LogRules, Unknown

PROMISE = "log"

_BULK, _REFUSED, _UNKNOWN = (
    "list or bulk mail",
    "the CRM refuses this person",
    "unknown people",
)
# Why mail is skipped that is logged all the same once its people are in the CRM.
STRANGERS = (_BULK, _REFUSED, _UNKNOWN)

# How the reason begins for which a message is not logged that was, until a run was undone.
UNDONE = "undone in run"

# Why a message of ours has an engagement that is not ours.
NATIVE = "logged by the CRM's own logger"

# Why nothing is kept of a message, or nothing but that there was one.
FORGOTTEN = "forgotten"

# A message to more people than this is not a reason to make a contact of each of them.
CROWD = 50

_MACHINES = {
    MailClass.BOUNCE_HARD: "bounce",
    MailClass.BOUNCE_SOFT: "bounce",
    MailClass.BOUNCE_DELAYED: "delay notice",
    MailClass.DELIVERED: "delivery notice",
    MailClass.COMPLAINT: "complaint report",
    MailClass.RECEIPT: "read receipt",
}


class Standing(StrEnum):
    """What an address is in the CRM."""

    UNASKED = "unasked"
    FOUND = "found"
    ABSENT = "absent"
    CREATING = "creating"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Standings:
    """What is known of the people of some messages, by address.

    `contacts`: CRM ids of FOUND ones. `versions`: how often the contact was found gone.
    `written_to`: addresses we wrote to.
    """

    states: Mapping[str, Standing]
    contacts: Mapping[str, str]
    versions: Mapping[str, int]
    written_to: frozenset[str] = frozenset()

    def of(self, address: str) -> Standing:
        return self.states.get(address, Standing.UNASKED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message to decide on."""

    key: str
    at: datetime
    direction: Direction
    mail_class: MailClass
    is_list: bool
    subject: str
    mailbox: str
    outside: tuple[tuple[str, Party], ...]


@dataclass(frozen=True, slots=True)
class Skip:
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """People nobody knows: a person decides whether they become contacts."""

    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Not decidable yet: contacts must be made (or looked up) first."""

    creates: tuple[Planned, ...] = ()


@dataclass(frozen=True, slots=True)
class Log:
    plan: Planned


Decision = Skip | Review | Wait | Log


def early_skip(message: Candidate, rules: LogRules) -> Skip | None:
    """The skips that need no look into the CRM."""
    if message.at < rules.since:
        return Skip("before log.since")
    if not message.outside:
        return Skip("internal")
    if (kind := _MACHINES.get(message.mail_class)) is not None:
        return Skip(kind)
    if _is_bulk(message) and rules.lists is Lists.SKIP:
        return Skip(_BULK)
    if not _people(message, rules):
        return Skip("no person outside")
    return None


def decide(message: Candidate, standings: Standings, rules: LogRules) -> Decision:
    """What should become of the message, given what its people are in the CRM."""
    if (skip := early_skip(message, rules)) is not None:
        return skip
    people = _people(message, rules)
    states = {address: standings.of(address) for address in people}
    if Standing.UNASKED in states.values():
        return Wait()
    known = [address for address, state in states.items() if state is Standing.FOUND]
    if _needs_acquaintance(message, rules):
        sender = next((a for a in people if people[a][0] == "from"), "")
        if not known and sender not in standings.written_to:
            return Skip(_BULK)
        if known:
            return _log(message, standings, known, rules)
    if (decision := _about_strangers(message, standings, rules, people)) is not None:
        return decision
    if Standing.CREATING in states.values():
        return Wait()
    if known:
        return _log(message, standings, known, rules)
    if Standing.REFUSED in states.values():
        return Skip(_REFUSED)
    return Skip(_UNKNOWN)


def _about_strangers(
    message: Candidate,
    standings: Standings,
    rules: LogRules,
    people: dict[str, tuple[str, Party]],
) -> Decision | None:
    """What the people nobody knows call for; None when they change nothing."""
    absent = [address for address in people if standings.of(address) is Standing.ABSENT]
    known = any(standings.of(address) is Standing.FOUND for address in people)
    match rules.unknown:
        case Unknown.CREATE:
            wanted = [a for a in absent if _worth_a_contact(message, people[a][0], len(people))]
            if wanted:
                return Wait(tuple(_create(message, people[a][1], standings) for a in wanted))
        case Unknown.REVIEW if absent and not known:
            return Review(tuple(absent))
        case _:
            pass
    return None


def _people(message: Candidate, rules: LogRules) -> dict[str, tuple[str, Party]]:
    """Outside parties that can be contacts: machines are left out unless all lists are logged."""
    everyone = {party.address: (role, party) for role, party in message.outside}
    valid_ones = {address: pair for address, pair in everyone.items() if valid(address)}
    if rules.lists is Lists.LOG:
        return valid_ones
    people = {address: pair for address, pair in valid_ones.items() if not is_robot(address)}
    # Robots that are contacts already (a partner's ticket address) are settled by lookup.
    return people or valid_ones


def _is_bulk(message: Candidate) -> bool:
    if message.direction is Direction.SENT:
        return False
    return message.mail_class is MailClass.BULK or message.is_list


def _needs_acquaintance(message: Candidate, rules: LogRules) -> bool:
    if rules.lists is Lists.LOG or message.direction is Direction.SENT:
        return False
    return _is_bulk(message) or all(is_robot(party.address) for _, party in message.outside)


def _worth_a_contact(message: Candidate, role: str, crowd: int) -> bool:
    # Whoever writes to us, and everyone we write to; bystanders only in small company.
    return message.direction is Direction.SENT or role == "from" or crowd <= CROWD


def _create(message: Candidate, party: Party, standings: Standings) -> Planned:
    version = standings.versions.get(party.address, 0)
    action = AddContact(
        key=effect_key(PROMISE, "contact", party.address, str(version)),
        address=party.address,
        name=party.name,
        owner=message.mailbox,
    )
    return Planned(
        action,
        PROMISE,
        f"address:{party.address}",
        f"add contact {party.address}",
        rule=f"log.unknown_contacts: {Unknown.CREATE}",
        cause=message.key,
    )


def _log(message: Candidate, standings: Standings, known: list[str], rules: LogRules) -> Log:
    contacts = tuple(sorted({standings.contacts[address] for address in known}))
    action = LogEmail(
        key=effect_key(PROMISE, "email", message.key),
        message=message.key,
        contacts=contacts,
        owner=message.mailbox,
    )
    arrow = "to" if message.direction is Direction.SENT else "from"
    summary = f"log email {arrow} {', '.join(known[:3])}{' …' if len(known) > 3 else ''}"
    return Log(
        Planned(
            action,
            PROMISE,
            f"message:{message.key}",
            f"{summary}: {message.subject}",
            rule=f"log.since {rules.since:%Y-%m-%d}",
            cause=message.key,
        )
    )
