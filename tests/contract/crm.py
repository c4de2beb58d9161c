"""What every CRM must do, from the docstrings of `syncd.ports.crm`.

A connector's test gives one fixture, `world`, and inherits the rest. Differences between
CRMs come from their traits, never from their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from syncd.core.facts import Direction, Party
from syncd.ports.crm import (
    ContactChange,
    Crm,
    CrmNeeds,
    CrmTask,
    EmailRecord,
    Field,
    NewContact,
)
from syncd.ports.simulator import Answer, Request, Simulator
from syncd.ports.verdicts import Changed, Done, InDoubt, Locked, Outcome, TryLater, Verdict
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
    """

    simulator: Simulator
    transport: SimulatorTransport
    clock: DrivenClock
    connect: Callable[[], Crm]
    crm: Crm
    properties: Mapping[Field, str]
    writing: Callable[[str, str], bool]

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


class CrmContract:
    @pytest.fixture
    def world(self) -> World:
        raise AssertionError("a connector's test provides the world")

    # readiness, provide, use

    def test_readiness_names_what_is_missing_and_makes_nothing(self, world):
        ready = world.crm.readiness(NEEDS)
        assert not world.writes
        summaries = " ".join(need.summary for need in ready.missing)
        for name in (*NEEDS.campaigns.values(), *NEEDS.tags, *NEEDS.stages.values()):
            assert name in summaries

    def test_what_is_provided_in_order_stands(self, world):
        first = world.crm.readiness(NEEDS)
        made = {}
        for need in first.missing:
            outcome = world.crm.provide(need)
            assert isinstance(outcome, Done)
            made[need.handle] = outcome.id
        fresh = world.connect()
        fresh.use({**first.handles, **made})
        again = fresh.readiness(NEEDS)
        assert not again.missing
        assert made.items() <= again.handles.items()

    def test_providing_twice_makes_once(self, world):
        for need in world.crm.readiness(NEEDS).missing:
            first = world.crm.provide(need)
            again = world.connect().provide(need)
            assert isinstance(first, Done)
            assert isinstance(again, Done)
            assert again.id == first.id
        assert not world.crm.readiness(NEEDS).missing

    def test_a_later_campaign_lacks_only_its_value(self, world):
        world.settled()
        later = replace(NEEDS, campaigns={**NEEDS.campaigns, "corn": "Corn"})
        [need] = world.crm.readiness(later).missing
        assert "Corn" in need.summary
        assert isinstance(world.crm.provide(need), Done)
        assert not world.crm.readiness(later).missing
        ada = world.known(ADA)
        assert isinstance(world.change(ada, add={Field.CAMPAIGNS: ("acme", "corn")}), Done)
        assert world.values(ada) == {"campaigns": "acme;corn"}

    def test_what_cannot_be_made_for_now_is_a_verdict_not_an_exception(self, world):
        [need, *_] = world.crm.readiness(NEEDS).missing
        world.transport.before = lambda _request: Answer(503)
        assert isinstance(world.crm.provide(need), InDoubt | TryLater)

    def test_a_restart_takes_its_handles_back_without_a_call(self, world):
        world.settled()
        handles = world.crm.readiness(NEEDS).handles
        ada = world.known(ADA)
        world.transport.calls.clear()
        fresh = world.connect()
        fresh.use(handles)
        assert fresh.contact_url(ada) == world.crm.contact_url(ada)
        assert not world.transport.calls
        [made] = fresh.log_emails([email("e1", ada)])
        assert isinstance(made, Done)
        [seen] = world.crm.emails_of([ada])
        assert seen.id == made.id

    # owners

    def test_owners_are_all_active_people(self, world):
        world.settled()
        for number in range(120):
            address = f"person{number}@brightlink.example"
            world.simulator.control("add_owner", {"email": address, "name": "A B"})
        world.simulator.control("remove_owner", {"email": NOAH})
        owners = {one.address: one for one in world.crm.owners()}
        assert len(owners) == 121
        assert owners[MAYA].active
        assert owners[MAYA].name == "Some One"
        assert NOAH not in owners

    # finding contacts

    def test_contacts_are_found_by_any_address_in_any_case(self, world):
        world.settled()
        ada = world.known(ADA, "ada@private.example", "reed@site.example", name="Ada Reed")
        bob = world.known(BOB)
        asked = [ADA.upper(), "Reed@Site.example", BOB, EVE]
        found = world.crm.find_contacts(asked)
        assert {address: one.id for address, one in found.items()} == {
            ADA.upper(): ada,
            "Reed@Site.example": ada,
            BOB: bob,
        }
        contact = found[ADA.upper()]
        assert contact.addresses[0] == ADA
        assert set(contact.addresses[1:]) == {"ada@private.example", "reed@site.example"}
        assert contact.name == "Ada Reed"

    def test_a_contact_is_found_at_once_after_it_was_made(self, world):
        world.settled()
        [made] = world.crm.create_contacts([NewContact("c1", ADA, "Ada Reed")])
        assert isinstance(made, Done)
        assert world.crm.find_contacts([ADA])[ADA].id == made.id

    def test_what_is_no_address_is_simply_absent(self, world):
        world.settled()
        world.known(ADA)
        found = world.crm.find_contacts(["", "no address", "x" * 400, ADA])
        assert found.keys() == {ADA}

    def test_a_merged_contact_is_found_as_its_survivor(self, world):
        world.settled()
        ada, other = world.known(ADA), world.known(BOB)
        world.simulator.control("merge", {"primary": ada, "other": other})
        survivor = world.crm.find_contacts([ADA])[ADA]
        got = world.crm.get_contacts([ada, other, "999999999"])
        assert {asked: one.id for asked, one in got.items()} == {
            ada: survivor.id,
            other: survivor.id,
        }
        assert world.crm.find_contacts([BOB])[BOB].id == survivor.id

    # creating contacts

    def test_contacts_are_made_as_asked(self, world):
        world.settled()
        owner = next(one for one in world.crm.owners() if one.address == MAYA)
        batch = [NewContact("c1", ADA, "Ada Reed", owner.id), NewContact("c2", BOB)]
        outcomes = world.crm.create_contacts(batch)
        assert all(isinstance(one, Done) and not one.found for one in outcomes)
        found = world.crm.find_contacts([ADA, BOB])
        assert [found[ADA].id, found[BOB].id] == [one.id for one in outcomes]
        assert found[ADA].name == "Ada Reed"

    def test_an_address_that_exists_is_adopted(self, world):
        world.settled()
        ada = world.known(ADA, "ada@private.example")
        batch = [NewContact(f"c{n}", a) for n, a in enumerate([BOB, "Ada@private.example", ADA])]
        outcomes = world.crm.create_contacts(batch)
        assert outcomes[1:] == [Done(ada, found=True), Done(ada, found=True)]
        assert isinstance(outcomes[0], Done)
        assert not outcomes[0].found

    def test_an_address_given_twice_is_one_contact(self, world):
        world.settled()
        first, second = world.crm.create_contacts([NewContact("c1", ADA), NewContact("c2", ADA)])
        assert isinstance(first, Done)
        assert second == Done(first.id, found=True)

    def test_one_bad_contact_does_not_spoil_the_others(self, world):
        world.settled()
        batch = [NewContact("c1", ADA), NewContact("c2", "not an address"), NewContact("c3", BOB)]
        outcomes = world.crm.create_contacts(batch)
        assert [isinstance(one, Done) for one in outcomes] == [True, False, True]
        assert isinstance(outcomes[1], Verdict)
        assert world.crm.find_contacts([ADA, BOB]).keys() == {ADA, BOB}

    def test_an_owner_who_left_is_left_out_and_named(self, world):
        world.settled()
        owner = next(one for one in world.crm.owners() if one.address == MAYA)
        world.simulator.control("remove_owner", {"email": MAYA})
        [made] = world.crm.create_contacts([NewContact("c1", ADA, "Ada", owner.id)])
        assert isinstance(made, Done)
        assert "owner" in made.note

    # changing contacts

    def test_values_are_added_once_and_sorted(self, world):
        world.settled()
        ada = world.known(ADA)
        change = {"add": {Field.CAMPAIGNS: ("bolt", "acme"), Field.TAGS: ("diy",)}}
        assert world.change(ada, **change) == Done(ada)
        assert world.values(ada) == {"campaigns": "acme;bolt", "tags": "diy"}
        world.transport.calls.clear()
        outcome = world.change(ada, **change)
        assert isinstance(outcome, Done)
        assert set(outcome.left) == {"campaigns=acme", "campaigns=bolt", "tags=diy"}
        assert not world.writes

    def test_only_what_is_named_is_removed(self, world):
        world.settled()
        ada = world.known(ADA)
        world.person_sets(ada, {Field.TAGS: "home-builders;diy"})
        assert world.change(ada, remove={Field.TAGS: ("diy", "absent")}) == Done(ada)
        assert world.values(ada) == {"tags": "home-builders"}
        assert world.change(ada, remove={Field.TAGS: ("home-builders",)}) == Done(ada)
        assert world.values(ada) == {}

    def test_a_plain_field_moves_only_from_the_value_expected(self, world):
        world.settled()
        ada = world.known(ADA)
        put = {"put": {Field.STAGE: "contacted"}, "expect": {Field.STAGE: ""}}
        assert world.change(ada, **put) == Done(ada)
        assert world.values(ada) == {"stage": "contacted"}
        # Asked again after a lost answer: it is as wished, so nothing was left.
        assert world.change(ada, **put) == Done(ada)

    def test_a_stage_a_person_set_stays_and_is_named(self, world):
        world.settled()
        ada = world.known(ADA)
        world.person_sets(ada, {Field.STAGE: "agreed"})
        outcome = world.change(
            ada,
            add={Field.CAMPAIGNS: ("acme",)},
            put={Field.STAGE: "replied"},
            expect={Field.STAGE: "contacted"},
        )
        assert outcome == Done(ada, left=("stage",))
        assert world.values(ada) == {"campaigns": "acme", "stage": "agreed"}

    def test_what_a_person_ticks_between_reading_and_writing_stays(self, world):
        world.settled()
        ada = world.known(ADA)

        def person_is_quick(request: Request) -> None:
            if world.writing(request.method, request.path):
                world.heal()
                world.person_sets(ada, {Field.CAMPAIGNS: "bolt"})

        world.transport.before = person_is_quick
        assert world.change(ada, add={Field.CAMPAIGNS: ("acme",)}) == Done(ada)
        assert world.values(ada) == {"campaigns": "acme;bolt"}

    def test_several_changes_to_one_contact_all_happen(self, world):
        world.settled()
        ada = world.known(ADA)
        outcomes = world.crm.change_contacts(
            [
                ContactChange("k1", ada, add={Field.CAMPAIGNS: ("acme",)}),
                ContactChange("k2", ada, add={Field.CAMPAIGNS: ("bolt",)}),
                ContactChange("k3", ada, put={Field.STAGE: "contacted"}, expect={Field.STAGE: ""}),
            ]
        )
        assert outcomes == [Done(ada)] * 3
        assert world.values(ada) == {"campaigns": "acme;bolt", "stage": "contacted"}

    def test_a_contact_that_is_gone_gives_changed_and_spoils_nothing(self, world):
        world.settled()
        ada, bob = world.known(ADA), world.known(BOB)
        world.simulator.control("person_deletes", {"contact": bob})
        gone, done = world.crm.change_contacts(
            [ContactChange(f"k{one}", one, add={Field.TAGS: ("diy",)}) for one in (bob, ada)]
        )
        assert isinstance(gone, Changed)
        assert done == Done(ada)

    # logging

    def test_a_message_is_logged_with_its_people_and_found_by_its_mark(self, world):
        world.settled()
        ada, bob = world.known(ADA), world.known(BOB)
        [sent] = world.log(email("e1", ada, bob))
        [received] = world.log(
            email("e2", ada, direction=Direction.RECEIVED, subject="Re: Builder guide")
        )
        seen = {one.id: one for one in world.crm.emails_of([ada, bob, "999999999"])}
        assert seen.keys() == {sent, received}
        one = seen[sent]
        assert set(one.contact_ids) == {ada, bob}
        assert (one.subject, one.at) == ("Builder guide", START - timedelta(days=2))
        # A message is told by its mark, by its Message-ID, or by neither and its time.
        assert one.mark in {"e1", None}
        assert one.message_id in {"e1@mail.example", ""}
        assert one.ours == (one.mark is not None)

    def test_what_is_known_is_not_read_again(self, world):
        world.settled()
        ada = world.known(ADA)
        first, second = world.log(email("e1", ada), email("e2", ada))
        [seen] = world.crm.emails_of([ada], frozenset({first}))
        assert seen.id == second
        world.transport.calls.clear()
        assert world.crm.emails_of([ada], frozenset({first, second})) == []
        assert len(world.transport.calls) == 1

    def test_what_the_crm_logged_by_itself_is_seen_and_is_not_ours(self, world):
        world.settled()
        ada = world.known(ADA)
        at = START.isoformat()
        world.simulator.control(
            "native_log",
            {"message_id": "<m1@x>", "contacts": [ADA], "subject": "Hi", "at": at},
        )
        [seen] = world.crm.emails_of([ada])
        assert not seen.ours
        assert seen.mark is None
        assert (seen.message_id, seen.subject, seen.at) == ("m1@x", "Hi", START)
        [logged] = world.log(email("e1", ada))
        ours = next(one for one in world.crm.emails_of([ada]) if one.id == logged)
        assert seen.source != ours.source

    def test_one_bad_message_does_not_spoil_the_others(self, world):
        world.settled()
        ada = world.known(ADA)
        batch = [email("e1", ada), email("e2", "999999999"), email("e3", ada)]
        outcomes = world.crm.log_emails(batch)
        assert [isinstance(one, Done) for one in outcomes] == [True, False, True]
        assert isinstance(outcomes[1], Changed)
        assert len(world.crm.emails_of([ada])) == 2

    def test_nasty_mail_is_logged(self, world):
        world.settled()
        ada = world.known(ADA)
        crowd = tuple(Party(f"p{n}@crowd.example", "Ünï Côdé " * 9) for n in range(900))
        nasty = [
            email("e1", ada, subject="", text="", html="", message_id="", sender=None, to=()),
            email("e2", ada, subject="\ud83d half \x00 emoji 🎉", text="🎉" * 10, thread_key=""),
            email("e3", ada, to=crowd, cc=crowd),
            email("e4", ada, text="x" * world.crm.traits.body_limit),
            email("e5", ada, sender=Party("", "Nobody"), to=(Party("odd address", '"\\;,'),)),
        ]
        logged = world.log(*nasty)
        seen = {one.id: one for one in world.crm.emails_of([ada])}
        assert seen.keys() == set(logged)

    def test_a_message_without_an_id_is_still_told_from_others(self, world):
        world.settled()
        ada = world.known(ADA)
        world.log(email("e1", ada, message_id=""))
        [seen] = world.crm.emails_of([ada])
        assert seen.message_id == ""
        assert seen.mark in {"e1", None}

    def test_a_lost_answer_leaves_every_message_in_doubt_and_findable(self, world):
        world.settled()
        ada = world.known(ADA)
        world.lose_answers()
        outcomes = world.crm.log_emails([email("e1", ada), email("e2", ada)])
        assert [type(one) for one in outcomes] == [InDoubt, InDoubt]
        world.heal()
        world.clock.advance(world.crm.traits.settle_seconds)
        assert len(world.crm.emails_of([ada])) == 2

    # tasks

    def test_a_task_is_found_by_its_mark_and_completed_once_and_again(self, world):
        world.settled()
        ada = world.known(ADA)
        outcomes = world.crm.create_tasks([task("t1", ada), task("t2", ada)])
        first, second = [one.id for one in outcomes if isinstance(one, Done)]
        found = world.crm.find_tasks(["t1", "t2", "t3"], [ada])
        assert found == {"t1": first, "t2": second}
        assert world.crm.complete_tasks([first]) == [Done(first)]
        assert world.crm.complete_tasks([first]) == [Done(first)]

    def test_a_task_a_person_deleted_is_changed(self, world):
        world.settled()
        ada = world.known(ADA)
        [first, second] = world.crm.create_tasks([task("t1", ada), task("t2", ada)])
        world.simulator.control("person_deletes", {"type": "tasks", "id": first.id})
        gone, done = world.crm.complete_tasks([first.id, second.id])
        assert isinstance(gone, Changed)
        assert done == Done(second.id)

    def test_a_task_for_a_contact_that_is_gone_is_changed(self, world):
        world.settled()
        [outcome] = world.crm.create_tasks([task("t1", "999999999")])
        assert isinstance(outcome, Changed)

    # verdicts

    @pytest.mark.parametrize(
        ("what", "read", "write"),
        [
            (429, TryLater, TryLater),
            (423, TryLater, TryLater),
            (477, TryLater, TryLater),
            (500, TryLater, InDoubt),
            (502, TryLater, InDoubt),
            (503, TryLater, InDoubt),
            (504, TryLater, InDoubt),
            (524, TryLater, InDoubt),
            (401, Locked, Locked),
            (403, Locked, Locked),
            (requests.ConnectionError("reset"), TryLater, InDoubt),
            (requests.ReadTimeout(), TryLater, InDoubt),
            (requests.exceptions.ChunkedEncodingError("half"), TryLater, InDoubt),
            (requests.ConnectionError(REFUSED), TryLater, TryLater),
            (requests.ConnectTimeout(), TryLater, TryLater),
        ],
        ids=str,
    )
    def test_verdict(self, world, what, read, write):
        world.settled()

        def fails(_request: Request) -> Answer:
            if isinstance(what, Exception):
                raise what
            return Answer(what, b"<html>no</html>")

        world.transport.before = fails
        assert type(outcome_of(lambda: world.crm.find_contacts([ADA]))) is read
        world.clock.advance(3600)
        assert type(outcome_of(lambda: world.crm.log_emails([email("e1", "1")]))) is write
        world.clock.advance(3600)
        assert type(outcome_of(lambda: world.crm.create_contacts([NewContact("c1", ADA)]))) is write
        world.clock.advance(3600)
        assert type(outcome_of(lambda: world.crm.create_tasks([task("t1", "1")]))) is write

    def test_half_an_answer_to_a_write_is_in_doubt_and_to_a_read_is_not(self, world):
        world.settled()
        ada = world.known(ADA)
        world.transport.after = lambda _request, answer: replace(
            answer, body=answer.body[: len(answer.body) // 2]
        )
        assert type(outcome_of(lambda: world.crm.find_contacts([ADA]))) is TryLater
        assert type(outcome_of(lambda: world.crm.log_emails([email("e1", ada)]))) is InDoubt

    # the fewest calls

    def test_a_hundred_take_one_call(self, world):
        world.settled()
        addresses = [f"p{n}@crowd.example" for n in range(world.crm.traits.batch_size)]
        world.crm.find_contacts(addresses)
        assert len(world.transport.calls) == 1
        outcomes = world.crm.create_contacts([NewContact(one, one) for one in addresses])
        assert len(world.transport.calls) == 2
        ids = [one.id for one in outcomes if isinstance(one, Done)]
        assert len(set(ids)) == len(addresses)
        logged = world.log(*[email(f"e{one}", one) for one in ids])
        assert len(set(logged)) == len(ids)
        assert len(world.transport.calls) == 3
