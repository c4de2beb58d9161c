"""Batches of the stand-in: all or nothing, or each alone (facts/hubspot.md 2.1, section 6.6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.hubspot.service import Service, V, to

TIME = "2026-11-20T09:00:00Z"


def inputs(*properties: Any, traced: bool = False) -> dict[str, Any]:
    return {
        "inputs": [
            {"properties": one, **({"objectWriteTraceId": f"t{n}"} if traced else {})}
            for n, one in enumerate(properties)
        ]
    }


@pytest.mark.parametrize("operation", ["read", "create", "update", "upsert", "archive"])
def test_a_batch_has_at_most_a_hundred_inputs(service, operation):
    many = {"inputs": [{"id": str(n), "properties": {}} for n in range(101)]}
    said = service.ask("POST", f"{V}/contacts/batch/{operation}", many)
    assert said.status == 400
    assert "100" in said.message
    assert service.ask("POST", f"{V}/contacts/batch/{operation}", {"inputs": 3}).status == 400


def test_without_trace_ids_one_bad_input_stops_all(service):
    body = inputs({"email": "a@x.example"}, {"email": "bad"})
    assert service.ask("POST", f"{V}/contacts/batch/create", body).status == 400
    body["inputs"][0]["objectWriteTraceId"] = "only one of two"
    assert service.ask("POST", f"{V}/contacts/batch/create", body).status == 400
    body["inputs"][1]["objectWriteTraceId"] = "only one of two"
    assert service.ask("POST", f"{V}/contacts/batch/create", body).status == 400
    assert service.ask("GET", f"{V}/contacts").data["results"] == []


def test_with_trace_ids_only_the_bad_input_fails(service):
    service.contact("ada@site.example")
    body = inputs(
        {"email": "a@x.example"}, {"email": "bad"}, {"email": "ada@site.example"}, traced=True
    )
    said = service.ask("POST", f"{V}/contacts/batch/create", body)
    assert said.status == 207
    assert said.data["numErrors"] == 2
    assert [one["objectWriteTraceId"] for one in said.data["results"]] == ["t0"]
    invalid, conflict = said.data["errors"]
    assert invalid["context"]["objectWriteTraceId"] == ["t1"]
    assert conflict["context"]["objectWriteTraceId"] == ["t2"]
    assert conflict["category"] == "CONFLICT"


def test_a_good_batch_answers_as_documented(service):
    said = service.ask("POST", f"{V}/contacts/batch/create", inputs({"email": "a@x.example"}))
    assert said.status == 201
    assert said.data["status"] == "COMPLETE"
    assert {"startedAt", "completedAt", "results"} <= said.data.keys()
    assert "errors" not in said.data


def test_an_address_twice_in_a_batch_is_a_conflict(service):
    body = inputs({"email": "a@x.example"}, {"email": "A@x.example"}, traced=True)
    said = service.ask("POST", f"{V}/contacts/batch/create", body)
    assert [one["category"] for one in said.data["errors"]] == ["CONFLICT"]


def test_ids_twice_in_a_batch_are_refused(service):
    ada = service.contact("ada@site.example")
    twice = {"inputs": [{"id": ada, "properties": {}}] * 2}
    for operation in ("read", "update"):
        said = service.ask("POST", f"{V}/contacts/batch/{operation}", twice)
        assert said.message == "duplicate ids found in batch input"


def test_a_batch_read_tells_what_is_missing(service):
    ada = service.contact("ada@site.example")
    asked = {"inputs": [{"id": ada}, {"id": "5"}, {"id": "6"}], "properties": ["email"]}
    said = service.ask("POST", f"{V}/contacts/batch/read", asked)
    assert said.status == 207
    assert [one["id"] for one in said.data["results"]] == [ada]
    [error] = said.data["errors"]
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert error["context"]["ids"] == ["5", "6"]
    wrong = {"idProperty": "city", "inputs": [{"id": "Leeds"}]}
    assert service.ask("POST", f"{V}/contacts/batch/read", wrong).status == 400


def test_contacts_cannot_be_updated_in_batch_by_address(service):
    service.contact("ada@site.example")
    one = {"id": "ada@site.example", "idProperty": "email", "properties": {"city": "Leeds"}}
    said = service.ask("POST", f"{V}/contacts/batch/update", {"inputs": [one]})
    assert said.status == 400
    assert "non-unique 0-1 property email" in said.message


def test_an_update_of_what_is_gone_fails_alone_with_trace_ids(service):
    ada = service.contact("ada@site.example")
    body = {
        "inputs": [
            {"id": ada, "properties": {"city": "Leeds"}, "objectWriteTraceId": "a"},
            {"id": "5", "properties": {"city": "Leeds"}, "objectWriteTraceId": "b"},
        ]
    }
    said = service.ask("POST", f"{V}/contacts/batch/update", body)
    assert said.status == 207
    assert said.data["results"][0]["properties"]["city"] == "Leeds"
    assert said.data["errors"][0]["context"] == {"ids": ["5"], "objectWriteTraceId": ["b"]}


def test_an_upsert_makes_or_changes_and_says_which(service):
    service.contact("ada@site.example")
    body = {
        "inputs": [
            {"id": address, "idProperty": "email", "properties": {"city": "Leeds"}}
            for address in ("ada@site.example", "bob@site.example")
        ]
    }
    said = service.ask("POST", f"{V}/contacts/batch/upsert", body)
    assert [one["new"] for one in said.data["results"]] == [False, True]
    # The answer shows the default properties, not those sent.
    assert "city" not in said.data["results"][0]["properties"]
    nameless = {"inputs": [{"id": "x@x.example", "properties": {}}]}
    assert service.ask("POST", f"{V}/contacts/batch/upsert", nameless).status == 400


def unique(
    service: Service,
    kind: str = "contacts",
    name: str = "ref",
    group: str = "contactinformation",
) -> None:
    body = {"name": name, "label": name, "groupName": group, "type": "string", "fieldType": "text"}
    path = f"/crm/properties/2026-09/{kind}"
    assert service.ask("POST", path, {**body, "hasUniqueValue": True}).status == 201


def test_an_upsert_whose_address_is_taken_fails_whole(service):
    unique(service)
    service.contact("ada@site.example", ref="1")
    body = {
        "inputs": [
            {
                "id": str(n),
                "idProperty": "ref",
                "properties": {"email": address},
                "objectWriteTraceId": f"t{n}",
            }
            for n, address in ((7, "new@site.example"), (8, "ada@site.example"))
        ]
    }
    assert service.ask("POST", f"{V}/contacts/batch/upsert", body).status == 409
    assert len(service.ask("GET", f"{V}/contacts").data["results"]) == 1


def test_an_upsert_ignores_associations(service):
    unique(service, "tasks", "key", "task_information")
    ada = service.contact("ada@site.example")
    one = {
        "id": "k1",
        "idProperty": "key",
        "properties": {"hs_timestamp": TIME},
        "associations": [to(ada, 204)],
    }
    said = service.ask("POST", f"{V}/tasks/batch/upsert", {"inputs": [one]})
    task = said.data["results"][0]["id"]
    shown = service.ask("GET", f"{V}/tasks/{task}", associations="contacts").data
    assert "associations" not in shown
    found = {"idProperty": "key", "inputs": [{"id": "k1"}]}
    read = service.ask("POST", f"{V}/tasks/batch/read", found)
    assert read.data["results"][0]["id"] == task


def test_unique_values_are_enforced_and_free_again_after_a_delete(service):
    unique(service)
    ada = service.contact("ada@site.example", ref="1")
    body = {"properties": {"email": "bob@site.example", "ref": "1"}}
    said = service.ask("POST", f"{V}/contacts", body)
    assert said.data["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    assert f"{ada} already has that value" in said.message
    twins = inputs(
        {"email": "c@x.example", "ref": "9"}, {"email": "d@x.example", "ref": "9"}, traced=True
    )
    said = service.ask("POST", f"{V}/contacts/batch/create", twins)
    assert (len(said.data["results"]), said.data["numErrors"]) == (1, 1)
    service.ask("DELETE", f"{V}/contacts/{ada}")
    assert service.ask("POST", f"{V}/contacts", body).status == 201


def test_a_batch_archive_forgives_what_is_gone(service):
    ada = service.contact("ada@site.example")
    gone = {"inputs": [{"id": ada}, {"id": "5"}]}
    assert service.ask("POST", f"{V}/contacts/batch/archive", gone).status == 204
    read = service.ask("POST", f"{V}/contacts/batch/read", {"inputs": [{"id": ada}]})
    assert read.data["results"] == []
    read = service.ask(
        "POST", f"{V}/contacts/batch/read", {"inputs": [{"id": ada}]}, archived="true"
    )
    assert len(read.data["results"]) == 1
    assert service.ask("POST", f"{V}/contacts/batch/explode", gone).status == 404


# batches with chosen bad items


def _create(service, *addresses, traced):
    inputs = [
        {"properties": {"email": one}, "objectWriteTraceId": one if traced else ""}
        for one in addresses
    ]
    return service.ask("POST", f"{V}/contacts/batch/create", {"inputs": inputs})


def test_chosen_items_of_a_batch_are_refused_and_no_others(service):
    service.tell("bad_items", containing="bob@", n=1, category="CONFLICT", status=409)
    said = _create(service, "ann@x.example", "bob@x.example", traced=True)
    assert said.status == 207
    assert [one["properties"]["email"] for one in said.data["results"]] == ["ann@x.example"]
    [error] = said.data["errors"]
    assert error["category"] == "CONFLICT"
    assert error["context"]["objectWriteTraceId"] == ["bob@x.example"]
    assert _create(service, "bob@x.example", traced=True).status == 201


def test_without_trace_ids_a_chosen_item_takes_its_batch_along_until_cleared(service):
    service.tell("bad_items", containing="bob@")
    for _ in range(2):
        assert _create(service, "ann@x.example", "bob@x.example", traced=False).status == 400
    service.tell("clear_faults")
    assert _create(service, "ann@x.example", "bob@x.example", traced=False).status == 201
