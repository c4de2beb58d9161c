"""Beside HubSpot's own mail logger: what it logged is adopted, what it doubles is reported."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.store import overview
from tests.unit.engine.office import ADA, BOB, Office

OTHER: dict[str, Any] = {"subject": "Another", "labels": ()}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path, crm_logger="wait 10 minutes")
    office.tell("hubspot", "add_contact", email=ADA, name="Ada")
    return office


def hubspot_logs(office: Office, key: str) -> None:
    office.tell(
        "hubspot",
        "native_log",
        contacts=[ADA],
        subject="Builder guide",
        at=office.clock.now().isoformat(),
        direction="sent",
        message_id=key,
    )


def test_fresh_mail_waits_for_hubspots_logger(office: Office):
    office.wrote(f"Ada <{ADA}>", 0, "p1@brightlink.example")
    office.turn()
    assert office.emails() == []
    office.clock.advance(599)
    office.turn()
    assert office.emails() == []
    office.clock.advance(2)
    office.turn()
    assert office.emails() == ["Builder guide"]


def test_mail_older_than_the_grace_time_waits_for_nothing(office: Office):
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example")
    assert office.turn().quiet
    assert office.emails() == ["Builder guide"]


def test_with_hubspots_logger_off_fresh_mail_is_logged_at_once(tmp_path: Path):
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 0, "p1@brightlink.example")
    office.turn()
    assert office.emails() == ["Builder guide"]


def test_a_daemon_knows_when_the_grace_time_ends(office: Office):
    office.wrote(f"Ada <{ADA}>", 0, "p1@brightlink.example")
    with office.works() as engine:
        engine.turn()
        office.clock.advance(601)
        assert engine.settle().quiet
    assert office.emails() == ["Builder guide"]


@pytest.mark.parametrize("brackets", [True, False])
def test_what_hubspot_logged_first_is_adopted(office: Office, brackets: bool):  # noqa: FBT001 - a case
    office.wrote(f"Ada <{ADA}>", 0, "p1@brightlink.example")
    office.turn()
    hubspot_logs(office, "<p1@brightlink.example>" if brackets else "p1@brightlink.example")
    office.clock.advance(601)
    office.turn()
    assert office.emails() == ["Builder guide"]
    assert office.coverage() == {("logged", "logged by the CRM's own logger"): 1}


def test_an_adopted_message_is_followed_up_like_any_other(office: Office):
    hubspot_logs(office, "p1@brightlink.example")
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    assert office.emails() == ["Builder guide"]
    assert office.open_tasks() == ["Follow up with Ada (site.example)"]
    assert office.contact(ADA)["syncd_stage"] == "contacted"


def test_what_hubspot_logs_after_us_is_reported_as_double(office: Office):
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example")
    office.turn()
    hubspot_logs(office, "p1@brightlink.example")
    office.wrote(f"Ada <{ADA}>", 0.5, "p2@brightlink.example", **OTHER)
    office.turn()
    with office.state() as tx:
        [(subject, ours, theirs)] = overview.doubles(tx)
    assert subject == "Builder guide"
    assert ours != theirs


def test_nothing_is_reported_where_nothing_is_double(office: Office):
    hubspot_logs(office, "p1@brightlink.example")
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example")
    office.turn()
    office.wrote(f"Ada <{ADA}>", 0.5, "p2@brightlink.example", **OTHER)
    office.turn()
    with office.state() as tx:
        assert overview.doubles(tx) == []


def test_an_engagement_seen_once_is_not_read_again(office: Office):
    for number in range(3):
        hubspot_logs(office, f"old{number}@brightlink.example")
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example")
    office.turn()
    office.wrote(f"Ada <{ADA}>", 0.5, "p2@brightlink.example", **OTHER)
    office.since()
    office.turn()
    assert office.calls("hubspot", path="/objects/2026-09/emails/batch/read") == []


def test_a_message_to_two_is_adopted_though_hubspot_knew_only_one(office: Office):
    hubspot_logs(office, "p1@brightlink.example")
    office.wrote(f"Ada <{ADA}>, Bob <{BOB}>", 1, "p1@brightlink.example")
    office.turn()
    assert office.emails() == ["Builder guide"]


def test_a_plan_shows_what_waits_for_its_grace_time_only_when_it_has_passed(office: Office):
    office.wrote(f"Ada <{ADA}>", 0, "p1@brightlink.example")
    office.turn()
    assert not office.plan()
    office.clock.advance(timedelta(minutes=11).total_seconds())
    assert ("log_email", f"log email to {ADA}: Builder guide") in office.plan()
