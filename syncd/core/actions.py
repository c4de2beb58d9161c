"""What we intend to do. Each action carries the key that makes it safe to try twice.

An action holds what was decided, in syncd's own terms; the engine turns people and places
into the services' ids when it delivers. Values are JSON-friendly, because an action waits
in the ledger until it is delivered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from syncd.core.campaign_plan import What
from syncd.core.facts import Place


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
class OpenTask:
    """A task. `key` is its mark; `anchor` and `step` say which wait it is for.

    One that is no conversation's says what it is `about`, as "introduction:12"; its anchor is
    then not used.
    """

    kind: ClassVar[str] = "open_task"
    key: str
    anchor: str
    step: int
    place: Place
    title: str
    body: str
    due: date
    assignee: str  # address of the teammate
    priority: str = ""  # "" | low | medium | high
    tags: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """Move a task of ours, or hand it over, and say why in a comment.

    `expect_due` and `assignee_from` are what we wrote last: where something else stands, a
    person put it there, and the task is left alone.
    """

    kind: ClassVar[str] = "change_task"
    key: str
    mark: str
    comment: str
    due: date | None = None
    expect_due: date | None = None
    assignee: str = ""  # address of the teammate it goes to, "" to leave it
    assignee_from: str = ""


@dataclass(frozen=True, slots=True)
class CommentTask:
    kind: ClassVar[str] = "comment_task"
    key: str
    mark: str
    body: str


@dataclass(frozen=True, slots=True)
class CloseTask:
    """Complete a task of ours.

    `expect`: what must still stand there ("title", "due", "assignee" as the board's id), or a
    person has made it theirs; empty where that is known. `comment` is put on it once it is
    completed.
    """

    kind: ClassVar[str] = "close_task"
    key: str
    mark: str
    expect: dict[str, str] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ReopenTask:
    """Open a task of ours that we completed, unless a person has done something to it since."""

    kind: ClassVar[str] = "reopen_task"
    key: str
    mark: str
    comment: str = ""


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


@dataclass(frozen=True, slots=True)
class AddPlanItem:
    """Make a thing of a campaign's plan. `key` is its mark.

    A project or task list that stands already under this name is taken over. `parent` and
    `after` are items of the same campaign, by `syncd.core.campaign_layout.Item.id`.
    """

    kind: ClassVar[str] = "add_plan_item"
    key: str
    campaign: str
    item: str
    what: What
    name: str
    text: str = ""
    due: date | None = None
    owner: str = ""  # address of the teammate, "" for nobody
    parent: str = ""
    after: tuple[str, ...] = ()
    people: tuple[str, ...] = ()  # who is let into a project that is made


@dataclass(frozen=True, slots=True)
class ChangePlanItem:
    """Bring fields of an item to what the campaign's file says.

    Fields by the names of `Item.fields`. One that no longer stands as `expect` says is a
    person's, and left. In `expect` the owner is the board's id.
    """

    kind: ClassVar[str] = "change_plan_item"
    key: str
    campaign: str
    item: str
    what: What
    mark: str
    put: dict[str, str] = field(default_factory=dict)
    expect: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndPlanItem:
    """Complete an item, if it still stands as `expect` says in every field."""

    kind: ClassVar[str] = "end_plan_item"
    key: str
    campaign: str
    item: str
    what: What
    mark: str
    expect: dict[str, str] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ReopenPlanItem:
    """Open an item again that we completed, unless a person has done something to it since."""

    kind: ClassVar[str] = "reopen_plan_item"
    key: str
    campaign: str
    item: str
    what: What
    mark: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AddDossier:
    """Make a campaign's notebook. `key` is its mark.

    What it says is kept with the campaign, not here: it names people, and is put together anew
    with everything that happens.
    """

    kind: ClassVar[str] = "add_dossier"
    key: str
    campaign: str
    name: str


@dataclass(frozen=True, slots=True)
class WriteDossier:
    """Bring our part of a campaign's notebook up to date; what people wrote stays."""

    kind: ClassVar[str] = "write_dossier"
    key: str
    campaign: str
    mark: str


@dataclass(frozen=True, slots=True)
class RaiseAlarm:
    """A task for ops about a trouble. `key` is its mark."""

    kind: ClassVar[str] = "raise_alarm"
    key: str
    place: Place
    title: str
    body: str
    due: date
    assignee: str  # address of the teammate, "" for nobody


@dataclass(frozen=True, slots=True)
class ClearAlarm:
    """The trouble is over: the task `mark` is completed."""

    kind: ClassVar[str] = "clear_alarm"
    key: str
    mark: str


Action = (
    Provide
    | AddContact
    | JoinCompany
    | Enrol
    | ChangeSegment
    | LogEmail
    | DeleteEmail
    | EraseRecord
    | EraseTask
    | ChangeContact
    | OpenTask
    | ChangeTask
    | CommentTask
    | CloseTask
    | ReopenTask
    | OpenCrmTask
    | MoveCrmTask
    | CloseCrmTask
    | ReopenCrmTask
    | LabelThread
    | WriteDraft
    | DeleteDraft
    | CheckLink
    | AddPlanItem
    | ChangePlanItem
    | EndPlanItem
    | ReopenPlanItem
    | AddDossier
    | WriteDossier
    | RaiseAlarm
    | ClearAlarm
)

# Delivered in this order within a turn: what stands must stand before what leans on it.
KINDS: tuple[type[Action], ...] = (
    Provide,
    AddContact,
    JoinCompany,
    Enrol,
    LogEmail,
    DeleteEmail,
    EraseRecord,
    EraseTask,
    CheckLink,
    ChangeContact,
    ChangeSegment,
    OpenTask,
    ChangeTask,
    CommentTask,
    CloseTask,
    ReopenTask,
    OpenCrmTask,
    MoveCrmTask,
    CloseCrmTask,
    ReopenCrmTask,
    LabelThread,
    WriteDraft,
    DeleteDraft,
    AddPlanItem,
    ChangePlanItem,
    EndPlanItem,
    ReopenPlanItem,
    AddDossier,
    WriteDossier,
    RaiseAlarm,
    ClearAlarm,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """An action with the promise and object it is for, and one line for a person.

    `rule` is what ops wrote that asks for it, in words; `cause` the message it comes from.
    What takes back an effect has that effect's key for its cause. `backlog`: it comes from
    mail that was there before us, and waits behind what comes in.
    """

    action: Action
    promise: str
    object: str
    summary: str
    rule: str = ""
    cause: str = ""
    backlog: bool = False
