"""Ports for a dry run: reads pass through, writes are pretended and change nothing.

Together with a throw-away copy of the state the same turn then shows what it would do.
Records that were only pretended get ids that start with "new:".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import cast

from syncd.core.campaign_plan import What
from syncd.core.facts import Company, Contact, Person, Place, Task
from syncd.engine.context import Ports
from syncd.ports.board import (
    BoardTraits,
    NewComment,
    NewTask,
    TaskBoard,
    TaskChange,
    TaskChanges,
)
from syncd.ports.crm import (
    CompanyJoin,
    ContactChange,
    ContactChanges,
    Crm,
    CrmNeeds,
    CrmTask,
    CrmTaskChange,
    CrmTraits,
    EmailRecord,
    EmailRemoval,
    Erasure,
    Logged,
    MemberChange,
    NewCompany,
    NewContact,
)
from syncd.ports.mail import (
    Draft,
    DraftBox,
    DraftRemoval,
    Fetched,
    Listing,
    MailChanges,
    MailSource,
    MailTraits,
    NewDraft,
    Profile,
    Relabel,
)
from syncd.ports.needs import Readiness, Requirement
from syncd.ports.records import NewRecord, Post, Record, RecordChange
from syncd.ports.verdicts import Done, Outcome, Verdict


def rehearse(ports: Ports) -> Ports:
    """The same ports, unable to write."""
    sources: dict[int, RehearsedMail] = {}
    for source in ports.mail.values():
        sources.setdefault(id(source), RehearsedMail(source))
    return replace(
        ports,
        mail={address: sources[id(source)] for address, source in ports.mail.items()},
        crm=RehearsedCrm(ports.crm),
        board=None if ports.board is None else RehearsedBoard(ports.board),
        # Nothing is left to forbid, and what would follow from a write is to be shown.
        read_only=False,
    )


class _Pretence:
    def __init__(self) -> None:
        self._numbers = count(1)

    def _made(self) -> Done:
        return Done(f"new:{next(self._numbers)}")


def _real(ids: Sequence[str]) -> list[str]:
    return [one for one in ids if not one.startswith("new:")]


class RehearsedMail(_Pretence):
    def __init__(self, real: MailSource) -> None:
        super().__init__()
        self._real = real
        self.traits: MailTraits = real.traits

    def mailboxes(self) -> tuple[str, ...]:
        return self._real.mailboxes()

    def profile(self, mailbox: str) -> Profile:
        return self._real.profile(mailbox)

    def cursor(self, mailbox: str) -> str:
        return self._real.cursor(mailbox)

    def listing(self, mailbox: str, since: datetime, page: str | None) -> Listing:
        return self._real.listing(mailbox, since, page)

    def changes(self, mailbox: str, cursor: str) -> MailChanges:
        return self._real.changes(mailbox, cursor)

    def fetch(self, mailbox: str, ids: Sequence[str]) -> list[Fetched]:
        return self._real.fetch(mailbox, ids)

    def relabel(self, batch: Sequence[Relabel]) -> list[Outcome]:
        return [self._made() for _ in batch]

    def write_drafts(self, batch: Sequence[NewDraft]) -> list[Draft | Verdict]:
        made = [self._made().id for _ in batch]
        return [Draft(new, new, one.thread_id) for new, one in zip(made, batch, strict=True)]

    def find_drafts(self, mailbox: str, message_ids: Sequence[str]) -> dict[str, Draft]:
        return self._box.find_drafts(mailbox, message_ids)

    def drafts(self, mailbox: str, ids: Sequence[str]) -> dict[str, Draft]:
        real = _real(ids)
        pretended = {one: Draft(one, one, "") for one in ids if one not in real}
        return pretended | (self._box.drafts(mailbox, real) if real else {})

    def delete_drafts(self, batch: Sequence[DraftRemoval]) -> list[Outcome]:
        return [Done(one.draft_id) for one in batch]

    @property
    def _box(self) -> DraftBox:
        # Asked for drafts only where its traits say that it keeps any.
        return cast("DraftBox", self._real)


class RehearsedCrm(_Pretence):
    def __init__(self, real: Crm) -> None:
        super().__init__()
        self._real = real
        self.traits: CrmTraits = real.traits
        self._contacts: dict[str, Contact] = {}

    def readiness(self, needs: CrmNeeds) -> Readiness:
        return self._real.readiness(needs)

    def provide(self, requirement: Requirement) -> Outcome:  # noqa: ARG002
        return self._made()

    def use(self, handles: Mapping[str, str]) -> None:
        self._real.use(handles)

    def owners(self) -> list[Person]:
        return self._real.owners()

    def find_contacts(self, addresses: Sequence[str]) -> dict[str, Contact]:
        found = {a: self._contacts[a] for a in addresses if a in self._contacts}
        rest = [address for address in addresses if address not in found]
        return found | (self._real.find_contacts(rest) if rest else {})

    def get_contacts(self, ids: Sequence[str]) -> dict[str, Contact]:
        real = _real(ids)
        return self._real.get_contacts(real) if real else {}

    def contact_url(self, contact_id: str) -> str:
        return self._real.contact_url(contact_id)

    def changes(self, cursor: str | None, now: datetime) -> ContactChanges:
        return self._real.changes(cursor, now)

    def create_contacts(self, batch: Sequence[NewContact]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for one in batch:
            made = self._made()
            self._contacts[one.address] = Contact(made.id, (one.address,), one.name)
            outcomes.append(made)
        return outcomes

    def change_contacts(self, batch: Sequence[ContactChange]) -> list[Outcome]:
        return [Done(one.contact_id) for one in batch]

    def log_emails(self, batch: Sequence[EmailRecord]) -> list[Outcome]:
        return [self._made() for _ in batch]

    def delete_emails(self, batch: Sequence[EmailRemoval]) -> list[Outcome]:
        return [Done(one.email_id) for one in batch]

    def erase(self, batch: Sequence[Erasure]) -> list[Outcome]:
        return [Done(one.id) for one in batch]

    def emails_of(
        self, contact_ids: Sequence[str], known: frozenset[str] = frozenset()
    ) -> list[Logged]:
        real = _real(contact_ids)
        return self._real.emails_of(real, known) if real else []

    def create_tasks(self, batch: Sequence[CrmTask]) -> list[Outcome]:
        return [self._made() for _ in batch]

    def change_tasks(self, batch: Sequence[CrmTaskChange]) -> list[Outcome]:
        return [Done(one.task_id) for one in batch]

    def complete_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        return [Done(one) for one in ids]

    def reopen_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        return [Done(one) for one in ids]

    def find_tasks(self, marks: Sequence[str], contact_ids: Sequence[str]) -> dict[str, str]:
        return self._real.find_tasks(marks, _real(contact_ids))

    def find_companies(self, domains: Sequence[str]) -> dict[str, Company]:
        return self._real.find_companies(domains)

    def companies_of(self, contact_ids: Sequence[str]) -> dict[str, tuple[Company, ...]]:
        real = _real(contact_ids)
        return self._real.companies_of(real) if real else {}

    def contacts_at(self, company_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        real = _real(company_ids)
        return self._real.contacts_at(real) if real else {}

    def create_companies(self, batch: Sequence[NewCompany]) -> list[Outcome]:
        return [self._made() for _ in batch]

    def join_companies(self, batch: Sequence[CompanyJoin]) -> list[Outcome]:
        return [Done(one.company_id) for one in batch]

    def members(self, segment: str) -> frozenset[str]:
        return self._real.members(segment) if _real([segment]) else frozenset()

    def change_members(self, batch: Sequence[MemberChange]) -> list[Outcome]:
        return [Done(one.contact_id) for one in batch]


class RehearsedBoard(_Pretence):
    def __init__(self, real: TaskBoard) -> None:
        super().__init__()
        self._real = real
        self._stands = True
        self.traits: BoardTraits = real.traits

    def readiness(self, places: Sequence[Place], tags: Sequence[str]) -> Readiness:
        return self._real.readiness(places, tags)

    def provide(self, requirement: Requirement) -> Outcome:  # noqa: ARG002
        return self._made()

    def use(self, handles: Mapping[str, str]) -> None:
        # Pretended lists and fields have no place in a real request.
        real = {name: one for name, one in handles.items() if _real([one])}
        self._stands = len(real) == len(handles)
        self._real.use(real)

    def people(self, addresses: Sequence[str]) -> dict[str, Person]:
        return self._real.people(addresses)

    def changes(self, cursor: str | None, now: datetime) -> TaskChanges:
        # Without its lists and its field the board holds no task of ours, and could only
        # be asked for everybody's.
        return self._real.changes(cursor, now) if self._stands else TaskChanges((), "")

    def find_tasks(self, marks: Sequence[str]) -> dict[str, Task]:
        return self._real.find_tasks(marks)

    def create_tasks(self, batch: Sequence[NewTask]) -> list[Outcome]:
        return [self._made() for _ in batch]

    def change_tasks(self, batch: Sequence[TaskChange]) -> list[Outcome]:
        return [Done(one.task_id) for one in batch]

    def complete_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        return [Done(one) for one in ids]

    def reopen_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        return [Done(one) for one in ids]

    def erase_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        return [Done(one) for one in ids]

    def add_comments(self, batch: Sequence[NewComment]) -> list[Outcome]:
        return [self._made() for _ in batch]

    def create_records(self, batch: Sequence[NewRecord]) -> list[Outcome]:
        return [self._taken_over(one) or self._made() for one in batch]

    def _taken_over(self, new: NewRecord) -> Done | None:
        """What stands under that name already, and would be used."""
        if new.what not in {What.PROJECT, What.LIST} or (new.project and not _real([new.project])):
            return None
        standing = self._real.records(new.what, new.project)
        same = [one for one in standing if one.name == new.name and not one.done]
        return Done(same[0].id, found=True) if same else None

    def find_records(self, what: What, project: str, marks: Sequence[str]) -> dict[str, Record]:
        found = not project or _real([project])
        return self._real.find_records(what, project, marks) if found else {}

    def records(self, what: What, project: str) -> list[Record]:
        return self._real.records(what, project) if not project or _real([project]) else []

    def record(self, what: What, record_id: str) -> Record | None:
        if not _real([record_id]):
            return Record(record_id, what, "")
        return self._real.record(what, record_id)

    def change_records(self, batch: Sequence[RecordChange]) -> list[Outcome]:
        return [Done(one.id) for one in batch]

    def end_records(self, batch: Sequence[RecordChange]) -> list[Outcome]:
        return [Done(one.id) for one in batch]

    def reopen_records(self, batch: Sequence[RecordChange]) -> list[Outcome]:
        return [Done(one.id) for one in batch]

    def posts(self, project: str, at_most: int) -> list[Post]:
        return self._real.posts(project, at_most) if _real([project]) else []

    def find_comments(self, task_id: str, marks: Sequence[str]) -> dict[str, str]:
        return self._real.find_comments(task_id, marks)
