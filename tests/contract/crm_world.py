"""What the CRM's contract is asked against: a service, the people in it, and a connector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

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
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import Done, Outcome, Verdict
from syncd.sandbox.clock import SandboxClock
from tests.contract.board_world import Told
from tests.support.clock import START, DrivenClock
from tests.support.transport import Wire

NEEDS = CrmNeeds(
    campaigns={"acme": "ACME / home builders", "bolt": "Bolt"},
    tags={"diy": "diy", "home-builders": "home-builders"},
    stages={"contacted": "Contacted", "replied": "Replied", "agreed": "Agreed"},
    tasks=True,
)
MAYA, NOAH = "maya@brightlink.example", "noah@brightlink.example"
REFUSED = MaxRetryError(
    HTTPConnectionPool("x"), "/", NewConnectionError(HTTPConnection("x"), "refused")
)
Asked = TypeVar("Asked")


@dataclass
class World:
    """A CRM, the service behind it, and the people who work there.

    `properties` are the service's names of the fields; `writes` tells calls that change.
    `words` are what the service's own properties hold for "New York" and "Germany" (where a
    person is) and "opted out". `maya` works there; `ada`, `bob` and `eve` are outside and no
    contacts yet. Addresses and marks are a test's own.
    """

    simulator: Told
    transport: Wire
    clock: DrivenClock | SandboxClock
    connect: Callable[[], Crm]
    crm: Crm
    properties: Mapping[Field, str]
    writing: Callable[[str, str], bool]
    words: Mapping[str, Mapping[str, str]]

    @property
    def maya(self) -> str:
        return MAYA

    @property
    def ada(self) -> str:
        return "ada@site.example"

    @property
    def bob(self) -> str:
        return "bob@other.example"

    @property
    def eve(self) -> str:
        return "eve@third.example"

    def address(self, word: str) -> str:
        """One more address of an outside person."""
        return f"{word}@crowd.example"

    @property
    def nobody(self) -> str:
        """An id that no contact has."""
        return "999999999"

    def key(self, word: str) -> str:
        return word

    def settled(self) -> World:
        """Set up: everything needed stands, two people work there."""
        for address in (MAYA, NOAH):
            self.simulator.control("add_owner", {"email": address, "name": "Some One"})
        self.provide()
        self.transport.calls.clear()
        return self

    def provide(self) -> None:
        for need in self.crm.readiness(NEEDS).missing:
            assert isinstance(self.crm.provide(need), Done)

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

    def seen(
        self,
        cursor: str | None,
        good: Callable[[Contact], object] = lambda _contact: True,
    ) -> Contact:
        """The one contact that changed, as it is once the service shows what is `good`."""
        [contact] = self.eventually(
            lambda: self.changes(cursor).contacts, lambda found: any(map(good, found))
        )
        return contact

    def settle(self) -> None:
        """Let the time pass after which absence proves something."""
        self.clock.advance(self.crm.traits.settle_seconds)

    def eventually(self, ask: Callable[[], Asked], good: Callable[[Asked], object]) -> Asked:
        """The answer; where a service takes its time, the first that is `good`."""
        answer = ask()
        assert good(answer), answer
        return answer

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

    def email(self, key: str, *contacts: str, **more: Any) -> EmailRecord:
        mark = self.key(key)
        record = EmailRecord(
            key=mark,
            message_id=f"{mark}@mail.example",
            thread_key="t1",
            direction=Direction.SENT,
            at=START - timedelta(days=2),
            subject="Builder guide",
            sender=Party(self.maya, "Maya Hart"),
            to=(Party(self.ada, "Ada Reed"),),
            cc=(),
            bcc=(),
            text="Hello Ada",
            html="<p>Hello Ada</p>",
            owner_id=None,
            contact_ids=contacts,
        )
        return replace(record, **more)

    def task(self, key: str, contact: str) -> CrmTask:
        due = START + timedelta(days=3)
        return CrmTask(self.key(key), contact, "Follow up", "No answer yet", due, None)

    def task_ids(self, keys: Sequence[str], *contacts: str) -> dict[str, str]:
        """Tasks found by their marks, as the test calls these."""
        found = self.crm.find_tasks([self.key(each) for each in keys], contacts)
        assert found.keys() <= {self.key(each) for each in keys}
        return {each: found[self.key(each)] for each in keys if self.key(each) in found}

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


def outcome_of(call: Callable[[], Any]) -> Any:
    """The verdict raised, or the one outcome of a batch of one."""
    try:
        found = call()
    except Verdict as verdict:
        return verdict
    return found[0] if isinstance(found, list) else found
