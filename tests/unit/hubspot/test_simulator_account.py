"""Limits, faults, people and HubSpot's own logger (facts/hubspot.md 3, 5, section 6.4, 6.8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syncd.ports.simulator import Request
from tests.unit.hubspot.service import Service, V

LISTS = "/crm/lists/2026-09"
PIPELINES = "/crm/pipelines/2026-09/deals"


def statuses(
    service: Service, count: int, method: str = "GET", path: str = f"{V}/contacts", body: Any = None
) -> list[int]:
    return [service.ask(method, path, body).status for _ in range(count)]


# limits


def test_limits_are_neither_enforced_nor_announced_at_first(service):
    assert set(statuses(service, 300)) == {200}
    said = service.ask("GET", f"{V}/contacts")
    assert not any("ratelimit" in name for name in said.headers)


def test_the_burst_limit_rolls(service):
    service.tell("limits", enforce=True, burst=10)
    said = service.ask("GET", f"{V}/contacts")
    assert said.headers["x-hubspot-ratelimit-max"] == "10"
    assert said.headers["x-hubspot-ratelimit-remaining"] == "9"
    assert said.headers["x-hubspot-ratelimit-interval-milliseconds"] == "10000"
    service.clock.advance(6)
    assert statuses(service, 10) == [200] * 9 + [429]
    service.clock.advance(4)
    assert statuses(service, 2) == [200, 429]
    refused = service.ask("GET", f"{V}/contacts")
    assert refused.data["policyName"] == "TEN_SECONDLY_ROLLING"
    assert "retry-after" not in refused.headers
    service.tell("limits", retry_after=True)
    assert service.ask("GET", f"{V}/contacts").headers["retry-after"] == "10"


def test_search_has_its_own_limit_no_headers_and_two_ways_to_say_no(service):
    service.tell("limits", enforce=True, burst=2)
    path = f"{V}/contacts/search"
    assert statuses(service, 5, "POST", path, {}) == [200] * 5
    one, other = (service.ask("POST", path, {}) for _ in range(2))
    assert one.data["policyName"] == "SECONDLY"
    assert (other.category, "policyName" in other.data) == ("RATE_LIMITS", False)
    assert not any("ratelimit" in name for name in one.headers)
    service.clock.advance(1)
    assert statuses(service, 1, "POST", path, {}) == [200]


def test_associations_have_a_bucket_of_their_own(service):
    service.tell("limits", enforce=True, burst=1, associations=2)
    path = "/crm/associations/2026-09/contacts/emails/batch/read"
    assert statuses(service, 3, "POST", path, {"inputs": []}) == [200, 200, 429]
    assert statuses(service, 2) == [200, 429]


def test_the_day_ends_at_midnight_where_the_portal_is(service):
    service.tell("portal", time_zone="America/New_York")
    service.tell("limits", enforce=True, daily=3)
    assert statuses(service, 4) == [200, 200, 200, 429]
    assert service.ask("GET", f"{V}/contacts").data["policyName"] == "DAILY"
    # Nine in the morning UTC is four in New York.
    service.clock.advance(20 * 3600 - 1)
    assert statuses(service, 1) == [429]
    service.clock.advance(1)
    assert statuses(service, 4) == [200, 200, 200, 429]


# faults


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ({"status": 423}, 423, b"locked"),
        ({"status": 477, "headers": {"Retry-After": "60"}}, 477, b"migrated"),
        ({"status": 503}, 503, b"<html>"),
        ({"status": 500}, 500, b"internal error"),
        ({"status": 418, "body": {"message": "tea"}}, 418, b"tea"),
        ({"status": 502, "body": "plain words"}, 502, b"plain words"),
        ({"status": 429, "policy": "DAILY"}, 429, b'"policyName": "DAILY"'),
    ],
)
def test_a_fault_answers_in_the_services_place(service, fault, status, body):
    service.tell("fault", method="POST", path="/contacts$", **fault)
    sent = json.dumps({"properties": {"email": "a@x.example"}}).encode()
    request = Request("POST", f"{V}/contacts", (), {"authorization": "Bearer pat-sandbox"}, sent)
    answer = service.simulator.handle(request)
    assert answer.status == status
    assert body in answer.body
    assert service.ask("GET", f"{V}/contacts").data["results"] == []
    assert service.simulator.handle(request).status == 201


def test_faults_count_calls_that_match_and_can_be_taken_back(service):
    service.tell("fault", path="/owners/", n=2, skip=1, status=500)
    owners = "/crm/owners/2026-09"
    assert statuses(service, 2) == [200, 200]
    assert statuses(service, 1, path=owners) == [200]
    assert statuses(service, 3, path=owners) == [500, 500, 200]
    service.tell("fault", status=500, n=9)
    service.tell("clear_faults")
    assert statuses(service, 1) == [200]


def test_an_answer_is_lost_or_halved_after_the_effect(service):
    service.tell("fault", lose_answer=True)
    service.tell("fault", half=True)
    for number, status in ((1, 504), (2, 201)):
        body = json.dumps({"properties": {"email": f"p{number}@x.example"}}).encode()
        request = Request(
            "POST", f"{V}/contacts", (), {"authorization": "Bearer pat-sandbox"}, body
        )
        answer = service.simulator.handle(request)
        assert answer.status == status
        with pytest.raises(ValueError):  # noqa: PT011 - half of a JSON object, or HTML
            json.loads(answer.body)
    assert len(service.ask("GET", f"{V}/contacts").data["results"]) == 2


# people


def test_owners_come_and_go(service):
    maya = service.tell("add_owner", email="Maya@brightlink.example", name="Maya Hart")
    service.tell("add_owner", email="noah@brightlink.example", name="Noah")
    path = "/crm/owners/2026-09"
    page = service.ask("GET", path, limit=1).data
    assert page["results"][0]["email"] == "maya@brightlink.example"
    rest = service.ask("GET", path, after=page["paging"]["next"]["after"]).data
    assert [one["firstName"] for one in rest["results"]] == ["Noah"]
    by_mail = service.ask("GET", path, email="MAYA@brightlink.example").data["results"]
    assert by_mail == [service.ask("GET", f"{path}/{maya['id']}").data]
    by_user = service.ask("GET", f"{path}/{maya['userId']}", idProperty="userId")
    assert by_user.data["id"] == maya["id"]
    service.tell("remove_owner", email="maya@brightlink.example")
    assert service.ask("GET", f"{path}/{maya['id']}").status == 404
    archived = service.ask("GET", path, archived="true").data["results"]
    assert [one["id"] for one in archived] == [maya["id"]]
    again = service.tell("add_owner", email="maya@brightlink.example", name="Maya Hart")
    assert again["id"] == maya["id"]
    assert service.ask("POST", path, {}).status == 404
    assert service.ask("GET", path, after="x").status == 400


def test_the_user_id_is_not_the_owner_id(service):
    maya = service.tell("add_owner", email="maya@brightlink.example", name="Maya")
    good = {"properties": {"email": "a@x.example", "hubspot_owner_id": maya["id"]}}
    bad = {"properties": {"email": "b@x.example", "hubspot_owner_id": str(maya["userId"])}}
    assert service.ask("POST", f"{V}/contacts", good).status == 201
    assert service.ask("POST", f"{V}/contacts", bad).status == 400


def test_account_details(service):
    details = service.ask("GET", "/account-info/2026-09/details").data
    assert (details["portalId"], details["timeZone"]) == (24601337, "Europe/London")
    assert details["utcOffset"] == "+00:00"
    service.tell("portal", time_zone="America/St_Johns")
    details = service.ask("GET", "/account-info/2026-09/details").data
    assert details["utcOffset"] == "-03:30"


def test_people_edit_and_delete_records(service):
    ada = service.tell("add_contact", properties={"email": "ada@site.example"})["id"]
    service.tell("person_sets", contact="ada@site.example", properties={"city": "Leeds"})
    shown = service.ask("GET", f"{V}/contacts/{ada}", properties="city,hs_object_source").data
    assert shown["properties"]["city"] == "Leeds"
    assert shown["properties"]["hs_object_source"] == "CRM_UI"
    bob = service.contact("bob@site.example")
    merged = service.tell("merge", primary="ada@site.example", other=bob)["id"]
    assert service.ask("GET", f"{V}/contacts/{ada}").data["id"] == merged
    service.tell("person_deletes", contact=merged)
    assert service.ask("GET", f"{V}/contacts/{merged}").status == 404


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("person_sets", {"contact": "nobody@x.example", "properties": {}}),
        ("person_sets", {"type": "gizmos", "id": "1", "properties": {}}),
        ("person_sets", {"contact": "ada@site.example", "properties": {"nonsense": "1"}}),
        ("person_deletes", {"contact": "5"}),
        ("merge", {"primary": "ada@site.example", "other": "5"}),
        ("remove_owner", {"email": "nobody@x.example"}),
        ("add_contact", {"email": "no address"}),
        ("native_logger", {"mode": "sometimes"}),
        ("native_log", {"contacts": ["ada@site.example"], "at": "soon"}),
        ("portal", {"colour": "red"}),
        ("limits", {"hourly": 1}),
    ],
)
def test_impossible_wishes_are_said_to_be_so(service, command, body):
    service.contact("ada@site.example")
    with pytest.raises(ValueError, match=r"\w"):
        service.tell(command, **body)


def test_an_unknown_command_is_a_key_error(service):
    with pytest.raises(KeyError):
        service.tell("sing")


# HubSpot's own logger

HEARD = {
    "message_id": "<m1@mail.example>",
    "contacts": ["ada@site.example", "stranger@other.example"],
    "from": "maya@brightlink.example",
    "to": "ada@site.example",
    "subject": "Builder guide",
    "at": "2026-11-20T09:00:00Z",
    "direction": "sent",
    "thread_id": "t1",
}


def logged(service: Service) -> Any:
    names = "hs_email_message_id,hs_object_source,hs_email_direction,hs_email_thread_id"
    page = service.ask("GET", f"{V}/emails", properties=names, associations="contacts").data
    return page["results"]


def test_the_native_logger_writes_like_a_connected_inbox(service):
    ada = service.contact("ada@site.example")
    assert service.tell("native_log", **HEARD)["id"]
    [one] = logged(service)
    values = one["properties"]
    assert values["hs_email_message_id"] == "<m1@mail.example>"
    assert values["hs_object_source"] == "EMAIL"
    assert values["hs_email_direction"] == "EMAIL"
    assert values["hs_email_thread_id"] == "t1"
    assert [each["id"] for each in one["associations"]["contacts"]["results"]] == [ada]


def test_mail_to_strangers_is_not_logged(service):
    assert service.tell("native_log", **HEARD)["id"] is None
    assert logged(service) == []


def test_what_the_logger_hears_depends_on_its_mode_and_comes_late(service):
    service.contact("ada@site.example")
    assert service.tell("native_hears", **HEARD) == {"heard": False}
    service.tell("native_logger", mode="all", delay=90)
    assert service.tell("native_hears", **HEARD) == {"heard": True}
    service.clock.advance(89)
    assert logged(service) == []
    state = service.simulator.snapshot()
    service.simulator.restore(state)
    service.clock.advance(1)
    assert len(logged(service)) == 1
    assert len(logged(service)) == 1


def test_in_replies_only_mode_a_reply_needs_its_question_logged(service):
    service.contact("ada@site.example")
    service.tell("native_logger", mode="replies")
    reply = {**HEARD, "subject": "RE: Re: Builder guide", "direction": "received"}
    service.tell("native_hears", **HEARD)
    service.tell("native_hears", **reply)
    assert logged(service) == []
    service.tell("native_log", **HEARD)
    service.tell("native_hears", **{**reply, "subject": "Something else"})
    assert len(logged(service)) == 1
    service.tell("native_hears", **reply)
    assert [one["properties"]["hs_email_direction"] for one in logged(service)] == [
        "EMAIL",
        "INCOMING_EMAIL",
    ]


@pytest.mark.parametrize("rule", ["ada@site.example", "site.example"])
def test_the_never_log_list_holds(service, rule):
    service.contact("ada@site.example")
    service.tell("portal", never_log=[rule])
    service.tell("native_logger", mode="all")
    service.tell("native_hears", **HEARD)
    assert logged(service) == []


# segments and pipelines


def test_a_segment_takes_known_contacts_once(service):
    ada, bob = service.contact("ada@site.example"), service.contact("bob@site.example")
    body = {"name": "Linkers", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = service.ask("POST", LISTS, body).data["list"]["listId"]
    assert service.ask("POST", LISTS, {**body, "name": "LINKERS"}).status == 400
    assert service.ask("POST", LISTS, {"name": "x"}).status == 400
    path = f"{LISTS}/{made}/memberships"
    said = service.ask("PUT", f"{path}/add", [ada, bob, "5"]).data
    assert said == {
        "recordsIdsAdded": [ada, bob],
        "recordIdsMissing": ["5"],
        "recordIdsRemoved": [],
    }
    assert service.ask("PUT", f"{path}/add", [ada]).data["recordsIdsAdded"] == []
    page = service.ask("GET", path, limit=1).data
    assert [one["recordId"] for one in page["results"]] == [ada]
    after = page["paging"]["next"]["after"]
    rest = service.ask("GET", path, after=after).data
    assert [one["recordId"] for one in rest["results"]] == [bob]
    assert service.ask("GET", path, limit=251).status == 400
    both = {"recordIdsToAdd": ["5"], "recordIdsToRemove": [ada]}
    assert service.ask("PUT", f"{path}/add-and-remove", both).data["recordIdsRemoved"] == [ada]
    assert service.ask("PUT", f"{path}/remove", [bob]).data["recordIdsRemoved"] == [bob]
    shown = service.ask("GET", f"{LISTS}/{made}").data["list"]
    assert shown["size"] == 0
    by_name = service.ask("GET", f"{LISTS}/object-type-id/0-1/name/Linkers")
    assert by_name.data["list"]["listId"] == made
    assert service.ask("GET", f"{LISTS}/object-type-id/0-1/name/Nope").status == 404
    assert service.ask("POST", f"{LISTS}/search", {"query": "link"}).data["total"] == 1
    assert service.ask("DELETE", f"{LISTS}/{made}").status == 204
    assert service.ask("GET", f"{LISTS}/{made}").status == 404
    assert service.ask("PATCH", f"{LISTS}/{made}").status == 404


def test_a_dynamic_segment_takes_nobody_by_hand(service):
    body = {"name": "All", "objectTypeId": "0-1", "processingType": "DYNAMIC"}
    made = service.ask("POST", LISTS, body).data["list"]["listId"]
    assert service.ask("PUT", f"{LISTS}/{made}/memberships/add", []).status == 400


def test_pipelines_and_the_deals_in_them(service):
    body = {
        "label": "Links",
        "displayOrder": 1,
        "stages": [{"label": "Asked", "displayOrder": 0, "metadata": {"probability": "0.2"}}],
    }
    made = service.ask("POST", PIPELINES, body).data
    stage = made["stages"][0]["id"]
    deal = {"dealname": "Link", "pipeline": made["id"], "dealstage": stage}
    assert service.ask("POST", f"{V}/deals", {"properties": deal}).status == 201
    wrong = {**deal, "dealstage": "closedwon"}
    assert service.ask("POST", f"{V}/deals", {"properties": wrong}).status == 400
    assert service.ask("GET", f"{PIPELINES}/{made['id']}/stages").data["results"][0]["id"] == stage
    path = f"{PIPELINES}/{made['id']}"
    in_use = service.ask("DELETE", path, validateReferencesBeforeDelete="true")
    assert in_use.data["subCategory"] == "PipelineError.STAGE_ID_IN_USE"
    assert service.ask("DELETE", path).status == 204
    assert service.ask("GET", path).status == 404
    assert service.ask("POST", PIPELINES, {"label": "x"}).status == 400
    assert service.ask("POST", PIPELINES, {**body, "label": "Sales Pipeline"}).status == 409
    many = {"label": "Many", "stages": [{"label": "s"}] * 101}
    assert service.ask("POST", PIPELINES, many).status == 400
    assert service.ask("PATCH", PIPELINES).status == 404
    assert service.ask("GET", "/crm/pipelines/2026-09/contacts").status == 404


# keeping


def test_a_snapshot_is_json_and_the_whole_of_it(service):
    ada = service.contact("ada@site.example")
    service.tell("portal", email_properties="refused")
    service.tell("limits", burst=7)
    service.tell("add_owner", email="maya@brightlink.example", name="Maya")
    mail = service.email(ada, hs_email_subject="Hello")
    service.ask("DELETE", f"{V}/contacts/{service.contact('gone@site.example')}")
    state = json.loads(json.dumps(service.simulator.snapshot()))
    service.contact("late@site.example")
    service.ask("DELETE", f"{V}/emails/{mail}")
    service.simulator.restore(state)
    assert json.loads(json.dumps(service.simulator.snapshot())) == state
    assert service.contact("late@site.example")
    again = {"properties": {"email": "ada@site.example"}}
    assert service.ask("POST", f"{V}/contacts", again).status == 409
    shown = service.ask("GET", f"{V}/emails/{mail}", associations="contacts").data
    assert shown["associations"]["contacts"]["results"][0]["id"] == ada


def test_restoring_does_not_tie_two_simulators_together(service):
    state = service.simulator.snapshot()
    service.simulator.restore(state)
    service.tell("add_owner", email="maya@brightlink.example", name="Maya")
    service.tell("portal", never_log=["x"])
    assert state["owners"] == {}
    assert state["portal"]["never_log"] == []


def test_calls_are_counted_by_what_they_are(service):
    ada = service.contact("ada@site.example")
    for _ in range(2):
        service.ask("GET", f"{V}/contacts/{ada}")
    stats = service.tell("stats")
    assert stats["calls"] == 3
    assert stats["by"][f"GET {V}/contacts/{{id}}"] == 2
    assert service.tell("reset_stats") == {"calls": 0}
    assert service.tell("stats") == {"calls": 0, "by": {}}
