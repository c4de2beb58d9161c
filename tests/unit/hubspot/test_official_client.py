"""HubSpot's own Python client, its v3 and v4 classes unmodified, against the stand-in."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any

import pytest
from hubspot.crm.contacts.exceptions import ApiException, NotFoundException, UnauthorizedException

from connectors.hubspot.simulator import HubSpotSimulator
from tests.support.clock import DrivenClock
from tests.unit.hubspot.official import Handler, Server, connected

# Untyped: taken as they are.
contacts: Any = import_module("hubspot.crm.contacts")
emails: Any = import_module("hubspot.crm.objects.emails")
owners: Any = import_module("hubspot.crm.owners")
pipelines: Any = import_module("hubspot.crm.pipelines")
properties: Any = import_module("hubspot.crm.properties")
v4: Any = import_module("hubspot.crm.associations.v4")


@pytest.fixture(scope="module")
def server():
    with Server(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def simulator(server):
    server.simulator = HubSpotSimulator(DrivenClock())
    return server.simulator


@pytest.fixture
def client(server, simulator):
    return connected(server, "pat-sandbox")


def test_contacts_are_made_read_changed_searched_and_archived(client):
    api = client.crm.contacts.basic_api
    new = contacts.SimplePublicObjectInputForCreate(properties={"email": "ada@site.example"})
    made = api.create(new)
    assert made.properties["email"] == "ada@site.example"
    assert made.created_at.year == 2026
    change = contacts.SimplePublicObjectInput(properties={"city": "Leeds"})
    api.update(made.id, change)
    assert api.get_by_id(made.id, properties=["city"]).properties["city"] == "Leeds"
    by_mail = api.get_by_id("ada@site.example", id_property="email")
    assert by_mail.id == made.id
    assert [one.id for one in api.get_page(limit=5).results] == [made.id]
    asked = contacts.PublicObjectSearchRequest(
        filter_groups=[
            {"filters": [{"propertyName": "email", "operator": "EQ", "value": "ada@site.example"}]}
        ]
    )
    assert client.crm.contacts.search_api.do_search(asked).total == 1
    assert [one.id for one in client.crm.contacts.get_all()] == [made.id]
    api.archive(made.id)
    with pytest.raises(NotFoundException):
        api.get_by_id(made.id)


def test_errors_are_the_typed_ones(server, client):
    new = contacts.SimplePublicObjectInputForCreate(properties={"email": "ada@site.example"})
    made = client.crm.contacts.basic_api.create(new)
    with pytest.raises(ApiException, match=f"Existing ID: {made.id}"):
        client.crm.contacts.basic_api.create(new)
    with pytest.raises(UnauthorizedException):
        connected(server, "pat-other").crm.contacts.basic_api.get_page()


def test_batches_come_back_whole_or_with_errors(client):
    api = client.crm.contacts.batch_api
    body = contacts.BatchInputSimplePublicObjectBatchInputForCreate(
        inputs=[
            {"properties": {"email": email}, "objectWriteTraceId": str(n), "associations": []}
            for n, email in enumerate(["ada@site.example", "no address"])
        ]
    )
    said = api.create(body)
    assert said.num_errors == 1
    assert said.errors[0].category == "VALIDATION_ERROR"
    assert said.errors[0].context["objectWriteTraceId"] == ["1"]
    [made] = said.results
    read = contacts.BatchReadInputSimplePublicObjectId(
        id_property="email",
        properties=["email"],
        properties_with_history=[],
        inputs=[{"id": "ada@site.example"}],
    )
    assert [one.id for one in api.read(read).results] == [made.id]
    upsert = contacts.BatchInputSimplePublicObjectBatchInputUpsert(
        inputs=[{"id": "ada@site.example", "idProperty": "email", "properties": {"city": "York"}}]
    )
    assert api.upsert(upsert).results[0].new is False


def test_two_contacts_are_merged(client):
    api = client.crm.contacts.basic_api
    ids = [
        api.create(contacts.SimplePublicObjectInputForCreate(properties={"email": email})).id
        for email in ("ada@site.example", "ada@home.example")
    ]
    merge = contacts.PublicMergeInput(primary_object_id=ids[0], object_id_to_merge=ids[1])
    survivor = api.merge(merge)
    assert api.get_by_id(ids[1]).id == survivor.id


def test_emails_are_logged_with_associations_and_these_are_read(client):
    made = client.crm.contacts.basic_api.create(
        contacts.SimplePublicObjectInputForCreate(properties={"email": "ada@site.example"})
    )
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 198}
    mail = client.crm.objects.emails.basic_api.create(
        emails.SimplePublicObjectInputForCreate(
            properties={"hs_timestamp": "2026-11-20T09:00:00Z", "hs_email_direction": "EMAIL"},
            associations=[{"to": {"id": made.id}, "types": [kind]}],
        )
    )
    page = client.crm.associations.v4.basic_api.get_page("contacts", made.id, "emails")
    assert page.results[0].to_object_id == mail.id
    assert page.results[0].association_types[0].type_id == 197
    asked = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": made.id}])
    said = client.crm.associations.v4.batch_api.get_page("contacts", "emails", asked)
    assert said.results[0].to[0].to_object_id == mail.id
    spec = v4.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=198)
    pair = client.crm.associations.v4.basic_api.create(
        "emails", mail.id, "contacts", made.id, [spec]
    )
    assert pair.to_object_id == made.id


def test_properties_owners_and_pipelines_fit_their_models(client, simulator):
    simulator.control("add_owner", {"email": "maya@brightlink.example", "name": "Maya Hart"})
    [owner] = client.crm.owners.owners_api.get_page().results
    assert isinstance(owner, owners.PublicOwner)
    assert owner.email == "maya@brightlink.example"
    made = client.crm.properties.core_api.create(
        "contacts",
        properties.PropertyCreate(
            name="stage",
            label="Stage",
            group_name="contactinformation",
            type="enumeration",
            field_type="select",
            options=[{"label": "A", "value": "a", "hidden": False, "displayOrder": 0}],
        ),
    )
    assert made.options[0].value == "a"
    listed = client.crm.properties.core_api.get_all("emails").results
    assert {"hs_email_message_id", "hs_timestamp"} <= {one.name for one in listed}
    [pipeline] = client.crm.pipelines.pipelines_api.get_all("deals").results
    assert isinstance(pipeline, pipelines.Pipeline)
    assert pipeline.stages[-1].id == "closedlost"


def test_a_rate_refusal_reaches_the_client_with_its_body(client, simulator):
    simulator.control("limits", {"enforce": True, "burst": 1})
    client.crm.contacts.basic_api.get_page()
    with pytest.raises(ApiException) as raised:
        client.crm.contacts.basic_api.get_page()
    assert raised.value.status == 429
    assert "TEN_SECONDLY_ROLLING" in raised.value.body
