"""What syncd asks of a CRM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from syncd.core.facts import Company, Contact, Direction, Party, Person
from syncd.ports.needs import Readiness, Requirement
from syncd.ports.verdicts import Outcome


class Field(StrEnum):
    """The contact fields syncd owns, by syncd's names. Values are strings.

    CAMPAIGNS and TAGS hold several values, joined by ";" in sorted order. DO_NOT_CONTACT is
    "true" or "false"; absent where nobody ever set it. A person may set it, too, and a
    "false" of theirs is a word of theirs: to overrule it, `expect` it. INTRODUCED_BY is who
    introduced them to us, in words; it stands only where `CrmNeeds.introductions` asks for it.
    """

    CAMPAIGNS = "campaigns"
    TAGS = "tags"
    STAGE = "stage"
    DO_NOT_CONTACT = "do_not_contact"
    INTRODUCED_BY = "introduced_by"


SETS = frozenset({Field.CAMPAIGNS, Field.TAGS})


@dataclass(frozen=True, slots=True)
class CrmTraits:
    """`settle_seconds`: absence of a mark proves nothing before this has passed since the write.

    `batch_size` records per write, `body_limit` characters a text body may have.
    `overlap_seconds`: how far behind its last poll a poll for changes must look.
    """

    settle_seconds: float
    batch_size: int
    body_limit: int
    overlap_seconds: float


@dataclass(frozen=True, slots=True)
class CrmNeeds:
    """What the settings ask of the CRM: the option values of each field, value -> label.

    The field DO_NOT_CONTACT has no options and is always needed. `segments`: the names of the
    lists that are to stand, each filled by us and by people; where they cannot be had, a note
    says so, and they have no handle ("segment:NAME"). `favours`: a number on contacts that
    people set (`Contact.favours`).
    """

    campaigns: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    tasks: bool = False
    introductions: bool = False  # the field INTRODUCED_BY is needed, too
    segments: tuple[str, ...] = ()
    favours: bool = False


def segment_handle(name: str) -> str:
    """The handle of a segment in `syncd.ports.needs.Readiness.handles`; its value is an id."""
    return f"segment:{name}"


@dataclass(frozen=True, slots=True)
class NewContact:
    """A person to add. The address is its own mark: a CRM holds an address once."""

    key: str
    address: str
    name: str = ""
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class ContactChange:
    """Values to add to or take from a contact.

    `add` and `remove` are for the fields in `SETS`: single values. `put` replaces a plain
    field, and only when its present value is the one in `expect` ("" for empty): anything
    else was put there by a person and stays. The connector reads just before it writes.
    `Done.left` names a field left alone for that reason ("stage"), and each value of `add`
    that stood there already ("campaigns=acme"). A field that already has the value of
    `put` is done, not left. `Done.was` holds the values as read. Repeatable.
    """

    key: str
    contact_id: str
    add: Mapping[Field, tuple[str, ...]] = field(default_factory=dict)
    remove: Mapping[Field, tuple[str, ...]] = field(default_factory=dict)
    put: Mapping[Field, str] = field(default_factory=dict)
    expect: Mapping[Field, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EmailRecord:
    """A message to log as an engagement.

    `key` is the mark. `message_id` is the RFC Message-ID without angle brackets, "" where
    the message had none. `text`/`html` are already cut to the CRM's limit and sanitised.
    """

    key: str
    message_id: str
    thread_key: str
    direction: Direction
    at: datetime
    subject: str
    sender: Party | None
    to: tuple[Party, ...]
    cc: tuple[Party, ...]
    bcc: tuple[Party, ...]
    text: str
    html: str
    owner_id: str | None
    contact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Logged:
    """An engagement seen in the CRM. `ours` when it carries a mark of syncd's.

    `source` is the CRM's word for who made it (HubSpot: EMAIL is its own inbox logger).
    """

    id: str
    mark: str | None
    message_id: str
    at: datetime | None
    subject: str
    source: str
    ours: bool
    contact_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EmailRemoval:
    """An engagement of ours to take back, as far as it is what we made.

    The connector reads just before it deletes. `Changed`, in words, where it has another
    `subject` or another time than `at`, to the second: somebody made it theirs. One that is
    gone already is `Done(found=True)`. Repeatable; what it deletes cannot be brought back.
    """

    key: str
    email_id: str
    subject: str
    at: datetime


class Erased(StrEnum):
    """What an `Erasure` removes."""

    CONTACT = "contact"  # to where the CRM keeps what was deleted, for a time
    FOR_GOOD = "contact for good"  # with all that the CRM itself holds of them
    EMAIL = "email"
    TASK = "task"
    MENTION = "mention"  # an email that stays; `address` is taken out of it


@dataclass(frozen=True, slots=True)
class Erasure:
    """A record to remove because a person is to be forgotten, whatever was made of it since.

    One that is gone already is `Done`. Repeatable; what it deletes cannot be brought back.
    """

    key: str
    what: Erased
    id: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class CrmTask:
    """A task to put on a contact. `key` is the mark, `due` an instant, `body` HTML safe to show."""

    key: str
    contact_id: str
    subject: str
    body: str
    due: datetime
    owner_id: str | None


@dataclass(frozen=True, slots=True)
class CrmTaskChange:
    """Move the due time of a task of ours, if it still is due when we last said.

    The connector reads just before it writes. `Changed`, in words that say what a person
    did: the task is gone, completed, or due at neither `expect_due` nor `due`. Repeatable.
    """

    key: str
    task_id: str
    due: datetime
    expect_due: datetime


@dataclass(frozen=True, slots=True)
class NewCompany:
    """A company to add, with the contacts that belong to it: they are how it is found again.

    `contact_ids` is never empty.
    """

    key: str
    domain: str
    name: str
    contact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompanyJoin:
    """A contact to tie to a company that stands."""

    key: str
    company_id: str
    contact_id: str


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A contact to put into a segment (`joins`), or to take out of it. `segment` is its id."""

    key: str
    segment: str
    contact_id: str
    joins: bool


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """Contacts that changed. Store `cursor` only together with `contacts`."""

    contacts: tuple[Contact, ...]
    cursor: str


class Crm(Protocol):
    traits: CrmTraits

    def readiness(self, needs: CrmNeeds) -> Readiness:
        """Compare what stands with what is needed. Reads only."""
        ...

    def provide(self, requirement: Requirement) -> Outcome:
        """Make one missing thing. Repeatable. `Done.id` is the handle's value."""
        ...

    def use(self, handles: Mapping[str, str]) -> None:
        """Take back the handles of an earlier `readiness` and `provide`. No call is made."""
        ...

    def owners(self) -> list[Person]:
        """Every active owner, all pages. `id` is what `owner_id` fields take."""
        ...

    def find_contacts(self, addresses: Sequence[str]) -> dict[str, Contact]:
        """Contacts by any of their addresses, keyed by the address asked for.

        Read-your-writes (never from a search index). Absent addresses are absent keys.
        """
        ...

    def get_contacts(self, ids: Sequence[str]) -> dict[str, Contact]:
        """Contacts by id, keyed by the id asked for (a merged id finds its survivor)."""
        ...

    def contact_url(self, contact_id: str) -> str:
        """Where a person looks at the contact. No call is made."""
        ...

    def changes(self, cursor: str | None, now: datetime) -> ContactChanges:
        """Contacts carrying a value of ours that changed since the cursor, all pages.

        As they are now (read by id, not from the index that found them). A None cursor
        starts now and gives nothing. The returned cursor overlaps the past by
        `overlap_seconds`: seeing a contact twice, or one we changed ourselves, is normal.
        One call when nothing changed. Not told: contacts deleted, and contacts a person
        took the last value of ours from; `get_contacts` shows both. Raises `CursorLost`
        for a cursor that is none of its own.
        """
        ...

    def create_contacts(self, batch: Sequence[NewContact]) -> list[Outcome]:
        """At most `batch_size`. One bad item does not spoil the others.

        An address that exists already is adopted: `Done(id, found=True)`.
        """
        ...

    def change_contacts(self, batch: Sequence[ContactChange]) -> list[Outcome]:
        """At most `batch_size`. Repeatable; a contact that is gone gives `Changed`."""
        ...

    def log_emails(self, batch: Sequence[EmailRecord]) -> list[Outcome]:
        """At most `batch_size`, each with its associations in the same call.

        Not repeatable: an answer that does not come is `InDoubt` for every item sent.
        """
        ...

    def delete_emails(self, batch: Sequence[EmailRemoval]) -> list[Outcome]:
        """At most `batch_size`. Repeatable; see `EmailRemoval` for what gives `Changed`."""
        ...

    def erase(self, batch: Sequence[Erasure]) -> list[Outcome]:
        """At most `batch_size`, whose keys and ids differ. Repeatable; see `Erasure`."""
        ...

    def emails_of(
        self, contact_ids: Sequence[str], known: frozenset[str] = frozenset()
    ) -> list[Logged]:
        """Engagements on these contacts, except those whose ids are in `known`.

        Read-your-writes. Finds marks after a lost answer, and what the CRM's own logger
        or another tool has written.
        """
        ...

    def create_tasks(self, batch: Sequence[CrmTask]) -> list[Outcome]:
        """At most `batch_size`. Not repeatable; found again by `find_tasks`."""
        ...

    def change_tasks(self, batch: Sequence[CrmTaskChange]) -> list[Outcome]:
        """At most `batch_size`. Repeatable; see `CrmTaskChange` for what gives `Changed`."""
        ...

    def complete_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        """Repeatable: completing a completed task is `Done`; a deleted one is `Changed`."""
        ...

    def reopen_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        """Repeatable: reopening an open task is `Done`; a deleted one is `Changed`."""
        ...

    def find_tasks(self, marks: Sequence[str], contact_ids: Sequence[str]) -> dict[str, str]:
        """Task ids by mark, looked up by unique property or on these contacts."""
        ...

    def find_companies(self, domains: Sequence[str]) -> dict[str, Company]:
        """Companies by domain, from a search index: one made lately may not be found yet.

        Of several with one domain, the oldest. Absent domains are absent keys.
        """
        ...

    def companies_of(self, contact_ids: Sequence[str]) -> dict[str, tuple[Company, ...]]:
        """The companies of contacts, by contact. Read-your-writes."""
        ...

    def contacts_at(self, company_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The ids of the contacts of companies, by company. Read-your-writes."""
        ...

    def create_companies(self, batch: Sequence[NewCompany]) -> list[Outcome]:
        """At most `batch_size`, each tied to its contacts in the same call.

        Not repeatable: found again by `companies_of`. A contact that is gone gives `Changed`.
        """
        ...

    def join_companies(self, batch: Sequence[CompanyJoin]) -> list[Outcome]:
        """At most `batch_size`. Repeatable; what is gone gives `Changed`.

        Nothing else that ties a contact to companies is changed.
        """
        ...

    def members(self, segment: str) -> frozenset[str]:
        """The ids of the contacts in a segment, all pages. `Changed` where it is gone."""
        ...

    def change_members(self, batch: Sequence[MemberChange]) -> list[Outcome]:
        """At most `batch_size`. Repeatable. `Done.left` is ("member",) where nothing changed:
        the contact was in it already, or out of it. A segment, or a contact, that is gone
        gives `Changed`.
        """
        ...
