"""Which calls the port's methods cost, and the corners the contract does not know of."""

from __future__ import annotations

import json

import pytest

from syncd.ports.crm import ContactChange, CrmTask, Field, NewContact
from syncd.ports.simulator import Answer
from syncd.ports.verdicts import Changed, Done, Locked
from tests.support.clock import START
from tests.unit.hubspot.service import Service, V
from tests.unit.hubspot.test_batches import email


def crowd(service: Service, count: int) -> list[str]:
    made: list[str] = []
    for start in range(0, count, 100):
        inputs = [
            {"properties": {"email": f"p{n}@crowd.example"}}
            for n in range(start, min(start + 100, count))
        ]
        answer = service.ask("POST", f"{V}/contacts/batch/create", {"inputs": inputs})
        made += [one["id"] for one in answer.data["results"]]
    return made


@pytest.mark.parametrize(("asked", "calls"), [(1, 1), (100, 1), (101, 2), (250, 3)])
def test_finding_takes_a_call_for_each_hundred(service, asked, calls):
    crm = service.ready()
    crm.find_contacts([f"p{n}@crowd.example" for n in range(asked)])
    assert len(service.transport.calls) == calls


def test_the_same_address_in_two_cases_is_asked_once(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    found = crm.find_contacts(["ada@site.example", "ADA@site.example", "Ada <ada@site.example>"])
    assert {one.id for one in found.values()} == {ada}
    assert len(found) == 2


def test_changing_a_hundred_takes_two_calls_and_one_when_nothing_differs(service):
    crm = service.ready()
    changes = [
        ContactChange(f"k{one}", one, add={Field.CAMPAIGNS: ("acme",)})
        for one in crowd(service, 100)
    ]
    assert all(one == Done(change.contact_id) for one, change in
               zip(crm.change_contacts(changes), changes, strict=True))  # fmt: skip
    assert len(service.transport.calls) == 2
    service.transport.calls.clear()
    assert all(one.left == ("campaigns=acme",) for one in crm.change_contacts(changes))
    assert len(service.transport.calls) == 1


def test_a_merged_contact_is_changed_as_its_survivor(service):
    crm = service.ready()
    ada, other = service.contact("ada@site.example"), service.contact("ada@home.example")
    survivor = service.tell("merge", primary=ada, other=other)["id"]
    outcomes = crm.change_contacts(
        [
            ContactChange("k1", ada, add={Field.CAMPAIGNS: ("acme",)}),
            ContactChange("k2", other, add={Field.CAMPAIGNS: ("bolt",)}),
        ]
    )
    assert outcomes == [Done(survivor), Done(survivor)]
    assert crm.get_contacts([survivor])[survivor].values == {"campaigns": "acme;bolt"}


def test_a_batch_that_answers_merged_ids_with_the_survivor_needs_no_second_look(service):
    crm = service.ready()
    record = {"id": "9", "properties": {"email": "a@x.example", "hs_merged_object_ids": "1;2"}}
    body = json.dumps({"results": [record]}).encode()
    service.transport.before = lambda _request: Answer(200, body)
    assert {asked: one.id for asked, one in crm.get_contacts(["1", "2"]).items()} == {
        "1": "9",
        "2": "9",
    }
    assert len(service.transport.calls) == 1


def test_a_message_for_a_merged_contact_is_changed(service):
    crm = service.ready()
    ada, other = service.contact("ada@site.example"), service.contact("ada@home.example")
    service.tell("merge", primary=ada, other=other)
    [outcome] = crm.log_emails([email("k1", ada)])
    assert type(outcome) is Changed


def test_a_refusal_that_names_the_contact_is_about_the_contact(service):
    crm = service.ready()
    body = {"message": "contact 4711 could not be associated", "category": "VALIDATION_ERROR"}
    service.tell("fault", status=400, body=body)
    [outcome] = crm.log_emails([email("k1", "4711")])
    assert type(outcome) is Changed


def test_a_forgotten_person_is_refused_in_words(service):
    crm = service.ready()
    service.contact("ada@site.example")
    forget = {"objectId": "ada@site.example", "idProperty": "email"}
    service.ask("POST", f"{V}/contacts/gdpr-delete", forget)
    [outcome] = crm.create_contacts([NewContact("k", "ada@site.example")])
    assert "blacklisted" in str(outcome)


def test_every_page_of_associations_is_read(service):
    crm = service.ready()
    ada, bob = service.contact("ada@site.example"), service.contact("bob@site.example")
    service.tell("portal", association_page=3)
    logged = [service.email(ada, bob, hs_email_subject=f"s{n}") for n in range(7)]
    seen = crm.emails_of([ada, bob])
    assert sorted(one.id for one in seen) == sorted(logged)
    assert all(one.contact_ids == (ada, bob) for one in seen)
    reads = [path for _, _, path in service.transport.calls if "associations" in path]
    assert len(reads) == 3


def test_contacts_are_asked_for_by_the_thousand_and_emails_by_the_hundred(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    records = [email(f"k{n}", ada) for n in range(150)]
    crm.log_emails(records[:100])
    crm.log_emails(records[100:])
    service.transport.calls.clear()
    absent = [str(900_000 + n) for n in range(1100)]
    assert len(crm.emails_of([*absent, ada])) == 150
    paths = [path.split("/")[-3:] for _, _, path in service.transport.calls]
    assert [path[0] for path in paths].count("emails") == 4


def test_queues_are_no_owners(service):
    crm = service.ready()
    service.tell("add_owner", email="maya@brightlink.example", name="Maya Hart")
    queue = {"id": "5", "type": "QUEUE", "email": "q@x.example"}
    person = {"id": "6", "email": "B@x.example", "firstName": "B", "archived": False}
    body = json.dumps({"results": [queue, person]}).encode()
    service.transport.before = lambda _request: Answer(200, body)
    [owner] = crm.owners()
    assert (owner.id, owner.address, owner.name, owner.active) == ("6", "b@x.example", "B", True)


def test_a_lookup_by_id_that_is_not_allowed_is_raised(service):
    crm = service.ready()
    service.tell("fault", method="GET", status=403)
    with pytest.raises(Locked):
        crm.get_contacts(["999999"])


def test_tasks_without_a_property_are_found_by_the_last_line_of_their_body(service):
    crm = service.crm()
    crm.use({"task_mark": "body"})
    ada, bob = service.contact("ada@site.example"), service.contact("bob@site.example")
    [made] = crm.create_tasks([CrmTask("t1", ada, "Call", "No answer", START, None)])
    assert crm.find_tasks(["t1", "t2"], [ada, bob]) == {"t1": made.id}
    assert crm.find_tasks(["t1"], [bob]) == {}


def test_a_completed_task_is_completed_in_hubspot(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    [made] = crm.create_tasks([CrmTask("t1", ada, "Call", "", START, None)])
    assert crm.complete_tasks([made.id, made.id]) == [Done(made.id)] * 2
    asked = f"{V}/tasks/{made.id}"
    shown = service.ask("GET", asked, properties="hs_task_status,hs_timestamp", associations="0-1")
    assert shown.data["properties"]["hs_task_status"] == "COMPLETED"
    assert shown.data["associations"]["contacts"]["results"][0]["id"] == ada


def test_2026_03_is_the_way_round_rules_that_refuse(service):
    service.tell("portal", required={"contacts": ["country"]})
    [refused] = service.crm().create_contacts([NewContact("k", "a@x.example")])
    assert "country" in str(refused)
    [made] = service.crm(api_version="2026-03").create_contacts([NewContact("k", "a@x.example")])
    assert type(made) is Done


def test_errors_stripped_of_everything_optional_are_still_understood(service):
    crm = service.ready()
    service.tell("portal", bare_errors=True)
    ada = service.contact("ada@site.example")
    batch = [NewContact("k1", "ada@site.example"), NewContact("k2", "bob@site.example")]
    adopted, made = crm.create_contacts(batch)
    assert adopted == Done(ada, found=True)
    assert type(made) is Done
    assert crm.find_contacts(["ada@site.example"])["ada@site.example"].id == ada
