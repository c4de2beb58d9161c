"""What the stand-in serves and refuses: records and batches (facts/hubspot.md section 6)."""

from __future__ import annotations

import json

import pytest

from tests.unit.hubspot.service import V

TIME = "2026-11-20T09:00:00Z"


# paths, auth, envelope


@pytest.mark.parametrize(
    "path",
    [
        "/crm/objects/2026-09/contacts",
        "/crm/objects/2026-03/contacts",
        "/crm/v3/objects/contacts",
        "/crm/objects/2026-09/0-1",
        "/crm/objects/2026-09/contact",
        "/crm/owners/2026-03",
        "/crm/v3/owners",
        "/crm/v3/owners/",
        "/crm/properties/2026-09/contacts",
        "/crm/v3/properties/contacts",
        "/account-info/2026-09/details",
        "/account-info/v3/details",
        "/crm/pipelines/2026-09/deals",
        "/crm/v3/pipelines/deals",
    ],
)
def test_the_same_is_served_under_every_version(service, path):
    assert service.ask("GET", path).status == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/crm/objects/2025-09/contacts", 404),
        ("/crm/objects/2027-03/contacts", 404),
        ("/crm/v4/objects/contacts", 404),
        ("/crm/v1/contacts", 404),
        ("/", 404),
        ("/crm/objects/2026-09/gizmos", 400),
        ("/crm/properties/2026-09/gizmos", 400),
        ("/crm/objects/2026-09/contacts/12345", 404),
        ("/crm/owners/2026-09/12345", 404),
        ("/account-info/2026-09/other", 404),
    ],
)
def test_unknown_versions_paths_and_kinds(service, path, status):
    assert service.ask("GET", path).status == status


def test_a_wrong_key_gets_the_documented_401(service):
    for token in ("", "pat-other"):
        said = service.ask("GET", f"{V}/contacts", token=token)
        assert (said.status, said.category) == (401, "INVALID_AUTHENTICATION")
        assert said.data["status"] == "error"
        assert said.data["correlationId"] == said.headers["x-hubspot-correlation-id"]


def test_a_missing_scope_gets_the_documented_403(service):
    service.tell("portal", scopes=["crm.objects.contacts.read"])
    assert service.ask("GET", f"{V}/contacts").status == 200
    said = service.ask("POST", f"{V}/contacts", {"properties": {"email": "a@x.example"}})
    assert (said.status, said.category) == (403, "MISSING_SCOPES")
    context = said.data["errors"][0]["context"]
    assert context["requiredGranularScopes"] == ["crm.objects.contacts.write"]
    for path, scope in (
        (f"{V}/emails", "sales-email-read"),
        ("/crm/properties/2026-09/emails", "connected-email-data-access"),
        ("/crm/properties/2026-09/contacts", "crm.schemas.contacts.read"),
        ("/crm/owners/2026-09", "crm.objects.owners.read"),
        (f"{V}/companies", "crm.objects.companies.read"),
        ("/crm/lists/2026-09/1", "crm.lists.read"),
    ):
        said = service.ask("GET", path)
        assert scope in said.data["errors"][0]["context"]["requiredGranularScopes"]
    assert service.ask("GET", "/account-info/2026-09/details").status == 200


def test_optional_fields_can_be_left_out_of_errors(service):
    service.tell("portal", bare_errors=True)
    said = service.ask("GET", f"{V}/contacts/5")
    assert said.data.keys() == {"status", "message"}


# one record


def test_a_contact_is_made_read_changed_and_archived(service):
    made = service.ask("POST", f"{V}/contacts", {"properties": {"email": "Ada@Site.example"}})
    assert made.status == 201
    assert made.headers["location"].endswith(made.data["id"])
    assert made.data["properties"]["email"] == "ada@site.example"
    assert made.data.keys() == {"id", "properties", "createdAt", "updatedAt", "archived", "url"}
    path = f"{V}/contacts/{made.data['id']}"
    changed = service.ask("PATCH", path, {"properties": {"firstname": "Ada", "email": ""}})
    assert changed.data["properties"]["firstname"] == "Ada"
    shown = service.ask("GET", path, properties="firstname,email,nonsense,phone").data
    assert shown["properties"]["email"] is None
    assert shown["properties"]["phone"] is None
    assert "nonsense" not in shown["properties"]
    assert service.ask("DELETE", path).status == 204
    assert service.ask("GET", path).status == 404
    assert service.ask("DELETE", path).status == 204
    archived = service.ask("GET", path, archived="true").data
    assert archived["archived"] is True
    assert archived["archivedAt"]
    listed = service.ask("GET", f"{V}/contacts", archived="true").data["results"]
    assert [one["id"] for one in listed] == [made.data["id"]]


def test_a_record_is_shown_with_its_associations_when_asked(service):
    ada = service.contact("ada@site.example")
    mail = service.email(ada)
    shown = service.ask("GET", f"{V}/contacts/{ada}", associations="emails,tasks").data
    assert shown["associations"]["emails"]["results"] == [{"id": mail, "type": "contact_to_email"}]
    assert "tasks" not in shown["associations"]


def test_lists_are_paged_to_the_end(service):
    made = [service.contact(f"p{n}@x.example") for n in range(7)]
    seen, after = [], ""
    while True:
        page = service.ask("GET", f"{V}/contacts", limit=3, **({"after": after} if after else {}))
        seen += [one["id"] for one in page.data["results"]]
        after = page.data.get("paging", {}).get("next", {}).get("after", "")
        if not after:
            break
    assert seen == made
    assert service.ask("GET", f"{V}/contacts", limit=101).status == 400
    assert service.ask("GET", f"{V}/contacts", after="x").status == 400
    assert len(service.ask("GET", f"{V}/contacts").data["results"]) == 7


@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        ("contacts", {"email": "abc"}, "INVALID_EMAIL"),
        ("contacts", {"email": "a@b.example", "shoe": "9"}, "PROPERTY_DOESNT_EXIST"),
        ("contacts", {"email": "a@b.example", "lifecyclestage": "friend"}, "INVALID_OPTION"),
        ("contacts", {"email": "a@b.example", "hs_object_id": "7"}, "READ_ONLY_VALUE"),
        ("contacts", {"email": "a@b.example", "hubspot_owner_id": "7"}, "INVALID_OWNER_ID"),
        ("contacts", {"phone": "7"}, "At least one"),
        ("companies", {"phone": "7"}, "At least one"),
        ("deals", {"amount": "7"}, "MISSING_REQUIRED_PROPERTY"),
        ("deals", {"dealname": "x", "amount": "many"}, "INVALID_INTEGER"),
        ("deals", {"dealname": "x", "dealstage": "nowhere"}, "INVALID_OPTION"),
        ("emails", {"hs_email_subject": "x"}, "MISSING_REQUIRED_PROPERTY"),
        ("emails", {"hs_timestamp": "soon"}, "INVALID_LONG"),
        ("emails", {"hs_timestamp": TIME, "hs_email_direction": "OUT"}, "INVALID_OPTION"),
        ("emails", {"hs_timestamp": TIME, "hs_email_text": "x" * 65_537}, "VALUE_TOO_LONG"),
        ("emails", {"hs_timestamp": TIME, "hs_email_headers": "from: me"}, "INVALID_JSON"),
        ("emails", {"hs_timestamp": TIME, "hs_email_headers": {"from": {}}}, "INVALID_JSON"),
        ("emails", {"hs_timestamp": TIME, "hs_email_from_email": "a@b.example"}, "READ_ONLY_VALUE"),
        ("tasks", {"hs_timestamp": TIME, "hs_task_status": "DONE"}, "INVALID_OPTION"),
        ("tasks", {"hs_task_subject": "x"}, "MISSING_REQUIRED_PROPERTY"),
        ("notes", {"hs_note_body": "x"}, "MISSING_REQUIRED_PROPERTY"),
    ],
)
def test_values_that_are_refused(service, kind, properties, words):
    said = service.ask("POST", f"{V}/{kind}", {"properties": properties})
    assert (said.status, said.category) == (400, "VALIDATION_ERROR")
    assert words in json.dumps(said.data)


def test_a_portal_may_ignore_what_is_read_only(service):
    service.tell("portal", read_only_writes="ignored")
    ada = service.contact("ada@site.example", hs_object_source="ME")
    shown = service.ask("GET", f"{V}/contacts/{ada}", properties="hs_object_source")
    assert shown.data["properties"]["hs_object_source"] == "INTEGRATION"


@pytest.mark.parametrize(
    ("body", "words"), [(b"", "none found"), (b'{"a": }', "line 1"), (b"[]", "an object")]
)
def test_bodies_that_are_no_json_object(service, body, words):
    said = service.ask("POST", f"{V}/contacts", body)
    assert said.status == 400
    assert words in said.message


def test_an_address_belongs_to_one_contact_in_any_case(service):
    ada = service.contact("ada@site.example")
    again = service.ask("POST", f"{V}/contacts", {"properties": {"email": "ADA@site.example"}})
    assert (again.status, again.category) == (409, "CONFLICT")
    assert again.message == f"Contact already exists. Existing ID: {ada}"
    bob = service.contact("bob@site.example")
    body = {"properties": {"email": "ada@site.example"}}
    assert service.ask("PATCH", f"{V}/contacts/{bob}", body).status == 409
    assert service.ask("PATCH", f"{V}/contacts/{ada}", body).status == 200


def test_a_secondary_address_is_taken_too_and_finds_its_contact(service):
    ada = service.tell("add_contact", email="ada@site.example", additional=["ADA@home.example"])[
        "id"
    ]
    said = service.ask("POST", f"{V}/contacts", {"properties": {"email": "ada@home.example"}})
    assert f"Existing ID: {ada}" in said.message
    body = {
        "idProperty": "email",
        "properties": ["email", "hs_additional_emails"],
        "propertiesWithHistory": [],
        "inputs": [{"id": "ada@home.example"}],
    }
    [found] = service.ask("POST", f"{V}/contacts/batch/read", body).data["results"]
    assert found["properties"]["email"] == "ada@site.example"
    assert found["properties"]["hs_additional_emails"] == "ada@home.example"
    by_path = f"{V}/contacts/ada@home.example"
    changed = service.ask("PATCH", by_path, {"properties": {"city": "Leeds"}}, idProperty="email")
    assert changed.data["id"] == ada


def test_additional_addresses_cannot_be_written_through_the_api(service):
    ada = service.contact("ada@site.example", hs_additional_emails="x@home.example")
    shown = service.ask("GET", f"{V}/contacts/{ada}", properties="hs_additional_emails")
    assert shown.data["properties"]["hs_additional_emails"] is None


def test_a_merge_makes_a_new_id_and_both_old_ones_lead_to_it(service):
    ada, other = service.contact("ada@site.example"), service.contact("a@home.example", city="York")
    mail = service.email(other)
    merge = {"primaryObjectId": ada, "objectIdToMerge": other}
    survivor = service.ask("POST", f"{V}/contacts/merge", merge).data["id"]
    assert survivor not in {ada, other}
    names = "email,hs_additional_emails,hs_merged_object_ids,city"
    for old in (ada, other):
        shown = service.ask("GET", f"{V}/contacts/{old}", properties=names, associations="emails")
        assert shown.data["id"] == survivor
        values = shown.data["properties"]
        assert (values["email"], values["hs_additional_emails"]) == (
            "ada@site.example",
            "a@home.example",
        )
        assert values["hs_merged_object_ids"] == f"{ada};{other}"
        assert values["city"] == "York"
        assert shown.data["associations"]["emails"]["results"][0]["id"] == mail
        assert service.ask("PATCH", f"{V}/contacts/{old}", {"properties": {}}).status == 200
    batch = {"inputs": [{"id": ada, "properties": {"city": "Hull"}}]}
    assert service.ask("POST", f"{V}/contacts/batch/update", batch).status == 404
    read = service.ask("POST", f"{V}/contacts/batch/read", {"inputs": [{"id": ada}]})
    assert read.data["results"] == []
    third = service.contact("third@site.example")
    again = {"primaryObjectId": survivor, "objectIdToMerge": third}
    final = service.ask("POST", f"{V}/contacts/merge", again).data["id"]
    assert service.ask("GET", f"{V}/contacts/{ada}").data["id"] == final
    twice = {"primaryObjectId": final, "objectIdToMerge": ada}
    assert service.ask("POST", f"{V}/contacts/merge", twice).status == 400
    nobody = {"primaryObjectId": final, "objectIdToMerge": "5"}
    assert service.ask("POST", f"{V}/contacts/merge", nobody).status == 404


def test_a_contact_has_at_most_250_identities(service):
    many = [f"a{n}@home.example" for n in range(200)]
    ada = service.tell("add_contact", email="ada@site.example", additional=many)["id"]
    more = [f"b{n}@home.example" for n in range(60)]
    bob = service.tell("add_contact", email="bob@site.example", additional=more)["id"]
    merge = {"primaryObjectId": ada, "objectIdToMerge": bob}
    said = service.ask("POST", f"{V}/contacts/merge", merge)
    assert said.status == 414
    assert "250 identities" in said.message


def test_a_forgotten_address_never_comes_back(service):
    ada = service.contact("ada@site.example")
    forget = {"objectId": ada}
    assert service.ask("POST", f"{V}/contacts/gdpr-delete", forget).status == 204
    unknown = {"objectId": "eve@site.example", "idProperty": "email"}
    assert service.ask("POST", f"{V}/contacts/gdpr-delete", unknown).status == 204
    for address in ("ada@site.example", "eve@site.example"):
        said = service.ask("POST", f"{V}/contacts", {"properties": {"email": address}})
        assert said.status == 400


def test_people_of_an_email_are_read_from_its_headers(service):
    headers = {
        "from": {"email": "maya@brightlink.example", "firstName": "Maya"},
        "to": [{"email": "a@x.example"}, {"email": "b@x.example", "lastName": "Bee"}],
        "cc": [],
    }
    mail = service.email(hs_email_headers=json.dumps(headers))
    names = "hs_email_from_email,hs_email_from_firstname,hs_email_to_email,hs_email_to_lastname"
    values = service.ask("GET", f"{V}/emails/{mail}", properties=names).data["properties"]
    assert values["hs_email_from_email"] == "maya@brightlink.example"
    assert values["hs_email_from_firstname"] == "Maya"
    assert values["hs_email_to_email"] == "a@x.example;b@x.example"
    assert values["hs_email_to_lastname"] == "Bee"


def test_an_email_is_gone_for_good_and_a_task_is_in_the_bin(service):
    mail = service.email()
    service.ask("DELETE", f"{V}/emails/{mail}")
    assert service.ask("GET", f"{V}/emails/{mail}", archived="true").status == 404
    task = service.ask("POST", f"{V}/tasks", {"properties": {"hs_timestamp": TIME}}).data["id"]
    service.ask("DELETE", f"{V}/tasks/{task}")
    assert service.ask("GET", f"{V}/tasks/{task}", archived="true").status == 200


@pytest.mark.parametrize("version", ["2026-03", "v3"])
def test_only_2026_09_enforces_the_admins_rules(service, version):
    service.tell(
        "portal",
        required={"contacts": ["city"]},
        conditional={"contacts": {"phone": ["company", "ACME"]}},
    )
    old = {"2026-03": "/crm/objects/2026-03/contacts", "v3": "/crm/v3/objects/contacts"}[version]
    body = {"properties": {"email": "a@x.example", "company": "ACME"}}
    said = service.ask("POST", f"{V}/contacts", body)
    assert said.data["errors"][0]["code"] == "MISSING_REQUIRED_PROPERTY"
    body["properties"]["city"] = "Leeds"
    said = service.ask("POST", f"{V}/contacts", body)
    assert said.data["errors"][0]["code"] == "MISSING_CONDITIONAL_REQUIRED_PROPERTY"
    made = service.ask("POST", old, {"properties": {"email": "a@x.example", "company": "ACME"}})
    assert made.status == 201
    path = f"/{made.data['id']}"
    assert service.ask("PATCH", f"{V}/contacts{path}", {"properties": {"city": "x"}}).status == 400
    assert service.ask("PATCH", f"{old}{path}", {"properties": {"city": "x"}}).status == 200


def test_dates_are_normalised_with_a_warning_by_2026_09_only(service):
    body = {"properties": {"hs_timestamp": "2026-11-20"}}
    made = service.ask("POST", f"{V}/notes", body)
    assert made.data["warnings"][0]["category"] == "PROPERTY_VALUE_NORMALIZED"
    shown = service.ask("GET", f"{V}/notes/{made.data['id']}", properties="hs_timestamp").data
    assert shown["properties"]["hs_timestamp"] == "2026-11-20T00:00:00Z"
    assert service.ask("POST", "/crm/v3/objects/notes", body).status == 400
    epoch = {"properties": {"hs_timestamp": "1795424400250"}}
    made = service.ask("POST", "/crm/v3/objects/notes", epoch)
    assert made.data["properties"]["hs_timestamp"] == "2026-11-23T09:00:00.250Z"
    assert "url" not in made.data
