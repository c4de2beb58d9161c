"""Associations and properties of the stand-in (facts/hubspot.md 2.5, 2.6, section 6.10-6.11)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.hubspot.service import V, to

A = "/crm/associations/2026-09"
P = "/crm/properties/2026-09"
TIME = {"hs_timestamp": "2026-11-20T09:00:00Z"}


def spec(number: int, category: str = "HUBSPOT_DEFINED") -> dict[str, Any]:
    return {"associationCategory": category, "associationTypeId": number}


@pytest.mark.parametrize(
    ("association", "words"),
    [
        (to("424242"), "One or more associations are invalid"),
        ({"to": {"id": "ADA"}, "types": [spec(197)]}, "invalid from object type 0-49"),
        ({"to": {"id": "ADA"}, "types": [spec(7777)]}, "No association type 7777"),
        ({"to": {"id": "ADA"}, "types": [spec(198, "USER_DEFINED")]}, "category"),
        ({"to": {"id": "ADA"}, "types": []}, "at least one type"),
        ({"to": {"id": "ADA"}, "types": [spec(198), spec(186)]}, "invalid to object type"),
    ],
)
def test_inline_associations_that_are_refused(service, association, words):
    ada = service.contact("ada@site.example")
    end = {"id": association["to"]["id"].replace("ADA", ada)}
    body = {"properties": TIME, "associations": [{**association, "to": end}]}
    said = service.ask("POST", f"{V}/emails", body)
    assert said.status == 400
    assert words in said.message
    assert service.ask("GET", f"{V}/emails").data["results"] == []


def test_a_record_that_is_not_there_is_named_in_the_context(service):
    body = {"properties": TIME, "associations": [to("424242")]}
    said = service.ask("POST", f"{V}/emails", body)
    assert said.data["context"]["INVALID_OBJECT_IDS"] == ["CONTACT=424242 is not valid"]


def test_associations_are_read_in_batch_with_pages_and_what_is_missing(service):
    service.tell("portal", association_page=2)
    ada, bob = service.contact("ada@site.example"), service.contact("bob@site.example")
    mails = [service.email(ada) for _ in range(3)]
    path = f"{A}/contacts/emails/batch/read"
    said = service.ask("POST", path, {"inputs": [{"id": ada}, {"id": bob}]})
    assert said.status == 207
    [found] = said.data["results"]
    assert found["from"]["id"] == ada
    assert [one["toObjectId"] for one in found["to"]] == mails[:2]
    assert found["to"][0]["associationTypes"][0]["typeId"] == 197
    [error] = said.data["errors"]
    assert error["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert error["message"] == f"No email is associated with contact {bob}."
    after = found["paging"]["next"]["after"]
    rest = service.ask("POST", path, {"inputs": [{"id": ada, "after": after}]})
    assert rest.status == 200
    assert [one["toObjectId"] for one in rest.data["results"][0]["to"]] == mails[2:]
    many = {"inputs": [{"id": "1"}] * 1001}
    assert service.ask("POST", path, many).status == 400


@pytest.mark.parametrize(
    ("objects", "associations", "archived"),
    [
        ("/crm/objects/2026-09", "/crm/associations/2026-09", 200),
        ("/crm/v4/objects", "/crm/v4/associations", 204),
    ],
)
def test_associations_one_by_one_and_in_batch(service, objects, associations, archived):
    ada, bob = service.contact("ada@site.example"), service.contact("bob@site.example")
    mail = service.email()
    here = f"{objects}/emails/{mail}/associations"
    put = service.ask("PUT", f"{here}/contacts/{ada}", [spec(198)])
    assert put.status == 201
    assert put.data["toObjectId"] == ada
    default = service.ask("PUT", f"{here}/default/contacts/{bob}")
    assert default.status == 200
    numbers = [one["associationSpec"]["associationTypeId"] for one in default.data["results"]]
    assert numbers == [198, 197]
    listed = service.ask("GET", f"{here}/contacts").data["results"]
    assert [one["toObjectId"] for one in listed] == [ada, bob]
    assert service.ask("DELETE", f"{here}/contacts/{ada}").status == 204
    one = {"from": {"id": mail}, "to": [{"id": bob}]}
    said = service.ask("POST", f"{associations}/emails/contacts/batch/archive", {"inputs": [one]})
    assert said.status == archived
    assert service.ask("GET", f"{here}/contacts").data["results"] == []
    pair = {"from": {"id": mail}, "to": {"id": ada}, "types": [spec(198)]}
    bad = {**pair, "to": {"id": "424242"}}
    batch = f"{associations}/emails/contacts/batch"
    said = service.ask("POST", f"{batch}/create", {"inputs": [pair, bad]})
    assert (said.status, len(said.data["results"])) == (207, 1)
    ends = {"from": {"id": mail}, "to": {"id": bob}}
    said = service.ask("POST", f"{batch}/associate/default", {"inputs": [ends]})
    assert (said.status, len(said.data["results"])) == (200, 2)
    labels = service.ask("GET", f"{associations}/contacts/companies/labels").data["results"]
    assert {(one["typeId"], one["label"]) for one in labels} == {(279, None), (1, "Primary")}
    assert service.ask("POST", f"{batch}/read", {"inputs": [{"id": mail}]}).status == 200


def test_repeating_an_association_changes_nothing_and_labels_are_replaced(service):
    ada = service.contact("ada@site.example")
    site = service.ask("POST", f"{V}/companies", {"properties": {"domain": "site.example"}})
    path = f"{V}/contacts/{ada}/associations/companies"
    end = f"{path}/{site.data['id']}"
    for _ in range(2):
        service.ask("PUT", end, [spec(279), spec(1)])
    [one] = service.ask("GET", path).data["results"]
    assert [kind["typeId"] for kind in one["associationTypes"]] == [279, 1]
    service.ask("PUT", end, [spec(279)])
    [one] = service.ask("GET", path).data["results"]
    assert [kind["typeId"] for kind in one["associationTypes"]] == [279]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{V}/emails/5/associations/contacts", 404),
        ("GET", f"{V}/contacts/ADA/associations/gizmos", 400),
        ("PUT", f"{V}/contacts/ADA/associations/default/notes/5", 400),
        ("PUT", f"{V}/contacts/ADA/associations/default/contacts/ADA", 400),
        ("POST", f"{V}/contacts/ADA/associations/emails", 404),
        ("GET", f"{A}/contacts/emails", 404),
        ("GET", f"{A}/contacts", 404),
        ("GET", "/crm/v3/objects/contacts/ADA/associations/emails", 404),
    ],
)
def test_association_paths_that_lead_nowhere(service, method, path, status):
    ada = service.contact("ada@site.example")
    assert service.ask(
        method, path.replace("ADA", ada), [] if method == "PUT" else None
    ).status == (status)


def test_a_record_has_room_for_so_many_and_no_more(service):
    service.tell("portal", association_cap=2)
    ada = service.contact("ada@site.example")
    mails = [service.email(ada) for _ in range(2)]
    body = {"properties": TIME, "associations": [to(ada)]}
    said = service.ask("POST", f"{V}/emails", body)
    assert said.status == 400
    assert "limit" in said.message
    service.ask("DELETE", f"{V}/emails/{mails[0]}")
    assert service.ask("POST", f"{V}/emails", body).status == 201


def test_a_new_contact_joins_the_company_of_its_domain_when_the_portal_says_so(service):
    site = service.ask("POST", f"{V}/companies", {"properties": {"domain": "site.example"}})
    ada = service.contact("ada@site.example")
    service.tell("portal", auto_company=True)
    bob = service.contact("bob@site.example")
    eve = service.contact("eve@other.example")

    def linked(one: str) -> Any:
        return service.ask("GET", f"{V}/contacts/{one}/associations/companies").data["results"]

    assert linked(bob) == []  # HubSpot does it in its own time
    state = service.simulator.snapshot()
    service.simulator.restore(state)
    service.clock.advance(5)
    assert linked(ada) == linked(eve) == []
    assert linked(bob)[0]["toObjectId"] == site.data["id"]


# properties

BOXES = {
    "name": "tags",
    "label": "Tags",
    "groupName": "contactinformation",
    "type": "enumeration",
    "fieldType": "checkbox",
    "options": [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}],
}


def test_a_property_is_made_once(service):
    made = service.ask("POST", f"{P}/contacts", BOXES)
    assert made.status == 201
    assert made.data["modificationMetadata"]["readOnlyValue"] is False
    again = service.ask("POST", f"{P}/contacts", BOXES)
    assert (again.status, again.category) == (409, "OBJECT_ALREADY_EXISTS")
    assert again.message == "A property named 'tags' already exists."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "No Good"}, "invalid"),
        ({"groupName": "nowhere"}, "group"),
        ({"fieldType": "text"}, "fieldType"),
        ({"hasUniqueValue": True}, "unique"),
        ({"options": [{"label": "A", "value": "a"}, {"label": "A", "value": "b"}]}, "labels"),
        ({"options": [{"label": "A", "value": "a"}, {"label": "B", "value": "a"}]}, "values"),
        ({"options": [{"label": "", "value": "a"}]}, "label and a value"),
    ],
)
def test_properties_that_are_refused(service, change, words):
    said = service.ask("POST", f"{P}/contacts", BOXES | change)
    assert said.status == 400
    assert words in said.message


def test_a_property_needs_its_five_fields(service):
    said = service.ask("POST", f"{P}/contacts", {"name": "x"})
    assert "[groupName, label, type, fieldType]" in said.message


def test_options_are_replaced_not_added_to(service):
    service.ask("POST", f"{P}/contacts", BOXES)
    said = service.ask("PATCH", f"{P}/contacts/tags", {"options": [{"label": "C", "value": "c"}]})
    assert [one["value"] for one in said.data["options"]] == ["c"]
    said = service.ask("PATCH", f"{P}/contacts/tags", {"hasUniqueValue": True})
    assert said.status == 400
    empty: dict[str, Any] = {"options": []}
    assert service.ask("PATCH", f"{P}/contacts/lifecyclestage", empty).status == 400


def test_ticks_are_replaced_or_with_a_leading_semicolon_added(service):
    service.ask("POST", f"{P}/contacts", BOXES)
    ada = service.contact("ada@site.example", tags="a")
    path = f"{V}/contacts/{ada}"

    def write(value: str) -> Any:
        said = service.ask("PATCH", path, {"properties": {"tags": value}})
        return said.data["properties"]["tags"] if said.status == 200 else said.status

    assert write(";b") == "a;b"
    assert write(";b;a") == "a;b"
    assert write("b") == "b"
    assert write(";c") == 400
    assert write("") is None
    assert write(";a") == "a"


def test_at_most_ten_properties_are_unique(service):
    text = {"label": "x", "groupName": "contactinformation", "type": "string", "fieldType": "text"}
    for n in range(10):
        one = {**text, "name": f"u{n}", "hasUniqueValue": True}
        assert service.ask("POST", f"{P}/contacts", one).status == 201
    one = {**text, "name": "u10", "hasUniqueValue": True}
    assert service.ask("POST", f"{P}/contacts", one).status == 400


def test_an_archived_property_comes_back_when_made_again(service):
    service.ask("POST", f"{P}/contacts", BOXES)
    assert service.ask("DELETE", f"{P}/contacts/tags").status == 204
    assert service.ask("GET", f"{P}/contacts/tags").status == 404
    archived = service.ask("GET", f"{P}/contacts", archived="true").data["results"]
    assert [one["name"] for one in archived] == ["tags"]
    body = {"properties": {"email": "a@x.example", "tags": "a"}}
    assert service.ask("POST", f"{V}/contacts", body).status == 400
    assert service.ask("POST", f"{P}/contacts", BOXES).status == 201
    assert service.ask("POST", f"{V}/contacts", body).status == 201
    assert service.ask("DELETE", f"{P}/contacts/email").status == 400


def test_groups(service):
    path = f"{P}/contacts/groups"
    body = {"name": "syncd", "label": "syncd"}
    assert service.ask("POST", path, body).status == 201
    assert service.ask("POST", path, body).status == 409
    assert service.ask("POST", path, {"name": "x"}).status == 400
    assert service.ask("GET", f"{path}/syncd").data["label"] == "syncd"
    assert service.ask("GET", f"{path}/nowhere").status == 404
    assert len(service.ask("GET", path).data["results"]) == 2


def test_properties_in_batch(service):
    path = f"{P}/contacts/batch"
    assert service.ask("POST", f"{path}/create", {"inputs": [BOXES]}).status == 201
    asked = {"inputs": [{"name": "tags"}, {"name": "nowhere"}]}
    said = service.ask("POST", f"{path}/read", asked)
    assert (said.status, len(said.data["results"]), said.data["numErrors"]) == (207, 1, 1)
    assert service.ask("POST", f"{path}/archive", {"inputs": [{"name": "tags"}]}).status == 204
    assert service.ask("POST", f"{path}/update", asked).status == 404


def test_a_portal_may_refuse_or_hide_properties_of_emails(service):
    text = {
        "name": "key",
        "label": "k",
        "groupName": "emailinformation",
        "type": "string",
        "fieldType": "text",
    }
    service.tell("portal", email_properties="refused", email_message_id="read_only")
    assert service.ask("POST", f"{P}/emails", text).status == 403
    one = service.ask("GET", f"{P}/emails/hs_email_message_id").data
    assert one["modificationMetadata"]["readOnlyValue"] is True
    service.tell("portal", email_properties="hidden")
    said = service.ask("GET", f"{P}/emails")
    assert said.data["errors"][0]["context"]["requiredGranularScopes"] == [
        "connected-email-data-access"
    ]
