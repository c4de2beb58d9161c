"""What syncd asks of a mail service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syncd.core.facts import MailItem
from syncd.ports.verdicts import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class MailTraits:
    """`list_size` ids a listing page holds, `fetch_size` messages one call fetches."""

    list_size: int
    fetch_size: int


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
