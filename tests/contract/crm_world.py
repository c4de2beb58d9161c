"""What the CRM's contract is asked against: a service, the people in it, and a connector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import requests
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from syncd.core.facts import Contact, Direction, Party
from syncd.ports.crm import (
    ContactChange,
    ContactChanges,
    Crm,
    CrmNeeds,
    CrmTask,
    EmailRecord,
    Field,
)
from syncd.ports.simulator import Answer, Request, Simulator
from syncd.ports.verdicts import Done, Outcome, Verdict
from tests.support.clock import START, DrivenClock
from tests.support.transport import SimulatorTransport

NEEDS = CrmNeeds(
    campaigns={"acme": "ACME / home builders", "bolt": "Bolt"},
    tags={"diy": "diy", "home-builders": "home-builders"},
    stages={"contacted": "Contacted", "replied": "Replied", "agreed": "Agreed"},
    tasks=True,
)
ADA, BOB, EVE = "ada@site.example", "bob@other.example", "eve@third.example"
MAYA, NOAH = "maya@brightlink.example", "noah@brightlink.example"
REFUSED = MaxRetryError(
    HTTPConnectionPool("x"), "/", NewConnectionError(HTTPConnection("x"), "refused")
)


@dataclass
class World:
    """A CRM, the service behind it, and the people who work there.

    `properties` are the service's names of the fields; `writes` tells calls that change.
    `words` are what the service's own properties hold for "New York" and "Germany" (where a
    person is) and "opted out".
    """

    simulator: Simulator
    transport: SimulatorTransport
    clock: DrivenClock
    connect: Callable[[], Crm]
    crm: Crm
    properties: Mapping[Field, str]
    writing: Callable[[str, str], bool]
    words: Mapping[str, Mapping[str, str]]

    def settled(self) -> World:
        """Set up: everything needed stands, two people work there."""
        for address in (MAYA, NOAH):
            self.simulator.control("add_owner", {"email": address, "name": "Some One"})
        for need in self.crm.readiness(NEEDS).missing:
            assert isinstance(self.crm.provide(need), Done)
        self.transport.calls.clear()
        return self

    def known(self, address: str, *additional: str, name: str = "") -> str:
        """A contact who was there before us."""
        given = {"email": address, "name": name, "additional": additional}
        return str(self.simulator.control("add_contact", given)["id"])

    def person_sets(self, contact: str, values: Mapping[Field, str]) -> None:
        """A person edits fields of ours."""
        named = {self.properties[field]: value for field, value in values.items()}
        self.simulator.control("person_sets", {"contact": contact, "properties": named})

    def told(self, contact: str, *words: str) -> Contact:
        """A person, or the service, notes something down; the contact as it is then."""
        for word in words:
            body = {"contact": contact, "properties": self.words[word]}
            self.simulator.control("person_sets", body)
        return self.crm.get_contacts([contact])[contact]

    def changes(self, cursor: str | None) -> ContactChanges:
        return self.crm.changes(cursor, self.clock.now())

    def later(self) -> str:
        """A cursor from well after everything so far."""
        self.clock.advance(2 * self.crm.traits.overlap_seconds)
        cursor = self.changes(None).cursor
        self.clock.advance(2 * self.crm.traits.overlap_seconds)
        return cursor

    def values(self, contact: str) -> dict[str, str]:
        return self.crm.get_contacts([contact])[contact].values

    def change(self, contact: str, **how: Any) -> Outcome:
        [outcome] = self.crm.change_contacts([ContactChange("k1", contact, **how)])
        return outcome

    def log(self, *records: EmailRecord) -> list[str]:
        outcomes = self.crm.log_emails(records)
        assert all(isinstance(one, Done) for one in outcomes), outcomes
        return [one.id for one in outcomes if isinstance(one, Done)]

    @property
    def writes(self) -> list[tuple[str, str, str]]:
        return [call for call in self.transport.calls if self.writing(call[1], call[2])]

    def lose_answers(self) -> None:
        """From now on the service acts and its answers do not come back."""

        def lost(_request: Request, _answer: Answer) -> Answer:
            raise requests.ReadTimeout

        self.transport.after = lost

    def heal(self) -> None:
        self.transport.before = lambda _request: None
        self.transport.after = lambda _request, answer: answer


def email(key: str, *contacts: str, **more: Any) -> EmailRecord:
    record = EmailRecord(
        key=key,
        message_id=f"{key}@mail.example",
        thread_key="t1",
        direction=Direction.SENT,
        at=START - timedelta(days=2),
        subject="Builder guide",
        sender=Party(MAYA, "Maya Hart"),
        to=(Party(ADA, "Ada Reed"),),
        cc=(),
        bcc=(),
        text="Hello Ada",
        html="<p>Hello Ada</p>",
        owner_id=None,
        contact_ids=contacts,
    )
    return replace(record, **more)


def task(key: str, contact: str, **more: Any) -> CrmTask:
    due = START + timedelta(days=3)
    return replace(CrmTask(key, contact, "Follow up", "No answer yet", due, None), **more)


def outcome_of(call: Callable[[], Any]) -> Any:
    """The verdict raised, or the one outcome of a batch of one."""
    try:
        found = call()
    except Verdict as verdict:
        return verdict
    return found[0] if isinstance(found, list) else found
