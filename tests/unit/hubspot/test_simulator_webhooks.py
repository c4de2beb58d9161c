"""What the account sends to an app (facts/hubspot.md 2.10, 6.15)."""

from __future__ import annotations

import json
import time

import pytest
from hubspot.utils.signature import Signature

from tests.unit.hubspot.service import V

URL = "http://127.0.0.1:9/hook%3Fa?b=c"


@pytest.fixture
def due(service):
    return lambda: service.tell("outbox")["due"]


def events(due):
    return [event for parcel in due() for event in json.loads(parcel["body"])]


def test_what_happens_to_contacts_is_told_by_type(service, due):
    for kind in ("creation", "deletion", "merge", "privacyDeletion"):
        service.tell("subscribe", type=f"contact.{kind}", url=URL)
    change = {"type": "contact.propertyChange", "url": URL, "property": "phone"}
    service.tell("subscribe", **change)
    ann, bob, eve = (service.contact(f"{name}@x.example") for name in ("ann", "bob", "eve"))
    service.tell("person_sets", contact=ann, properties={"phone": "1"})
    service.tell("person_sets", contact=ann, properties={"phone": "1", "city": "Rome"})
    merged = service.tell("merge", primary=ann, other=bob)["id"]
    service.ask("DELETE", f"{V}/contacts/{merged}")
    service.ask("POST", f"{V}/contacts/gdpr-delete", {"objectId": eve})
    service.tell("add_contact", email="fay@x.example")
    told = [(one["subscriptionType"].partition(".")[2], one["objectId"]) for one in events(due)]
    assert told[:4] == [
        ("creation", int(ann)),
        ("creation", int(bob)),
        ("creation", int(eve)),
        ("propertyChange", int(ann)),
    ]
    assert ("merge", int(merged)) in told
    assert [kind for kind, _ in told[-3:]] == ["deletion", "privacyDeletion", "creation"]
    # A merge deletes nobody: the two go on in the third.
    assert [kind for kind, _ in told].count("deletion") == 1


def test_a_property_change_says_what_it_is_now(service, due):
    service.tell("subscribe", type="contact.propertyChange", url=URL, property="phone")
    ann = service.contact("ann@x.example")
    service.tell("person_sets", contact=ann, properties={"phone": "1"})
    [event] = events(due)
    assert (event["propertyName"], event["propertyValue"]) == ("phone", "1")
    assert event["portalId"] == 24601337


def test_hubspots_own_library_accepts_the_signature(service, due):
    service.clock.advance(time.time() - service.clock.now().timestamp())
    service.tell("subscribe", type="contact.creation", url=URL)
    service.contact("ann@x.example")
    [sent] = due()
    given = {
        "signature": sent["headers"]["x-hubspot-signature-v3"],
        "client_secret": "sandbox-secret",
        "http_uri": "http://127.0.0.1:9/hook?a?b=c",
        "signature_version": "v3",
        "timestamp": sent["headers"]["x-hubspot-request-timestamp"],
    }
    assert Signature.is_valid(request_body=sent["body"], **given)
    assert not Signature.is_valid(request_body=sent["body"] + " ", **given)


def test_events_come_in_batches_of_at_most_a_hundred(service, due):
    service.tell("subscribe", type="contact.creation", url=URL)
    for number in range(130):
        service.tell("add_contact", email=f"{number}@x.example")
    assert [len(json.loads(parcel["body"])) for parcel in due()] == [100, 30]


def test_what_is_not_taken_comes_ten_more_times_within_a_day(service, due):
    service.tell("subscribe", type="contact.creation", url=URL)
    service.contact("ann@x.example")
    start = service.clock.now()
    attempts = []
    while parcels := due():
        attempts.append(json.loads(parcels[0]["body"])[0]["attemptNumber"])
        told = service.tell("delivered", id=parcels[0]["id"], status=503)
        assert due() == []
        service.clock.advance(told.get("due_in", 0))
    assert attempts == list(range(11))
    assert (service.clock.now() - start).total_seconds() <= 24 * 3600
    service.contact("bob@x.example")
    service.tell("delivered", id=due()[0]["id"], status=204)
    assert due() == []


def test_batches_come_twice_late_or_never_by_switch(service, due):
    service.tell("subscribe", type="contact.creation", url=URL)

    def ids(**switches):
        service.tell("webhooks", **{"duplicate": 0, "reorder": 0, "lose": 0, **switches})
        before = service.contact(f"a{service.clock.now():%H%M%S}@x.example")
        due()
        service.tell("webhooks", reorder=0)
        after = service.contact(f"b{service.clock.now():%H%M%S}@x.example")
        due()
        service.clock.advance(10)
        found = [str(event["objectId"]) for event in events(due)]
        for parcel in due():
            service.tell("delivered", id=parcel["id"], status=200)
        return [{before: "first", after: "second"}[one] for one in found]

    assert ids() == ["first", "second"]
    assert ids(duplicate=1) == ["first", "first", "second", "second"]
    assert ids(reorder=1) == ["second", "first"]
    assert ids(lose=1) == []


def test_emails_have_no_events_and_wrong_wishes_are_refused(service, due):
    with pytest.raises(ValueError, match="type is one of"):
        service.tell("subscribe", type="email.creation", url=URL)
    with pytest.raises(ValueError, match="property goes with"):
        service.tell("subscribe", type="contact.propertyChange", url=URL)
    with pytest.raises(ValueError, match="url"):
        service.tell("subscribe", type="contact.creation", url="ftp://x")
    service.tell("subscribe", type="company.creation", url=URL)
    service.email(service.contact("ann@x.example"))
    assert due() == []
    service.ask("POST", f"{V}/companies", {"properties": {"name": "ACME"}})
    assert len(due()) == 1
    service.tell("unsubscribe")
    assert due() == []
