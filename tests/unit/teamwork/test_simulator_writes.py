"""What writing a task does, and refuses (facts/teamwork.md 11.6, 11.11)."""

from __future__ import annotations

import json

import pytest

from tests.unit.teamwork.conftest import V3, names


def test_what_is_written_as_due_at_is_read_as_due_date(api, make):
    row = make(dueAt="2026-12-01", startAt="2026-11-30", estimatedMinutes=90)
    assert (row["dueDate"][:10], row["startDate"][:10]) == ("2026-12-01", "2026-11-30")
    assert row["estimateMinutes"] == 90
    assert "dueAt" not in row
    assert make(dueDate="2026-12-01")["dueDate"] is None


def test_a_change_leaves_out_what_it_does_not_name_but_replaces_custom_fields(api, make, field):
    other = {"customfield": {"name": "Score", "type": "text-short", "entity": "task"}}
    other = api.json("POST", f"{V3}/customfields.json", other)["customfield"]["id"]
    both = [{"customFieldId": field, "value": "k1"}, {"customFieldId": other, "value": "9"}]
    task = make(dueAt="2026-12-01", customFields=both)
    path = f"{V3}/tasks/{task['id']}"
    row = api.json("PATCH", f"{path}.json", {"task": {"name": "New"}})["task"]
    assert (row["name"], row["dueDate"][:10]) == ("New", "2026-12-01")
    assert len(api.json("GET", f"{path}/customfields.json")["customfieldTasks"]) == 2
    api.json("PATCH", f"{path}.json", {"task": {"customFields": both[1:]}})
    [value] = api.json("GET", f"{path}/customfields.json")["customfieldTasks"]
    assert value["customfieldId"] == other


def test_custom_field_values_have_routes_of_their_own(api, make, field):
    path = f"{V3}/tasks/{make()['id']}/customfields"
    value = {"customfieldTask": {"customfieldId": field, "value": "k1"}}
    answer = api.call("POST", f"{path}.json", value)
    assert answer.status == 201
    made = json.loads(answer.body)["customfieldTask"]["id"]
    changed = {"customfieldTask": {"customfieldId": field, "value": "k2"}}
    made = api.json("PATCH", f"{path}/{made}.json", changed)["customfieldTask"]["id"]
    assert api.call("DELETE", f"{path}/{made}.json").status == 204
    assert api.json("GET", f"{path}.json")["customfieldTasks"] == []


def test_a_list_of_people_is_untouched_by_null_and_emptied_by_an_empty_one(api, make, simulator):
    ann = simulator.control("add_person", {"email": "ann@x.example", "name": "Ann"})["id"]
    path = f"{V3}/tasks/{make(assignees={'userIds': [ann]})['id']}.json"
    for given, left in ((None, [ann]), ([], None)):
        row = api.json("PATCH", path, {"task": {"assignees": {"userIds": given}}})["task"]
        assert row["assigneeUserIds"] == left


def test_an_assignee_who_may_not_is_dropped_or_refused(api, make, simulator, tasklist):
    simulator.control("membership", {"value": "creator"})
    made = simulator.control("add_project", {"name": "Closed", "lists": ["L"]})
    ann = simulator.control("add_person", {"email": "ann@x.example", "name": "Ann"})["id"]
    project = simulator.site.table("projects")[made["id"]]
    project["memberIds"].remove(ann)
    body = {"task": {"name": "x", "assignees": {"userIds": [ann, 99]}}}
    path = f"{V3}/tasklists/{made['lists']['L']}/tasks.json"
    assert api.json("POST", path, body)["task"]["assigneeUserIds"] is None
    strict = {**body, "taskOptions": {"checkInvalidusers": True}}
    assert api.call("POST", path, strict).status == 400
    api.json("PUT", f"{V3}/projects/{made['id']}/people.json", {"userIds": [ann]})
    assert api.json("POST", path, body)["task"]["assigneeUserIds"] == [ann]


def test_parents_must_be_in_the_same_list_and_let_go_by_zero(api, make, simulator):
    parent = make("parent")
    child = make("child", parentTaskId=parent["id"])
    path = f"{V3}/tasks/{child['id']}.json"
    null = api.json("PATCH", path, {"task": {"parentTaskId": None}})["task"]
    assert null["parentTaskId"] == parent["id"]
    zero = api.json("PATCH", path, {"task": {"parentTaskId": 0}})["task"]
    assert zero["parentTask"] is None
    other = simulator.site.add_tasklist(1002, next(iter(simulator.site.table("projects"))), "Other")
    body = {"task": {"name": "x", "parentTaskId": parent["id"]}}
    answer = api.call("POST", f"{V3}/tasklists/{other['id']}/tasks.json", body)
    assert answer.status == 400
    assert b"parent task is in another list" in answer.body


def test_moving_takes_subtasks_along_and_crosses_projects_only_on_v1(api, make, simulator):
    parent = make("parent")
    child = make("child", parentTaskId=parent["id"])
    far = simulator.control("add_project", {"name": "Far", "lists": ["Away"]})["lists"]["Away"]
    near = simulator.site.add_tasklist(1002, next(iter(simulator.site.table("projects"))), "Near")
    path = f"{V3}/tasks/{parent['id']}.json"
    assert api.call("PATCH", path, {"task": {"tasklistId": far}}).status == 422
    api.json("PATCH", path, {"task": {"tasklistId": near["id"]}})
    assert names(api, f"{V3}/tasklists/{near['id']}/tasks.json") == ["parent", "child"]
    moved = api.json("PUT", f"/tasks/{parent['id']}/move.json", {"taskListId": far})
    assert moved["affectedTaskIds"] == f"{parent['id']},{child['id']}"
    assert names(api, f"{V3}/tasklists/{far}/tasks.json") == ["parent", "child"]


def test_deleting_takes_subtasks_and_restoring_brings_back(api, make):
    parent = make("parent")
    child = make("child", parentTaskId=parent["id"])
    gone = api.json("DELETE", f"{V3}/tasks/{parent['id']}.json")
    assert gone == {"affected": {"taskIds": [parent["id"], child["id"]]}}
    for method, path in (
        ("DELETE", f"{V3}/tasks/{parent['id']}.json"),
        ("GET", f"{V3}/tasks/{parent['id']}.json"),
        ("PUT", f"/tasks/{parent['id']}/complete.json"),
    ):
        assert api.call(method, path).status == 404
    api.json("PUT", f"/trashcan/tasks/{parent['id']}/restore.json")
    assert names(api) == ["parent"]
    assert api.call("PUT", f"/trashcan/tasks/{parent['id']}/restore.json").status == 404


def test_a_completed_task_is_changed_on_v1_only_by_reopening_it(api, make):
    task = make()["id"]
    api.json("PUT", f"/tasks/{task}/complete.json")
    item = {"content": "New"}
    assert api.call("PUT", f"/tasks/{task}.json", {"todo-item": item}).status == 400
    api.json("PUT", f"/tasks/{task}.json", {"todo-item": item | {"completed": False}})
    assert api.json("GET", f"{V3}/tasks/{task}.json")["task"]["status"] == "reopened"


@pytest.mark.parametrize(
    "wrong",
    [
        {"priority": "urgent"},
        {"dueAt": "next week"},
        {"customFields": [{"customFieldId": 1, "value": "x"}]},
        {"parentTaskId": 1},
    ],
)
def test_wrong_values_are_refused_and_nothing_is_made(api, tasklist, wrong):
    body = {"task": {"name": "x", **wrong}}
    assert api.call("POST", f"{V3}/tasklists/{tasklist}/tasks.json", body).status == 400
    assert names(api) == []


def test_tags_are_the_one_thing_made_only_once(api):
    first = api.json("POST", f"{V3}/tags.json", {"tag": {"name": "vip"}})["tag"]
    again = api.json("POST", f"{V3}/tags.json", {"tag": {"name": "VIP"}})["tag"]
    assert first["id"] == again["id"]
    assert api.call("POST", f"{V3}/tags.json", {"tag": {"name": "x" * 50}}).status == 400


def test_the_same_request_twice_makes_two_tasks(make):
    assert make("same")["id"] != make("same")["id"]
