"""What is written into mailboxes or anywhere, and what is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Provide:
    """Make a missing property, option, field or list in a service."""

    kind: ClassVar[str] = "provide"
    key: str
    role: str
    handle: str
    summary: str
    body: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EraseRecord:
    """Remove a record of the CRM for a person who is to be forgotten.

    `what` is one of `syncd.ports.crm.Erased`; `address` only where one is to be taken out.
    """

    kind: ClassVar[str] = "erase_record"
    key: str
    what: str
    id: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class EraseTask:
    """Delete a task of the board for a person who is to be forgotten.

    With a `title` it stays, about somebody else, with that and `body` (Markdown) in place of
    what it says.
    """

    kind: ClassVar[str] = "erase_task"
    key: str
    id: str
    title: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class LabelThread:
    """Bring a thread back to the inbox under a label, or take the label off again."""

    kind: ClassVar[str] = "label_thread"
    key: str
    mailbox: str
    thread: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteDraft:
    """Put an ask for an introduction into a mailbox, for its person to send.

    `message_id` is its mark. `thread` "" begins a new one; `references` are oldest first.
    """

    kind: ClassVar[str] = "write_draft"
    key: str
    mailbox: str
    sender_name: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    message_id: str
    thread: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteDraft:
    """Take a draft of ours back, as far as it is the `version` that we wrote.

    `mark`: the key of what wrote it.
    """

    kind: ClassVar[str] = "delete_draft"
    key: str
    mark: str
    mailbox: str
    draft: str
    version: str


@dataclass(frozen=True, slots=True)
class CheckLink:
    """Look whether a page carries a link to `client`, as the message `told_by` says."""

    kind: ClassVar[str] = "check_link"
    key: str
    told_by: str
    url: str
    person: str
    client: str
