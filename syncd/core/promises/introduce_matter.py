"""What is known of one asking, and what the mail says became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from syncd.core.actions import Planned
from syncd.core.facts import Party
from syncd.core.identity import effect_key
from syncd.core.introductions import State
from syncd.core.mail.addresses import domain_of, is_robot, registrable
from syncd.core.mail.saying_kinds import Says
from syncd.core.promises.hand_over import Leavers

PROMISE: Final = "introduce"


class Draft(StrEnum):
    """How the draft was found."""

    UNKNOWN = "unknown"  # its mailbox could not be asked
    STANDS = "stands"
    EDITED = "edited"  # a person has changed it: theirs from then on
    GONE = "gone"  # sent or deleted


@dataclass(frozen=True, slots=True)
class Heard:
    """A person's message since the draft was written, that may say what became of it.

    `others`: the outside people it went to. `strangers`: those of them, or its sender, who
    had no mail with us before. `in_thread`: it lies in the draft's thread. `opens`: it begins
    its conversation.
    """

    key: str
    at: datetime
    ours: bool
    mailbox: str
    sender: Party
    others: tuple[Party, ...] = ()
    strangers: frozenset[str] = frozenset()
    says: str = ""
    says_also: tuple[str, ...] = ()
    referred: tuple[Party, ...] = ()
    message_id: str = ""
    subject: str = ""
    in_thread: bool = False
    opens: bool = False
    conversation: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """A task of ours as last seen. `ours`: open, and nobody has made it theirs.

    `assignee` is whose it is, by the board's id, `assignee_written` whose we made it.
    """

    mark: str
    ours: bool
    assignee: str = ""
    assignee_written: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """One asking, with all that is known of it.

    `addresses`: the introducer's. `effect`: how the draft's effect stands in the ledger.
    `settled`: the mailbox was read to the end after the draft was found gone, so that a sent
    message would have been seen. `quiet`: every follow-up of the ask was made in vain, or it
    bounced. `tasks` by mark. `contact`: the CRM's id of who was introduced, "" while there is
    none. `known`: addresses that are in the CRM, or must not be added.
    `leavers`: who of us is not there any more. `place` None: no tasks.
    """

    id: int
    introducer: str
    name: str
    addresses: frozenset[str]
    site: str
    domain: str
    state: State
    asked_by: str
    mark: str
    words: str = ""
    subject: str = ""
    message_id: str = ""
    draft_id: str = ""
    version: str = ""
    link: str = ""
    drafted_at: datetime | None = None
    asked_at: datetime | None = None
    conversation: int | None = None
    introduced: str = ""
    introduced_name: str = ""
    introduced_at: datetime | None = None
    draft: Draft = Draft.UNKNOWN
    settled: bool = False
    effect: str = ""
    heard: tuple[Heard, ...] = ()
    quiet: bool = False
    silent: str = ""
    tasks: Mapping[str, Task] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    contact: str = ""
    due: date = date.min
    leavers: Leavers = field(default_factory=Leavers)

    @property
    def called(self) -> str:
        return self.name or self.introducer


@dataclass(frozen=True, slots=True)
class Outcome:
    """`changes`: columns of the asking that change. `withdraw`: why the draft is not to be
    written any more, "" where it is.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    plan: tuple[Planned, ...] = ()
    withdraw: str = ""


def draft_key(introducer: str, domain: str, round_: int) -> str:
    """The key of writing a draft: asking once more after a while is another draft."""
    return effect_key(PROMISE, "draft", introducer, domain, str(round_))


def message_id_of(mark: str, mailbox: str) -> str:
    """The Message-ID of a draft: made of its mark, so that it is found after a lost answer."""
    return f"syncd.{mark}@{domain_of(mailbox)}"


def task_mark(mark: str) -> str:
    return effect_key(PROMISE, "task", mark)


def thanks_mark(mark: str) -> str:
    return effect_key(PROMISE, "thanks", mark)


def about(number: int) -> str:
    """What a task of an asking is about, and the object of its effects."""
    return f"introduction:{number}"


def asking(matter: Matter) -> Heard | None:
    """The message with which one of us has asked: the draft as it was sent.

    Gmail keeps the Message-ID we gave as long as nobody edits the draft, and its thread
    always; so a message in its thread counts once the draft is gone.
    """
    mine = [one for one in matter.heard if one.ours and one.mailbox == matter.asked_by]
    for one in mine:
        if matter.message_id and one.message_id == matter.message_id:
            return one
    if matter.draft is not Draft.GONE:
        return None
    for one in mine:
        to_them = any(party.address in matter.addresses for party in one.others)
        if one.in_thread or (to_them and bare(one.subject) == bare(matter.subject)):
            return one
    return None


def introduction(matter: Matter) -> tuple[Party, Heard] | None:
    """Whom they have introduced to us, and the message that did; None while nobody is.

    Somebody of the wanted site in copy, or named as the one to write to; anybody new in copy
    whom the text presents; or somebody of the site who writes to us by themselves, with the
    introducer in copy, in the ask's conversation, or out of the blue.
    """
    since = matter.asked_at or matter.drafted_at
    for one in matter.heard:
        if one.ours or since is None or one.at < since:
            continue
        found = _from_them(matter, one) if _theirs(matter, one) else _by_themselves(matter, one)
        if found is not None:
            return found, one
    return None


def _theirs(matter: Matter, one: Heard) -> bool:
    """From the introducer, or from somebody else in the conversation of the ask."""
    if one.sender.address in matter.addresses:
        return True
    return one.conversation == matter.conversation and not _wanted(matter, one.sender)


def _from_them(matter: Matter, one: Heard) -> Party | None:
    copied = [
        party
        for party in one.others
        if party.address not in matter.addresses and not is_robot(party.address)
    ]
    named = [party for party in one.referred if party.address]
    for party in (*copied, *named):
        if _wanted(matter, party):
            return party
    if Says.REFERRAL.value in {one.says, *one.says_also}:
        for party in (*copied, *named):
            new = party.address in one.strangers or party in named
            if new and party.address not in matter.addresses:
                return party
    return None


def _by_themselves(matter: Matter, one: Heard) -> Party | None:
    if not _wanted(matter, one.sender) or is_robot(one.sender.address):
        return None
    with_them = any(party.address in matter.addresses for party in one.others)
    in_it = one.conversation == matter.conversation
    out_of_the_blue = one.opens and one.sender.address in one.strangers
    return one.sender if with_them or in_it or out_of_the_blue else None


def _wanted(matter: Matter, party: Party) -> bool:
    return registrable(domain_of(party.address)) == matter.domain


def bare(subject: str) -> str:
    """A subject without what answering puts before it."""
    words = subject.strip().lower()
    while words.startswith(("re:", "aw:", "sv:", "antw:")):
        words = words.partition(":")[2].strip()
    return " ".join(words.split())
