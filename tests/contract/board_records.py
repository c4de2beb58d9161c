"""What every task board must do with projects, milestones, lists, notebooks and ordered tasks,
from the docstrings of `syncd.ports.records`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from syncd.core.campaign_plan import What
from syncd.ports.records import NewRecord, Record, RecordChange
from syncd.ports.verdicts import Changed, Done, InDoubt, Refused
from tests.contract.board_world import World

MADE = (What.MILESTONE, What.LIST, What.NOTEBOOK)
TEXT = "What it is *about*.\n\n- one\n- two"


def make(world: World, key: str, what: What, project: str = "", **more: Any) -> Done:
    [made] = world.board.create_records([new(world, key, what, project, **more)])
    assert isinstance(made, Done), made
    return made


def new(world: World, key: str, what: What, project: str = "", **more: Any) -> NewRecord:
    given: dict[str, Any] = {"name": f"{what} {world.key(key)}", "text": TEXT}
    if what is What.MILESTONE:
        given["due"] = date(2026, 12, 31)
    return NewRecord(world.key(key), what, project=project, **(given | more))


def project(world: World) -> str:
    return make(world, "p1", What.PROJECT).id


def found(world: World, what: What, home: str, key: str) -> Record:
    mark = world.key(key)
    return world.eventually(
        lambda: world.board.find_records(what, home, [mark]), lambda seen: mark in seen
    )[mark]


def change(world: World, what: What, number: str, put: dict[str, str], **expect: str) -> Any:
    [outcome] = world.board.change_records(
        [RecordChange(world.key("c1"), what, number, put, expect)]
    )
    return outcome


class RecordsContract:
    @pytest.mark.simulated("projects are made")
    @pytest.mark.parametrize("what", MADE)
    def test_what_is_made_is_found_by_its_mark_as_it_was_made(self, world, what):
        home = project(world.settled())
        made = make(world, "r1", what, home)
        seen = found(world, what, home, "r1")
        assert (seen.id, seen.name, seen.text) == (made.id, f"{what} {world.key('r1')}", TEXT)
        assert (seen.done, seen.deleted) == (False, False)
        assert seen.due == (date(2026, 12, 31) if what is What.MILESTONE else None)
        assert world.board.record(what, made.id) == seen
        assert seen in world.board.records(what, home)
        assert not world.board.find_records(what, home, [world.key("r1")[:-1]])

    @pytest.mark.simulated("projects are made")
    def test_a_project_is_found_by_its_mark(self, world):
        number = project(world.settled())
        assert found(world, What.PROJECT, "", "p1").id == number

    @pytest.mark.simulated("projects are made")
    def test_a_project_and_a_list_of_that_name_are_taken_over(self, world):
        world.settled()
        made = world.simulator.control("add_project", {"name": "Theirs", "lists": ["Drafts"]})
        home = make(world, "p1", What.PROJECT, name="Theirs")
        inside = make(world, "r1", What.LIST, home.id, name="Drafts")
        assert (home.id, home.found) == (str(made["id"]), True)
        assert (inside.id, inside.found) == (str(made["lists"]["Drafts"]), True)
        taken = world.board.record(What.LIST, inside.id)
        assert taken is not None
        assert taken.mark is None

    @pytest.mark.simulated("projects are made")
    def test_people_let_into_a_project_can_be_given_its_tasks(self, world):
        world.settled()
        world.simulator.control("membership", {"value": "creator"})
        maya = world.board.people([world.maya])[world.maya].id
        home = make(world, "p1", What.PROJECT, members=(maya,)).id
        tasks = make(world, "r1", What.LIST, home).id
        made = make(world, "t1", What.TASK, home, parent=tasks, owner=maya)
        assert made.note == ""
        assert found(world, What.TASK, home, "t1").owner == maya

    @pytest.mark.simulated("projects are made")
    def test_a_task_comes_after_others_and_people_may_add_to_them(self, world):
        home = project(world.settled())
        tasks = make(world, "r1", What.LIST, home).id
        first = make(world, "t1", What.TASK, home, parent=tasks).id
        other = make(world, "t2", What.TASK, home, parent=tasks).id
        third = make(world, "t3", What.TASK, home, parent=tasks, after=(first,)).id
        assert self.after(world, third) == [first]
        assert change(world, What.TASK, third, {"after": other}, after=first) == Done(third)
        assert self.after(world, third) == [other]
        # What a person put there stays: only ours is taken away.
        change(world, What.TASK, third, {"after": f"{other},{first}"}, after=other)
        assert change(world, What.TASK, third, {"after": ""}, after=other) == Done(third)
        assert self.after(world, third) == [first]

    def after(self, world: World, task: str) -> list[str]:
        seen = world.simulator.control("board", {})["projects"]
        rows = [row for each in seen for part in each["lists"] for row in part["tasks"]]
        [shown] = [row for row in rows if str(row["id"]) == task]
        return [str(one) for one in shown["after"]]

    @pytest.mark.simulated("projects are made")
    @pytest.mark.parametrize("what", [*MADE, What.TASK])
    def test_what_stands_as_expected_is_changed_and_keeps_its_mark(self, world, what):
        home, number = self.one(world.settled(), what)
        expect = {"name": f"{what} {world.key('r1')}", "text": TEXT}
        put = {"name": "Renamed", "text": "New *words*."}
        for _ in range(2):  # repeatable
            outcome = change(world, what, number, put, **expect)
            assert (outcome, outcome.left) == (Done(number), ())
        seen = world.eventually(
            lambda: world.board.record(what, number), lambda seen: seen.name == "Renamed"
        )
        assert seen.text == "New *words*."
        assert found(world, what, home, "r1").id == number

    @pytest.mark.simulated("projects are made")
    @pytest.mark.parametrize("what", [What.MILESTONE, What.TASK])
    def test_a_day_moves_and_an_owner_is_given(self, world, what):
        _, number = self.one(world.settled(), what, due=date(2026, 12, 31))
        maya = world.board.people([world.maya])[world.maya].id
        put, expect = {"due": "2027-01-29", "owner": maya}, {"due": "2026-12-31", "owner": ""}
        assert change(world, what, number, put, **expect) == Done(number)
        seen = world.board.record(what, number)
        assert (seen.due, seen.owner) == (date(2027, 1, 29), maya)
        assert change(world, what, number, {"owner": ""}, owner=maya) == Done(number)
        assert world.board.record(what, number).owner == ""

    @pytest.mark.simulated("projects are made")
    @pytest.mark.parametrize("what", [*MADE, What.TASK])
    def test_a_field_a_person_changed_is_left_and_told_and_the_others_are_written(
        self, world, what
    ):
        _, number = self.one(world.settled(), what)
        put = {"name": "Ours", "text": "New words."}
        outcome = change(world, what, number, put, name="Something else", text=TEXT)
        assert isinstance(outcome, Done)
        assert outcome.left == ("name",)
        assert outcome.was["name"] == f"{what} {world.key('r1')}"
        seen = world.board.record(what, number)
        assert (seen.name, seen.text) == (f"{what} {world.key('r1')}", "New words.")

    @pytest.mark.simulated("projects are made")
    @pytest.mark.parametrize("what", [What.MILESTONE, What.TASK])
    def test_what_stands_as_expected_is_completed_and_opened_again(self, world, what):
        _, number = self.one(world.settled(), what)
        touched = RecordChange(world.key("e1"), what, number, expect={"name": "Something else"})
        [outcome] = world.board.end_records([touched])
        assert isinstance(outcome, Changed)
        as_made = RecordChange(
            world.key("e1"), what, number, expect={"name": f"{what} {world.key('r1')}"}
        )
        assert [one.found for one in world.board.end_records([as_made])] == [False]
        assert world.board.record(what, number).done
        assert [one.found for one in world.board.end_records([as_made])] == [True]
        assert isinstance(change(world, what, number, {"name": "x"}, name="y"), Changed)
        assert world.board.reopen_records([as_made]) == [Done(number)]
        assert not world.board.record(what, number).done

    @pytest.mark.simulated("projects are made")
    def test_a_list_is_not_completed(self, world):
        _, number = self.one(world.settled(), What.LIST)
        [outcome] = world.board.end_records([RecordChange(world.key("e1"), What.LIST, number)])
        assert isinstance(outcome, Refused)

    @pytest.mark.simulated("projects are made")
    @pytest.mark.parametrize("what", [*MADE, What.TASK])
    def test_one_that_is_gone_is_none_and_has_changed(self, world, what):
        world.settled()
        gone = "99999999"
        assert world.board.record(what, gone) is None
        assert isinstance(change(world, what, gone, {"name": "x"}, name="y"), Changed)

    @pytest.mark.simulated("projects are made")
    @pytest.mark.parametrize("what", [What.MILESTONE, What.LIST, What.NOTEBOOK, What.TASK])
    def test_what_it_leans_on_being_gone_has_changed(self, world, what):
        world.settled()
        made = new(world, "r1", what, "99999999", parent="99999999")
        [outcome] = world.board.create_records([made])
        assert isinstance(outcome, Changed)

    @pytest.mark.simulated("projects are made")
    @pytest.mark.parametrize("what", [What.PROJECT, *MADE, What.TASK])
    def test_a_create_whose_answer_is_lost_is_in_doubt_and_found(self, world, what):
        world.settled()
        home = project(world) if what is not What.PROJECT else ""
        parent = make(world, "l1", What.LIST, home).id if what is What.TASK else ""
        world.simulator.control("fault", {"method": "POST", "kind": "lose_answer"})
        [outcome] = world.board.create_records([new(world, "r1", what, home, parent=parent)])
        assert isinstance(outcome, InDoubt)
        world.settle()
        found(world, what, home, "r1")

    @pytest.mark.simulated("people write messages")
    def test_what_people_wrote_to_each_other_is_told_by_its_head(self, world):
        home = project(world.settled())
        for title in ("First", "Second", "Third"):
            world.tick()
            world.simulator.control(
                "person_posts", {"project": int(home), "by": world.maya, "title": title}
            )
        posts = world.board.posts(home, 2)
        assert [(one.title, one.author) for one in posts] == [("Third", "Maya"), ("Second", "Maya")]
        assert posts[0].at > posts[1].at
        assert posts[0].url.startswith("http")

    def one(self, world: World, what: What, **more: Any) -> tuple[str, str]:
        """The id of a project, and of something in it that was made."""
        home = project(world)
        parent = make(world, "l1", What.LIST, home).id if what is What.TASK else ""
        return home, make(world, "r1", what, home, parent=parent, **more).id
