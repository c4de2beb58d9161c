"""What is written into the CRM."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AddContact:
    kind: ClassVar[str] = "add_contact"
    key: str
    address: str
    name: str
    owner: str  # address of the teammate


@dataclass(frozen=True, slots=True)
class JoinCompany:
    """Tie people to the company at `domain`, which is made where the CRM has none.

    `addresses` are of contacts, or of people that are being added as such.
    """

    kind: ClassVar[str] = "join_company"
    key: str
    domain: str
    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enrol:
    """Take somebody into a campaign (`joins`), or out again, without any mail that says so.

    It is a fact of our own; what the contact carries in the CRM follows from it.
    """

    kind: ClassVar[str] = "enrol"
    key: str
    address: str
    campaign: str
    tags: tuple[str, ...] = ()
    source: str = ""
    note: str = ""
    file: str = ""
    joins: bool = True


@dataclass(frozen=True, slots=True)
class ChangeSegment:
    """Put a contact into a segment, or take it out again. `segment` is its name."""

    kind: ClassVar[str] = "change_segment"
    key: str
    segment: str
    contact: str
    joins: bool


@dataclass(frozen=True, slots=True)
class LogEmail:
    kind: ClassVar[str] = "log_email"
    key: str
    message: str  # the message's key
    contacts: tuple[str, ...]  # CRM ids
    owner: str


@dataclass(frozen=True, slots=True)
class DeleteEmail:
    """Take a message back out of the CRM; see `EmailRemoval` in `syncd.ports.crm`."""

    kind: ClassVar[str] = "delete_email"
    key: str
    message: str  # the message's key
    email: str  # CRM id
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeContact:
    """Fields by the names of `syncd.ports.crm.Field`; see `ContactChange` there."""

    kind: ClassVar[str] = "change_contact"
    key: str
    contact: str
    add: dict[str, tuple[str, ...]] = field(default_factory=dict)
    remove: dict[str, tuple[str, ...]] = field(default_factory=dict)
    put: dict[str, str] = field(default_factory=dict)
    expect: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenCrmTask:
    kind: ClassVar[str] = "open_crm_task"
    key: str
    anchor: str
    step: int
    contact: str
    title: str
    body: str
    due: datetime
    owner: str


@dataclass(frozen=True, slots=True)
class MoveCrmTask:
    """Move a task of ours on a CRM contact, unless a person has moved it."""

    kind: ClassVar[str] = "move_crm_task"
    key: str
    mark: str
    due: datetime
    expect_due: datetime


@dataclass(frozen=True, slots=True)
class CloseCrmTask:
    """`expect_due`: when it must still be due, None where that is known."""

    kind: ClassVar[str] = "close_crm_task"
    key: str
    mark: str
    expect_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReopenCrmTask:
    kind: ClassVar[str] = "reopen_crm_task"
    key: str
    mark: str
