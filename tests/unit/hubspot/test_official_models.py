"""Every class of HubSpot's own client: what it can ask for is answered, by its models.

Required fields, types as they are on the wire, and words that are enumerated.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib import import_module
from typing import Any

import pytest

from connectors.hubspot.simulator import HubSpotSimulator
from tests.support.clock import DrivenClock
from tests.unit.hubspot.official import (
    PACKAGES,
    Handler,
    Held,
    Server,
    Watched,
    connected,
    departures,
    each_page,
    offered,
)

# Each package has a class of its own for the same thing.
REFUSALS = tuple(import_module(f"hubspot.{each}.exceptions").ApiException for each in PACKAGES)
TIME = "2026-11-20T09:00:00Z"
# Asked for by HubSpot's classes and not simulated (NOTES.md): 404, and nothing breaks.
LEFT_OUT = {
    "POST /crm/v3/objects/companies/merge",
    "POST /crm/v3/objects/deals/merge",
    "GET /crm/v3/pipelines/{objectType}/{pipelineId}/audit",
    "GET /crm/v3/pipelines/{objectType}/{pipelineId}/stages/{stageId}/audit",
    "GET /crm/v3/lists/folders",
    "POST /crm/v3/lists/folders",
    "PUT /crm/v3/lists/folders/move-list",
    "PUT /crm/v3/lists/folders/{folderId}/move/{newParentFolderId}",
    "PUT /crm/v3/lists/folders/{folderId}/rename",
    "DELETE /crm/v3/lists/folders/{folderId}",
    "GET /crm/v3/lists/idmapping",
    "POST /crm/v3/lists/idmapping",
    "PUT /crm/v3/lists/{listId}/restore",
    "PUT /crm/v3/lists/{listId}/update-list-filters",
    "POST /crm/v4/associations/usage/high-usage-report/{userId}",
}
KINDS = {
    "contacts": {"email": "ada@site.example"},
    "companies": {"domain": "site.example"},
    "deals": {"dealname": "Link"},
    "emails": {"hs_timestamp": TIME, "hs_email_direction": "EMAIL"},
    "notes": {"hs_timestamp": TIME},
    "tasks": {"hs_timestamp": TIME},
}


class Stage:
    def __init__(self, server: Server) -> None:
        self.clock = DrivenClock()
        self.simulator = server.simulator = HubSpotSimulator(self.clock)
        self.client = Held(connected(server, "pat-sandbox"))

    def api(self, kind: str) -> Any:
        crm = self.client.crm
        return getattr(crm if kind in {"contacts", "companies", "deals"} else crm.objects, kind)

    def made(self, kind: str, **properties: str) -> str:
        given = {"properties": {**KINDS[kind], **properties}}
        return str(self.api(kind).basic_api.create(given).id)


@pytest.fixture(scope="module")
def server():
    with Server(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def watched(monkeypatch):
    made = Watched()
    made.install(monkeypatch)
    return made


@pytest.fixture
def stage(server, watched):
    yield Stage(server)
    assert watched.departures == []


def walk_records(stage: Stage, kind: str) -> None:
    """Every method of a kind's three classes."""
    api = stage.api(kind)
    one = stage.made(kind)
    title = {"hs_task_subject": "x"} if kind == "tasks" else {}
    api.basic_api.update(one, {"properties": title})
    assert api.basic_api.get_by_id(one, associations=["contacts"]).id == one
    assert one in {each.id for each in each_page(api.basic_api.get_page, limit=1)}
    assert api.search_api.do_search({"filterGroups": [], "limit": 5}).total >= 1
    api.batch_api.read({"inputs": [{"id": one}], "properties": [], "propertiesWithHistory": []})
    missing = api.batch_api.read({"inputs": [{"id": "5"}, {"id": one}], "properties": []})
    assert missing.num_errors == 1
    good, bad = KINDS[kind], {"nonsense": "1"}
    if kind == "contacts":
        good = {"email": "other@site.example"}
    inputs = [
        {"properties": each, "objectWriteTraceId": str(n), "associations": []}
        for n, each in enumerate((good, bad))
    ]
    said = api.batch_api.create({"inputs": inputs})
    assert (len(said.results), said.num_errors) == (1, 1)
    fresh = said.results[0].id
    api.batch_api.create({"inputs": [{"properties": _another(kind), "associations": []}]})
    api.batch_api.update({"inputs": [{"id": fresh, "properties": title}]})
    two = [{"id": each, "properties": title, "objectWriteTraceId": each} for each in (fresh, "5")]
    assert api.batch_api.update({"inputs": two}).num_errors == 1
    _unique(stage, kind)
    rows = [{"id": "k1", "idProperty": "key", "properties": _another(kind, "k1")}]
    assert api.batch_api.upsert({"inputs": rows}).results[0].new
    assert not api.batch_api.upsert({"inputs": rows}).results[0].new
    api.batch_api.archive({"inputs": [{"id": fresh}]})
    api.basic_api.archive(one)


def _another(kind: str, name: str = "third") -> dict[str, str]:
    return {"email": f"{name}@site.example"} if kind == "contacts" else KINDS[kind]


def _unique(stage: Stage, kind: str) -> None:
    group = stage.client.crm.properties.groups_api.get_all(kind).results[0].name
    text = {"label": "Key", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    stage.client.crm.properties.core_api.create(kind, {"name": "key", "groupName": group, **text})


def walk_contacts(stage: Stage) -> None:
    api = stage.client.crm.contacts.basic_api
    ids = [stage.made("contacts", email=f"{name}@merge.example") for name in "ab"]
    survivor = api.merge({"primaryObjectId": ids[0], "objectIdToMerge": ids[1]})
    api.purge({"objectId": survivor.id})


def walk_objects(stage: Stage) -> None:
    """The classes for any kind, by its name or number."""
    objects = stage.client.crm.objects
    one = objects.basic_api.create("0-27", {"properties": KINDS["tasks"]}).id
    objects.basic_api.update("tasks", one, {"properties": {"hs_task_subject": "x"}})
    objects.basic_api.get_by_id("tasks", one)
    objects.basic_api.get_page("tasks")
    objects.search_api.do_search("tasks", {"filterGroups": []})
    objects.batch_api.read("tasks", {"inputs": [{"id": one}], "properties": []})
    objects.batch_api.create("tasks", {"inputs": [{"properties": KINDS["tasks"]}]})
    objects.batch_api.update("tasks", {"inputs": [{"id": one, "properties": {}}]})
    row = {"id": "k2", "idProperty": "key", "properties": KINDS["tasks"]}
    objects.batch_api.upsert("tasks", {"inputs": [row]})
    objects.batch_api.archive("tasks", {"inputs": [{"id": one}]})
    with suppress(*REFUSALS):
        objects.basic_api.archive("tasks", one)


def walk_associations(stage: Stage) -> None:
    ada, mail = stage.made("contacts", email="ada@assoc.example"), stage.made("emails")
    v4 = stage.client.crm.associations.v4
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 198}
    v4.basic_api.create("emails", mail, "contacts", ada, [spec])
    v4.basic_api.create_default("emails", mail, "contacts", ada)
    assert v4.basic_api.get_page("emails", mail, "contacts").results
    ends = {"from": {"id": mail}, "to": {"id": ada}}
    v4.batch_api.create("emails", "contacts", {"inputs": [{**ends, "types": [spec]}]})
    wrong = {"from": {"id": mail}, "to": {"id": "5"}, "types": [spec]}
    said = v4.batch_api.create("emails", "contacts", {"inputs": [wrong]})
    assert said.num_errors == 1
    v4.batch_api.create_default("emails", "contacts", {"inputs": [ends]})
    both = {"inputs": [{"id": mail}, {"id": "5"}]}
    assert v4.batch_api.get_page("emails", "contacts", both).num_errors == 1
    labels = {"inputs": [{**ends, "types": [spec]}]}
    v4.batch_api.archive_labels("emails", "contacts", labels)
    with pytest.raises(REFUSALS, match=r"\(4\d\d\)"):
        v4.batch_api.archive_labels("emails", "contacts", {"inputs": [{**ends, "types": []}]})
    assert v4.basic_api.get_page("emails", mail, "contacts").results == []
    v4.basic_api.create_default("emails", mail, "contacts", ada)
    many = {"inputs": [{"from": {"id": mail}, "to": [{"id": ada}]}]}
    v4.batch_api.archive("emails", "contacts", many)
    v4.basic_api.archive("emails", mail, "contacts", ada)
    old = stage.client.crm.associations.batch_api
    pair = {**ends, "type": "email_to_contact"}
    assert old.create("emails", "contacts", {"inputs": [pair]}).results[0].to.id == ada
    assert old.create("emails", "contacts", {"inputs": [{**pair, "type": "x"}]}).num_errors == 1
    [read] = old.read("emails", "contacts", {"inputs": [{"id": mail}]}).results
    assert [(each.id, each.type) for each in read.to] == [(ada, "email_to_contact")]
    assert old.read("emails", "contacts", {"inputs": [{"id": "5"}]}).num_errors == 1
    old.archive("emails", "contacts", {"inputs": [pair]})
    assert old.read("emails", "contacts", {"inputs": [{"id": mail}]}).results == []


def walk_properties(stage: Stage) -> None:
    api = stage.client.crm.properties
    group = {"name": "links", "label": "Links"}
    api.groups_api.create("contacts", group)
    assert api.groups_api.get_by_name("contacts", "links").label == "Links"
    assert api.groups_api.update("contacts", "links", {"label": "L"}).label == "L"
    shape = {"type": "enumeration", "fieldType": "checkbox", "groupName": "links"}
    options = [{"label": "A", "value": "a", "hidden": False, "displayOrder": 0}]
    one = {"name": "tags", "label": "Tags", "options": options, **shape}
    api.core_api.create("contacts", one)
    with pytest.raises(REFUSALS, match=r"\(4\d\d\)"):
        api.groups_api.archive("contacts", "links")
    api.core_api.update("contacts", "tags", {"label": "Tags!"})
    assert api.core_api.get_by_name("contacts", "tags").label == "Tags!"
    assert len(api.core_api.get_all("contacts").results) > 10
    api.batch_api.create("contacts", {"inputs": [{**one, "name": "more"}]})
    names = {"inputs": [{"name": "more"}, {"name": "nowhere"}], "archived": False}
    assert api.batch_api.read("contacts", names).num_errors == 1
    api.batch_api.read("contacts", {"inputs": [{"name": "more"}], "archived": False})
    api.batch_api.archive("contacts", {"inputs": [{"name": "more"}]})
    api.core_api.archive("contacts", "tags")
    api.groups_api.archive("contacts", "links")


def walk_owners(stage: Stage) -> None:
    for name in "ab":
        stage.simulator.control("add_owner", {"email": f"{name}@x.example", "name": "A B"})
    api = stage.client.crm.owners.owners_api
    found = list(each_page(api.get_page, limit=1))
    assert len(found) == 2
    assert api.get_by_id(found[0].id).email == "a@x.example"


def walk_pipelines(stage: Stage) -> None:
    crm = stage.client.crm.pipelines
    stage_in = {"label": "Asked", "displayOrder": 0, "metadata": {"probability": "0.2"}}
    whole = {"label": "Links", "displayOrder": 1, "stages": [stage_in]}
    made = crm.pipelines_api.create("deals", whole)
    crm.pipelines_api.get_all("deals")
    assert crm.pipelines_api.get_by_id("deals", made.id).label == "Links"
    crm.pipelines_api.update("deals", made.id, {"label": "Earned"})
    assert crm.pipelines_api.replace("deals", made.id, whole).label == "Links"
    stages = crm.pipeline_stages_api
    [kept] = stages.get_all("deals", made.id).results
    new = stages.create("deals", made.id, {**stage_in, "label": "Won"})
    assert stages.get_by_id("deals", made.id, new.id).label == "Won"
    stages.update("deals", made.id, new.id, {"label": "Placed", "metadata": {}})
    stages.replace("deals", made.id, new.id, stage_in)
    deal = stage.made("deals", pipeline=made.id, dealstage=new.id)
    with pytest.raises(REFUSALS, match="STAGE_ID_IN_USE"):
        stages.archive("deals", made.id, new.id)
    stage.client.crm.deals.basic_api.archive(deal)
    stages.archive("deals", made.id, new.id)
    assert [each.id for each in stages.get_all("deals", made.id).results] == [kept.id]
    crm.pipelines_api.archive("deals", made.id)


def walk_lists(stage: Stage) -> None:
    ada, bob = (stage.made("contacts", email=f"{name}@list.example") for name in "ab")
    lists = stage.client.crm.lists.lists_api
    manual = {"objectTypeId": "0-1", "processingType": "MANUAL"}
    one = lists.create({"name": "Linkers", **manual}).list.list_id
    two = lists.create({"name": "Others", **manual}).list.list_id
    assert lists.get_by_id(one).list.size == 0
    assert lists.get_by_name("Linkers", "0-1").list.list_id == one
    assert len(lists.get_all(list_ids=[one, two]).lists) == 2
    assert lists.update_name(one, list_name="Links").updated_list.name == "Links"
    with pytest.raises(REFUSALS, match=r"\(4\d\d\)"):
        lists.update_name(one, list_name="others")
    assert lists.do_search({"query": "link", "additionalProperties": []}).total == 1
    members = stage.client.crm.lists.memberships_api
    assert members.add(one, [bob, ada, "5"]).record_ids_missing == ["5"]
    assert [each.record_id for each in each_page(_of(members.get_page, one), limit=1)] == [ada, bob]
    joined = members.get_page_ordered_by_added_to_list_date(one).results
    assert [each.record_id for each in joined] == [bob, ada]
    assert [each.list_id for each in members.get_lists("0-1", ada).results] == [one]
    members.add_all_from_list(two, one)
    assert len(members.get_page(two).results) == 2
    change = {"recordIdsToAdd": [], "recordIdsToRemove": [ada]}
    assert members.add_and_remove(one, change).record_ids_removed == [ada]
    members.remove(one, [bob])
    members.remove_all(two)
    assert members.get_page(two).results == []
    lists.remove(one)


def _of(method: Any, list_id: str) -> Any:
    return lambda **more: method(list_id, **more)


def walk_oauth(stage: Stage) -> None:
    api = stage.client.oauth
    app = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}
    given = api.tokens_api.create(
        grant_type="refresh_token", refresh_token="sandbox-refresh", **app
    )
    told = api.access_tokens_api.get(given.access_token)
    assert (told.hub_id, told.expires_in) == (24601337, 1800)
    assert api.refresh_tokens_api.get("sandbox-refresh").token == "sandbox-refresh"
    api.refresh_tokens_api.archive("sandbox-refresh")
    with pytest.raises(REFUSALS, match=r"\(4\d\d\)"):
        api.refresh_tokens_api.get("sandbox-refresh")
    with pytest.raises(REFUSALS, match="BAD_REFRESH_TOKEN"):
        api.tokens_api.create(grant_type="refresh_token", refresh_token="sandbox-refresh", **app)


@pytest.mark.parametrize("version", ["", "2026-03", "2026-09"])
def test_whatever_its_classes_ask_for_is_answered_as_its_models_say(
    stage, watched, server, monkeypatch, version
):
    """Its own paths, and led to where the same stands in the dated versions."""
    monkeypatch.setattr(server, "version", version)
    for kind in KINDS:
        walk_records(stage, kind)
    walk_objects(stage)
    for walk in (walk_contacts, walk_associations, walk_properties, walk_owners, walk_pipelines):
        walk(stage)
    walk_lists(stage)
    walk_oauth(stage)
    wanted = set[str]().union(*map(offered, PACKAGES))
    assert watched.asked & LEFT_OUT == set()
    assert watched.asked | LEFT_OUT == wanted


@pytest.mark.parametrize("route", sorted(LEFT_OUT))
def test_what_is_left_out_is_not_found_and_nothing_breaks(stage, route):
    method, _, path = route.partition(" ")
    for name in ("objectType", "pipelineId", "stageId", "folderId", "newParentFolderId"):
        path = path.replace(f"{{{name}}}", "deals" if name == "objectType" else "default")
    path = path.replace("{listId}", "1").replace("{userId}", "1")
    said = stage.client.api_request({"path": path, "method": method, "body": {}})
    assert said.status_code in {400, 404}


def test_a_departure_would_be_seen():
    contacts = import_module("hubspot.crm.contacts.models")
    good = {
        "id": "1",
        "properties": {"email": "a@x.example", "city": None},
        "createdAt": TIME,
        "updatedAt": TIME,
    }
    kind = "SimplePublicObject"
    assert departures(good, kind, contacts, kind) == []
    changes: list[dict[str, Any]] = [
        {"id": 1},
        {"createdAt": "soon"},
        {"properties": []},
        {"id": None},
        {"odd": 1},
    ]
    for change in changes:
        assert len(departures(good | change, kind, contacts, kind)) == 1, change
    without = {name: value for name, value in good.items() if name != "updatedAt"}
    assert departures(without, kind, contacts, kind) != []
    batch = {"status": "DONE", "results": [good], "startedAt": TIME, "completedAt": TIME}
    assert len(departures(batch, "BatchResponseSimplePublicObject", contacts, "batch")) == 1
