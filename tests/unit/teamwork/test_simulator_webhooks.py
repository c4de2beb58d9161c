"""What the site sends when something happens (facts/teamwork.md 7 and 11.9)."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import parse_qs

import pytest

from tests.unit.teamwork.conftest import V3

URL = "http://127.0.0.1:9/hook"
HOUR = 3600


@pytest.fixture
def hook(api):
    api.json("PUT", "/webhooks/enable.json")

    def hook(event="TASK.CREATED", where="", **more):
        body = {"webhook": {"event": event, "url": URL, "token": "s3cret", **more}}
        return int(api.json("POST", f"{where}/webhooks.json", body)["id"])

    return hook


@pytest.fixture
def due(simulator):
    return lambda: simulator.control("outbox", {})["due"]


def _went(simulator, parcel, status):
    return simulator.control("delivered", {"id": parcel["id"], "status": status})["state"]


def _status(api):
    return [row["status"] for row in api.json("GET", "/webhooks.json")["webhooks"]]


def test_a_delivery_is_signed_over_its_bytes_and_names_its_event_in_a_header(hook, make, due):
    hook()
    task = make("Call Ann")
    [sent] = due()
    raw = sent["body"].encode()
    assert (
        sent["headers"]["x-projects-signature"]
        == hmac.new(b"s3cret", raw, hashlib.sha256).hexdigest()
    )
    assert sent["headers"]["x-projects-event"] == "TASK.CREATED"
    body = json.loads(raw)
    assert "event" not in body
    assert (body["task"]["id"], body["task"]["name"]) == (task["id"], "Call Ann")
    assert body["project"]["name"] == "Outreach"
    assert body["eventCreator"]["firstName"] == "syncd"


def test_without_a_token_nothing_is_signed(hook, make, due):
    hook(token="")
    make()
    assert "x-projects-signature" not in due()[0]["headers"]


def test_every_change_of_a_task_has_its_event(api, hook, make, due, simulator, field):
    wanted = ["COMPLETED", "REOPENED", "UPDATED", "MOVED", "TAGGED", "UNTAGGED", "DELETED"]
    for event in wanted:
        hook(f"TASK.{event}")
    other = simulator.control("add_project", {"name": "P", "lists": ["L"]})["lists"]["L"]
    task = make()["id"]
    on = {"task": task}
    api.json("PUT", f"/tasks/{task}/complete.json")
    api.json("PUT", f"/tasks/{task}/complete.json")  # changes nothing, says nothing
    simulator.control("person_reopens", on)
    simulator.control("person_renames", {**on, "name": "new"})
    value = {"customfieldTask": {"customfieldId": field, "value": "k"}}
    api.json("POST", f"{V3}/tasks/{task}/customfields.json", value)
    simulator.control("person_moves", {**on, "list": other})
    simulator.control("person_tags", {**on, "add": ["vip"]})
    simulator.control("person_tags", {**on, "remove": ["vip"]})
    api.json("DELETE", f"{V3}/tasks/{task}.json")
    said = [each["headers"]["x-projects-event"].removeprefix("TASK.") for each in due()]
    wanted.insert(2, "UPDATED")
    assert said == wanted
    assert json.loads(due()[-1]["body"]).keys() == {"eventCreator", "task"}


def test_other_things_have_their_events_too(api, hook, make, due, tasklist):
    task = make()["id"]
    project = api.json("GET", f"{V3}/projects.json")["projects"][0]["id"]
    for event in (
        "COMMENT.CREATED",
        "COMMENT.DELETED",
        "TASKLIST.COMPLETED",
        "MESSAGE.CREATED",
        "MILESTONE.CREATED",
        "MILESTONE.COMPLETED",
        "PROJECT.ARCHIVED",
    ):
        hook(event)
    made = api.json("POST", f"/tasks/{task}/comments.json", {"comment": {"body": "Hi"}})["id"]
    api.json("DELETE", f"/comments/{made}.json")
    api.json("PUT", f"/tasklists/{tasklist}/complete.json")
    api.json("POST", f"/projects/{project}/messages.json", {"post": {"title": "t", "body": "b"}})
    goal = {"milestone": {"title": "Goal", "deadline": "20261224"}}
    goal_id = api.json("POST", f"/projects/{project}/milestones.json", goal)["milestoneId"]
    api.json("PUT", f"/milestones/{goal_id}/complete.json")
    api.json("PUT", f"/projects/{project}.json", {"project": {"status": "archived"}})
    sent = due()
    assert [each["headers"]["x-projects-event"] for each in sent] == [
        row["event"] for row in api.json("GET", "/webhooks.json")["webhooks"]
    ]
    comment = json.loads(sent[0]["body"])["comment"]
    assert (comment["objectType"], comment["objectId"], comment["body"]) == ("task", task, "Hi")


def test_a_hook_hears_its_own_event_of_its_own_project(api, hook, simulator, due):
    ids = [simulator.control("add_project", {"name": n, "lists": ["L"]})["id"] for n in "AB"]
    hook(where=f"/projects/{ids[0]}")
    assert api.call("POST", "/projects/1/webhooks.json", {"webhook": {}}).status == 400
    for name in "AB":
        simulator.control("add_task", {"list": f"{name}/L", "name": name})
    assert [json.loads(each["body"])["task"]["name"] for each in due()] == ["A"]


@pytest.mark.parametrize("where", ["query", "options"])
def test_a_caller_may_ask_for_no_webhooks(api, hook, tasklist, due, where):
    hook()
    more = {"fireWebhook": "false"} if where == "query" else {}
    options = {"fireWebhook": where != "options"}
    body = {"task": {"name": "x"}, "taskOptions": options}
    api.json("POST", f"{V3}/tasklists/{tasklist}/tasks.json", body, **more)
    assert due() == []
    api.json("POST", f"{V3}/tasklists/{tasklist}/tasks.json", {"task": {"name": "y"}})
    assert len(due()) == 1


@pytest.mark.parametrize("status", [0, 204, 302, 500])
def test_anything_but_200_is_tried_again_every_hour_and_then_discarded(
    hook, make, due, clock, simulator, status
):
    hook()
    make()
    states = []
    for _ in range(3):
        [sent] = due()
        states.append(_went(simulator, sent, status))
        assert due() == []
        clock.advance(HOUR)
    assert states == ["waiting", "waiting", "discarded"]
    assert due() == []


def test_three_discarded_events_deactivate_a_hook_until_it_is_resumed(
    api, hook, make, due, clock, simulator
):
    number = hook()
    for _ in range(3):
        assert _status(api) == ["ACTIVE"]
        make()
        for _ in range(3):
            _went(simulator, due()[0], 500)
            clock.advance(HOUR)
    assert _status(api) == ["INACTIVE"]
    make()
    assert due() == []
    api.json("PUT", f"/webhooks/{number}/resume.json")
    make()
    assert _went(simulator, due()[0], 200) == "delivered"
    assert due() == []


def test_a_paused_hook_hears_nothing(api, hook, make, due):
    number = hook()
    api.json("PUT", f"/webhooks/{number}/pause.json")
    make()
    assert due() == []


def test_a_delivery_can_be_asked_for_again_by_its_name(api, hook, make, due, simulator):
    number = hook()
    make()
    [first] = due()
    _went(simulator, first, 200)
    path, name = f"/webhooks/{number}/redeliver.json", first["headers"]["x-projects-delivery"]
    api.json("POST", path, {"uuid": name})
    [again] = due()
    assert (again["body"], again["headers"]) == (first["body"], first["headers"])
    assert api.call("POST", path, {"uuid": "other"}).status == 400


def test_a_form_is_flat_and_the_first_version_has_ids_only(hook, make, due, simulator):
    hook(contentType="application/x-www-form-urlencoded")
    hook(version="1")
    task = make("Call Ann")
    flat, first = (parse_qs(each["body"]) for each in due())
    assert (flat["Task.ID"], flat["Task.Name"]) == ([str(task["id"])], ["Call Ann"])
    assert flat["EventCreator.FirstName"] == ["syncd"]
    assert first.keys() == {"event", "objectId", "accountId", "userId", "projectId"}
    assert first["event"] == ["TASK.CREATED"]


def test_switches_repeat_reorder_and_lose_the_same_ones_under_the_same_seed(
    hook, make, due, clock, simulator
):
    hook()

    def names(**switches):
        still = {"duplicate": 0, "reorder": 0, "lose": 0}
        simulator.control("webhooks", still | switches)
        for number in range(8):
            make(str(number))
        clock.advance(60)
        sent = due()
        for each in sent:
            _went(simulator, each, 200)
        return [json.loads(each["body"])["task"]["name"] for each in sent]

    plain = [str(number) for number in range(8)]
    assert names() == plain
    assert names(duplicate=1) == [name for name in plain for _ in range(2)]
    assert names(lose=1) == []
    mixed = names(reorder=0.5, seed=3)
    assert mixed != plain
    assert sorted(mixed) == plain
    with pytest.raises(ValueError, match="known: duplicate"):
        simulator.control("webhooks", {"twice": 1})


def test_what_waits_is_forgotten_with_the_site_it_spoke_of(hook, make, due, simulator):
    saved = simulator.snapshot()
    hook()
    make()
    simulator.restore(saved)
    assert due() == []
    with pytest.raises(ValueError, match="nothing with the id"):
        simulator.control("delivered", {"id": 1, "status": 200})
