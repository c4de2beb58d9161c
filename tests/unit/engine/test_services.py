"""HubSpot or Teamwork refuse, stumble or are away: the rest goes on, and all is caught up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.ports.simulator import Request
from syncd.store import notes, overview
from tests.unit.engine.office import ADA, BOB, MAYA, Office

ANSWER = {"answers": "p1@brightlink.example", "subject": "Re: Builder guide"}
ALWAYS = 10_000
EVE = "eve@third.example"
TASK = "Follow up with Ada (site.example)"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Ada was written to six days ago and has a task; a first turn is over."""
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    assert office.open_tasks() == [TASK]
    return office


def hubspot_refuses(office: Office, status: int, **more: object) -> None:
    office.tell("hubspot", "fault", n=ALWAYS, status=status, **more)


def hubspot_recovers(office: Office) -> None:
    office.tell("hubspot", "clear_faults")
    office.clock.advance(3700)
    with office.works() as engine:
        engine.until_quiet()
        engine.finish()


def test_without_access_to_hubspot_mail_is_still_read(office: Office):
    hubspot_refuses(office, 401)
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", **ANSWER)
    office.turn()
    assert office.coverage() == {("logged", ""): 1, ("waiting", ""): 1}


def test_without_access_to_hubspot_tasks_still_close(office: Office):
    hubspot_refuses(office, 401)
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", **ANSWER)
    office.turn()
    assert office.open_tasks() == []


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_what_hubspot_did_not_take_is_caught_up(office: Office, status: int):
    hubspot_refuses(office, status)
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", **ANSWER)
    office.got(f"Bob <{BOB}>", 0, "n1@other.example", subject="Hello")
    office.turn()
    hubspot_recovers(office)
    assert office.emails() == ["Builder guide", "Hello", "Re: Builder guide"]
    assert office.people() == [ADA, BOB]
    assert office.contact(ADA)["syncd_stage"] == "replied"


def test_hubspot_out_of_reach_is_caught_up_as_well(office: Office):
    office.transport.down.add("hubspot")
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", **ANSWER)
    office.got(f"Bob <{BOB}>", 0, "n1@other.example", subject="Hello")
    office.turn()
    assert office.open_tasks() == []
    office.transport.down.clear()
    hubspot_recovers(office)
    assert office.emails() == ["Builder guide", "Hello", "Re: Builder guide"]


def test_every_service_out_of_reach_at_the_first_start_is_no_traceback(tmp_path: Path):
    office = Office(tmp_path, ready=False)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.transport.down |= {"gmail", "hubspot", "teamwork"}
    rest = office.turn()
    assert not rest.quiet
    office.transport.down.clear()
    office.clock.advance(3700)
    assert office.turn().quiet
    assert office.emails() == ["Builder guide"]
    assert office.open_tasks() == [TASK]


def test_a_refused_hubspot_is_not_asked_again_and_again(office: Office):
    hubspot_refuses(office, 401)
    for number in range(3):
        office.got(f"P <p{number}@other.example>", 0, f"n{number}@other.example")
    with office.works() as engine:
        office.since()
        for _ in range(4):
            engine.turn()
            office.clock.advance(10)
    assert len(office.calls("hubspot")) <= 2


def test_a_contact_hubspot_refuses_is_parked_and_the_others_are_logged(tmp_path: Path):
    office = Office(tmp_path)
    hubspot_forgets_for_good(office, EVE)
    office.wrote(f"Eve <{EVE}>, Bob <{BOB}>", 1, "p2@brightlink.example")
    assert office.turn().quiet
    assert office.states("add_contact") == {"parked": 1, "done": 1}
    [email] = office.objects("emails")
    assert email["contacts"] == [office.contact(BOB)["id"]]


def test_mail_with_only_a_contact_hubspot_refuses_is_skipped_for_that_reason(tmp_path: Path):
    office = Office(tmp_path)
    hubspot_forgets_for_good(office, EVE)
    office.wrote(f"Eve <{EVE}>", 6, "p2@brightlink.example")
    assert office.turn().quiet
    assert office.coverage() == {("skipped", "the CRM refuses this person"): 1}
    assert office.open_tasks() == []


def hubspot_forgets_for_good(office: Office, address: str) -> None:
    """The person asked to be forgotten: HubSpot refuses the address from now on."""
    contact = office.tell("hubspot", "add_contact", email=address)["id"]
    office.simulators["hubspot"].handle(
        Request(
            "POST",
            "/crm/objects/2026-09/contacts/gdpr-delete",
            headers={"authorization": "Bearer pat-sandbox", "content-type": "application/json"},
            body=json.dumps({"objectId": contact}).encode(),
        )
    )


def test_without_teamwork_mail_is_logged_and_tasks_follow_later(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.tell("teamwork", "fault", count=ALWAYS, status=500)
    office.turn()
    assert office.emails() == ["Builder guide"]
    assert office.contact(ADA)["syncd_stage"] == "contacted"
    office.tell("teamwork", "clear_faults")
    office.clock.advance(3700)
    with office.works() as engine:
        engine.until_quiet()
    assert office.open_tasks() == [TASK]


def test_a_task_whose_making_failed_on_teamworks_side_is_made_once(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.tell(
        "teamwork", "fault", count=3, status=500, method="POST", path=r"/tasklists/\d+/tasks.json$"
    )
    with office.works() as engine:
        engine.until_quiet()
    assert office.board() == [(TASK, "new")]


def test_a_key_teamwork_refuses_stops_nothing_else(office: Office):
    office.tell("teamwork", "fault", count=ALWAYS, status=401)
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", **ANSWER)
    office.turn()
    assert len(office.emails()) == 2
    office.tell("teamwork", "clear_faults")
    office.clock.advance(3700)
    office.turn()
    assert office.open_tasks() == []


def test_a_scope_that_is_missing_in_hubspot_does_not_keep_teamwork_from_being_set_up(
    tmp_path: Path,
):
    office = Office(tmp_path, ready=False)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.tell("hubspot", "fault", n=ALWAYS, method="POST", path="/properties/", status=403)
    office.turn()
    assert office.emails() == ["Builder guide"]
    assert office.open_tasks() == [TASK]


def test_what_could_not_be_set_up_is_tried_again_by_the_next_process(tmp_path: Path):
    office = Office(tmp_path, ready=False)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.tell("hubspot", "fault", n=ALWAYS, method="POST", path="/properties/", status=400)
    office.turn()
    assert office.states("provide")["parked"]
    office.tell("hubspot", "clear_faults")
    office.clock.advance(3700)
    office.turn()
    assert set(office.states("provide")) == {"done"}
    assert office.contact(ADA)["syncd_stage"] == "contacted"


def test_a_thing_a_person_made_meanwhile_is_not_missed_any_more(tmp_path: Path):
    office = Office(tmp_path, ready=False)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.tell(
        "teamwork", "fault", count=ALWAYS, method="POST", path="/projects.json$", status=400
    )
    office.turn()
    assert office.open_tasks() == []
    office.tell("teamwork", "add_project", name="Outreach", lists=["Follow-ups"], by=MAYA)
    office.clock.advance(3700)
    office.turn()
    assert office.open_tasks() == [TASK]


def test_a_board_that_no_longer_knows_where_we_were_is_listed_afresh(office: Office):
    with office.works() as engine, engine.ctx.store.begin() as tx:
        notes.write(tx, "board_cursor", "of another board", office.clock.now())
    office.person("completes")
    office.turn()
    with office.state() as tx:
        assert overview.totals(tx)["tasks.closed_by_person"] == 1
        assert notes.read(tx, "board_cursor") != "of another board"


def test_what_cannot_be_sent_for_now_is_not_tried_without_a_pause(office: Office):
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", **ANSWER)
    with office.works() as engine:
        hubspot_refuses(office, 503)
        engine.turn()
        office.tell("hubspot", "clear_faults")
        hubspot_refuses(office, 401)
        office.got(f"Bob <{BOB}>", 0, "n1@other.example")
        office.clock.advance(60)
        rest = engine.turn()
    assert rest.waiting
    assert rest.again_at is None or rest.again_at > office.clock.now()


REFUSED = {
    "status": "error",
    "category": "VALIDATION_ERROR",
    "message": "no",
    "correlationId": "1",
}


def test_a_person_hubspot_refused_and_somebody_added_is_logged_after_all(tmp_path: Path):
    office = Office(tmp_path)
    office.tell("hubspot", "fault", n=9, path="/contacts/batch/create$", status=400, body=REFUSED)
    office.got(f"Bob <{BOB}>", 1, "n1@other.example", subject="Hello")
    assert office.turn().quiet
    assert office.coverage() == {("skipped", "the CRM refuses this person"): 1}
    office.tell("hubspot", "clear_faults")
    office.tell("hubspot", "add_contact", email=BOB)
    office.nightly()
    assert office.emails() == ["Hello"]


def test_a_message_hubspot_refuses_is_counted_with_that_reason(office: Office):
    hubspot_refuses(office, 400, path="/emails/batch/create$", body=REFUSED)
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", **ANSWER)
    assert office.turn().quiet
    assert office.coverage() == {
        ("logged", ""): 1,
        ("waiting", "the CRM refuses it; it is parked"): 1,
    }
    assert office.open_tasks() == []
