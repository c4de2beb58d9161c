"""Routes, keys, rate limit, comments and webhooks of the site (facts/teamwork.md 11.1-3, 7, 9)."""

from __future__ import annotations

import base64
import json

import pytest

from tests.unit.teamwork.conftest import V3


def test_v3_says_ids_as_numbers_and_v1_as_text(api, make, tasklist):
    assert isinstance(make()["id"], int)
    answer = api.call("POST", f"/tasklists/{tasklist}/tasks.json", {"todo-item": {"content": "x"}})
    body = json.loads(answer.body)
    assert answer.status == 201
    assert body["STATUS"] == "OK"
    assert isinstance(body["id"], str)
    assert answer.headers["id"] == body["id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", V3 + "/tasklists/{list}/tasks.json", {"task": {"name": "x"}}, 201),
        ("PATCH", V3 + "/tasks/{task}.json", {"task": {"name": "y"}}, 200),
        ("PUT", V3 + "/tasks/{task}.json", {"task": {"name": "y"}}, 200),
        ("DELETE", V3 + "/tasks/{task}.json", None, 200),
        ("PUT", "/tasks/{task}/complete.json", None, 200),
        ("PUT", "/tasks/{task}/uncomplete.json", None, 200),
        ("POST", "/tasks/{task}/comments.json", {"comment": {"body": "x"}}, 201),
        ("POST", "/projects.json", {"project": {"name": "New"}}, 201),
        ("POST", "/projects/{project}/tasklists.json", {"todo-list": {"name": "New"}}, 201),
        (
            "POST",
            "/projects/{project}/milestones.json",
            {"milestone": {"title": "Launch", "deadline": "20261201"}},
            201,
        ),
        ("POST", "/projects/{project}/messages.json", {"post": {"title": "Hi"}}, 201),
        ("POST", V3 + "/projects/{project}/notebooks.json", {"notebook": {"name": "N"}}, 201),
        ("POST", V3 + "/tags.json", {"tag": {"name": "new"}}, 201),
        ("POST", V3 + "/tags.json", {"tag": {"name": "standing"}}, 200),
        ("DELETE", V3 + "/tags/{tag}.json", None, 204),
        ("PUT", "/webhooks/enable.json", None, 200),
        ("GET", V3 + "/tasks", None, 404),
        ("GET", V3 + "/nothing.json", None, 404),
        ("POST", "/tasks/{task}/complete.json", None, 405),
    ],
)
def test_each_route_answers_with_its_own_status(
    api, make, tasklist, simulator, method, path, body, status
):
    tag = api.json("POST", f"{V3}/tags.json", {"tag": {"name": "standing"}})["tag"]["id"]
    project = next(iter(simulator.site.table("projects")))
    ids = {"list": tasklist, "task": make()["id"], "tag": tag, "project": project}
    assert api.call(method, path.format_map(ids), body).status == status


def test_milestones_messages_and_notebooks_are_read_back_on_v3(api, simulator, tasklist):
    project = next(iter(simulator.site.table("projects")))
    milestone = {"title": "Launch", "deadline": "20261201", "tasklistIds": str(tasklist)}
    path = f"/projects/{project}/milestones.json"
    made = api.json("POST", path, {"milestone": milestone})["milestoneId"]
    [row] = api.json("GET", f"{V3}/milestones.json")["milestones"]
    assert (row["id"], row["name"], row["deadline"][:10]) == (int(made), "Launch", "2026-12-01")
    assert row["tasklists"][0]["id"] == tasklist
    message = {"post": {"title": "Hello", "body": "All"}}
    thread = api.json("POST", f"/projects/{project}/messages.json", message)["messageId"]
    reply = {"messagereply": {"body": "Yes"}}
    assert api.json("POST", f"/messages/{thread}/replies.json", reply)["postId"]
    assert api.json("GET", f"{V3}/messages/{thread}.json")["message"]["title"] == "Hello"
    notebook = {"notebook": {"name": "Dossier", "contents": "# ACME", "type": "MARKDOWN"}}
    path = f"{V3}/projects/{project}/notebooks.json"
    book = api.json("POST", path, notebook)["notebook"]
    [row] = api.json("GET", f"{V3}/notebooks.json")["notebooks"]
    assert "contents" not in row
    changed = {"notebook": {"contents": "# New", "newVersion": True}}
    changed = api.json("PATCH", f"{V3}/notebooks/{book['id']}.json", changed)["notebook"]
    assert (changed["contents"], changed["version"]) == ("# New", 2)


@pytest.mark.parametrize("body", [{"name": "x"}, b"{", b"", [1]])
def test_a_body_without_its_envelope_is_unreadable(api, tasklist, body):
    for path in (f"{V3}/tasklists/{tasklist}/tasks.json", f"/tasklists/{tasklist}/tasks.json"):
        assert api.call("POST", path, body).status == 422


def test_each_surface_words_its_errors_its_own_way(api, tasklist):
    v3 = api.call("POST", f"{V3}/tasklists/{tasklist}/tasks.json", {"task": {"name": " "}})
    assert v3.status == 400
    assert json.loads(v3.body)["errors"][0]["detail"] == "Task name is required"
    v1 = api.call("POST", "/projects.json", {"project": {}})
    assert v1.status == 400
    assert json.loads(v1.body) == {"MESSAGE": "Project name is required", "STATUS": "Error"}
    assert api.call("GET", f"{V3}/tasks/1.json").body == b""


def test_v1_takes_kebab_and_camel_case_but_not_snake_case(api, tasklist):
    path = f"/tasklists/{tasklist}/tasks.json"
    for key, due in (("due-date", "20261201"), ("dueDate", "20261201"), ("due_date", "")):
        item = {"content": "x", key: "20261201"}
        made = api.json("POST", path, {"todo-item": item})["id"]
        assert api.json("GET", f"/tasks/{made}.json")["todo-item"]["due-date"] == due


def test_without_a_key_or_with_a_wrong_one_nobody_gets_in(api):
    wrong = "Basic " + base64.b64encode(b"twp_wrong:x").decode()
    for auth in ("", "Basic !", wrong, "Bearer twp_wrong", "Digest twp_sandbox"):
        assert api.ask("GET", f"{V3}/me.json", auth=auth).status == 401
        assert api.ask("GET", "/me.json", auth=auth).status == 401


def test_the_key_is_taken_as_basic_with_any_password_and_as_bearer(api):
    anything = "Basic " + base64.b64encode(b"twp_sandbox:anything at all").decode()
    for auth in (anything, "Bearer twp_sandbox"):
        assert api.ask("GET", f"{V3}/me.json", auth=auth).status == 200


def test_a_person_has_a_key_of_their_own_until_they_leave(api, simulator):
    key = simulator.control("add_person", {"email": "m@x.example", "name": "M"})["api_key"]
    assert b"m@x.example" in api.ask("GET", f"{V3}/me.json", auth=f"Bearer {key}").body
    assert api.ask("PUT", "/webhooks/enable.json", auth=f"Bearer {key}").status == 403
    simulator.control("deactivate_person", {"email": "m@x.example"})
    assert api.ask("GET", f"{V3}/me.json", auth=f"Bearer {key}").status == 401


def test_every_answer_tells_the_rate_limit_though_it_is_not_enforced(api):
    for path in (f"{V3}/me.json", "/me.json", "/nothing.json"):
        headers = api.call("GET", path).headers
        assert int(headers["x-ratelimit-limit"]) > 100_000
        assert {"x-ratelimit-remaining", "x-ratelimit-reset", "date"} <= headers.keys()
    answer = [api.call("GET", f"{V3}/me.json") for _ in range(200)][-1]
    assert answer.status == 200
    assert int(answer.headers["x-ratelimit-remaining"]) > 100_000


@pytest.mark.parametrize(("style", "status"), [(429, 429), (400, 400)])
def test_enforced_the_limit_blocks_for_a_minute(api, clock, simulator, style, status):
    simulator.control("limits", {"per_minute": 3, "enforce": True, "style": style})
    answers = [api.call("GET", f"{V3}/me.json") for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, status, status]
    assert answers[-1].headers["x-ratelimit-remaining"] == "0"
    clock.advance(59)
    assert api.call("GET", f"{V3}/me.json").status == status
    clock.advance(1)
    assert api.call("GET", f"{V3}/me.json").status == 200


def test_the_reset_is_told_in_seconds_or_as_epoch_under_either_name(api, clock, simulator):
    assert api.call("GET", f"{V3}/me.json").headers["x-ratelimit-reset"] == "60"
    simulator.control("limits", {"reset": "epoch", "family": "x-rate-limit"})
    epoch = int(api.call("GET", f"{V3}/me.json").headers["x-rate-limit-reset"])
    assert epoch == clock.now().timestamp() + 60


@pytest.mark.parametrize(
    ("method", "right", "wrong"),
    [("POST", "contentType", "content-type"), ("PUT", "content-type", "contentType")],
)
def test_a_comment_is_html_only_under_the_right_spelling(api, make, method, right, wrong):
    task = make()["id"]
    for key, kind, shown in ((right, "HTML", "<b>x</b>"), (wrong, "TEXT", "&lt;b&gt;x&lt;/b&gt;")):
        path = f"/tasks/{task}/comments.json"
        made = api.json("POST", path, {"comment": {"body": "old"}})["id"]
        comment = {"comment": {"body": "<b>x</b>", key: "HTML"}}
        if method == "PUT":
            api.json("PUT", f"/comments/{made}.json", comment)
        else:
            made = api.json("POST", path, comment)["id"]
        row = api.json("GET", f"{V3}/comments/{made}.json")["comments"]
        assert (row["contentType"], row["htmlBody"]) == (kind, shown)


def test_webhooks_must_be_enabled_and_name_a_known_event(api):
    hook = {"event": "TASK.COMPLETED", "url": "http://127.0.0.1/x", "token": "s"}
    assert api.call("POST", "/webhooks.json", {"webhook": hook}).status == 400
    api.json("PUT", "/webhooks/enable.json")
    made = api.json("POST", "/webhooks.json", {"webhook": hook})["id"]
    [row] = api.json("GET", "/webhooks.json")["webhooks"]
    assert (row["id"], row["event"], row["status"]) == (made, "TASK.COMPLETED", "ACTIVE")
    api.json("PUT", f"/webhooks/{made}/pause.json")
    assert api.json("GET", "/webhooks.json")["webhooks"][0]["status"] == "PAUSED"
    wrong = {"webhook": hook | {"event": "TASK.EATEN"}}
    assert api.call("POST", "/webhooks.json", wrong).status == 400
