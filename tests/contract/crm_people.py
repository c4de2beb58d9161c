"""The CRM's contract about people: owners, finding, adding and changing contacts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from syncd.core.facts import Party
from syncd.ports.crm import (
    ContactChange,
    Erased,
    Erasure,
    Field,
    NewContact,
)
from syncd.ports.simulator import Request
from syncd.ports.verdicts import Changed, Done, InDoubt, Verdict
from tests.contract.crm_world import NOAH


class PeopleContract:
    # owners

    @pytest.mark.simulated("120 people join and one leaves")
    def test_owners_are_all_active_people(self, world):
        world.settled()
        for number in range(120):
            address = f"person{number}@brightlink.example"
            world.simulator.control("add_owner", {"email": address, "name": "A B"})
        world.simulator.control("remove_owner", {"email": NOAH})
        owners = {one.address: one for one in world.crm.owners()}
        assert len(owners) == 121
        assert owners[world.maya].active
        assert owners[world.maya].name == "Some One"
        assert NOAH not in owners

    # finding contacts

    def test_contacts_are_found_by_any_address_in_any_case(self, world):
        world.settled()
        ada = world.known(
            world.ada, world.address("ada.private"), world.address("reed"), name="Ada Reed"
        )
        bob = world.known(world.bob)
        reed = world.address("reed").title()
        asked = [world.ada.upper(), reed, world.bob, world.eve]
        found = world.crm.find_contacts(asked)
        assert {address: one.id for address, one in found.items()} == {
            world.ada.upper(): ada,
            reed: ada,
            world.bob: bob,
        }
        contact = found[world.ada.upper()]
        assert contact.addresses[0] == world.ada
        assert set(contact.addresses[1:]) == {world.address("ada.private"), world.address("reed")}
        assert contact.name == "Ada Reed"

    def test_a_contact_is_found_at_once_after_it_was_made(self, world):
        world.settled()
        [made] = world.crm.create_contacts([NewContact("c1", world.ada, "Ada Reed")])
        assert isinstance(made, Done)
        assert world.crm.find_contacts([world.ada])[world.ada].id == made.id

    def test_what_is_no_address_is_simply_absent(self, world):
        world.settled()
        world.known(world.ada)
        found = world.crm.find_contacts(["", "no address", "x" * 400, world.ada])
        assert found.keys() == {world.ada}

    def test_a_merged_contact_is_found_as_its_survivor(self, world):
        world.settled()
        ada, other = world.known(world.ada), world.known(world.bob)
        world.simulator.control("merge", {"primary": ada, "other": other})
        survivor = world.crm.find_contacts([world.ada])[world.ada]
        got = world.crm.get_contacts([ada, other, world.nobody])
        assert {asked: one.id for asked, one in got.items()} == {
            ada: survivor.id,
            other: survivor.id,
        }
        assert world.crm.find_contacts([world.bob])[world.bob].id == survivor.id

    # creating contacts

    def test_contacts_are_made_as_asked(self, world):
        world.settled()
        owner = next(one for one in world.crm.owners() if one.address == world.maya)
        batch = [NewContact("c1", world.ada, "Ada Reed", owner.id), NewContact("c2", world.bob)]
        outcomes = world.crm.create_contacts(batch)
        assert all(isinstance(one, Done) and not one.found for one in outcomes)
        found = world.crm.find_contacts([world.ada, world.bob])
        assert [found[world.ada].id, found[world.bob].id] == [one.id for one in outcomes]
        assert found[world.ada].name == "Ada Reed"

    def test_an_address_that_exists_is_adopted(self, world):
        world.settled()
        ada = world.known(world.ada, world.address("ada.private"))
        batch = [
            NewContact(f"c{n}", a)
            for n, a in enumerate([world.bob, world.address("ada.private").title(), world.ada])
        ]
        outcomes = world.crm.create_contacts(batch)
        assert outcomes[1:] == [Done(ada, found=True), Done(ada, found=True)]
        assert isinstance(outcomes[0], Done)
        assert not outcomes[0].found

    def test_an_address_given_twice_is_one_contact(self, world):
        world.settled()
        first, second = world.crm.create_contacts(
            [NewContact("c1", world.ada), NewContact("c2", world.ada)]
        )
        assert isinstance(first, Done)
        assert second == Done(first.id, found=True)

    def test_one_bad_contact_does_not_spoil_the_others(self, world):
        world.settled()
        batch = [
            NewContact("c1", world.ada),
            NewContact("c2", "not an address"),
            NewContact("c3", world.bob),
        ]
        outcomes = world.crm.create_contacts(batch)
        assert [isinstance(one, Done) for one in outcomes] == [True, False, True]
        assert isinstance(outcomes[1], Verdict)
        assert world.crm.find_contacts([world.ada, world.bob]).keys() == {world.ada, world.bob}

    @pytest.mark.simulated("a person leaves")
    def test_an_owner_who_left_is_left_out_and_named(self, world):
        world.settled()
        owner = next(one for one in world.crm.owners() if one.address == world.maya)
        world.simulator.control("remove_owner", {"email": world.maya})
        [made] = world.crm.create_contacts([NewContact("c1", world.ada, "Ada", owner.id)])
        assert isinstance(made, Done)
        assert "owner" in made.note

    # changing contacts

    def test_values_are_added_once_and_sorted(self, world):
        world.settled()
        ada = world.known(world.ada)
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
        ada = world.known(world.ada)
        world.person_sets(ada, {Field.TAGS: "home-builders;diy"})
        assert world.change(ada, remove={Field.TAGS: ("diy", "absent")}) == Done(ada)
        assert world.values(ada) == {"tags": "home-builders"}
        assert world.change(ada, remove={Field.TAGS: ("home-builders",)}) == Done(ada)
        assert world.values(ada) == {}

    def test_a_plain_field_moves_only_from_the_value_expected(self, world):
        world.settled()
        ada = world.known(world.ada)
        put = {"put": {Field.STAGE: "contacted"}, "expect": {Field.STAGE: ""}}
        assert world.change(ada, **put) == Done(ada)
        assert world.values(ada) == {"stage": "contacted"}
        # Asked again after a lost answer: it is as wished, so nothing was left.
        assert world.change(ada, **put) == Done(ada)

    def test_what_stood_there_before_is_told(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.person_sets(ada, {Field.TAGS: "diy"})
        add = {Field.CAMPAIGNS: ("acme",)}
        put, expect = {Field.STAGE: "contacted"}, {Field.STAGE: ""}
        change = ContactChange("k1", ada, add=add, put=put, expect=expect)
        first, second = world.crm.change_contacts([change, ContactChange("k2", ada, add=add)])
        assert _without_empty(first.was) == {"tags": "diy"}
        assert _without_empty(second.was) == {
            "tags": "diy",
            "campaigns": "acme",
            "stage": "contacted",
        }

    def test_a_stage_a_person_set_stays_and_is_named(self, world):
        world.settled()
        ada = world.known(world.ada)
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
        ada = world.known(world.ada)

        def person_is_quick(request: Request) -> None:
            if world.writing(request.method, request.path):
                world.heal()
                world.person_sets(ada, {Field.CAMPAIGNS: "bolt"})

        world.transport.before = person_is_quick
        assert world.change(ada, add={Field.CAMPAIGNS: ("acme",)}) == Done(ada)
        assert world.values(ada) == {"campaigns": "acme;bolt"}

    def test_several_changes_to_one_contact_all_happen(self, world):
        world.settled()
        ada = world.known(world.ada)
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
        ada, bob = world.known(world.ada), world.known(world.bob)
        world.simulator.control("person_deletes", {"contact": bob})
        gone, done = world.crm.change_contacts(
            [ContactChange(f"k{one}", one, add={Field.TAGS: ("diy",)}) for one in (bob, ada)]
        )
        assert isinstance(gone, Changed)
        assert done == Done(ada)

    # forgetting people

    def test_what_is_to_be_forgotten_is_gone_and_may_be_asked_for_again(self, world):
        world.settled()
        ada, bob = world.known(world.ada), world.known(world.bob)
        [email] = world.log(world.email("e1", ada))
        [task] = world.crm.create_tasks([world.task("t1", ada)])
        assert isinstance(task, Done)
        batch = [
            Erasure("x1", Erased.EMAIL, email),
            Erasure("x2", Erased.TASK, task.id),
            Erasure("x3", Erased.CONTACT, ada),
            Erasure("x4", Erased.FOR_GOOD, bob),
        ]
        for _ in range(2):
            assert all(isinstance(one, Done) for one in world.crm.erase(batch))
            assert not world.crm.find_contacts([world.ada, world.bob])
            assert not world.crm.get_contacts([ada, bob])
            assert not world.crm.find_tasks([world.key("t1")], [])

    @pytest.mark.simulated("the whole email is looked at, as the service holds it")
    def test_an_email_with_others_stays_and_names_the_person_no_more(self, world):
        world.settled()
        ada, bob = world.known(world.ada), world.known(world.bob)
        [email] = world.log(
            world.email(
                "e1",
                ada,
                bob,
                to=(Party(world.bob, "Bob"),),
                cc=(Party(world.ada, "Ada Reed"),),
                text=f"Hello Bob, and {world.ada.upper()}",
            )
        )
        mention = Erasure("x1", Erased.MENTION, email, world.ada)
        for again in (False, True):
            assert world.crm.erase([mention]) == [Done(email, found=again)]
            shown = str(world.simulator.snapshot()["objects"]["emails"][email])
            assert world.bob in shown
            assert world.ada not in shown.lower()
            assert "Ada Reed" not in shown
        assert [one.id for one in world.crm.emails_of([bob])] == [email]

    def test_forgetting_without_an_answer_is_in_doubt_and_may_be_repeated(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.lose_answers()
        erasure = Erasure("x1", Erased.CONTACT, ada)
        assert [type(one) for one in world.crm.erase([erasure])] == [InDoubt]
        world.heal()
        assert [type(one) for one in world.crm.erase([erasure])] == [Done]


def _without_empty(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
