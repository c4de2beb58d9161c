"""What syncd asks of a mail service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syncd.core.facts import MailItem, Party
from syncd.ports.verdicts import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class MailTraits:
    """`list_size` ids a listing page holds, `fetch_size` messages one call fetches.

    `drafts`: the source keeps the contract of `DraftBox`, too. `settle_seconds`: absence of a
    draft's Message-ID proves nothing before this has passed since the write.
    """

    list_size: int
    fetch_size: int
    drafts: bool = False
    settle_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a mailbox is: its main address and every address it may send as."""

    address: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of message ids, newest first. `next_page` is None on the last one."""

    ids: tuple[str, ...]
    next_page: str | None


@dataclass(frozen=True, slots=True)
class Relabelled:
    """A message whose labels changed; `labels` are all it has now, as names, if known."""

    remote_id: str
    added: frozenset[str]
    removed: frozenset[str]


@dataclass(frozen=True, slots=True)
class MailChanges:
    """What happened since a cursor, oldest first. Store `cursor` only with the rest.

    `added` may name drafts and messages that are gone again; fetching tells.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    relabelled: tuple[Relabelled, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The message no longer exists. Normal for drafts and purged spam."""


Fetched = MailItem | Gone | Verdict


@dataclass(frozen=True, slots=True)
class Relabel:
    """Labels (names) to put on and take off a whole thread. Repeatable."""

    key: str
    mailbox: str
    thread_id: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A draft to put into a mailbox, for a person to send.

    `message_id`, `in_reply_to` and `references` (oldest first) are without angle brackets;
    `message_id` is its mark. `thread_id` "" starts a thread; in one, `subject` must be that
    of the thread. `text` is plain, `html` complete and safe to show.
    """

    key: str
    mailbox: str
    message_id: str
    sender: Party
    to: Party
    subject: str
    text: str
    html: str
    thread_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands. `version` is the id of its message, another one after each save."""

    id: str
    version: str
    thread_id: str


@dataclass(frozen=True, slots=True)
class DraftRemoval:
    """A draft of ours to take back, as far as it is the `version` that we wrote."""

    key: str
    mailbox: str
    draft_id: str
    version: str


class DraftBox(Protocol):
    """Drafts that people send. Nothing here, nor anywhere else, sends one."""

    def write_drafts(self, batch: Sequence[NewDraft]) -> list[Draft | Verdict]:
        """Not repeatable; found again by `find_drafts`. A thread that is gone gives `Changed`.

        A mailbox that may not be written to is `Locked`, with the remedy; others are not.
        """
        ...

    def find_drafts(self, mailbox: str, message_ids: Sequence[str]) -> dict[str, Draft]:
        """Drafts by the Message-ID we gave them, as far as they still carry it."""
        ...

    def drafts(self, mailbox: str, ids: Sequence[str]) -> dict[str, Draft]:
        """Drafts by id; one that was sent or deleted is an absent key."""
        ...

    def delete_drafts(self, batch: Sequence[DraftRemoval]) -> list[Outcome]:
        """`Changed`, in words, where a person has edited one since.

        One that is gone already is `Done(found=True)`. Repeatable; deleted for good.
        """
        ...


class MailSource(Protocol):
    traits: MailTraits

    def mailboxes(self) -> tuple[str, ...]:
        """The mailboxes in the settings. No call is made."""
        ...

    def profile(self, mailbox: str) -> Profile:
        """The mailbox's own addresses."""
        ...

    def cursor(self, mailbox: str) -> str:
        """The present cursor. Taken *before* the first listing, so nothing falls between."""
        ...

    def listing(self, mailbox: str, since: datetime, page: str | None) -> Listing:
        """Ids of messages since a time; no drafts, chats, spam or trash."""
        ...

    def changes(self, mailbox: str, cursor: str) -> MailChanges:
        """Everything since the cursor, all pages. Raises `CursorLost` when it expired."""
        ...

    def fetch(self, mailbox: str, ids: Sequence[str]) -> list[Fetched]:
        """One entry per id, in order. At most `traits.fetch_size` ids.

        Items that stay throttled after the connector's own retries come back as
        `TryLater`; an item the service cannot serve comes back as `Refused`.
        """
        ...

    def relabel(self, batch: Sequence[Relabel]) -> list[Outcome]:
        """Change labels of threads, making missing labels. Repeatable."""
        ...
