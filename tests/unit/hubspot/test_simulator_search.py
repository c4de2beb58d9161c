"""Search, its limits and its late index (facts/hubspot.md 2.3, section 6.5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.hubspot.service import Said, Service, V


def search(service: Service, kind: str = "contacts", **body: Any) -> Said:
    return service.ask("POST", f"{V}/{kind}/search", body)


def where(*filters: tuple[str, ...]) -> dict[str, Any]:
    names = ("propertyName", "operator", "value")
    return {"filterGroups": [{"filters": [dict(zip(names, one, strict=False)) for one in filters]}]}


def found(service: Service, *filters: tuple[str, ...], kind: str = "contacts") -> list[str]:
    said = search(service, kind, **where(*filters))
    assert said.status == 200, said
    return [one["id"] for one in said.data["results"]]


@pytest.fixture
def ada(service):
    return service.contact("ada@site.example", firstname="Ada", lifecyclestage="lead", city="Leeds")


@pytest.fixture
def bob(service, ada):
    service.clock.advance(60)
    return service.contact("bob@site.example", firstname="Bob", phone="7")


def test_operators(service, ada, bob):
    cases = [
        (("email", "EQ", "ADA@site.example"), [ada]),
        (("email", "NEQ", "ada@site.example"), [bob]),
        (("lifecyclestage", "EQ", "lead"), [ada]),
        (("lifecyclestage", "EQ", "LEAD"), []),  # options are compared with their case
        (("city", "HAS_PROPERTY"), [ada]),
        (("city", "NOT_HAS_PROPERTY"), [bob]),
        (("email", "CONTAINS_TOKEN", "*@site.example"), [ada, bob]),
        (("email", "CONTAINS_TOKEN", "ada"), [ada]),
        (("email", "NOT_CONTAINS_TOKEN", "ada"), [bob]),
        (("createdate", "GT", "2026-11-23T09:00:30Z"), [bob]),
        (("createdate", "LTE", "2026-11-23T09:00:30Z"), [ada]),
        (("hs_object_id", "GTE", bob), [bob]),
        (("hs_object_id", "LT", bob), [ada]),
        (("hs_object_id", "EQ", bob), [bob]),
        (("city", "LT", "Z"), [ada]),
    ]
    for one, expected in cases:
        assert found(service, one) == expected, one


def test_between_and_in(service, ada, bob):
    def one(**given: Any) -> list[str]:
        said = search(service, filterGroups=[{"filters": [given]}])
        return [each["id"] for each in said.data["results"]]

    times = {"value": "2026-11-23T09:00:30Z", "highValue": "2026-11-23T09:02:00Z"}
    assert one(propertyName="createdate", operator="BETWEEN", **times) == [bob]
    assert one(propertyName="firstname", operator="IN", values=["ada", "eve"]) == [ada]
    # Values given in upper case are not folded.
    assert one(propertyName="firstname", operator="IN", values=["Ada"]) == []
    assert one(propertyName="firstname", operator="NOT_IN", values=["ada"]) == [bob]
    assert one(propertyName="lifecyclestage", operator="IN", values=["lead"]) == [ada]


def test_groups_are_alternatives_and_filters_all_must_hold(service, ada, bob):
    assert found(service, ("city", "EQ", "Leeds"), ("phone", "EQ", "7")) == []
    body: dict[str, Any] = {
        "filterGroups": [
            {"filters": [{"propertyName": "city", "operator": "EQ", "value": "leeds"}]},
            {"filters": [{"propertyName": "phone", "operator": "EQ", "value": "7"}]},
        ]
    }
    assert search(service, **body).data["total"] == 2


def test_email_matches_only_the_primary_address(service):
    given = {"email": "ada@site.example", "additional": ["ada@home.example"]}
    ada = service.tell("add_contact", **given)["id"]
    assert found(service, ("email", "EQ", "ada@home.example")) == []
    assert found(service, ("hs_additional_emails", "EQ", "ada@home.example")) == [ada]


def test_records_are_found_by_what_they_are_associated_with(service, ada, bob):
    mail = service.email(ada)
    assert found(service, ("associations.contact", "EQ", ada), kind="emails") == [mail]
    assert found(service, ("associations.contact", "EQ", bob), kind="emails") == []
    assert found(service, ("associations.contact", "NEQ", bob), kind="emails") == [mail]


def test_words_sorting_and_pages(service, ada, bob):
    assert [one["id"] for one in search(service, query="ada site").data["results"]] == [ada]
    newest = search(service, sorts=[{"propertyName": "createdate", "direction": "DESCENDING"}])
    assert [one["id"] for one in newest.data["results"]] == [bob, ada]
    assert [one["id"] for one in search(service, sorts=["firstname"]).data["results"]] == [ada, bob]
    page = search(service, limit=1).data
    assert page["total"] == 2
    assert page["paging"]["next"]["after"] == "1"
    rest = search(service, limit=1, after="1", properties=["city"]).data
    assert rest["results"][0]["properties"]["city"] is None
    assert "paging" not in rest


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"after": "x"},
        {"after": "10000"},
        {"query": "x" * 3000},
        {"filterGroups": [{"filters": []}] * 6},
        where(*[("email", "HAS_PROPERTY")] * 7),
        {"filterGroups": where(*[("email", "HAS_PROPERTY")] * 5)["filterGroups"] * 4},
        where(("email", "LIKE", "x")),
        where(("nonsense", "EQ", "x")),
        where(("associations.gizmo", "EQ", "x")),
        where(("email", "EQ")),
        where(("email", "IN", "x")),
        where(("createdate", "BETWEEN", "1")),
        where(("hs_body_preview_html", "EQ", "x")),
        {"sorts": ["email", "city"]},
        {"sorts": ["nonsense"]},
    ],
)
def test_searches_that_are_refused(service, body):
    assert search(service, **body).status == 400


@pytest.mark.parametrize("name", ["hs_email_text", "hs_email_html", "hs_body_preview"])
def test_bodies_of_emails_cannot_be_searched(service, name):
    assert search(service, "emails", **where((name, "EQ", "x"))).status == 400


def test_the_cap_hands_out_a_page_it_then_refuses(service):
    for start in range(0, 10_100, 100):
        inputs = [{"properties": {"email": f"p{start + n}@x.example"}} for n in range(100)]
        service.ask("POST", f"{V}/contacts/batch/create", {"inputs": inputs})
    page = search(service, limit=200, after="9800").data
    assert page["total"] == 10_100
    assert page["paging"]["next"]["after"] == "10000"
    assert search(service, limit=200, after="10000").status == 400


# the late index


def test_search_sees_what_was_written_only_after_a_while(service, ada):
    service.tell("lag", seconds=20)
    bob = service.contact("bob@site.example")
    service.ask("PATCH", f"{V}/contacts/{ada}", {"properties": {"city": "York"}})
    assert found(service, ("email", "HAS_PROPERTY")) == [ada]
    assert found(service, ("city", "EQ", "leeds")) == [ada]
    # Nothing else is late.
    read = service.ask("POST", f"{V}/contacts/batch/read", {"inputs": [{"id": bob}]})
    assert read.status == 200
    service.clock.advance(20)
    assert found(service, ("email", "HAS_PROPERTY")) == [ada, bob]
    assert found(service, ("city", "EQ", "york")) == [ada]
    service.ask("DELETE", f"{V}/contacts/{bob}")
    assert found(service, ("email", "HAS_PROPERTY")) == [ada, bob]
    service.clock.advance(20)
    assert found(service, ("email", "HAS_PROPERTY")) == [ada]


def test_two_writes_become_visible_in_their_order(service, ada):
    service.tell("lag", **{"from": 5, "to": 30})
    for city in ("York", "Hull", "Bath"):
        service.ask("PATCH", f"{V}/contacts/{ada}", {"properties": {"city": city}})
    seen = []
    for _ in range(70):
        [one] = search(service, properties=["city"]).data["results"]
        if one["properties"]["city"] not in seen:
            seen.append(one["properties"]["city"])
        service.clock.advance(0.5)
    assert seen[0] == "Leeds"
    assert seen[-1] == "Bath"
    order = ["Leeds", "York", "Hull", "Bath"]
    assert seen == [city for city in order if city in seen]


def test_switching_the_lag_off_does_not_reveal_what_is_still_hidden(service):
    service.tell("lag", seconds=20)
    ada = service.contact("ada@site.example")
    service.tell("lag", seconds=0)
    service.ask("PATCH", f"{V}/contacts/{ada}", {"properties": {"city": "York"}})
    assert found(service, ("email", "HAS_PROPERTY")) == []
    service.clock.advance(20)
    assert found(service, ("city", "EQ", "york")) == [ada]


def test_a_late_index_survives_a_snapshot(service, ada):
    service.tell("lag", seconds=20)
    service.contact("bob@site.example")
    service.ask("PATCH", f"{V}/contacts/{ada}", {"properties": {"city": "York"}})
    state = service.simulator.snapshot()
    service.simulator.restore(state)
    assert service.simulator.snapshot() == state
    assert found(service, ("city", "EQ", "leeds")) == [ada]
    service.clock.advance(20)
    assert len(found(service, ("email", "HAS_PROPERTY"))) == 2
