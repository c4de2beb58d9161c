"""A mailbox that refuses, forgets or loses something: nothing is lost, the others go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncd.store import exchanges, mailboxes
from tests.support.letters import delivery
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

EVE = "eve@third.example"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Maya waits for Ada, Tom for Bob; a first turn is over."""
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    office.wrote(f"Bob <{BOB}>", 2, "p2@brightlink.example", mailbox=TOM)
    office.turn()
    return office


def revoked_for_days(office: Office, days: float) -> None:
    office.tell("gmail", "revoke", mailbox=MAYA)
    office.clock.advance(days=days)


def test_the_other_mailboxes_go_on(office: Office):
    office.tell("gmail", "revoke", mailbox=MAYA)
    office.got(f"Bob <{BOB}>", 0, "r2@x", mailbox=TOM, answers="p2@brightlink.example")
    office.turn()
    assert len(office.emails()) == 3
    with office.state() as tx:
        assert mailboxes.get(tx, MAYA).locked


def test_one_that_never_let_us_in_does_not_stop_the_others(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.tell("gmail", "revoke", mailbox=MAYA)
    office.wrote(f"Bob <{BOB}>", 6, "p2@brightlink.example", mailbox=TOM)
    rest = office.turn()
    assert rest.quiet
    assert len(office.emails()) == 1
    assert office.open_tasks() == ["Follow up with Bob (other.example)"]


def test_no_task_opens_for_mail_that_cannot_be_seen(office: Office):
    revoked_for_days(office, 5)
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    office.turn()
    assert office.open_tasks() == ["Follow up with Bob (other.example)"]


def test_nothing_is_lost_once_we_are_let_in_again(office: Office):
    revoked_for_days(office, 5)
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example", subject="Yes")
    office.turn()
    office.tell("gmail", "restore_access", mailbox=MAYA)
    office.clock.advance(600)
    assert office.turn().quiet
    assert office.emails() == ["Builder guide", "Builder guide", "Yes"]
    assert office.open_tasks() == ["Follow up with Bob (other.example)"]
    with office.state() as tx:
        assert mailboxes.get(tx, MAYA).locked is None


def test_a_refused_mailbox_is_not_asked_at_every_turn(office: Office):
    office.tell("gmail", "revoke", mailbox=MAYA)
    with office.works() as engine:
        engine.turn()
        office.since()
        engine.turn()
        engine.turn()
    assert len(office.calls("gmail", path="history")) == 2  # Tom's alone


def test_a_mailbox_locked_in_the_middle_of_its_first_reading_opens_no_task(tmp_path: Path):
    office = Office(tmp_path)
    for number in range(52):
        office.wrote(f"P <p{number}@site.example>", 9, f"{number}@brightlink.example")
    office.transport.meanwhile("/labels", lambda: office.tell("gmail", "revoke", mailbox=MAYA))
    office.turn()
    assert len(office.emails()) == 50
    assert office.open_tasks() == []


def test_what_is_due_and_cannot_be_decided_is_not_decided_again_and_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    revoked_for_days(office, 5)
    decided: list[int] = []
    load = exchanges.load

    def counted(tx: Any, conversations: list[int]) -> Any:
        decided.extend(conversations)
        return load(tx, conversations)

    monkeypatch.setattr(exchanges, "load", counted)
    office.turn()
    assert len(decided) < 10


def test_a_mailbox_that_only_fails_does_not_stop_the_others(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.tell("gmail", "fault", path="/messages$", status=503, count=1)
    office.wrote(f"Bob <{BOB}>", 6, "p2@brightlink.example", mailbox=TOM)
    office.turn()
    assert office.people() == [BOB]
    assert office.open_tasks() == ["Follow up with Bob (other.example)"]
    office.clock.advance(60)
    assert office.turn().quiet
    assert len(office.emails()) == len(office.open_tasks()) == 2


def test_a_forgotten_history_loses_and_doubles_nothing(office: Office):
    office.got(f"Ada <{ADA}>", 1, "r1@site.example", answers="p1@brightlink.example", subject="Yes")
    office.tell("gmail", "expire_history", mailbox=MAYA)
    office.got(f"Eve <{EVE}>", 0, "n1@third.example", subject="New")
    assert office.turn().quiet
    assert office.emails() == ["Builder guide", "Builder guide", "New", "Yes"]
    office.since()
    office.turn()
    assert office.calls("gmail", path="/messages") == []


def test_a_history_forgotten_for_weeks_is_listed_from_where_we_stopped(office: Office):
    office.clock.advance(days=40)
    office.got(f"Eve <{EVE}>", 39, "n1@third.example", subject="Old news")
    office.tell("gmail", "expire_history", mailbox=MAYA)
    office.turn()
    assert "Old news" in office.emails()


def test_a_message_gone_between_listing_and_fetching_is_no_trouble(tmp_path: Path):
    office = Office(tmp_path)
    gone = office.got(f"Ada <{ADA}>", 1, "gone@site.example", subject="Gone")
    office.got(f"Bob <{BOB}>", 1, "here@other.example", subject="Here")
    office.transport.meanwhile(
        "/messages", lambda: office.tell("gmail", "delete", mailbox=MAYA, id=gone)
    )
    assert office.turn().quiet
    assert office.emails() == ["Here"]
    assert office.coverage() == {("logged", ""): 1}


def test_a_message_that_cannot_be_fetched_does_not_hold_up_the_others(tmp_path: Path):
    office = Office(tmp_path)
    bad = office.got(f"Ada <{ADA}>", 1, "bad@site.example", subject="Bad")
    office.got(f"Bob <{BOB}>", 1, "fine@other.example", subject="Fine")
    office.tell("gmail", "fault", path=bad, parts=True, status=500, count=10_000)
    office.turn()
    assert office.emails() == ["Fine"]
    for _ in range(9):
        office.clock.advance(120)
        office.turn()
    [unreadable] = [key for key in office.coverage() if key[0] == "unreadable"]
    assert unreadable[1]


def test_while_a_message_cannot_be_fetched_no_task_opens_in_its_mailbox(office: Office):
    office.clock.advance(days=5)
    bad = office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    office.tell("gmail", "fault", path=bad, parts=True, status=500, count=4)
    office.turn()
    assert office.open_tasks() == ["Follow up with Bob (other.example)"]
    office.clock.advance(120)
    office.turn()
    assert len(office.emails()) == 3
    assert office.open_tasks() == ["Follow up with Bob (other.example)"]


def test_a_message_that_could_not_be_fetched_is_tried_again_at_night(tmp_path: Path):
    office = Office(tmp_path)
    bad = office.got(f"Ada <{ADA}>", 1, "bad@site.example", subject="Bad")
    office.tell("gmail", "fault", path=bad, parts=True, status=500, count=10_000)
    for _ in range(10):
        office.turn()
        office.clock.advance(120)
    office.tell("gmail", "clear_faults")
    office.nightly()
    assert office.emails() == ["Bad"]


def test_a_mailbox_left_out_of_the_settings_does_not_hold_up_the_others(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example", mailbox=TOM)
    office.tell("gmail", "fault", path="/messages$", status=503, count=99)
    office.turn()
    office.tell("gmail", "clear_faults")
    office.text = office.text.replace(f"{MAYA}, {TOM}", TOM)
    assert office.turn().quiet
    assert office.open_tasks() == ["Follow up with Ada (site.example)"]


def test_what_comes_while_the_first_listing_runs_is_read_as_well(tmp_path: Path):
    office = Office(tmp_path)
    office.tell(
        "gmail",
        "deliver_many",
        items=[
            delivery(
                MAYA,
                f"From: {BOB}\r\nTo: {MAYA}\r\nMessage-ID: <{n}@x>\r\n\r\n".encode(),
                office.clock.now(),
                "INBOX",
            )
            for n in range(3)
        ],
    )
    office.transport.meanwhile(
        "/messages", lambda: office.got(f"Ada <{ADA}>", 0, "late@site.example", subject="Late")
    )
    office.turn()
    office.turn()
    assert "Late" in office.emails()
    assert len(office.emails()) == 4


def test_a_listing_whose_page_is_known_no_longer_begins_again(office: Office):
    with office.works() as engine, engine.ctx.store.begin() as tx:
        mailboxes.list_further_back(tx, office.clock.now())
        mailboxes.listed(tx, MAYA, "a page of last month")
    office.turn()
    with office.state() as tx:
        assert not mailboxes.get(tx, MAYA).listing
    assert len(office.emails()) == 2
