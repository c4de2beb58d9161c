"""What facts/teamwork.md 3 and 11 ask for, point by point, where nothing else shows it."""

from __future__ import annotations

import json

import pytest

from syncd.ports.simulator import Request
from tests.unit.teamwork.conftest import BASIC, V3, names

# 1: status codes, ids, dates


@pytest.fixture
def project(api, tasklist):
    return api.json("GET", f"{V3}/projects.json")["projects"][0]["id"]


def test_a_team_and_a_clone_are_made_with_200(api, project, make):
    assert api.call("POST", "/teams.json", {"team": {"name": "Outreach"}}).status == 200
    make("open")
    done = make("done")
    api.json("PUT", f"/tasks/{done['id']}/complete.json")
    answer = api.call("POST", f"/projects/{project}/clone.json", {"name": "Again"})
    assert answer.status == 200
    copy = int(json.loads(answer.body)["projectId"])
    assert names(api, f"{V3}/projects/{copy}/tasks.json", includeCompletedTasks="true") == ["open"]
    for wrong in ({}, {"name": "Again"}):
        assert api.call("POST", f"/projects/{project}/clone.json", wrong).status == 400
    assert api.call("POST", "/teams.json", {"team": {"name": " "}}).status == 400


def test_teams_come_and_go(api):
    made = api.json("POST", "/teams.json", {"team": {"name": "Outreach", "userIds": "1002"}})["id"]
    assert api.json("GET", f"/teams/{made}.json")["team"]["memberCount"] == 1
    assert [each["id"] for each in api.json("GET", "/teams.json")["teams"]] == [made]
    api.json("DELETE", f"/teams/{made}.json")
    assert api.json("GET", "/teams.json")["teams"] == []


def test_linking_a_workflow_is_200_and_moving_through_it_204(api, project, make):
    flow = api.json("POST", f"{V3}/workflows.json", {"workflow": {"name": "Pitch"}})["workflow"]
    path = f"{V3}/workflows/{flow['id']}"
    stages = [
        api.json("POST", f"{path}/stages.json", {"stage": {"name": name}})["stage"]["id"]
        for name in ("Asked", "Won")
    ]
    task, other = make("one")["id"], make("two")["id"]
    one = f"{V3}/tasks/{task}/workflows/{flow['id']}.json"
    assert api.call("PATCH", one, {"stageId": stages[0]}).status == 400  # not linked yet
    linked = f"{V3}/projects/{project}/workflows.json"
    for _ in range(2):
        assert api.call("POST", linked, {"workflow": {"id": flow["id"]}}).status == 200
    assert api.json("GET", f"{path}.json")["workflow"]["projectIds"] == [project]
    assert api.call("PATCH", one, {"stageId": stages[0]}).status == 204
    placed = api.json("GET", f"{V3}/tasks/{task}.json")["task"]["workflowStages"]
    assert placed == [{"workflowId": flow["id"], "stageId": stages[0]}]
    many = f"{path}/stages/{stages[1]}/tasks.json"
    assert api.call("POST", many, {"taskIds": [task, other]}).status == 204
    placed = api.json("GET", f"{V3}/tasks/{task}.json")["task"]["workflowStages"]
    assert [each["stageId"] for each in placed] == [stages[1]]
    assert [each["name"] for each in api.json("GET", f"{path}/stages.json")["stages"]] == [
        "Asked",
        "Won",
    ]
    assert len(api.json("GET", f"{V3}/workflows.json")["workflows"]) == 1
    none: list[int] = []
    for bad in (none, [99999]):
        assert api.call("POST", many, {"taskIds": bad}).status == 400
    assert api.call("PATCH", one, {"stageId": 99999}).status == 400
    assert api.call("POST", linked, {"workflow": {"id": 99999}}).status == 400


def test_ids_are_text_everywhere_on_v1_and_numbers_everywhere_on_v3(api, make, project, tasklist):
    task = make()["id"]
    api.json("POST", f"/tasks/{task}/comments.json", {"comment": {"body": "x"}})

    def kinds(found):
        if isinstance(found, list):
            return [kind for each in found for kind in kinds(each)]
        if not isinstance(found, dict):
            return []
        inner = [kind for value in found.values() for kind in kinds(value)]
        own = {name: value for name, value in found.items() if name.lower().endswith("id")}
        return [*inner, *(type(value) for value in own.values() if value is not None)]

    for path in (f"/tasks/{task}", "/tasks", f"/projects/{project}", f"/tasklists/{tasklist}"):
        assert set(kinds(api.json("GET", f"{path}.json"))) == {str}, path
    for path in ("/people", "/me", f"/tasks/{task}/comments", "/authenticate"):
        assert set(kinds(api.json("GET", f"{path}.json"))) == {str}, path
    for path in ("/tasks", "/people", "/projects", "/tasklists", "/me", f"/tasks/{task}/comments"):
        assert set(kinds(api.json("GET", f"{V3}{path}.json"))) == {int}, path


def test_an_unset_date_is_null_on_v3_and_empty_on_v1(api, make):
    task = make()["id"]
    assert api.json("GET", f"{V3}/tasks/{task}.json")["task"]["dueDate"] is None
    assert api.json("GET", f"/tasks/{task}.json")["todo-item"]["due-date"] == ""


def test_a_v1_page_holds_at_most_250_rows(api, simulator, tasklist):
    for number in range(260):
        simulator.site.add_task(1002, tasklist, {"name": f"t{number}"})
    answer = api.call("GET", "/tasks.json", pageSize=900)
    assert len(json.loads(answer.body)["todo-items"]) == 250
    assert answer.headers["x-pages"] == "2"


def test_responsible_people_are_said_in_groups(api, simulator, tasklist):
    ann, bob = (
        simulator.control("add_person", {"email": f"{name}@x.example"})["id"] for name in "ab"
    )
    team = api.json("POST", "/teams.json", {"team": {"name": "T", "userIds": f"{ann},{bob}"}})["id"]

    def who(groups):
        item = {"content": "x", "responsible-party-id": groups}
        made = api.json("POST", f"/tasklists/{tasklist}/tasks.json", {"todo-item": item})["id"]
        return api.json("GET", f"/tasks/{made}.json")["todo-item"]["responsible-party-ids"]

    assert who(f"{ann},99999,r5,,x") == str(ann)
    assert who(f"t{team}") == f"{ann},{bob}"
    company = simulator.site.table("companies")
    assert who(f"c{min(company)}").split(",")[-2:] == [str(ann), str(bob)]


def test_a_path_with_a_slash_too_many_is_the_same_path(api, project):
    assert api.json("GET", f"//projects/{project}.json")["project"]["id"] == str(project)


def test_old_clients_ask_who_they_are_first(simulator):
    headers = {"authorization": BASIC, "host": "site.test"}
    said = json.loads(simulator.handle(Request("GET", "/authenticate.json", (), headers)).body)
    assert said["account"]["URL"] == "http://site.test/"
    assert said["account"]["userId"] == str(simulator.site.me["id"])


def test_old_clients_read_lists_tags_and_people_by_themselves(api, make, project, tasklist):
    tag = api.json("POST", f"{V3}/tags.json", {"tag": {"name": "vip"}})["tag"]["id"]
    task = make(tagIds=[tag])["id"]
    assert [each["id"] for each in api.json("GET", "/tasklists.json")["tasklists"]] == [
        str(tasklist)
    ]
    [seen] = api.json("GET", "/tags.json")["tags"]
    assert seen == api.json("GET", f"/tags/{tag}.json")["tag"]
    assert api.json("GET", f"/tasks/{task}.json")["todo-item"]["tags"] == [seen]
    [person] = api.json("GET", f"/projects/{project}/people.json")["people"]
    assert api.json("GET", f"/people/{person['id']}.json")["person"] == person


def test_what_taskwarriors_bridge_reads_of_a_task_is_there(api, make, simulator):
    """bugwarrior asks who it is, then for tasks, then for the comments of those that have any."""
    me = api.json("GET", "/authenticate.json")["account"]
    task = make(dueAt="2026-12-01", assignees={"userIds": [int(me["userId"])]})["id"]
    api.json("POST", f"/tasks/{task}/comments.json", {"comment": {"body": "Hi"}})
    [row] = api.json("GET", "/tasks.json")["todo-items"]
    assert me["userId"] in row["responsible-party-ids"]
    assert (row["userFollowingComments"], row["userFollowingChanges"]) == (False, False)
    assert (row["comments-count"], row["due-date"], row["project-name"]) == (
        1,
        "20261201",
        "Outreach",
    )
    [comment] = api.json("GET", f"/tasks/{task}/comments.json")["comments"]
    assert (comment["author-firstname"], comment["author-lastname"]) == ("syncd", "Bot")


# 4: filters


def test_lists_in_a_query_are_joined_by_commas(api, make):
    tags = [
        api.json("POST", f"{V3}/tags.json", {"tag": {"name": name}})["tag"]["id"]
        for name in ("a", "b")
    ]
    make("one", tagIds=tags[:1])
    make("two", tagIds=tags[1:])
    make("both", tagIds=tags)
    both = ",".join(map(str, tags))
    assert names(api, tagIds=both) == ["one", "two", "both"]
    assert names(api, tagIds=both, matchAllTags="true") == ["both"]
    # Repeated keys are not how this site reads lists: the first one counts.
    repeated = tuple(("tagIds", str(each)) for each in tags)
    rows = json.loads(api.ask("GET", f"{V3}/tasks.json", query=repeated).body)["tasks"]
    assert [row["name"] for row in rows] == ["one", "both"]


# 6: moving


def test_moving_on_v1_lets_go_of_a_parent_or_takes_the_one_named(api, make, simulator, project):
    near = simulator.site.add_tasklist(1002, project, "Near")["id"]
    parent, child = make("parent"), make("child")
    path = f"{V3}/tasklists/{near}/tasks.json"
    above = api.json("POST", path, {"task": {"name": "above"}})["task"]["id"]
    move = f"/tasks/{child['id']}/move.json"
    stale = {"taskListId": near, "parentTaskId": parent["id"]}
    assert api.call("PUT", move, stale).status == 400
    said = api.json("PUT", move, {"taskListId": near, "parentTaskId": above})
    assert "affectedProjectIds" not in said
    row = f"{V3}/tasks/{child['id']}.json"
    assert api.json("GET", row)["task"]["parentTaskId"] == above
    api.json("PUT", move, {"taskListId": near})
    assert api.json("GET", row)["task"]["parentTask"] is None
    far = simulator.control("add_project", {"name": "Far", "lists": ["L"]})
    said = api.json("PUT", move, {"taskListId": far["lists"]["L"]})
    assert said["affectedProjectIds"] == f"{project},{far['id']}"


def test_a_parent_that_stays_behind_fails_a_move_on_v3(api, make, simulator, project):
    near = simulator.site.add_tasklist(1002, project, "Near")["id"]
    parent = make("parent")
    child = make("child", parentTaskId=parent["id"])
    path = f"{V3}/tasks/{child['id']}.json"
    stale = {"task": {"tasklistId": near, "parentTaskId": parent["id"]}}
    answer = api.call("PATCH", path, stale)
    assert (answer.status, b"parent task is in another list" in answer.body) == (400, True)
    moved = api.json("PATCH", path, {"task": {"tasklistId": near}})["task"]
    assert (moved["tasklistId"], moved["parentTask"]) == (near, None)


# 9: webhooks


@pytest.fixture
def hooks(api):
    api.json("PUT", "/webhooks/enable.json")


def test_some_events_are_the_sites_alone(api, hooks, project):
    hook = {"event": "USER.CREATED", "url": "http://127.0.0.1:9/hook", "token": "s"}
    refused = api.call("POST", f"/projects/{project}/webhooks.json", {"webhook": hook})
    assert refused.status == 400
    assert api.call("POST", "/webhooks.json", {"webhook": hook}).status == 201
    known = set(api.json("GET", "/webhooks/events.json")["events"])
    for thing in ("TASK", "COMMENT", "MILESTONE", "FILE", "TIME", "STAGE", "LINK", "COMPANY"):
        assert f"{thing}.CREATED" in known


def test_people_and_files_are_told_of_too(api, hooks, simulator, project):
    for event in ("USER.CREATED", "USER.DELETED", "FILE.CREATED", "PROJECT.COPIED"):
        hook = {"event": event, "url": "http://127.0.0.1:9/hook", "token": "s"}
        api.json("POST", "/webhooks.json", {"webhook": hook})
    simulator.control("add_person", {"email": "ann@x.example", "name": "Ann"})
    simulator.control("deactivate_person", {"email": "ann@x.example"})
    simulator.site.tell("CREATED", simulator.site.add("files", {"name": "a", "projectId": 1}), 1002)
    api.json("POST", f"/projects/{project}/clone.json", {"name": "Again"})
    due = simulator.control("outbox", {})["due"]
    told = [each["headers"]["x-projects-event"] for each in due]
    assert told == ["USER.CREATED", "USER.DELETED", "FILE.CREATED", "PROJECT.COPIED"]
    assert json.loads(due[0]["body"])["user"]["email"] == "ann@x.example"


# 10: what a connector must survive


def test_a_storm_of_429s_ends(api, simulator, clock):
    simulator.control("limits", {"per_minute": 0, "enforce": True})
    answers = [api.call("GET", f"{V3}/me.json") for _ in range(50)]
    assert {answer.status for answer in answers} == {429}
    assert json.loads(answers[0].body)["errors"][0]["title"] == "Too Many Requests"
    simulator.control("limits", {"per_minute": 5})
    clock.advance(60)
    assert [api.call("GET", f"{V3}/me.json").status for _ in range(6)] == [200] * 5 + [429]


def test_502_after_the_effect_made_the_task_all_the_same(api, simulator, tasklist):
    simulator.control("fault", {"kind": "answer_after", "status": 502, "method": "POST"})
    path = f"{V3}/tasklists/{tasklist}/tasks.json"
    assert api.call("POST", path, {"task": {"name": "x"}}).status == 502
    assert names(api) == ["x"]


def test_projects_lists_and_people_may_go_between_two_calls(api, make, simulator, tasklist):
    ann = simulator.control("add_person", {"email": "ann@x.example"})["id"]
    task = make(assignees={"userIds": [ann]})["id"]
    simulator.control("deactivate_person", {"email": "ann@x.example"})
    row = api.json("GET", f"{V3}/tasks/{task}.json")["task"]
    assert row["assigneeUserIds"] == [ann]
    fresh = make("fresh", assignees={"userIds": [ann]})
    assert fresh["assigneeUserIds"] is None
    simulator.control("complete_list", {"list": tasklist})
    assert names(api) == []
    assert make("late")["id"]
    simulator.control("archive_project", {"project": "Outreach"})
    path = f"{V3}/tasklists/{tasklist}/tasks.json"
    assert api.call("POST", path, {"task": {"name": "x"}}).status == 400
    assert api.json("GET", f"{V3}/tasks/{task}.json")["task"]["isArchived"] is True


# 11: no idempotency


def test_a_key_of_ones_own_in_the_request_changes_nothing(api, tasklist):
    path = f"{V3}/tasklists/{tasklist}/tasks.json"
    body = json.dumps({"task": {"name": "same"}}).encode()
    headers = {"authorization": BASIC, "idempotency-key": "k1"}
    ids = {
        json.loads(api.simulator.handle(Request("POST", path, (), headers, body)).body)["task"][
            "id"
        ]
        for _ in range(2)
    }
    assert len(ids) == 2
