"""What every CRM must do, from the docstrings of `syncd.ports.crm`.

A connector's test gives one fixture, `world`, and inherits the rest. Differences between
CRMs come from their traits, never from their names.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from syncd.core.facts import Direction, Party
from syncd.ports.crm import (
    CrmTaskChange,
    EmailRemoval,
    Field,
    NewContact,
)
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import Changed, Done, InDoubt, Locked, TryLater
from tests.contract.crm_groups import GroupsContract
from tests.contract.crm_people import PeopleContract
from tests.contract.crm_watch import WatchContract
from tests.contract.crm_world import (
    NEEDS,
    REFUSED,
    World,
    outcome_of,
)
from tests.support.clock import START


class CrmContract(PeopleContract, WatchContract, GroupsContract):
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
        ada = world.known(world.ada)
        assert isinstance(world.change(ada, add={Field.CAMPAIGNS: ("acme", "corn")}), Done)
        assert world.values(ada) == {"campaigns": "acme;corn"}

    def test_what_cannot_be_made_for_now_is_a_verdict_not_an_exception(self, world):
        [need, *_] = world.crm.readiness(NEEDS).missing
        world.transport.before = lambda _request: Answer(503)
        assert isinstance(world.crm.provide(need), InDoubt | TryLater)

    def test_a_restart_takes_its_handles_back_without_a_call(self, world):
        world.settled()
        handles = world.crm.readiness(NEEDS).handles
        ada = world.known(world.ada)
        world.transport.calls.clear()
        fresh = world.connect()
        fresh.use(handles)
        assert fresh.contact_url(ada) == world.crm.contact_url(ada)
        assert not world.transport.calls
        [made] = fresh.log_emails([world.email("e1", ada)])
        assert isinstance(made, Done)
        [seen] = world.crm.emails_of([ada])
        assert seen.id == made.id

    # logging

    def test_a_message_is_logged_with_its_people_and_found_by_its_mark(self, world):
        world.settled()
        ada, bob = world.known(world.ada), world.known(world.bob)
        [sent] = world.log(world.email("e1", ada, bob))
        [received] = world.log(
            world.email("e2", ada, direction=Direction.RECEIVED, subject="Re: Builder guide")
        )
        seen = {one.id: one for one in world.crm.emails_of([ada, bob, world.nobody])}
        assert seen.keys() == {sent, received}
        one = seen[sent]
        assert set(one.contact_ids) == {ada, bob}
        assert (one.subject, one.at) == ("Builder guide", START - timedelta(days=2))
        # A message is told by its mark, by its Message-ID, or by neither and its time.
        assert one.mark in {world.key("e1"), None}
        assert one.message_id in {world.email("e1").message_id, ""}
        assert one.ours == (one.mark is not None)

    def test_what_is_known_is_not_read_again(self, world):
        world.settled()
        ada = world.known(world.ada)
        first, second = world.log(world.email("e1", ada), world.email("e2", ada))
        [seen] = world.crm.emails_of([ada], frozenset({first}))
        assert seen.id == second
        world.transport.calls.clear()
        assert world.crm.emails_of([ada], frozenset({first, second})) == []
        assert len(world.transport.calls) == 1

    @pytest.mark.simulated("the CRM logs mail by itself")
    def test_what_the_crm_logged_by_itself_is_seen_and_is_not_ours(self, world):
        world.settled()
        ada = world.known(world.ada)
        at = START.isoformat()
        world.simulator.control(
            "native_log",
            {"message_id": "<m1@x>", "contacts": [world.ada], "subject": "Hi", "at": at},
        )
        [seen] = world.crm.emails_of([ada])
        assert not seen.ours
        assert seen.mark is None
        assert (seen.message_id, seen.subject, seen.at) == ("m1@x", "Hi", START)
        [logged] = world.log(world.email("e1", ada))
        ours = next(one for one in world.crm.emails_of([ada]) if one.id == logged)
        assert seen.source != ours.source

    def test_one_bad_message_does_not_spoil_the_others(self, world):
        world.settled()
        ada = world.known(world.ada)
        batch = [world.email("e1", ada), world.email("e2", world.nobody), world.email("e3", ada)]
        outcomes = world.crm.log_emails(batch)
        assert [isinstance(one, Done) for one in outcomes] == [True, False, True]
        assert isinstance(outcomes[1], Changed)
        assert len(world.crm.emails_of([ada])) == 2

    def test_nasty_mail_is_logged(self, world):
        world.settled()
        ada = world.known(world.ada)
        crowd = tuple(Party(f"p{n}@crowd.example", "Ünï Côdé " * 9) for n in range(900))
        nasty = [
            world.email("e1", ada, subject="", text="", html="", message_id="", sender=None, to=()),
            world.email(
                "e2", ada, subject="\ud83d half \x00 emoji 🎉", text="🎉" * 10, thread_key=""
            ),
            world.email("e3", ada, to=crowd, cc=crowd),
            world.email("e4", ada, text="x" * world.crm.traits.body_limit),
            world.email("e5", ada, sender=Party("", "Nobody"), to=(Party("odd address", '"\\;,'),)),
        ]
        logged = world.log(*nasty)
        seen = {one.id: one for one in world.crm.emails_of([ada])}
        assert seen.keys() == set(logged)

    def test_a_message_without_an_id_is_still_told_from_others(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.log(world.email("e1", ada, message_id=""))
        [seen] = world.crm.emails_of([ada])
        assert seen.message_id == ""
        assert seen.mark in {world.key("e1"), None}

    def test_a_lost_answer_leaves_every_message_in_doubt_and_findable(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.lose_answers()
        outcomes = world.crm.log_emails([world.email("e1", ada), world.email("e2", ada)])
        assert [type(one) for one in outcomes] == [InDoubt, InDoubt]
        world.heal()
        world.settle()
        world.eventually(lambda: world.crm.emails_of([ada]), lambda seen: len(seen) == 2)

    # taking back

    def test_a_message_taken_back_is_gone_and_may_be_taken_back_again(self, world):
        world.settled()
        ada = world.known(world.ada)
        first, second = world.log(world.email("e1", ada), world.email("e2", ada, subject=""))
        removal = EmailRemoval("r1", first, "Builder guide", START - timedelta(days=2))
        assert world.crm.delete_emails([removal]) == [Done(first)]
        assert [one.id for one in world.crm.emails_of([ada])] == [second]
        [again] = world.crm.delete_emails([removal])
        assert isinstance(again, Done)
        assert again.found

    @pytest.mark.parametrize("other", [{"subject": "A guide"}, {"at": START}])
    def test_a_message_that_is_not_what_we_made_stays(self, world, other):
        world.settled()
        ada = world.known(world.ada)
        ours, edited = world.log(world.email("e1", ada), world.email("e2", ada, **other))
        at = START - timedelta(days=2)
        left, done = world.crm.delete_emails(
            [EmailRemoval(f"r{one}", one, "Builder guide", at) for one in (edited, ours)]
        )
        assert isinstance(left, Changed)
        assert "by hand" in str(left)
        assert done == Done(ours)
        assert [one.id for one in world.crm.emails_of([ada])] == [edited]

    def test_a_removal_without_an_answer_is_in_doubt_and_may_be_repeated(self, world):
        world.settled()
        ada = world.known(world.ada)
        [logged] = world.log(world.email("e1", ada))
        removal = EmailRemoval("r1", logged, "Builder guide", START - timedelta(days=2))

        def lost(request: Request, answer: Answer) -> Answer:
            if world.writing(request.method, request.path):
                raise requests.ReadTimeout
            return answer

        world.transport.after = lost
        assert [type(one) for one in world.crm.delete_emails([removal])] == [InDoubt]
        world.heal()
        [again] = world.crm.delete_emails([removal])
        assert isinstance(again, Done)

    # tasks

    def test_a_completed_task_is_reopened_once_and_again(self, world):
        world.settled()
        ada = world.known(world.ada)
        [first, second] = world.crm.create_tasks([world.task("t1", ada), world.task("t2", ada)])
        world.crm.complete_tasks([first.id, second.id])
        world.simulator.control("person_deletes", {"type": "tasks", "id": second.id})
        for _ in range(2):
            done, gone = world.crm.reopen_tasks([first.id, second.id])
            assert done == Done(first.id)
            assert isinstance(gone, Changed)
        due = START + timedelta(days=5)
        change = CrmTaskChange("c1", first.id, due, START + timedelta(days=3))
        assert world.crm.change_tasks([change]) == [Done(first.id)]

    def test_a_task_is_found_by_its_mark_and_completed_once_and_again(self, world):
        world.settled()
        ada = world.known(world.ada)
        outcomes = world.crm.create_tasks([world.task("t1", ada), world.task("t2", ada)])
        first, second = [one.id for one in outcomes if isinstance(one, Done)]
        found = world.task_ids(["t1", "t2", "t3"], ada)
        assert found == {"t1": first, "t2": second}
        assert world.crm.complete_tasks([first]) == [Done(first)]
        assert world.crm.complete_tasks([first]) == [Done(first)]

    def test_a_task_a_person_deleted_is_changed(self, world):
        world.settled()
        ada = world.known(world.ada)
        [first, second] = world.crm.create_tasks([world.task("t1", ada), world.task("t2", ada)])
        world.simulator.control("person_deletes", {"type": "tasks", "id": first.id})
        gone, done = world.crm.complete_tasks([first.id, second.id])
        assert isinstance(gone, Changed)
        assert done == Done(second.id)

    def test_a_task_for_a_contact_that_is_gone_is_changed(self, world):
        world.settled()
        [outcome] = world.crm.create_tasks([world.task("t1", world.nobody)])
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
        assert type(outcome_of(lambda: world.crm.find_contacts([world.ada]))) is read
        world.clock.advance(3600)
        assert type(outcome_of(lambda: world.crm.log_emails([world.email("e1", "1")]))) is write
        world.clock.advance(3600)
        assert (
            type(outcome_of(lambda: world.crm.create_contacts([NewContact("c1", world.ada)])))
            is write
        )
        world.clock.advance(3600)
        assert type(outcome_of(lambda: world.crm.create_tasks([world.task("t1", "1")]))) is write

    def test_half_an_answer_to_a_write_is_in_doubt_and_to_a_read_is_not(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.transport.after = lambda _request, answer: replace(
            answer, body=answer.body[: len(answer.body) // 2]
        )
        assert type(outcome_of(lambda: world.crm.find_contacts([world.ada]))) is TryLater
        assert type(outcome_of(lambda: world.crm.log_emails([world.email("e1", ada)]))) is InDoubt

    # the fewest calls

    def test_a_hundred_take_one_call(self, world):
        world.settled()
        addresses = [world.address(f"p{n}") for n in range(world.crm.traits.batch_size)]
        world.crm.find_contacts(addresses)
        assert len(world.transport.calls) == 1
        outcomes = world.crm.create_contacts([NewContact(one, one) for one in addresses])
        assert len(world.transport.calls) == 2
        ids = [one.id for one in outcomes if isinstance(one, Done)]
        assert len(set(ids)) == len(addresses)
        logged = world.log(*[world.email(f"e{one}", one) for one in ids])
        assert len(set(logged)) == len(ids)
        assert len(world.transport.calls) == 3
