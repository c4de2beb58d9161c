"""`syncd.ports.crm.Crm`, answered by HubSpot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors._kit.reading import Turning
from connectors.hubspot import mapping
from connectors.hubspot.batches import BATCH
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.companies import Companies
from connectors.hubspot.contacts import Contacts
from connectors.hubspot.emails import Emails
from connectors.hubspot.erasing import Erasing
from connectors.hubspot.handles import Handles
from connectors.hubspot.schema import Schema
from connectors.hubspot.segments import Segments
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.tasks import Tasks
from connectors.hubspot.watching import OVERLAP_SECONDS, Watch
from syncd.core.facts import Company, Contact, Person
from syncd.ports.crm import (
    CompanyJoin,
    ContactChange,
    ContactChanges,
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
from syncd.ports.manifest import Toolbox
from syncd.ports.needs import Readiness, Requirement
from syncd.ports.verdicts import Done, Outcome

# The lookups are not index-backed, but a request whose answer was lost may still be at
# work on HubSpot's side. Absence seen earlier than this proves nothing.
SETTLE_SECONDS = 10.0
_OWNERS_A_PAGE = 100


class HubSpotCrm:
    def __init__(self, settings: HubSpotSettings, tools: Toolbox) -> None:
        self.traits = CrmTraits(
            settle_seconds=SETTLE_SECONDS,
            batch_size=BATCH,
            body_limit=mapping.LIMIT,
            overlap_seconds=OVERLAP_SECONDS,
        )
        self._settings = settings
        self._client = client = HubSpotClient(settings, tools)
        self._schema = Schema(client)
        self._contacts = Contacts(client)
        self._watch = Watch(client, self._contacts)
        self._emails = Emails(client)
        self._tasks = Tasks(client)
        self._erasing = Erasing(client)
        self._companies = Companies(client)
        self._segments = Segments(client)
        self._handles = Handles()

    def readiness(self, needs: CrmNeeds) -> Readiness:
        found = self._schema.readiness(needs, self._handles)
        self.use({**self._handles.values, **found.handles})
        return found

    def provide(self, requirement: Requirement) -> Outcome:
        outcome = self._schema.provide(requirement)
        if isinstance(outcome, Done):
            self.use({**self._handles.values, requirement.handle: outcome.id})
        return outcome

    def use(self, handles: Mapping[str, str]) -> None:
        self._handles = Handles(dict(handles))
        self._client.zone = self._handles.zone

    def owners(self) -> list[Person]:
        """Active people; queues, which own nothing a person answers for, are left out."""
        found: list[Person] = []
        after, turning = "", Turning("HubSpot: its owners")
        while True:
            query = [("limit", str(_OWNERS_A_PAGE)), ("archived", "false")]
            query += [("after", after)] if after else []
            data = self._client.call(
                "GET", self._client.path("owners"), query=query, writes=False
            ).data
            found += [
                mapping.person(one)
                for one in data.get("results") or ()
                if one.get("type", "PERSON") == "PERSON"
            ]
            after = turning.to(((data.get("paging") or {}).get("next") or {}).get("after"))
            if not after:
                return found

    def find_contacts(self, addresses: Sequence[str]) -> dict[str, Contact]:
        return self._contacts.find(addresses)

    def get_contacts(self, ids: Sequence[str]) -> dict[str, Contact]:
        return self._contacts.get(ids)

    def contact_url(self, contact_id: str) -> str:
        # Without an account number HubSpot's own redirect picks the account.
        account = self._handles.portal or "l"
        return f"{self._settings.app_url}/contacts/{account}/record/0-1/{contact_id}"

    def changes(self, cursor: str | None, now: datetime) -> ContactChanges:
        return self._watch.changes(cursor, now, self._handles)

    def create_contacts(self, batch: Sequence[NewContact]) -> list[Outcome]:
        return self._contacts.create(batch)

    def change_contacts(self, batch: Sequence[ContactChange]) -> list[Outcome]:
        return self._contacts.change(batch)

    def log_emails(self, batch: Sequence[EmailRecord]) -> list[Outcome]:
        return self._emails.log(batch, self._handles)

    def delete_emails(self, batch: Sequence[EmailRemoval]) -> list[Outcome]:
        return self._emails.delete(batch)

    def erase(self, batch: Sequence[Erasure]) -> list[Outcome]:
        return self._erasing.erase(batch)

    def emails_of(
        self, contact_ids: Sequence[str], known: frozenset[str] = frozenset()
    ) -> list[Logged]:
        return self._emails.of(contact_ids, known, self._handles)

    def create_tasks(self, batch: Sequence[CrmTask]) -> list[Outcome]:
        return self._tasks.create(batch, self._handles)

    def change_tasks(self, batch: Sequence[CrmTaskChange]) -> list[Outcome]:
        return self._tasks.change(batch)

    def complete_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        return self._tasks.complete(ids)

    def reopen_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        return self._tasks.reopen(ids)

    def find_tasks(self, marks: Sequence[str], contact_ids: Sequence[str]) -> dict[str, str]:
        return self._tasks.find(marks, contact_ids, self._handles)

    def find_companies(self, domains: Sequence[str]) -> dict[str, Company]:
        return self._companies.find(domains)

    def companies_of(self, contact_ids: Sequence[str]) -> dict[str, tuple[Company, ...]]:
        return self._companies.of(contact_ids)

    def contacts_at(self, company_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return self._companies.contacts_at(company_ids)

    def create_companies(self, batch: Sequence[NewCompany]) -> list[Outcome]:
        return self._companies.create(batch)

    def join_companies(self, batch: Sequence[CompanyJoin]) -> list[Outcome]:
        return self._companies.join(batch)

    def members(self, segment: str) -> frozenset[str]:
        return self._segments.members(segment)

    def change_members(self, batch: Sequence[MemberChange]) -> list[Outcome]:
        return self._segments.change(batch)
