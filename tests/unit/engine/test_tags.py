"""Campaigns, tags and stage on HubSpot's contacts, beside what people set there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.office import ACME, ADA, BOB, MAYA, Office

BETA = """
  - id: beta
    client: beta.example
    tags: [gardens]
    match: {any: [{label: Campaigns/Beta}]}
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, more=BETA)


def fields(office: Office, address: str = ADA) -> tuple[str, str, str]:
    found = office.contact(address)
    return (
        found["syncd_campaigns"] or "",
        ";".join(sorted((found["syncd_tags"] or "").split(";"))),
        found["syncd_stage"] or "",
    )


def wrote(office: Office, *labels: str) -> str:
    return office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example", subject="Hello", labels=labels)


def relabel(office: Office, message: str, **changes: list[str]) -> None:
    office.tell("gmail", "relabel", mailbox=MAYA, id=message, **changes)
    office.turn()


def test_a_label_added_later_tags_the_contact(office: Office):
    message = wrote(office)
    office.turn()
    assert fields(office) == ("", "", "contacted")
    relabel(office, message, add=[ACME])
    assert fields(office) == ("acme", "builders", "contacted")


def test_a_label_taken_off_takes_back_what_it_gave(office: Office):
    message = wrote(office, ACME)
    office.turn()
    relabel(office, message, remove=[ACME], add=["Campaigns/Beta"])
    assert fields(office) == ("beta", "gardens", "contacted")


def test_a_label_put_on_again_tags_again(office: Office):
    message = wrote(office, ACME)
    office.turn()
    for _ in range(2):
        relabel(office, message, remove=[ACME])
        assert fields(office)[0] == ""
        relabel(office, message, add=[ACME])
        assert fields(office)[0] == "acme"


def test_only_what_we_added_is_taken_back(office: Office):
    office.tell("hubspot", "add_contact", email=ADA)
    office.tell(
        "hubspot",
        "person_sets",
        contact=ADA,
        properties={"syncd_campaigns": "acme", "syncd_tags": "gardens"},
    )
    message = wrote(office, ACME)
    office.turn()
    assert fields(office) == ("acme", "builders;gardens", "contacted")
    relabel(office, message, remove=[ACME])
    assert fields(office) == ("acme", "gardens", "contacted")


def test_a_tag_a_person_took_off_is_not_put_on_again_for_the_same_mail(office: Office):
    wrote(office, ACME)
    office.turn()
    office.tell("hubspot", "person_sets", contact=ADA, properties={"syncd_tags": ""})
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    office.turn()
    assert fields(office) == ("acme", "", "replied")


def test_the_stage_moves_forward_by_itself(office: Office):
    wrote(office)
    office.turn()
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    office.turn()
    assert fields(office)[2] == "replied"


def test_a_stage_a_person_set_stays(office: Office):
    wrote(office)
    office.turn()
    office.tell("hubspot", "person_sets", contact=ADA, properties={"syncd_stage": "declined"})
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    office.turn()
    assert fields(office)[2] == "declined"
    office.wrote(f"Ada <{ADA}>", 0, "p2@brightlink.example", labels=())
    office.turn()
    assert fields(office)[2] == "declined"


def test_a_contact_deleted_in_hubspot_is_made_again_for_new_mail_only(office: Office):
    wrote(office, ACME)
    office.turn()
    office.tell("hubspot", "person_deletes", contact=ADA)
    office.turn()
    assert office.people() == []
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example", subject="Yes")
    with office.works() as engine:
        engine.until_quiet()
    assert office.people() == [ADA]
    [email] = [row for row in office.objects("emails") if row["contacts"]]
    assert email["hs_email_subject"] == "Yes"
    assert fields(office) == ("acme", "builders", "replied")


def test_a_contact_merged_into_another_keeps_being_written_to(office: Office):
    office.tell("hubspot", "add_contact", email="ada@home.example")
    wrote(office, ACME)
    office.turn()
    office.tell("hubspot", "merge", primary="ada@home.example", other=ADA)
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example", subject="Yes")
    with office.works() as engine:
        engine.until_quiet()
    assert office.people() == ["ada@home.example"]
    survivor = office.contact("ada@home.example")
    assert (survivor["syncd_campaigns"], survivor["syncd_stage"]) == ("acme", "replied")
    assert [row["contacts"] for row in office.objects("emails")] == [[survivor["id"]]] * 2


def test_two_addresses_of_one_contact_are_one_dialogue(office: Office):
    office.tell("hubspot", "add_contact", email=ADA, additional=[BOB])
    wrote(office, ACME)
    office.got(f"Ada <{BOB}>", 1, "r1@other.example", answers="p1@brightlink.example")
    office.turn()
    assert office.people() == [ADA]
    assert fields(office) == ("acme", "builders", "replied")


def test_a_field_hubspot_refuses_is_parked_and_stops_nothing(office: Office):
    office.tell(
        "hubspot",
        "fault",
        n=1,
        method="POST",
        path="/contacts/batch/update$",
        status=400,
        body={
            "status": "error",
            "category": "VALIDATION_ERROR",
            "message": "no",
            "correlationId": "1",
        },
    )
    wrote(office, ACME)
    assert office.turn().quiet
    assert office.states("change_contact") == {"parked": 1}
    assert len(office.emails()) == 1
