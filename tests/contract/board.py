"""What every task board must do, from the docstrings of `syncd.ports.board`.

A connector's test gives one fixture, `world`, and inherits the rest. Differences between
boards come from their traits, never from their names.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import requests
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from syncd.core.facts import Place
from syncd.ports.board import NewComment, TaskChange
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import (
    Changed,
    Done,
    InDoubt,
    Locked,
    Refused,
    TryLater,
    Verdict,
)
from tests.contract.board_edits import EditsContract
from tests.contract.board_records import RecordsContract
from tests.contract.board_world import World, shown_as

REFUSED = MaxRetryError(
    HTTPConnectionPool("x"), "/", NewConnectionError(HTTPConnection("x"), "refused")
)


class BoardContract(EditsContract, RecordsContract):
    @pytest.fixture
    def world(self) -> World:
        raise AssertionError("a connector's test provides the world")

    # readiness, provide, use

    def test_readiness_names_what_is_missing_and_makes_nothing(self, world):
        ready = world.board.readiness([world.follow_ups, world.searches], world.tags)
        assert not world.writes
        summaries = " ".join(need.summary for need in ready.missing)
        for name in world.lacking:
            assert name in summaries
        assert world.follow_ups.handle not in ready.handles

    def test_what_is_provided_in_order_stands(self, world):
        made = {}
        for need in world.board.readiness([world.follow_ups, world.searches], world.tags).missing:
            outcome = world.board.provide(need)
            assert isinstance(outcome, Done)
            assert not outcome.found
            made[need.handle] = outcome.id
        again = world.connect().readiness([world.follow_ups, world.searches], world.tags)
        assert not again.missing
        assert made.items() <= again.handles.items()
        assert {world.follow_ups.handle, world.searches.handle} <= again.handles.keys()

    def test_providing_twice_makes_once(self, world):
        for need in world.board.readiness([world.follow_ups], world.tags).missing:
            first = world.board.provide(need)
            again = world.connect().provide(need)
            assert isinstance(first, Done)
            assert isinstance(again, Done)
            assert (again.id, again.found) == (first.id, True)

    def test_a_restart_takes_its_handles_back_without_a_call(self, world):
        world.settled()
        handles = world.board.readiness([world.follow_ups, world.searches], world.tags).handles
        world.transport.calls.clear()
        fresh = world.connect()
        fresh.use(handles)
        assert not world.transport.calls
        [made] = fresh.create_tasks([world.new_task("a1")])
        assert isinstance(made, Done)
        assert world.task("a1").id == made.id

    def test_handles_found_and_made_are_enough_for_a_restart(self, world):
        ready = world.board.readiness([world.follow_ups], world.tags)
        made = {need.handle: world.board.provide(need).id for need in ready.missing}
        fresh = world.connect()
        fresh.use({**ready.handles, **made})
        [task] = fresh.create_tasks([world.new_task("a1")])
        assert isinstance(task, Done)
        assert world.task("a1").id == task.id

    # people

    def test_people_are_found_by_exact_address_in_any_case(self, world):
        world.settled()
        found = world.board.people([world.maya, "nobody@brightlink.example"])
        assert found.keys() == {world.maya}
        assert (found[world.maya].address, found[world.maya].active) == (world.maya, True)
        assert world.board.people([world.maya.upper()]).keys() == {world.maya.upper()}

    @pytest.mark.simulated("a person is added to the site")
    def test_a_person_is_not_found_by_a_part_of_an_address(self, world):
        world.settled()
        world.simulator.control("add_person", {"email": "x" + world.maya, "name": "Someone Else"})
        assert world.board.people([world.maya])[world.maya].address == world.maya

    @pytest.mark.simulated("a person leaves")
    def test_a_person_who_left_is_not_active(self, world):
        world.settled()
        world.simulator.control("deactivate_person", {"email": world.noah})
        assert not world.board.people([world.noah])[world.noah].active

    # creating and finding

    def test_a_task_made_is_found_by_its_mark_as_it_was_made(self, world):
        world.settled()
        maya = world.board.people([world.maya])[world.maya].id
        task_id = world.open("a1", assignee=maya, tags=world.tags, priority="high")
        task = world.task("a1")
        assert world.find("a1", "absent") == {"a1": task}
        assert (task.id, task.mark) == (task_id, world.key("a1"))
        assert (task.done, task.deleted) == (False, False)
        assert task.title == "Follow up: Ann Reed, reedhomes.example"
        assert task.due == date(2026, 11, 26)
        assert task.assignees == (maya,)
        assert task.place == shown_as(world.follow_ups)
        assert task.url.startswith("http")

    def test_a_mark_is_not_found_by_a_part_of_it(self, world):
        world.settled()
        world.open("abc123")
        mark = world.key("abc123")
        assert not world.board.find_tasks([mark[:-1], mark[1:], mark + "4"])

    def test_one_bad_item_does_not_spoil_the_others(self, world):
        world.settled()
        nowhere = world.new_task("b2", place=Place(world.follow_ups.project, "No such list"))
        outcomes = world.board.create_tasks([world.new_task("b1"), nowhere, world.new_task("b3")])
        assert [type(outcome) for outcome in outcomes] == [Done, Refused, Done]
        assert "No such list" in str(outcomes[1])
        world.found("b1", "b3")
        assert not world.find("b2")

    def test_creating_twice_makes_two_so_that_nobody_may_repeat_it(self, world):
        world.settled()
        assert world.open("a1") != world.open("a1")

    @pytest.mark.simulated("a person leaves")
    def test_an_assignee_the_board_refuses_is_left_out_and_named(self, world):
        world.settled()
        noah = world.board.people([world.noah])[world.noah].id
        world.simulator.control("deactivate_person", {"email": world.noah})
        [made] = world.board.create_tasks([world.new_task("a1", assignee=noah)])
        assert isinstance(made, Done)
        assert noah in made.note
        assert world.task("a1").assignees == ()

    def test_completed_and_deleted_tasks_are_found_too(self, world):
        world.settled()
        done, gone = world.open("a1"), world.open("a2")
        world.person("completes", done)
        world.person("deletes", gone)
        assert not world.task("a1", lambda task: task.done).deleted
        world.task("a2", lambda task: task.deleted)

    def test_a_create_whose_answer_is_lost_is_in_doubt_and_found_by_its_mark(self, world):
        world.settled()
        world.simulator.control("fault", {"method": "POST", "kind": "lose_answer"})
        [outcome] = world.board.create_tasks([world.new_task("a1")])
        assert isinstance(outcome, InDoubt)
        world.settle()
        world.found("a1")

    # seeing what people do

    def test_without_a_cursor_every_task_of_ours_and_nobody_elses_is_seen(self, world):
        world.settled()
        ours = {world.open("a1"), world.open("a2", place=world.searches)}
        world.person("completes", min(ours))
        theirs = {"list": shown_as(world.follow_ups), "name": "Mine", "by": world.maya}
        world.simulator.control("add_task", theirs)
        shown = world.eventually(lambda: world.changes(None).tasks, lambda tasks: len(tasks) > 1)
        assert {task.id for task in shown} == ours

    @pytest.mark.simulated("an hour passes")
    def test_when_nothing_changed_one_call_says_so(self, world):
        world.settled()
        world.open("a1")
        cursor = world.later()
        world.clock.advance(300)
        world.transport.calls.clear()
        assert world.changes(cursor).tasks == ()
        assert len(world.transport.calls) == 1

    @pytest.mark.parametrize(
        ("command", "how", "expected"),
        [
            ("completes", {}, {"done": True}),
            ("moves", {"due": "2027-01-15"}, {"due": date(2027, 1, 15)}),
            ("moves", {"due": None}, {"due": None}),
            ("reassigns", {"to": None}, {"assignees": ()}),
            ("renames", {"name": "Call Ann"}, {"title": "Call Ann"}),
            ("deletes", {}, {"deleted": True}),
            ("comments", {"body": "Spoke to her."}, {}),
        ],
    )
    def test_what_a_person_does_is_seen_with_a_new_revision(self, world, command, how, expected):
        world.settled()
        maya = world.board.people([world.maya])[world.maya].id
        task_id = world.open("a1", assignee=maya)
        before = world.task("a1")
        cursor = world.later()
        world.tick()
        world.person(command, task_id, **how)
        task = world.seen(cursor, lambda task: task.revision != before.revision)
        assert (task.id, task.mark) == (task_id, world.key("a1"))
        assert task.changed_by == maya
        assert task.changed_at is not None
        assert {name: getattr(task, name) for name in expected} == expected

    def test_reopening_and_restoring_by_hand_are_seen(self, world):
        world.settled()
        task_id = world.open("a1")
        world.board.complete_tasks([task_id])
        cursor = world.later()
        world.person("reopens", task_id)
        assert world.seen(cursor, lambda task: not task.done).id == task_id
        world.person("deletes", task_id)
        cursor = world.later()
        world.person("restores", task_id)
        assert world.seen(cursor, lambda task: not task.deleted).id == task_id

    @pytest.mark.simulated("the lists are made late")
    def test_the_cursor_overlaps_the_past(self, world):
        world.settled()
        task_id = world.open("a1")
        world.later()
        cursor = world.changes(None).cursor
        # Made before the poll, shown by the service's lists only after it.
        world.simulator.control("lag", {"value": world.board.traits.settle_seconds})
        world.person("renames", task_id, name="Call Ann")
        missed = world.changes(cursor)
        assert missed.tasks == ()
        world.clock.advance(world.board.traits.settle_seconds + 1)
        assert world.seen(missed.cursor).title == "Call Ann"

    def test_a_task_seen_twice_has_the_same_revision(self, world):
        world.settled()
        world.open("a1")
        assert world.seen(None).revision == world.seen(None).revision

    @pytest.mark.simulated("620 tasks")
    def test_every_page_is_read(self, world):
        world.settled()
        keys = {f"k{number}" for number in range(620)}
        outcomes = world.board.create_tasks([world.new_task(key) for key in sorted(keys)])
        assert all(isinstance(outcome, Done) for outcome in outcomes)
        assert {task.mark for task in world.changes(None).tasks} == keys

    # changing

    def test_only_the_fields_given_change(self, world):
        world.settled()
        maya, noah = (world.board.people([each])[each].id for each in (world.maya, world.noah))
        task_id = world.open("a1", assignee=maya)
        change = TaskChange("c1", task_id, due=date(2026, 12, 1))
        assert world.board.change_tasks([change]) == [Done(task_id)]
        task = world.task("a1", lambda task: task.due == date(2026, 12, 1))
        assert task.assignees == (maya,)
        assert task.title == "Follow up: Ann Reed, reedhomes.example"
        change = TaskChange("c2", task_id, title="Call", body="New words.", assignee=noah)
        assert world.board.change_tasks([change, change]) == [Done(task_id), Done(task_id)]
        task = world.task("a1", lambda task: task.title == "Call")
        assert (task.assignees, task.mark) == ((noah,), world.key("a1"))

    def test_completing_and_reopening_may_be_repeated(self, world):
        world.settled()
        task_id = world.open("a1")
        for _ in range(2):
            assert world.board.complete_tasks([task_id]) == [Done(task_id)]
            world.task("a1", lambda task: task.done)
        for _ in range(2):
            assert world.board.reopen_tasks([task_id]) == [Done(task_id)]
            world.task("a1", lambda task: not task.done)

    @pytest.mark.parametrize("fate", ["deleted by a person", "never there"])
    def test_a_task_that_is_gone_has_changed(self, world, fate):
        world.settled()
        task_id = "999999999"
        if fate == "deleted by a person":
            task_id = world.open("a1")
            world.person("deletes", task_id)
        board = world.board
        outcomes = [
            *board.change_tasks([TaskChange("c1", task_id, title="x", body="y")]),
            *board.complete_tasks([task_id]),
            *board.reopen_tasks([task_id]),
            *board.add_comments([NewComment("m1", task_id, "x")]),
        ]
        assert [type(outcome) for outcome in outcomes] == [Changed] * 4

    # comments

    def test_a_comment_is_found_by_its_mark(self, world):
        world.settled()
        task_id = world.open("a1")
        text = "They said: <b>no</b> & *maybe* later.\nsyncd-ref: quoted"
        [made] = world.board.add_comments([NewComment("m1", task_id, text)])
        assert isinstance(made, Done)
        asked = ["m1", "quoted", "absent"]
        found = world.eventually(lambda: world.board.find_comments(task_id, asked), bool)
        assert found == {"m1": made.id}

    def test_a_comment_whose_answer_is_lost_is_in_doubt_and_found(self, world):
        world.settled()
        task_id = world.open("a1")
        world.simulator.control("fault", {"method": "POST", "kind": "lose_answer"})
        [outcome] = world.board.add_comments([NewComment("m1", task_id, "Answered.")])
        assert isinstance(outcome, InDoubt)
        world.settle()
        found = world.eventually(lambda: world.board.find_comments(task_id, ["m1"]), bool)
        assert found.keys() == {"m1"}

    # verdicts

    @pytest.mark.parametrize(
        ("fault", "on_read", "on_write"),
        [
            ({"status": 429, "headers": {"retry-after": "7"}}, TryLater, TryLater),
            ({"status": 423}, TryLater, TryLater),
            ({"status": 500}, TryLater, InDoubt),
            ({"status": 502, "body": "<html>Bad gateway</html>"}, TryLater, InDoubt),
            ({"status": 503, "kind": "answer_after"}, TryLater, InDoubt),
            ({"kind": "lose_request"}, TryLater, InDoubt),
            ({"kind": "lose_answer"}, TryLater, InDoubt),
            ({"kind": "half_answer"}, TryLater, InDoubt),
            ({"status": 401}, Locked, Locked),
            ({"status": 409}, Changed, Changed),
            ({"status": 412}, Changed, Changed),
            ({"status": 400, "body": {"errors": [{"detail": "no"}]}}, Refused, Refused),
            ({"status": 422}, Refused, Refused),
        ],
    )
    def test_what_the_service_says_becomes_a_verdict(self, world, fault, on_read, on_write):
        world.settled()
        task_id = world.open("a1")
        world.simulator.control("fault", {**fault, "count": 2})
        assert type(_raised(lambda: world.board.people([world.maya]))) is on_read
        world.clock.advance(7)  # what it may have asked for
        [outcome] = world.board.complete_tasks([task_id])
        assert type(outcome) is on_write
        if fault.get("status") == 429:
            assert isinstance(outcome, TryLater)
            assert outcome.after == 7

    @pytest.mark.parametrize(
        ("error", "on_read", "on_write"),
        [
            (requests.ConnectTimeout("no route"), TryLater, TryLater),
            (requests.ConnectionError(REFUSED), TryLater, TryLater),
            (requests.ConnectionError(ConnectionResetError(104, "reset")), TryLater, InDoubt),
            (requests.ReadTimeout("slow"), TryLater, InDoubt),
            (requests.exceptions.ChunkedEncodingError("cut"), TryLater, InDoubt),
        ],
    )
    def test_a_connection_that_fails_becomes_a_verdict(self, world, error, on_read, on_write):
        world.settled()
        task_id = world.open("a1")

        def fail(_request: Request) -> Answer | None:
            raise error

        world.transport.before = fail
        assert type(_raised(lambda: world.board.people([world.maya]))) is on_read
        assert type(world.board.complete_tasks([task_id])[0]) is on_write

    def test_what_stops_one_item_stops_the_rest_untried(self, world):
        world.settled()
        tasks = [world.open(f"a{number}") for number in range(3)]
        world.simulator.control("fault", {"status": 401, "count": 99})
        world.transport.calls.clear()
        outcomes = world.board.complete_tasks(tasks)
        assert [type(outcome) for outcome in outcomes] == [Locked] * 3
        assert len(world.transport.calls) == 1

    def test_a_cursor_that_is_not_one_of_its_own_is_lost(self, world):
        assert type(_raised(lambda: world.changes("yesterday"))).__name__ == "CursorLost"


def _raised(call: Callable[[], object]) -> Verdict:
    with pytest.raises(Verdict) as caught:
        call()
    return caught.value
