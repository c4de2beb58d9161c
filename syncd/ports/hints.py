"""What services send by themselves, and what it is worth: a hint where to look sooner.

Nothing of what a notification says is believed. It may be late, doubled, out of order, old
or lost; what is true is asked of the service, as every poll does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from syncd.ports.manifest import Finding


@dataclass(frozen=True, slots=True)
class Notification:
    """An HTTP request as it came in. `url` is the one the sender called, as far as is known."""

    method: str
    url: str
    headers: Mapping[str, str]  # lower-case names
    body: bytes


@dataclass(frozen=True, slots=True)
class Hint:
    """Where something may have happened: mailboxes by address, the board, the CRM.

    `seal` is known again when the very same notification is sent once more (its signature).
    Where the service signs anew each time it sends, that is a replay: `sealed_once`. `events`
    name what happened; a notification all of whose events were told before tells nothing.
    """

    mailboxes: tuple[str, ...] = ()
    board: bool = False
    crm: bool = False
    seal: str = ""
    sealed_once: bool = False
    events: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.mailboxes or self.board or self.crm)


class Reason(StrEnum):
    """Why a notification is turned away."""

    UNSIGNED = "unsigned"  # nothing in it proves who sent it
    FORGED = "forged"  # what is in it does not prove it
    STALE = "stale"  # signed too long ago, or in the future
    REPLAY = "replay"
    UNREADABLE = "unreadable"  # from the service, and nothing we understand
    UNREADY = "unready"  # we lack what it takes to tell: a secret, the sender's keys


@dataclass(frozen=True, slots=True)
class Refusal:
    reason: Reason


Receive = Callable[[Notification], Hint | Refusal]


@dataclass(frozen=True, slots=True)
class Hints:
    """What a connector's settings ask for, to hear of things sooner. Each part may be absent.

    `receive` judges a notification. `renewals`: for each subject (a mailbox) what has to be
    asked for anew every `renew_seconds`, so that the service goes on telling. `pull` asks for
    notifications and may wait for them, as long as a minute or two. Both raise verdicts.
    `check`, for the doctor, is told at which address `receive` is reached ("" where that is
    not known), and only reads.
    """

    receive: Receive | None = None
    renewals: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    renew_seconds: float = 86400.0
    pull: Callable[[], Hint] | None = None
    check: Callable[[str], Sequence[Finding]] | None = None
