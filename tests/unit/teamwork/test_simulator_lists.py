"""What lists hide, find and show (facts/teamwork.md 11.4-5)."""

from __future__ import annotations

import json

from tests.unit.teamwork.conftest import V3, names


def test_completed_deleted_and_archived_tasks_are_hidden_unless_asked_for(
    api, make, simulator, tasklist
):
    make("open")
    done, gone = make("done"), make("gone")
    api.call("PUT", f"/tasks/{done['id']}/complete.json")
    api.call("DELETE", f"{V3}/tasks/{gone['id']}.json")
    assert names(api) == ["open"]
    assert names(api, includeCompletedTasks="true") == ["open", "done"]
    assert names(api, showDeleted="true") == ["open", "gone"]
    assert names(api, completedOnly="true") == ["done"]
    simulator.control("complete_list", {"list": tasklist})
    assert names(api) == []
    assert names(api, showCompletedLists="true") == ["open"]
    simulator.control("complete_list", {"list": tasklist, "completed": False})
    simulator.control("archive_project", {"project": "Outreach"})
    assert names(api) == []
    assert names(api, includeArchivedProjects="true") == ["open"]


def test_unknown_query_keys_are_ignored_without_a_word(api, make):
    make("a")
    assert names(api, searchterm="nothing", bogus="1", updated_after="2030-01-01") == ["a"]


def test_lists_and_projects_hide_completed_and_archived_ones(api, simulator, tasklist):
    simulator.control("complete_list", {"list": tasklist})
    assert api.json("GET", f"{V3}/tasklists.json")["tasklists"] == []
    assert api.json("GET", f"{V3}/tasklists.json", showCompleted="true")["tasklists"]
    simulator.control("archive_project", {"project": "Outreach"})
    assert api.json("GET", f"{V3}/projects.json")["projects"] == []
    assert api.json("GET", f"{V3}/projects.json", includeArchivedProjects="true")["projects"]
    assert api.json("GET", f"{V3}/projects.json", onlyArchivedProjects="true")["projects"]


def test_filters_narrow_a_listing(api, make, simulator, clock, field):
    ann = simulator.control("add_person", {"email": "ann@x.example", "name": "Ann"})["id"]
    tag = api.json("POST", f"{V3}/tags.json", {"tag": {"name": "vip"}})["tag"]["id"]
    make("one", tagIds=[tag], dueAt="2026-12-01")
    clock.advance(60)
    edge = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    make("two", assignees={"userIds": [ann]}, description="needle")
    clock.advance(60)
    three = make("three", customFields=[{"customFieldId": field, "value": "k1"}], priority="high")
    assert names(api, tagIds=tag) == ["one"]
    assert names(api, tags="VIP") == ["one"]
    assert names(api, excludeTagIds=tag) == ["two", "three"]
    assert names(api, onlyUntaggedTasks="true") == ["two", "three"]
    assert names(api, responsiblePartyIds=ann) == ["two"]
    assert names(api, searchTerm="NEEDLE") == ["two"]
    assert names(api, searchTerm="follow-ups") == ["one", "two", "three"]
    assert names(api, priority="high") == ["three"]
    assert names(api, ids=three["id"]) == ["three"]
    assert names(api, dueAfter="2026-11-30", dueBefore="2026-12-02") == ["one"]
    assert names(api, includeTasksWithoutDueDates="false") == ["one"]
    assert names(api, updatedAfter=edge) == ["three"]
    assert names(api, updatedAfter="2026-11-23") == ["one", "two", "three"]
    assert names(api, createdBefore=edge) == ["one"]
    assert names(api, orderBy="createdat", orderMode="desc") == ["three", "two", "one"]
    by_field = {"query": ((f"customField[{field}][eq]", "k1"),)}
    rows = json.loads(api.ask("GET", f"{V3}/tasks.json", **by_field).body)["tasks"]
    assert [row["name"] for row in rows] == ["three"]
    for operator, value, count in (
        ("like", "K", 1),
        ("not", "k1", 2),
        ("not-like", "k", 2),
        ("any", "k0,k1", 1),
        ("lt", "k2", 1),
        ("gt", "k2", 0),
    ):
        asked = ((f"customField[{field}][{operator}]", value),)
        rows = json.loads(api.ask("GET", f"{V3}/tasks.json", query=asked).body)["tasks"]
        assert len(rows) == count, operator
    assert api.call("GET", f"{V3}/tasks.json", updatedAfter="soon").status == 400


def test_pages_are_clamped_and_counted(api, make, monkeypatch):
    for number in range(7):
        make(f"t{number}")
    body = api.json("GET", f"{V3}/tasks.json", page=2, pageSize=3, orderBy="id")
    assert [row["name"] for row in body["tasks"]] == ["t3", "t4", "t5"]
    page = {"pageOffset": 1, "pageSize": 3, "count": 7, "hasMore": True}
    assert body["meta"] == {"page": page}
    body = api.json("GET", f"{V3}/tasks.json", page=2, pageSize=3, skipCounts="true")
    assert body["meta"]["page"]["count"] == 7
    body = api.json("GET", f"{V3}/tasks.json", page=1, pageSize=3, skipCounts="true")
    assert body["meta"]["page"]["count"] == 4
    assert api.json("GET", f"{V3}/tasks.json", pageSize=9000)["meta"]["page"]["pageSize"] == 500
    assert api.json("GET", f"{V3}/tasks.json")["meta"]["page"]["pageSize"] == 50
    assert api.json("GET", f"{V3}/tags.json")["meta"]["page"]["pageSize"] == 500
    monkeypatch.setattr("connectors.teamwork.simulator_answers.RECORD_CAP", 5)
    body = api.json("GET", f"{V3}/tasks.json", page=2, pageSize=3)
    assert (len(body["tasks"]), body["meta"]["page"]["hasMore"]) == (2, False)


def test_v1_pages_are_told_in_headers(api, make):
    for number in range(3):
        make(f"t{number}")
    answer = api.call("GET", "/tasks.json", pageSize=2, page=2)
    assert len(json.loads(answer.body)["todo-items"]) == 1
    told = {key: answer.headers[key] for key in ("x-page", "x-pages", "x-records")}
    assert told == {"x-page": "2", "x-pages": "2", "x-records": "3"}


def test_a_bare_task_has_null_tags_no_project_and_no_predecessors(api, make):
    row = api.json("GET", f"{V3}/tasks/{make()['id']}.json")["task"]
    assert row["tags"] is None
    assert row["tagIds"] is None
    assert row["assigneeUserIds"] is None
    assert "projectId" not in row
    assert "predecessors" not in row
    assert row["tasklist"]["type"] == "tasklists"


def test_sideloads_are_maps_by_id_as_text(api, make, field, tasklist):
    task = make(customFields=[{"customFieldId": field, "value": "k1"}])
    asked = {"include": "tasklists,projects", "includeCustomFields": "true"}
    included = api.json("GET", f"{V3}/tasks.json", **asked)["included"]
    assert included["tasklists"][str(tasklist)]["name"] == "Follow-ups"
    [project] = included["projects"].values()
    assert project["name"] == "Outreach"
    [value] = included["customfieldTasks"].values()
    assert (value["taskId"], value["customfieldId"], value["value"]) == (task["id"], field, "k1")
    assert included["customfields"][str(field)]["name"] == "syncd key"
    assert api.json("GET", f"{V3}/tasks.json")["included"] == {}


def test_sparse_fields_leave_the_rest_out_and_ignore_unknown_ones(api, make):
    make()
    [row] = api.json("GET", f"{V3}/tasks.json", **{"fields[tasks]": "id,name,bogus"})["tasks"]
    assert row.keys() == {"id", "name"}
    [row] = api.json("GET", f"{V3}/tasks.json", **{"fields[task]": "id"})["tasks"]
    assert "description" in row
