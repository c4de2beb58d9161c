"""Faults, people at work, and saving the site (facts/teamwork.md 11.10)."""

from __future__ import annotations

import json

import pytest

from tests.unit.teamwork.conftest import V3, names


def test_a_fault_befalls_the_next_matching_calls_and_no_others(api, simulator):
    fault = {"count": 2, "method": "GET", "path": r"/tasks\.json", "status": 502, "body": "<html>"}
    simulator.control("fault", fault)
    statuses = [api.call("GET", path).status for path in (f"{V3}/me.json", f"{V3}/tasks.json")]
    assert statuses == [200, 502]
    assert api.call("GET", f"{V3}/tasks.json").body == b"<html>"
    assert api.call("GET", f"{V3}/tasks.json").status == 200
    simulator.control("fault", {"count": 9})
    simulator.control("clear_faults", {})
    assert api.call("GET", f"{V3}/tasks.json").status == 200
    with pytest.raises(ValueError, match="kind"):
        simulator.control("fault", {"kind": "mood"})


@pytest.mark.parametrize(
    ("kind", "made", "status"),
    [
        ("answer", 0, 500),
        ("lose_request", 0, 0),
        ("lose_answer", 1, 0),
        ("answer_after", 1, 500),
        ("half_answer", 1, 201),
    ],
)
def test_a_fault_strikes_before_or_after_the_effect(api, simulator, tasklist, kind, made, status):
    simulator.control("fault", {"kind": kind, "method": "POST"})
    path = f"{V3}/tasklists/{tasklist}/tasks.json"
    answer = api.call("POST", path, {"task": {"name": "x"}})
    assert answer.status == status
    assert len(names(api)) == made
    if kind == "half_answer":
        with pytest.raises(ValueError, match=r"."):
            json.loads(answer.body)


def test_lagging_lists_show_a_change_late_but_reads_by_id_at_once(api, make, simulator, clock):
    simulator.control("lag", {"value": 20})
    task = make("new")
    assert names(api) == []
    assert api.json("GET", f"{V3}/tasks/{task['id']}.json")["task"]["name"] == "new"
    clock.advance(21)
    assert names(api) == ["new"]
    since = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    clock.advance(5)
    api.json("PATCH", f"{V3}/tasks/{task['id']}.json", {"task": {"name": "newer"}})
    assert names(api, updatedAfter=since) == []
    clock.advance(21)
    assert names(api, updatedAfter=since) == ["newer"]
    simulator.control("lag", {})
    assert names(api) == ["newer"]


def test_an_unknown_command_is_a_key_error_and_a_wrong_name_says_so(simulator):
    with pytest.raises(KeyError):
        simulator.control("dance", {})
    with pytest.raises(ValueError, match="no person"):
        simulator.control("add_task", {"list": 1, "name": "x", "by": "nobody@x.example"})


def test_what_people_do_is_seen_on_the_board(api, simulator, tasklist):
    simulator.control("add_person", {"email": "ann@x.example", "name": "Ann Reed"})
    by = {"by": "ann@x.example"}
    place = {"list": "Outreach/Follow-ups", "name": "Call", "due": "2026-12-01"}
    task = simulator.control("add_task", {**by, **place})["id"]
    on = {"task": task, **by}
    simulator.control("person_reassigns", {**on, "to": "ann@x.example"})
    simulator.control("person_tags", {**on, "add": ["vip"]})
    simulator.control("person_describes", {**on, "description": "Soon"})
    simulator.control("person_comments", {**on, "body": "a < b"})
    simulator.control("person_completes", on)
    [project] = simulator.control("board", {})["projects"]
    [seen] = project["lists"][0]["tasks"]
    assert (seen["name"], seen["done"], seen["due"]) == ("Call", True, "2026-12-01")
    assert (seen["assignees"], seen["tags"]) == (["ann@x.example"], ["vip"])
    assert seen["comments"][0]["body"] == "a &lt; b"
    row = api.json("GET", f"{V3}/tasks/{task}.json")["task"]
    assert row["createdBy"] == row["completedBy"] == simulator.site.person_by_email(by["by"])["id"]


def test_calls_are_counted_by_route(api, simulator):
    api.call("GET", f"{V3}/tasks/12.json")
    api.call("GET", f"{V3}/tasks/34.json")
    assert simulator.control("stats", {})["calls"] == {"GET /projects/api/v3/tasks/#.json": 2}
    simulator.control("reset_stats", {})
    assert simulator.control("stats", {})["total"] == 0


def test_a_restored_site_is_the_one_that_was_saved(api, make, simulator, field, clock):
    make("one", customFields=[{"customFieldId": field, "value": "k1"}])
    task = make("two")
    api.json("POST", f"/tasks/{task['id']}/comments.json", {"comment": {"body": "x"}})
    saved = json.loads(json.dumps(simulator.snapshot()))
    seen = api.json("GET", f"{V3}/tasks.json")
    make("three")
    api.call("DELETE", f"{V3}/tasks/{task['id']}.json")
    simulator.restore(saved)
    assert simulator.snapshot() == saved
    assert api.json("GET", f"{V3}/tasks.json") == seen
    by_field = ((f"customField[{field}][eq]", "k1"),)
    assert len(json.loads(api.ask("GET", f"{V3}/tasks.json", query=by_field).body)["tasks"]) == 1
    assert len(api.json("GET", f"{V3}/tasks/{task['id']}/comments.json")["comments"]) == 1
    assert make("four")["id"] > task["id"]


def test_a_delta_of_a_big_site_looks_at_what_changed_only(api, simulator, clock, tasklist):
    for number in range(3000):
        simulator.site.add_task(1002, tasklist, {"name": f"t{number}"})
    clock.advance(60)
    since = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    clock.advance(60)
    task = simulator.site.table("tasks")[min(simulator.site.table("tasks"))]
    simulator.site.edit_task(task, 1002, name="changed")
    looked = iter(simulator.site.newest_first())
    assert next(looked)["name"] == "changed"
    assert names(api, updatedAfter=since) == ["changed"]
