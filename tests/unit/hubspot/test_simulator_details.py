"""Tasks, associations and faults as facts/hubspot.md section 6, 9 to 14, has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syncd.ports.simulator import Request
from tests.unit.hubspot.service import V, to

TIME = "2026-11-20T09:00:00Z"


# 9: tasks and the recycle bin


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("hs_task_status", ["NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED", "COMPLETED"]),
        ("hs_task_priority", ["LOW", "MEDIUM", "HIGH"]),
        ("hs_task_type", ["TODO", "CALL", "EMAIL"]),
    ],
)
def test_a_task_takes_the_words_of_the_list_and_no_others(service, name, values):
    for value in values:
        body = {"properties": {"hs_timestamp": TIME, name: value}}
        assert service.ask("POST", f"{V}/tasks", body).status == 201
    body = {"properties": {"hs_timestamp": TIME, name: "OTHER"}}
    assert "INVALID_OPTION" in json.dumps(service.ask("POST", f"{V}/tasks", body).data)


def test_a_person_takes_a_task_out_of_the_bin_for_ninety_days(service):
    def task() -> str:
        body = {"properties": {"hs_timestamp": TIME, "hs_task_subject": "Call"}}
        made = service.ask("POST", f"{V}/tasks", body).data["id"]
        assert service.ask("DELETE", f"{V}/tasks/{made}").status == 204
        return str(made)

    one, old = task(), task()
    service.tell("person_restores", type="tasks", id=one)
    shown = service.ask("GET", f"{V}/tasks/{one}", properties="hs_task_subject").data
    assert (shown["archived"], shown["properties"]["hs_task_subject"]) == (False, "Call")
    service.clock.advance(91 * 86_400)
    mail = service.email()
    service.ask("DELETE", f"{V}/emails/{mail}")
    for kind, number in (("tasks", old), ("tasks", one), ("emails", mail), ("gizmos", "1")):
        with pytest.raises(ValueError, match=r"\w"):
            service.tell("person_restores", type=kind, id=number)


def test_a_contact_comes_back_only_while_its_address_is_free(service):
    ada = service.contact("ada@site.example")
    service.tell("person_deletes", contact=ada)
    service.contact("ada@site.example")
    with pytest.raises(ValueError, match="another contact"):
        service.tell("person_restores", id=ada)
    bob = service.contact("bob@site.example")
    service.tell("subscribe", type="contact.restore", url="http://127.0.0.1:9/hook")
    service.tell("person_deletes", contact=bob)
    service.tell("person_restores", id=bob)
    again = service.ask("POST", f"{V}/contacts", {"properties": {"email": "bob@site.example"}})
    assert again.status == 409
    [told] = json.loads(service.tell("outbox")["due"][0]["body"])
    assert (told["subscriptionType"], told["objectId"]) == ("contact.restore", int(bob))


# 10: associations


@pytest.mark.parametrize(
    ("source", "target", "forth", "back"),
    [
        ("emails", "contacts", 198, 197),
        ("emails", "companies", 186, 185),
        ("emails", "deals", 210, 209),
        ("tasks", "contacts", 204, 203),
        ("tasks", "companies", 192, 191),
        ("tasks", "deals", 216, 215),
        ("notes", "contacts", 202, 201),
        ("notes", "companies", 190, 189),
        ("notes", "deals", 214, 213),
        ("contacts", "companies", 279, 280),
        ("contacts", "companies", 1, 2),
        ("contacts", "deals", 4, 3),
        ("companies", "deals", 342, 341),
        ("companies", "deals", 6, 5),
    ],
)
def test_a_type_id_is_good_in_one_direction(service, source, target, forth, back):
    required: dict[str, dict[str, str]] = {
        "contacts": {"email": "a@x.example"},
        "companies": {"domain": "x.example"},
        "deals": {"dealname": "x"},
    }
    ids = {
        kind: service.ask(
            "POST", f"{V}/{kind}", {"properties": required.get(kind, {"hs_timestamp": TIME})}
        ).data["id"]
        for kind in (source, target)
    }

    def associate(one: str, other: str, number: int) -> Any:
        spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]
        path = f"{V}/{one}/{ids[one]}/associations/{other}/{ids[other]}"
        return service.ask("PUT", path, spec).status

    assert associate(source, target, back) == 400
    assert associate(target, source, forth) == 400
    assert associate(source, target, forth) == 201
    [there] = service.ask("GET", f"{V}/{target}/{ids[target]}/associations/{source}").data[
        "results"
    ]
    assert [each["typeId"] for each in there["associationTypes"]] == [back]


def test_association_pages_hold_five_hundred_and_batches_two_thousand(service):
    ada = service.contact("ada@site.example")
    for start in range(0, 510, 100):
        inputs = [
            {"properties": {"hs_timestamp": TIME}, "associations": [to(ada)]}
            for _ in range(min(100, 510 - start))
        ]
        made = service.ask("POST", f"{V}/emails/batch/create", {"inputs": inputs})
        assert made.status == 201
    path = f"{V}/contacts/{ada}/associations/emails"
    page = service.ask("GET", path).data
    assert (len(page["results"]), page["paging"]["next"]["after"]) == (500, "500")
    assert len(service.ask("GET", path, after="500").data["results"]) == 10
    assert service.ask("GET", path, limit=501).status == 400
    batch = "/crm/associations/2026-09/emails/contacts/batch"
    many = {"inputs": [{"from": {"id": "1"}, "to": {"id": "2"}, "types": []}] * 2001}
    assert service.ask("POST", f"{batch}/create", many).status == 400
    many["inputs"].pop()
    assert service.ask("POST", f"{batch}/create", many).status == 207


def test_some_labels_of_a_pair_can_be_taken_off(service):
    ada = service.contact("ada@site.example")
    site = service.ask("POST", f"{V}/companies", {"properties": {"domain": "x.example"}}).data["id"]
    specs = [
        {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}
        for number in (279, 1)
    ]
    path = f"{V}/contacts/{ada}/associations/companies"
    service.ask("PUT", f"{path}/{site}", specs)
    pair = {"from": {"id": ada}, "to": {"id": site}, "types": specs[1:]}
    off = "/crm/associations/2026-09/contacts/companies/batch/labels/archive"
    assert service.ask("POST", off, {"inputs": [pair]}).status == 204
    [left] = service.ask("GET", path).data["results"]
    assert [each["typeId"] for each in left["associationTypes"]] == [279]
    service.ask("POST", off, {"inputs": [{**pair, "types": specs[:1]}]})
    assert service.ask("GET", path).data["results"] == []


# 14: faults


def test_a_lock_lasts_its_seconds_and_strikes_whoever_calls(service):
    service.tell("fault", status=423, seconds=2, method="POST")
    body = {"properties": {"email": "a@x.example"}}
    assert [service.ask("POST", f"{V}/contacts", body).status for _ in range(3)] == [423] * 3
    assert service.ask("GET", f"{V}/contacts").status == 200
    service.clock.advance(1.9)
    assert service.ask("POST", f"{V}/contacts", body).status == 423
    service.clock.advance(0.1)
    assert service.ask("POST", f"{V}/contacts", body).status == 201


def test_a_migration_says_how_much_longer_it_takes(service):
    service.tell("fault", status=477, seconds=600)
    assert service.ask("GET", f"{V}/contacts").headers["retry-after"] == "600"
    service.clock.advance(590.5)
    assert service.ask("GET", f"{V}/contacts").headers["retry-after"] == "10"
    service.clock.advance(10)
    assert service.ask("GET", f"{V}/contacts").status == 200


@pytest.mark.parametrize("status", [502, 503, 504, 521, 522, 523, 524, 525, 526])
def test_what_stands_before_hubspot_answers_with_a_page(service, status):
    service.tell("fault", status=status)
    asked = Request("GET", f"{V}/contacts", (), {"authorization": "Bearer pat-sandbox"})
    answer = service.simulator.handle(asked)
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html")
    assert answer.body.startswith(b"<html>")
