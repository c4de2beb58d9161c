"""Segments in HubSpot hold who stands how with us, beside what people put into them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from syncd.ports.simulator import Request
from tests.unit.engine.office import ADA, BOB, Office

NAME = "Linked before: builders"
SEGMENTS = f"""
segments:
  - {{name: "{NAME}", linked: true, niche: builders, client: any}}
"""
EVE = "eve@third.example"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path, more=SEGMENTS)
    for number, address in enumerate((ADA, BOB)):
        office.wrote(f"Some One <{address}>", 2, f"p{number}@brightlink.example")
    office.turn()
    return office


def stage(office: Office, address: str, value: str) -> None:
    contact = office.contact(address)["hs_object_id"]
    office.tell("hubspot", "person_sets", contact=contact, properties={"syncd_stage": value})
    noticed(office)


def noticed(office: Office) -> None:
    office.clock.advance(1200)
    office.turn()


def by_hand(office: Office, change: str, address: str) -> None:
    """A person puts somebody into the segment (add), or takes them out (remove)."""
    asked(
        office, "PUT", f"{listed(office)['listId']}/memberships/{change}", [number(office, address)]
    )


def number(office: Office, address: str) -> str:
    return str(office.contact(address)["hs_object_id"])


def asked(office: Office, method: str, path: str, body: Any = None) -> Any:
    answer = office.simulators["hubspot"].handle(
        Request(
            method,
            f"/crm/lists/2026-09/{path}",
            (),
            {"authorization": "Bearer pat-sandbox"},
            b"" if body is None else json.dumps(body).encode(),
        )
    )
    assert answer.status < 300, answer
    return json.loads(answer.body or b"{}")


def listed(office: Office) -> Any:
    return asked(office, "GET", f"object-type-id/0-1/name/{NAME}")["list"]


def members(office: Office) -> set[str]:
    found = asked(office, "GET", f"{listed(office)['listId']}/memberships")
    inside = {one["recordId"] for one in found["results"]}
    return {
        row["email"] for row in office.objects("contacts") if str(row["hs_object_id"]) in inside
    }


def test_setting_up_makes_the_segment_and_nobody_is_in_it(office: Office):
    assert listed(office)["processingType"] == "MANUAL"
    assert members(office) == set()


def test_who_linked_is_put_in_and_nobody_else(office: Office):
    stage(office, ADA, "linked")
    assert members(office) == {ADA}


def test_who_was_put_in_is_taken_out_again_when_it_is_true_no_more(office: Office):
    stage(office, ADA, "linked")
    stage(office, ADA, "declined")
    assert members(office) == set()
    stage(office, ADA, "linked")
    assert members(office) == {ADA}


def test_whom_a_person_put_in_stays_in(office: Office):
    by_hand(office, "add", ADA)
    by_hand(office, "add", BOB)
    stage(office, ADA, "linked")
    stage(office, ADA, "declined")
    office.nightly()
    assert members(office) == {ADA, BOB}


def test_whom_a_person_took_out_is_not_put_back(office: Office):
    stage(office, ADA, "linked")
    by_hand(office, "remove", ADA)
    office.clock.advance(3 * 3600)
    office.nightly()
    stage(office, ADA, "lost")
    stage(office, ADA, "linked")
    assert members(office) == set()


def test_who_was_taken_out_by_hand_before_we_would_is_not_put_back(office: Office):
    stage(office, ADA, "linked")
    by_hand(office, "remove", ADA)
    stage(office, ADA, "declined")
    stage(office, ADA, "linked")
    assert members(office) == set()


def test_who_is_not_to_be_contacted_is_in_no_segment(office: Office):
    stage(office, ADA, "linked")
    contact = office.contact(ADA)["hs_object_id"]
    flag = {"syncd_do_not_contact": "true"}
    office.tell("hubspot", "person_sets", contact=contact, properties=flag)
    noticed(office)
    assert members(office) == set()


@pytest.mark.parametrize("asks", ["campaign: acme, client: any", "client: acme.example"])
def test_a_segment_may_ask_for_a_campaign_or_a_client(office: Office, asks: str):
    office.text = office.text.replace("niche: builders, client: any", asks)
    stage(office, ADA, "linked")
    assert members(office) == {ADA}


def test_a_segment_that_means_something_else_now_is_filled_anew(office: Office):
    stage(office, ADA, "linked")
    office.text = office.text.replace("linked: true", "contacted: true")
    noticed(office)
    assert members(office) == {BOB}


def test_a_segment_that_comes_later_is_filled_with_what_is_known(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    office.turn()
    stage(office, ADA, "linked")
    office.text += SEGMENTS
    office.turn()
    assert members(office) == {ADA}


def test_auto_keeps_one_for_each_niche(tmp_path: Path):
    office = Office(tmp_path, more="\nsegments: auto\n")
    office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    office.turn()
    stage(office, ADA, "linked")
    assert members(office) == {ADA}


def test_a_segment_deleted_in_the_crm_is_made_again_and_filled(office: Office):
    stage(office, ADA, "linked")
    asked(office, "DELETE", str(listed(office)["listId"]))
    office.clock.advance(3 * 3600)
    office.nightly()
    noticed(office)
    assert members(office) == {ADA}


def test_a_settled_segment_costs_no_call(office: Office):
    stage(office, ADA, "linked")
    office.turn()
    office.since()
    office.turn()
    assert office.calls("hubspot") == []


def test_one_look_changes_many_at_once(tmp_path: Path):
    office = Office(tmp_path, more=SEGMENTS)
    crowd = [f"person{number}@crowd{number}.example" for number in range(30)]
    for one in crowd:
        office.wrote(f"One <{one}>", 2, f"{one}.brightlink.example")
    office.turn()
    for one in crowd:
        contact = office.contact(one)["hs_object_id"]
        properties = {"syncd_stage": "linked"}
        office.tell("hubspot", "person_sets", contact=contact, properties=properties)
    office.since()
    noticed(office)
    assert members(office) == set(crowd)
    assert len(office.calls("hubspot", "PUT", "/memberships/")) == 1


def test_a_lost_answer_neither_loses_nor_doubles_a_member(office: Office):
    office.tell("hubspot", "fault", method="PUT", path="memberships", n=1, lose_answer=True)
    stage(office, ADA, "linked")
    office.clock.advance(1200)
    office.turn()
    assert members(office) == {ADA}
    # Ours, although the second try found them there: taken out when it is true no more.
    stage(office, ADA, "declined")
    assert members(office) == set()


def test_without_the_scope_everything_else_goes_on(tmp_path: Path):
    office = Office(tmp_path, ready=False, more=SEGMENTS)
    office.tell("hubspot", "fault", method="GET", path="/crm/lists/", n=9, status=403)
    office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    office.turn()
    assert office.contact(ADA)["syncd_stage"] == "contacted"
    stage(office, ADA, "linked")
    assert office.states("change_segment") == {}


def test_a_segment_that_the_crm_fills_by_itself_is_left_alone(tmp_path: Path):
    office = Office(tmp_path, ready=False, more=SEGMENTS)
    body = {"name": NAME, "objectTypeId": "0-1", "processingType": "DYNAMIC"}
    asked(office, "POST", "", body)
    office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    office.turn()
    stage(office, ADA, "linked")
    assert members(office) == set()


def test_observing_shows_the_change_and_makes_none(tmp_path: Path):
    office = Office(tmp_path, more=f"{SEGMENTS}\nmodes: {{relate: observe}}\n")
    office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    office.turn()
    stage(office, ADA, "linked")
    assert members(office) == set()
    assert sum(office.states("change_segment").values()) == 1


def test_a_rehearsal_shows_the_change_and_makes_none(office: Office):
    contact = office.contact(ADA)["hs_object_id"]
    properties = {"syncd_stage": "linked"}
    office.tell("hubspot", "person_sets", contact=contact, properties=properties)
    office.clock.advance(1200)
    assert ("change_segment", f"segment {NAME}: put {ADA} into it") in office.plan()
    assert members(office) == set()


def test_an_undone_membership_is_not_made_again(office: Office):
    from syncd.engine.undo import undo

    stage(office, ADA, "linked")
    with office.state() as tx:
        from syncd.store.schema import effects

        [run] = tx.execute(effects.select().where(effects.c.kind == "change_segment")).mappings()
    with office.works() as works:
        report = undo(works, run["run_id"])
        assert report.counts["reversed"] >= 1
    assert members(office) == set()
    stage(office, ADA, "lost")
    assert members(office) == set()
