"""One bad item spoils nothing, whatever shape the refusal has."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import requests

from syncd.core.facts import Direction, Party
from syncd.ports.crm import ContactChange, CrmTask, EmailRecord, Field, NewContact
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import Changed, Done, InDoubt, Locked, Outcome, Refused, TryLater
from tests.support.clock import START
from tests.unit.hubspot.service import Service, V


def people(count: int) -> list[NewContact]:
    return [NewContact(f"k{n}", f"p{n}@crowd.example") for n in range(count)]


def email(key: str, *contacts: str, **more: Any) -> EmailRecord:
    record = EmailRecord(
        key=key,
        message_id=f"{key}@x",
        thread_key="t",
        direction=Direction.SENT,
        at=START,
        subject=f"About {key}",
        sender=Party("maya@brightlink.example"),
        to=(),
        cc=(),
        bcc=(),
        text="Hello",
        html="",
        owner_id=None,
        contact_ids=contacts,
    )
    return replace(record, **more)


def kinds(outcomes: list[Outcome]) -> list[type]:
    return [type(one) for one in outcomes]


def bodies(service: Service) -> list[Any]:
    """What was sent in each POST from now on."""
    sent: list[Any] = []
    service.transport.before = lambda request: sent.append(json.loads(request.body))
    return sent


@pytest.mark.parametrize("bad", [{0}, {99}, set(range(0, 100, 10)), set(range(100))])
def test_of_a_hundred_contacts_only_the_bad_ones_are_refused(service, bad):
    outcomes = service.ready().create_contacts(
        [replace(one, address=f"no address {one.key}") if n in bad else one
         for n, one in enumerate(people(100))]
    )  # fmt: skip
    assert {n for n, one in enumerate(outcomes) if type(one) is Refused} == bad
    assert {n for n, one in enumerate(outcomes) if type(one) is Done} == set(range(100)) - bad
    assert len(service.transport.calls) == 1
    assert all("invalid" in str(outcomes[n]) for n in bad)


@pytest.mark.parametrize("bad", [{3}, {0, 50, 99}])
def test_of_a_hundred_emails_only_the_bad_ones_are_refused(service, bad):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    records = [email(f"k{n}", ada) for n in range(100)]
    for n in bad:
        records[n] = replace(records[n], contact_ids=("999999",))
    outcomes = crm.log_emails(records)
    assert {n for n, one in enumerate(outcomes) if type(one) is Changed} == bad
    assert sum(type(one) is Done for one in outcomes) == 100 - len(bad)
    assert len(service.transport.calls) == 1
    assert len(crm.emails_of([ada])) == 100 - len(bad)


def test_every_input_has_a_trace_id_of_its_own_even_when_keys_repeat(service):
    sent = bodies(service)
    service.crm().create_contacts([NewContact("k", f"p{n}@x.example") for n in range(3)])
    traces = [one["objectWriteTraceId"] for one in sent[0]["inputs"]]
    assert len(set(traces)) == 3


@pytest.mark.parametrize("status", [400, 409, 413])
def test_a_batch_refused_whole_is_halved_until_the_bad_one_stands_alone(service, status):
    crm = service.ready()

    def all_or_nothing(request: Request) -> Answer | None:
        inputs = json.loads(request.body)["inputs"]
        if any("p37@" in one["properties"]["email"] for one in inputs):
            return Answer(status, b'{"message": "something in there is wrong"}')
        return None

    service.transport.before = all_or_nothing
    outcomes = crm.create_contacts(people(100))
    assert [n for n, one in enumerate(outcomes) if type(one) is not Done] == [37]
    assert len({one.id for one in outcomes if type(one) is Done}) == 99
    # The path of halves down to one of a hundred, and the good halves beside it.
    assert len(service.transport.calls) <= 15


def test_a_batch_is_not_halved_when_something_may_have_been_written(service):
    crm = service.ready()
    service.tell("fault", method="POST", status=503)
    assert set(kinds(crm.create_contacts(people(100)))) == {InDoubt}
    assert len(service.transport.calls) == 1


def test_a_refusal_for_now_in_the_middle_leaves_the_rest_for_later(service):
    crm = service.ready()

    def refuses(request: Request) -> Answer | None:
        size = len(json.loads(request.body)["inputs"])
        first = "p0@" in json.loads(request.body)["inputs"][0]["properties"]["email"]
        if size == 4:
            return Answer(400, b"{}")
        return None if first else Answer(429, b'{"policyName": "TEN_SECONDLY_ROLLING"}')

    service.transport.before = refuses
    assert kinds(crm.create_contacts(people(4))) == [Done, Done, TryLater, TryLater]


@pytest.mark.parametrize(("status", "verdict"), [(429, TryLater), (401, Locked), (403, Locked)])
def test_a_refusal_of_everything_is_raised(service, status, verdict):
    crm = service.ready()
    service.tell("fault", status=status, n=9)
    with pytest.raises(verdict):
        crm.create_contacts(people(3))


def test_a_lost_answer_is_in_doubt_for_every_item(service):
    crm = service.ready()
    service.tell("fault", lose_answer=True)
    assert kinds(crm.create_contacts(people(3))) == [InDoubt] * 3
    # Sent again, what was made meanwhile is adopted.
    again = crm.create_contacts(people(3))
    assert all(type(one) is Done and one.found for one in again)


def test_half_an_answer_to_a_write_is_in_doubt(service):
    crm = service.ready()
    service.tell("fault", half=True)
    assert kinds(crm.create_contacts(people(2))) == [InDoubt] * 2


def test_without_echoed_trace_ids_contacts_are_told_by_address(service):
    crm = service.ready()
    service.tell("portal", echo_trace=False)
    outcomes = crm.create_contacts(people(5))
    assert kinds(outcomes) == [Done] * 5
    found = crm.find_contacts([one.address for one in people(5)])
    assert [one.id for one in outcomes] == [found[one.address].id for one in people(5)]


def test_without_echoed_trace_ids_emails_are_told_by_their_mark(service):
    crm = service.ready()
    service.tell("portal", echo_trace=False)
    ada = service.contact("ada@site.example")
    outcomes = crm.log_emails([email("k1", ada), email("k2", ada)])
    seen = {one.mark: one.id for one in crm.emails_of([ada])}
    assert [one.id for one in outcomes] == [seen["k1"], seen["k2"]]


def answered(service: Service, status: int, **data: Any) -> None:
    service.transport.before = lambda _request: Answer(status, json.dumps(data).encode())


def test_what_the_answer_does_not_mention_is_in_doubt(service):
    crm = service.ready()
    answered(service, 201, results=[{"id": "7", "properties": {"email": "p1@crowd.example"}}])
    assert kinds(crm.create_contacts(people(3))) == [InDoubt, Done, InDoubt]


def test_records_that_cannot_be_told_apart_are_in_doubt_not_guessed(service):
    crm = service.ready()
    answered(service, 201, results=[{"id": "7"}, {"id": "8"}])
    assert kinds(crm.create_contacts(people(2))) == [InDoubt, InDoubt]


def test_the_only_record_for_the_only_item_needs_no_name(service):
    crm = service.ready()
    answered(service, 201, results=[{"id": "7"}])
    assert crm.create_contacts(people(1)) == [Done("7")]


def test_errors_without_trace_ids_belong_to_what_is_left(service):
    crm = service.ready()
    record = {"id": "7", "properties": {"email": "p1@crowd.example"}}
    errors = [{"category": "VALIDATION_ERROR", "message": "no"}] * 2
    answered(service, 207, results=[record], errors=errors)
    assert kinds(crm.create_contacts(people(3))) == [Refused, Done, Refused]


def test_fewer_errors_than_items_left_leaves_those_in_doubt(service):
    crm = service.ready()
    answered(service, 207, results=[], errors=[{"category": "VALIDATION_ERROR"}])
    assert kinds(crm.create_contacts(people(2))) == [InDoubt, InDoubt]


def test_an_owner_who_left_is_left_out_at_the_cost_of_one_more_call(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    good = service.tell("add_owner", email="maya@brightlink.example", name="Maya")["id"]
    records = [email("k1", ada, owner_id="12"), email("k2", ada, owner_id=good)]
    first, second = crm.log_emails(records)
    assert "hubspot_owner_id" in first.note
    assert second.note == ""
    assert len(service.transport.calls) == 2
    assert len(crm.emails_of([ada])) == 2


def test_a_property_that_became_read_only_is_left_out(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    service.tell("portal", email_message_id="read_only")
    [outcome] = crm.log_emails([email("k1", ada)])
    assert "hs_email_message_id" in outcome.note
    [seen] = crm.emails_of([ada])
    assert (seen.mark, seen.message_id) == ("k1", "")


def test_a_mark_property_somebody_deleted_does_not_stop_the_logging(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    service.ask("DELETE", "/crm/properties/2026-09/emails/syncd_key")
    [outcome] = crm.log_emails([email("k1", ada)])
    assert type(outcome) is Done
    assert "syncd_key" in outcome.note


def test_what_is_refused_again_without_the_owner_stays_refused(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    [outcome] = crm.log_emails([email("k1", ada, owner_id="12", text="x" * 70_000)])
    assert type(outcome) is Done  # cut to fit
    service.tell("portal", required={"contacts": ["country"]})
    [refused] = crm.create_contacts([NewContact("k", "bob@x.example", "Bob", "12")])
    assert type(refused) is Refused
    assert "country" in str(refused)


def test_a_message_logged_twice_is_refused_by_its_mark_and_adopted(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    [first] = crm.log_emails([email("k1", ada)])
    [second] = crm.log_emails([email("k1", ada)])
    assert second == Done(first.id, found=True)
    assert len(crm.emails_of([ada])) == 1


def test_a_task_made_twice_is_adopted(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    [first] = crm.create_tasks([CrmTask("t1", ada, "Call", "", START, None)])
    [second] = crm.create_tasks([CrmTask("t1", ada, "Call", "", START, None)])
    assert second == Done(first.id, found=True)


def test_a_mark_taken_by_nobody_named_is_in_doubt(service):
    crm = service.ready()
    error = {"category": "VALIDATION_ERROR", "message": "syncd_key: CONFLICTING_UNIQUE_VALUE"}
    answered(service, 207, results=[], errors=[error])
    assert kinds(crm.log_emails([email("k1", "1")])) == [InDoubt]
    assert kinds(crm.create_tasks([CrmTask("t", "1", "s", "b", START, None)])) == [InDoubt]


def test_a_conflict_that_names_nobody_is_looked_up(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    conflict = {"message": "Contact already exists.", "category": "CONFLICT"}

    def refuses(request: Request) -> Answer | None:
        found = request.path.endswith("/batch/create")
        return Answer(409, json.dumps(conflict).encode()) if found else None

    service.transport.before = refuses
    batch = [NewContact("k1", "ada@site.example"), NewContact("k2", "gone@site.example")]
    adopted, unknown = crm.create_contacts(batch)
    assert adopted == Done(ada, found=True)
    assert type(unknown) is Changed


def test_an_update_refused_whole_is_halved_too(service):
    crm = service.ready()
    ids = [service.contact(f"p{n}@x.example") for n in range(4)]

    def refuses(request: Request) -> Answer | None:
        if not request.path.endswith("/batch/update"):
            return None
        inputs = json.loads(request.body)["inputs"]
        bad = any(one["id"] == ids[2] for one in inputs)
        return Answer(404, b'{"category": "OBJECT_NOT_FOUND"}') if bad else None

    service.transport.before = refuses
    changes = [ContactChange(f"k{one}", one, add={Field.TAGS: ("diy",)}) for one in ids]
    assert kinds(crm.change_contacts(changes)) == [Done, Done, Changed, Done]


def test_a_value_somebody_removed_is_refused_for_its_contact_only(service):
    crm = service.ready()
    ada, bob = service.contact("ada@x.example"), service.contact("bob@x.example")
    outcomes = crm.change_contacts(
        [
            ContactChange("k1", ada, add={Field.CAMPAIGNS: ("unheard-of",)}),
            ContactChange("k2", bob, add={Field.CAMPAIGNS: ("acme",)}),
        ]
    )
    assert kinds(outcomes) == [Refused, Done]
    assert "allowed options" in str(outcomes[0])


def test_one_poisonous_address_does_not_hide_the_others(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")

    def refuses(request: Request) -> Answer | None:
        return Answer(400, b"{}") if b"poison@" in request.body else None

    service.transport.before = refuses
    asked = ["poison@x.example", "ada@site.example", *(f"p{n}@x.example" for n in range(6))]
    found = crm.find_contacts(asked)
    assert {address: one.id for address, one in found.items()} == {"ada@site.example": ada}


def test_a_read_that_fails_raises(service):
    crm = service.ready()

    def lost(_request: Request) -> None:
        raise requests.ReadTimeout

    service.transport.before = lost
    with pytest.raises(TryLater):
        crm.find_contacts(["ada@site.example"])
    with pytest.raises(TryLater):
        crm.emails_of(["1"])


def test_an_empty_batch_asks_nothing(service):
    crm = service.ready()
    assert crm.create_contacts([]) == []
    assert crm.change_contacts([]) == []
    assert crm.log_emails([]) == []
    assert crm.create_tasks([]) == []
    assert crm.complete_tasks([]) == []
    assert crm.find_contacts([]) == {}
    assert crm.get_contacts([]) == {}
    assert crm.emails_of([]) == []
    assert crm.find_tasks([], []) == {}
    assert service.transport.calls == []


def test_old_paths_are_never_called(service):
    crm = service.ready()
    ada = service.contact("ada@site.example")
    crm.log_emails([email("k1", ada)])
    crm.emails_of([ada])
    crm.create_tasks([CrmTask("t1", ada, "Call", "", START, None)])
    paths = [path for _, _, path in service.transport.calls]
    assert all("/2026-09/" in path for path in paths)
    assert V in paths[0]
