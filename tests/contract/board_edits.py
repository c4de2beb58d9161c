"""The board's contract about what people do between our writes, and what a task is made of."""

from __future__ import annotations

from datetime import date

import pytest

from syncd.ports.board import TaskChange
from syncd.ports.verdicts import Changed, Done, InDoubt, TryLater
from tests.contract.board_world import shown_as

DUE, LATER, THEIRS = date(2026, 11, 26), date(2026, 12, 1), date(2027, 1, 15)


class EditsContract:
    # tags, priority, checklist

    def test_tags_that_do_not_stand_are_made_once_and_reused(self, world):
        world.settled()
        vip, builders = world.tag("vip"), world.tag("home-builders")
        world.open("a1", tags=(vip, builders))
        world.open("a2", tags=(world.tag("vip"),))
        found = world.found("a1", "a2")
        ours = set(found["a2"].tags) - {vip}
        assert set(found["a1"].tags) == {vip, builders} | ours
        assert len(found["a1"].tags) == len(ours) + 2
        again = world.connect()
        again.use(world.board.readiness([world.follow_ups], world.tags).handles)
        [made] = again.create_tasks([world.new_task("a3", tags=(vip.upper(),))])
        assert isinstance(made, Done)
        assert world.task("a3").tags == found["a2"].tags

    def test_a_tag_whose_answer_is_lost_leaves_the_task_unmade(self, world):
        world.settled()
        world.simulator.control("fault", {"method": "POST", "kind": "lose_answer"})
        [outcome] = world.board.create_tasks([world.new_task("a1", tags=(world.tag("vip"),))])
        assert isinstance(outcome, TryLater)
        assert not world.find("a1")
        world.open("a1", tags=(world.tag("vip"),))
        assert world.tag("vip") in world.task("a1").tags

    def test_a_tag_that_is_refused_costs_the_tag_and_not_the_task(self, world):
        world.settled()
        [made] = world.board.create_tasks([world.new_task("a1", tags=("x" * 300,))])
        assert isinstance(made, Done)
        assert "x" * 300 in made.note

    def test_a_tag_that_somebody_deleted_is_named_and_made_anew_for_the_next_task(self, world):
        world.settled()
        world.open("a1", tags=(world.tag("vip"),))
        world.simulator.control("delete_tag", {"name": world.tag("vip")})
        [made] = world.board.create_tasks([world.new_task("a2", tags=(world.tag("vip"),))])
        assert isinstance(made, Done)
        assert world.tag("vip") in made.note
        world.open("a3", tags=(world.tag("vip"),))
        assert world.tag("vip") in world.task("a3").tags

    def test_a_tag_a_person_gives_or_takes_is_seen(self, world):
        world.settled()
        vip, builders = world.tag("vip"), world.tag("home-builders")
        task_id = world.open("a1", tags=(builders,))
        cursor = world.later()
        world.person("tags", task_id, add=[vip], remove=[builders])
        assert builders not in world.seen(cursor, lambda task: vip in task.tags).tags

    def test_a_task_a_person_moves_to_another_list_is_seen_there(self, world):
        world.settled()
        task_id = world.open("a1")
        there = shown_as(world.searches)
        cursor = world.later()
        world.person("moves", task_id, list=there)
        assert world.seen(cursor, lambda task: task.place == there).id == task_id

    def test_a_task_that_lost_our_tag_is_seen_all_the_same(self, world):
        world.settled()
        task_id = world.open("a1", tags=world.tags)
        before = world.task("a1")
        cursor = world.later()
        world.tick()
        world.person("tags", task_id, remove=list(before.tags), add=[world.tag("vip")])
        task = world.seen(cursor, lambda task: task.revision != before.revision)
        assert (task.id, task.tags) == (task_id, (world.tag("vip"),))

    @pytest.mark.parametrize("priority", ["low", "medium", "high", ""])
    def test_the_priority_stands_on_the_task(self, world, priority):
        world.settled()
        task = world.shown(world.open("a1", priority=priority))
        assert (task["priority"] or "none") == (priority or "none")

    def test_a_checklist_stands_below_the_body_and_needs_no_request_of_its_own(self, world):
        world.settled()
        world.transport.calls.clear()
        made = world.open("a1", checklist=("Look for news of theirs", "Write \n again"))
        assert len(world.writes) == 1
        task = world.shown(made)
        wanted = (
            "No answer since Monday.\n\nhttps://mail.example/1\n\n- [ ] Look for news of theirs\n"
        )
        assert task["description"].startswith(wanted + "- [ ] Write again")
        world.found("a1")

    # expectations

    def test_a_change_that_finds_what_we_wrote_is_made_and_may_be_repeated(self, world):
        world.settled()
        task_id, maya, noah = world.handed_out("a1", due=DUE)
        change = TaskChange(
            "c1", task_id, due=LATER, assignee=noah, expect_due=DUE, expect_assignee=maya
        )
        for _ in range(2):
            assert world.board.change_tasks([change]) == [Done(task_id)]
            task = world.task("a1", lambda task: task.due == LATER)
            assert task.assignees == (noah,)

    @pytest.mark.parametrize(
        ("command", "how", "words"),
        [
            ("moves", {"due": THEIRS.isoformat()}, "moved by hand to 2027-01-15"),
            ("moves", {"due": None}, "no due date"),
            ("reassigns", {"to": "noah"}, "was given to"),
            ("reassigns", {"to": None}, "unassigned"),
            ("completes", {}, "completed by hand"),
            ("deletes", {}, ""),
        ],
    )
    def test_what_a_person_did_stays_and_is_told_in_words(self, world, command, how, words):
        world.settled()
        task_id, maya, _ = world.handed_out("a1", due=DUE)
        if how.get("to"):
            how = {"to": world.noah}
        made = world.task("a1")
        world.person(command, task_id, **how)
        before = world.task("a1", lambda task: task.revision != made.revision)
        change = TaskChange(
            "c1", task_id, due=LATER, assignee=maya, expect_due=DUE, expect_assignee=maya
        )
        world.transport.calls.clear()
        [outcome] = world.board.change_tasks([change])
        assert isinstance(outcome, Changed)
        assert words in str(outcome)
        assert not world.writes
        assert world.task("a1") == before

    def test_only_what_is_expected_is_looked_at(self, world):
        world.settled()
        task_id, maya, noah = world.handed_out("a1", due=DUE)
        world.person("reassigns", task_id, to=world.noah)
        moved = TaskChange("c1", task_id, due=LATER, expect_due=DUE)
        assert world.board.change_tasks([moved]) == [Done(task_id)]
        task = world.task("a1", lambda task: task.due == LATER)
        assert task.assignees == (noah,)
        assert maya != noah

    def test_a_task_that_was_nobodys_is_given_only_while_it_is(self, world):
        world.settled()
        maya = world.board.people([world.maya])[world.maya].id
        task_id = world.open("a1")
        given = TaskChange("c1", task_id, assignee=maya, expect_assignee="")
        assert world.board.change_tasks([given]) == [Done(task_id)]
        world.person("reassigns", task_id, to=world.noah)
        [outcome] = world.board.change_tasks([given])
        assert isinstance(outcome, Changed)

    def test_looking_first_changes_nothing_about_a_lost_answer(self, world):
        world.settled()
        task_id = world.open("a1", due=DUE)
        world.simulator.control("fault", {"method": "PATCH", "kind": "lose_answer"})
        change = TaskChange("c1", task_id, due=LATER, expect_due=DUE)
        [outcome] = world.board.change_tasks([change])
        assert isinstance(outcome, InDoubt)
        assert world.board.change_tasks([change]) == [Done(task_id)]

    @pytest.mark.simulated("a person makes a task of their own")
    def test_what_people_do_with_tasks_of_their_own_comes_along(self, world):
        world.settled()
        world.open("a1")
        cursor = world.later()
        given = {"list": shown_as(world.follow_ups), "name": "A review", "by": world.maya}
        made = world.simulator.control("add_task", {**given, "description": "for Ada"})
        theirs = {"task": made["id"], "by": world.maya}
        world.simulator.control("person_tags", {**theirs, "add": ["favour"]})
        world.simulator.control("person_completes", theirs)
        found = world.changes(cursor)
        [other] = found.others
        assert (other.title, other.done, other.mark) == ("A review", True, None)
        assert "favour" in other.tags
        assert "Ada" in other.text
        assert all(task.mark for task in found.tasks)

    # forgetting people

    def test_a_task_that_is_to_be_forgotten_is_deleted_once_and_again(self, world):
        world.settled()
        world.open("a1")
        world.open("a2")
        task = world.task("a1")
        assert world.board.erase_tasks([task.id]) == [Done(task.id)]
        gone = world.find("a1").get("a1")
        assert gone is None or gone.deleted
        [again] = world.board.erase_tasks([task.id])
        assert isinstance(again, Done)
        assert not world.task("a2").deleted
