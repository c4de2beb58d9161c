"""The CRM's contract about what people say of a contact, and what they change between polls."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from syncd.ports.crm import ContactChange, CrmTaskChange, Field
from syncd.ports.simulator import Request
from syncd.ports.verdicts import Changed, CursorLost, Done, InDoubt
from tests.support.clock import START

SOONER, DUE, LATER = (START + timedelta(days=days) for days in (1, 3, 8))


class WatchContract:
    # what is known of a contact

    def test_where_a_person_is_comes_along_with_the_contact(self, world):
        world.settled()
        ada, bob, eve = world.known(world.ada), world.known(world.bob), world.known(world.eve)
        there = world.told(ada, "New York")
        assert (there.timezone, there.country) == ("America/New_York", "US")
        there = world.told(bob, "Germany")
        assert (there.timezone, there.country) == ("", "DE")
        nowhere = world.crm.find_contacts([world.eve])[world.eve]
        assert (nowhere.id, nowhere.timezone, nowhere.country, nowhere.owner) == (eve, "", "", "")
        assert world.crm.find_contacts([world.ada])[world.ada] == world.crm.get_contacts([ada])[ada]

    def test_stage_and_owner_come_along_with_the_contact(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.person_sets(ada, {Field.STAGE: "agreed"})
        owner = next(one for one in world.crm.owners() if one.address == world.maya)
        world.simulator.control(
            "person_sets", {"contact": ada, "properties": {"hubspot_owner_id": owner.id}}
        )
        contact = world.crm.get_contacts([ada])[ada]
        assert (contact.stage, contact.owner) == ("agreed", owner.id)

    def test_a_person_who_must_not_be_written_to_is_told_by_either_flag(self, world):
        world.settled()
        ada, bob = world.known(world.ada), world.known(world.bob)
        assert not world.crm.get_contacts([ada])[ada].do_not_contact
        world.person_sets(ada, {Field.DO_NOT_CONTACT: "true"})
        flagged = world.crm.get_contacts([ada])[ada]
        assert flagged.do_not_contact
        assert flagged.values == {"do_not_contact": "true"}
        opted_out = world.told(bob, "opted out")
        assert opted_out.do_not_contact
        assert opted_out.values == {}

    def test_do_not_contact_is_set_and_a_persons_no_is_overruled_only_on_purpose(self, world):
        world.settled()
        ada = world.known(world.ada)
        put = {"put": {Field.DO_NOT_CONTACT: "true"}}
        assert world.change(ada, **put) == Done(ada)
        assert world.change(ada, **put) == Done(ada)
        assert world.crm.get_contacts([ada])[ada].do_not_contact
        world.person_sets(ada, {Field.DO_NOT_CONTACT: "false"})
        assert world.change(ada, **put) == Done(ada, left=("do_not_contact",))
        assert not world.crm.get_contacts([ada])[ada].do_not_contact
        on_purpose = {**put, "expect": {Field.DO_NOT_CONTACT: "false"}}
        assert world.change(ada, **on_purpose) == Done(ada)
        assert world.values(ada) == {"do_not_contact": "true"}

    # polling

    def test_the_first_poll_starts_now_and_asks_nothing(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.person_sets(ada, {Field.STAGE: "agreed"})
        world.transport.calls.clear()
        assert world.changes(None).contacts == ()
        assert not world.transport.calls

    @pytest.mark.simulated("twice the overlap passes")
    def test_when_nothing_changed_one_call_says_so(self, world):
        world.settled()
        world.person_sets(world.known(world.ada), {Field.STAGE: "agreed"})
        cursor = world.later()
        world.transport.calls.clear()
        again = world.changes(cursor)
        assert again.contacts == ()
        assert again.cursor > cursor
        assert len(world.transport.calls) == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            (Field.STAGE, "agreed"),
            (Field.CAMPAIGNS, "acme;bolt"),
            (Field.TAGS, "diy"),
            (Field.DO_NOT_CONTACT, "true"),
            (Field.DO_NOT_CONTACT, "false"),
        ],
    )
    def test_what_a_person_sets_on_a_field_of_ours_is_seen(self, world, field, value):
        world.settled()
        ada, bob = world.known(world.ada), world.known(world.bob)
        cursor = world.later()
        world.person_sets(ada, {field: value})
        world.told(bob, "Germany")  # none of ours
        contact = world.seen(cursor)
        assert contact == world.crm.get_contacts([ada])[ada]
        assert contact.values == {field.value: value}

    def test_what_else_changes_on_a_contact_of_ours_is_seen(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.person_sets(ada, {Field.CAMPAIGNS: "acme"})
        cursor = world.later()
        world.told(ada, "New York", "opted out")
        contact = world.seen(cursor, lambda contact: contact.do_not_contact)
        assert (contact.timezone, contact.do_not_contact) == ("America/New_York", True)

    @pytest.mark.simulated("the index is made late")
    def test_a_late_index_hides_nothing_for_good_and_shows_nothing_stale(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.person_sets(ada, {Field.STAGE: "contacted"})
        cursor = world.later()
        world.simulator.control("lag", {"seconds": world.crm.traits.overlap_seconds - 1})
        world.person_sets(ada, {Field.STAGE: "replied"})
        world.clock.advance(60)
        missed = world.changes(cursor)
        assert missed.contacts == ()
        world.clock.advance(world.crm.traits.overlap_seconds - 61)
        # Written after what the index now shows: the contact comes as it is.
        world.person_sets(ada, {Field.STAGE: "agreed"})
        world.clock.advance(1)
        [contact] = world.changes(missed.cursor).contacts
        assert contact.stage == "agreed"

    @pytest.mark.simulated("the index is made late")
    def test_a_contact_that_went_between_finding_and_reading_is_left_out(self, world):
        world.settled()
        ada, bob = world.known(world.ada), world.known(world.bob)
        cursor = world.later()
        for one in (ada, bob):
            world.person_sets(one, {Field.STAGE: "agreed"})
        world.simulator.control("lag", {"seconds": 60})
        world.simulator.control("person_deletes", {"contact": bob})
        assert [one.id for one in world.changes(cursor).contacts] == [ada]

    def test_a_cursor_that_is_not_one_of_its_own_is_lost(self, world):
        world.settled()
        with pytest.raises(CursorLost):
            world.changes("yesterday")

    @pytest.mark.simulated("450 contacts")
    def test_more_changed_contacts_than_a_page_shows_all_come(self, world):
        world.settled()
        cursor = world.later()
        ids = [world.known(f"p{number}@crowd.example") for number in range(450)]
        for one in ids:
            world.person_sets(one, {Field.CAMPAIGNS: "acme"})
        found = [one.id for one in world.changes(cursor).contacts]
        assert sorted(found) == sorted(ids)

    # moving tasks

    def due(self, world, key, contact):
        """When a task is due, told by which of three moments a move finds it at."""
        task_id = world.task_ids([key], contact)[key]
        for at in (SOONER, DUE, LATER):
            move = CrmTaskChange("probe", task_id, due=at, expect_due=at)
            if isinstance(world.crm.change_tasks([move])[0], Done):
                return at
        return None

    def test_a_task_is_moved_from_where_we_put_it_and_may_be_moved_again(self, world):
        world.settled()
        ada = world.known(world.ada)
        first, second = [
            one.id for one in world.crm.create_tasks([world.task("t1", ada), world.task("t2", ada)])
        ]
        moves = [CrmTaskChange("c1", first, due=LATER, expect_due=DUE)]
        for _ in range(2):
            assert world.crm.change_tasks(moves) == [Done(first)]
        assert [self.due(world, key, ada) for key in ("t1", "t2")] == [LATER, DUE]
        assert first != second

    def test_what_a_person_did_to_a_task_stays_and_is_told(self, world):
        world.settled()
        ada = world.known(world.ada)
        keys = ("moved", "completed", "deleted", "free")
        ids = [one.id for one in world.crm.create_tasks([world.task(key, ada) for key in keys])]
        moved, completed, deleted, free = ids
        theirs = {"type": "tasks", "id": moved, "properties": {"hs_timestamp": SOONER.isoformat()}}
        world.simulator.control("person_sets", theirs)
        world.crm.complete_tasks([completed])
        world.simulator.control("person_deletes", {"type": "tasks", "id": deleted})
        outcomes = world.crm.change_tasks(
            [CrmTaskChange(f"c{one}", one, due=LATER, expect_due=DUE) for one in ids]
        )
        assert [type(one) for one in outcomes] == [Changed, Changed, Changed, Done]
        assert [word in str(one) for word, one in zip(keys, outcomes[:3], strict=False)] == [
            True
        ] * 3
        assert outcomes[3] == Done(free)
        assert self.due(world, "moved", ada) == SOONER

    def test_a_move_whose_answer_is_lost_is_in_doubt_and_may_be_made_again(self, world):
        world.settled()
        ada = world.known(world.ada)
        [made] = world.crm.create_tasks([world.task("t1", ada)])
        move = CrmTaskChange("c1", made.id, due=LATER, expect_due=DUE)

        def lost(request: Request, answer: object) -> object:
            if world.writing(request.method, request.path):
                world.heal()
                raise requests.ReadTimeout
            return answer

        world.transport.after = lost
        [outcome] = world.crm.change_tasks([move])
        assert isinstance(outcome, InDoubt)
        assert world.crm.change_tasks([move]) == [Done(made.id)]

    def test_two_changes_to_one_contact_in_a_batch_still_heed_a_persons_stage(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.person_sets(ada, {Field.STAGE: "agreed"})
        outcomes = world.crm.change_contacts(
            [
                ContactChange("k1", ada, put={Field.DO_NOT_CONTACT: "true"}),
                ContactChange("k2", ada, put={Field.STAGE: "replied"}),
            ]
        )
        assert outcomes == [Done(ada), Done(ada, left=("stage",))]
        assert world.values(ada) == {"stage": "agreed", "do_not_contact": "true"}
