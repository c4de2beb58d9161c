"""What facts/hubspot.md section 6 asks for, point by point, where nothing else shows it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from syncd.ports.simulator import Request
from tests.unit.hubspot.service import Service, V

TIME = "2026-11-20T09:00:00Z"
VERSIONS = {
    "2026-09": ("/crm/objects/2026-09", "/crm/associations/2026-09", "/crm/properties/2026-09"),
    "2026-03": ("/crm/objects/2026-03", "/crm/associations/2026-03", "/crm/properties/2026-03"),
    "v3": ("/crm/v3/objects", "/crm/v3/associations", "/crm/v3/properties"),
    "v4": ("/crm/v4/objects", "/crm/v4/associations", ""),
}


# 1: paths


@pytest.mark.parametrize("version", ["2026-09", "2026-03", "v3"])
def test_records_batches_searches_and_properties_stand_under_every_version(service, version):
    objects, _, properties = VERSIONS[version]
    made = service.ask("POST", f"{objects}/contacts", {"properties": {"email": "a@x.example"}})
    ids = {"inputs": [{"id": made.data["id"]}]}
    found = {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "EQ"}]}]}
    found["filterGroups"][0]["filters"][0]["value"] = "a@x.example"
    for path, body in (("batch/read", ids), ("search", found)):
        said = service.ask("POST", f"{objects}/contacts/{path}", body)
        assert (said.status, len(said.data["results"])) == (200, 1)
    assert ("url" in made.data) == version.startswith("2026")
    assert service.ask("GET", f"{properties}/contacts/email").data["name"] == "email"


@pytest.mark.parametrize("version", list(VERSIONS))
def test_associations_stand_under_every_version_in_its_shape(service, version):
    ada = service.contact("ada@site.example")
    mail = service.email(ada)
    path = f"{VERSIONS[version][1]}/contacts/emails/batch/read"
    [found] = service.ask("POST", path, {"inputs": [{"id": ada}]}).data["results"]
    if version == "v3":
        assert found["to"] == [{"id": mail, "type": "contact_to_email"}]
    else:
        assert found["to"][0]["toObjectId"] == mail
        assert found["to"][0]["associationTypes"][0]["typeId"] == 197


def test_the_old_associations_refuse_as_the_new_ones(service):
    ada, mail = service.contact("ada@site.example"), service.email()
    path = "/crm/v3/associations/emails/contacts/batch/create"
    pair = {"from": {"id": mail}, "to": {"id": ada}, "type": "email_to_contact"}
    gone = {**pair, "to": {"id": "5"}}
    wrong = {**pair, "type": "contact_to_email"}
    said = service.ask("POST", path, {"inputs": [pair, gone, wrong]})
    assert (said.status, len(said.data["results"]), said.data["numErrors"]) == (207, 1, 2)
    base = "/crm/v3/associations"
    assert service.ask("POST", f"{base}/gizmos/contacts/batch/read", {"inputs": []}).status == 400
    assert service.ask("POST", f"{base}/emails/contacts/batch/x", {"inputs": []}).status == 404
    assert service.ask("GET", f"{base}/emails/contacts/types").status == 404


# 2: auth


def test_the_401_has_the_documented_words(service):
    said = service.ask("GET", f"{V}/contacts", token="pat-other")
    assert said.message.startswith("Authentication credentials not found. This API supports OAuth")


def test_each_key_has_its_own_scopes(service):
    reader = ["crm.objects.contacts.read", "sales-email-read"]
    key = service.tell("add_key", scopes=reader)["token"]
    body = {"properties": {"email": "a@x.example"}}
    assert service.ask("GET", f"{V}/contacts", token=key).status == 200
    refused = service.ask("POST", f"{V}/contacts", body, token=key)
    assert (refused.status, refused.category) == (403, "MISSING_SCOPES")
    needed = refused.data["errors"][0]["context"]["requiredGranularScopes"]
    assert needed == ["crm.objects.contacts.write"]
    assert refused.data["links"]["scopes"] == "https://developers.hubspot.com/scopes"
    assert service.ask("POST", f"{V}/contacts", body).status == 201
    # What the account does not have no key can give.
    service.tell("portal", scopes=["crm.objects.contacts.write"])
    assert service.ask("GET", f"{V}/contacts", token=key).status == 403
    service.simulator.restore(service.simulator.snapshot())
    assert service.ask("GET", f"{V}/contacts", token=key).status == 403


@pytest.mark.parametrize("missing", ["crm.objects.contacts.read", "sales-email-read"])
def test_emails_want_two_scopes(service, missing):
    scopes = {"crm.objects.contacts.read", "sales-email-read"} - {missing}
    key = service.tell("add_key", token="narrow", scopes=sorted(scopes))["token"]
    said = service.ask("GET", f"{V}/emails", token=key)
    assert said.data["errors"][0]["context"]["requiredGranularScopes"] == [missing]


def test_tokens_carry_the_scopes_the_app_was_given(service):
    service.tell("oauth", scopes=["crm.objects.owners.read"])
    access = _token(service).data["access_token"]
    assert service.ask("GET", "/crm/owners/2026-09", token=access).status == 200
    assert service.ask("GET", f"{V}/contacts", token=access).status == 403


def _token(service: Service, query: tuple[tuple[str, str], ...] = (), **form: str) -> Any:
    given = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}
    given |= {"grant_type": "refresh_token", "refresh_token": "sandbox-refresh", **form}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = b"" if query else urlencode(given).encode()
    answer = service.simulator.handle(
        Request("POST", "/oauth/2026-09/token", query or (), headers, body)
    )
    return type("Said", (), {"status": answer.status, "data": json.loads(answer.body)})


def test_credentials_in_the_query_are_not_seen(service):
    query = tuple({"client_id": "sandbox-app", "client_secret": "sandbox-secret"}.items())
    assert _token(service, query).data["status"] == "BAD_CLIENT_ID"


def test_a_token_may_grow_old_between_two_batches_of_a_run(service):
    service.tell("oauth", lifetime=10)
    access = _token(service).data["access_token"]
    inputs = {"inputs": [{"properties": {"email": "a@x.example"}}]}
    path = f"{V}/contacts/batch/create"
    assert service.ask("POST", path, inputs, token=access).status == 201
    service.clock.advance(10)
    late = service.ask("POST", path, inputs, token=access)
    assert (late.status, late.category) == (401, "EXPIRED_AUTHENTICATION")
    again = _token(service).data["access_token"]
    assert service.ask("POST", path, inputs, token=again).status == 409


# 3: the envelope


def test_any_field_of_an_error_may_be_missing_the_same_ones_in_every_run():
    def seen() -> list[list[str]]:
        service = Service()
        service.tell("portal", bare_errors="random")
        said = [service.ask("GET", f"{V}/contacts/5") for _ in range(40)]
        assert {each.status for each in said} == {404}
        assert service.ask("GET", f"{V}/contacts").status == 200
        return [sorted(each.data) for each in said]

    fields = seen()
    assert fields == seen()
    for name in ("status", "message", "correlationId"):
        assert 0 < sum(name in each for each in fields) < len(fields)


@pytest.mark.parametrize("mode", [True, "random"])
def test_items_of_a_batch_lose_fields_too_and_rate_refusals(service, mode):
    service.tell("portal", bare_errors=mode)
    body = {"inputs": [{"id": str(n)} for n in range(3)]}
    said = [service.ask("POST", f"{V}/contacts/batch/read", body) for _ in range(20)]
    assert {each.status for each in said} == {207}
    whole = {"status", "category", "message", "context", "errors", "links"}
    assert all(each.data["numErrors"] == 1 for each in said)
    assert any(each.data["errors"][0].keys() < whole for each in said)
    service.tell("fault", status=429, policy="DAILY", n=20)
    told = [service.ask("GET", f"{V}/contacts").data for _ in range(20)]
    assert any("policyName" not in each for each in told)


def test_the_token_endpoint_keeps_to_oauths_own_fields(service):
    service.tell("portal", bare_errors=True)
    assert _token(service, refresh_token="old").data["error"] == "invalid_grant"


# 4: rate limits


def test_search_is_shared_by_every_key_of_the_account(service):
    key = service.tell("add_key")["token"]
    service.tell("limits", enforce=True)
    statuses = [
        service.ask("POST", f"{V}/contacts/search", {}, token=each).status
        for each in ("pat-sandbox", key) * 3
    ]
    assert statuses == [200] * 5 + [429]


def test_a_records_own_associations_count_with_the_batches(service):
    ada = service.contact("ada@site.example")
    service.tell("limits", enforce=True, burst=1, associations=1)
    path = f"{V}/contacts/{ada}/associations/emails"
    assert [service.ask("GET", path).status for _ in range(2)] == [200, 429]
    # The burst of everything else is untouched.
    assert service.ask("GET", f"{V}/contacts").status == 200


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), 25),  # the clocks go back
        (datetime(2026, 3, 29, 0, 0, tzinfo=UTC), 23),  # the clocks go forward
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), 24),
    ],
)
def test_a_day_is_as_long_as_the_portals_clocks_make_it(service, now, hours):
    service.clock.advance((now - service.clock.now()).total_seconds())
    service.tell("limits", enforce=True, daily=1)

    def ask() -> Any:
        return service.ask("GET", f"{V}/contacts").status

    assert [ask(), ask()] == [200, 429]
    service.clock.advance(hours * 3600 - 1)
    assert ask() == 429
    service.clock.advance(1)
    assert ask() == 200


# 5: search lag


def test_the_lag_is_five_to_thirty_seconds_unless_told_otherwise(service):
    assert service.tell("lag") == {"from": 5.0, "to": 30.0}
    service.contact("ada@site.example")
    assert _found(service) == 0
    service.clock.advance(30)
    assert _found(service) == 1
    assert service.tell("lag", **{"from": 60, "to": 300}) == {"from": 60.0, "to": 300.0}


def _found(service: Service) -> int:
    return int(service.ask("POST", f"{V}/contacts/search", {}).data["total"])


def test_only_search_is_late(service):
    service.tell("lag", seconds=60)
    ada = service.contact("ada@site.example")
    mail = service.email(ada)
    assert service.ask("GET", f"{V}/contacts/{ada}").status == 200
    assert len(service.ask("GET", f"{V}/contacts").data["results"]) == 1
    linked = service.ask("GET", f"{V}/contacts/{ada}/associations/emails").data["results"]
    assert [each["toObjectId"] for each in linked] == [mail]
    body = {"inputs": [{"id": mail}]}
    read = service.ask("POST", "/crm/associations/2026-09/emails/contacts/batch/read", body)
    assert read.data["results"][0]["to"][0]["toObjectId"] == ada
    by_mail = {"idProperty": "email", "inputs": [{"id": "ada@site.example"}]}
    assert service.ask("POST", f"{V}/contacts/batch/read", by_mail).status == 200
    assert _found(service) == 0


def test_who_was_there_before_is_known_to_search(service):
    service.tell("lag")
    service.tell("add_contact", email="ada@site.example", additional=["ada@home.example"])
    assert _found(service) == 1


# 6: batches


def test_a_batch_upsert_refuses_an_id_given_twice(service):
    one = {"id": "a@x.example", "idProperty": "email", "properties": {}}
    said = service.ask("POST", f"{V}/contacts/batch/upsert", {"inputs": [one, one]})
    assert (said.status, said.message) == (400, "duplicate ids found in batch input")


# 8: emails and HubSpot's own logger


def test_every_role_of_an_email_is_read_from_its_headers(service):
    roles = {
        role: [{"email": f"{role}@x.example", "firstName": role, "lastName": "X"}]
        for role in ("to", "cc", "bcc")
    }
    alone = {role: {"email": f"{role}@x.example"} for role in ("from", "sender")}
    mail = service.email(hs_email_headers=json.dumps(alone | roles))
    names = [f"hs_email_{role}_email" for role in (*alone, *roles)]
    shown = service.ask("GET", f"{V}/emails/{mail}", properties=",".join(names)).data["properties"]
    assert [shown[name] for name in names] == [f"{role}@x.example" for role in (*alone, *roles)]


@pytest.mark.parametrize("ours_first", [False, True])
def test_hubspots_own_logger_writes_a_second_one_before_or_after_ours(service, ours_first):
    ada = service.contact("ada@site.example")
    heard = {
        "message_id": "<m1@mail.example>",
        "contacts": ["ada@site.example"],
        "from": "maya@brightlink.example",
        "to": "ada@site.example",
        "subject": "Builder guide",
        "at": TIME,
        "thread_id": "t1",
    }
    service.tell("native_logger", mode="all", delay=60)
    if ours_first:
        service.tell("native_hears", **heard)
        service.email(ada, hs_email_message_id="<m1@mail.example>")
        service.clock.advance(60)
    else:
        service.tell("native_hears", **heard)
        service.clock.advance(60)
        service.email(ada, hs_email_message_id="<m1@mail.example>")
    names = "hs_email_message_id,hs_object_source,hs_email_thread_id"
    page = service.ask("GET", f"{V}/emails", properties=names).data["results"]
    assert {each["properties"]["hs_email_message_id"] for each in page} == {"<m1@mail.example>"}
    sources = {each["properties"]["hs_object_source"]: each["createdAt"] for each in page}
    assert sources.keys() == {"EMAIL", "INTEGRATION"}
    assert (sources["INTEGRATION"] < sources["EMAIL"]) == ours_first
    linked = service.ask("GET", f"{V}/contacts/{ada}/associations/emails").data["results"]
    assert len(linked) == 2
