"""What stands, what is missing, and what stands in a way that would not do."""

from __future__ import annotations

from syncd.core.facts import Place
from syncd.ports.verdicts import Changed, Done, InDoubt, Locked, Refused, TryLater
from tests.contract.board_world import FOLLOW_UPS
from tests.unit.teamwork.conftest import V3


def test_an_archived_project_is_told_and_not_made_again(world):
    world.settled()
    world.simulator.control("archive_project", {"project": "Outreach"})
    ready = world.connect().readiness([FOLLOW_UPS], [])
    assert FOLLOW_UPS.handle not in ready.handles
    assert not [need for need in ready.missing if "Outreach" in need.summary]
    assert any("'Outreach' is archived" in note for note in ready.notes)


def test_a_completed_list_is_told_and_not_made_again(world):
    world.settled()
    world.simulator.control("complete_list", {"list": "Outreach/Follow-ups"})
    ready = world.connect().readiness([FOLLOW_UPS], [])
    assert FOLLOW_UPS.handle not in ready.handles
    assert not [need for need in ready.missing if need.handle == FOLLOW_UPS.handle]
    assert any("'Follow-ups' in 'Outreach' is completed" in note for note in ready.notes)


def test_names_are_compared_exactly_and_of_twins_the_oldest_is_used(world):
    world.simulator.control("add_project", {"name": "Outreach 2026", "lists": ["Follow-ups"]})
    missing = {need.handle for need in world.board.readiness([FOLLOW_UPS], []).missing}
    assert {"project:Outreach", FOLLOW_UPS.handle} <= missing
    first = world.simulator.control("add_project", {"name": "Outreach"})["id"]
    world.simulator.control("add_project", {"name": "Outreach"})
    ready = world.board.readiness([FOLLOW_UPS], [])
    assert ready.handles["project:Outreach"] == str(first)
    assert any("2 projects are called 'Outreach'" in note for note in ready.notes)


def test_projects_are_made_before_lists_and_these_before_field_and_tags(world):
    places = [Place("A", "one"), Place("B", "two"), Place("A", "three")]
    handles = [need.handle for need in world.board.readiness(places, ["vip"]).missing]
    assert handles == [
        *("project:A", "project:B", "list:A/one", "list:A/three", "list:B/two"),
        *("field:syncd key", "tag:syncd", "tag:vip"),
    ]


def test_a_list_is_made_in_a_project_that_stands_without_knowing_its_handle(world):
    needs = {n.handle: n for n in world.board.readiness([FOLLOW_UPS], []).missing}
    assert isinstance(world.connect().provide(needs[FOLLOW_UPS.handle]), Changed)
    assert isinstance(world.connect().provide(needs["project:Outreach"]), Done)
    assert isinstance(world.connect().provide(needs[FOLLOW_UPS.handle]), Done)


def test_a_tag_too_long_for_the_site_is_told_and_left_out(world):
    long = "x" * 50
    ready = world.board.readiness([], [long])
    assert f"tag:{long}" not in {need.handle for need in ready.missing}
    assert any(long in note for note in ready.notes)


def test_tags_that_differ_in_case_are_the_same_and_those_of_one_project_are_not_ours(world, api):
    project = world.simulator.control("add_project", {"name": "Other"})["id"]
    api.json("POST", f"{V3}/tags.json", {"tag": {"name": "vip", "projectId": project}})
    api.json("POST", f"{V3}/tags.json", {"tag": {"name": "Syncd"}})
    ready = world.board.readiness([], ["vip"])
    assert "tag:syncd" in ready.handles
    assert "tag:vip" in {need.handle for need in ready.missing}


def test_a_verdict_while_providing_is_its_outcome(world):
    [need, *_] = world.board.readiness([FOLLOW_UPS], []).missing
    world.simulator.control("fault", {"status": 401})
    assert isinstance(world.board.provide(need), Locked)
    world.simulator.control("fault", {"status": 500, "method": "POST"})
    assert isinstance(world.board.provide(need), InDoubt)
    world.simulator.control("fault", {"status": 500})
    assert isinstance(world.board.provide(need), TryLater)
    unknown = type(need)("x", "x", {"what": "castle"})
    assert isinstance(world.board.provide(unknown), Refused)


def test_a_project_made_though_its_answer_was_lost_is_found_again(world):
    [need, *_] = world.board.readiness([FOLLOW_UPS], []).missing
    world.simulator.control("fault", {"method": "POST", "kind": "lose_answer"})
    assert isinstance(world.board.provide(need), InDoubt)
    again = world.board.provide(need)
    assert isinstance(again, Done)
    assert again.found
