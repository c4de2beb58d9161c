"""What `syncd plan` shows is what `syncd once` does, and showing it leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.letters import bounce
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A first run with something of everything before it: nothing is set up yet."""
    office = Office(tmp_path, mailboxes=(MAYA, TOM), follow_up=["crm_task: true"], ready=False)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.wrote(f"Bob <{BOB}>", 9, "p2@brightlink.example", labels=())
    office.got(f"Bob <{BOB}>", 8, "r2@other.example", answers="p2@brightlink.example")
    office.wrote("Eve <eve@third.example>", 4, "p3@brightlink.example", mailbox=TOM)
    notice = bounce(TOM, "eve@third.example", office.clock.now(), about="p3@brightlink.example")
    office.deliver(TOM, notice, 3.9, "INBOX")
    office.got("News <news@shop.example>", 2, "n1@shop.example", headers=[("List-Id", "<n.shop>")])
    office.tell("hubspot", "add_contact", email=BOB)
    return office


def test_a_first_plan_lists_exactly_what_a_first_turn_does(office: Office):
    planned = office.plan()
    assert {kind for kind, _ in planned} == {
        "provide",
        "add_contact",
        "log_email",
        "change_contact",
        "open_task",
        "open_crm_task",
    }
    assert office.did() == planned


def test_a_later_plan_lists_exactly_what_the_next_turn_does(office: Office):
    office.turn()
    office.clock.advance(days=4)
    office.got(f"Ada <{ADA}>", 0.1, "r1@site.example", answers="p1@brightlink.example")
    office.got("Kim <kim@fourth.example>", 0.1, "n4@fourth.example")
    office.wrote(f"Bob <{BOB}>", 3.5, "p5@brightlink.example", subject="Another idea")
    planned = office.plan()
    assert {kind for kind, _ in planned} == {
        "add_contact",
        "log_email",
        "change_contact",
        "open_task",
        "open_crm_task",
        "comment_task",
        "close_task",
        "close_crm_task",
    }
    assert office.did() == planned


def test_a_plan_when_all_is_done_is_empty(office: Office):
    office.turn()
    assert not office.plan()


def test_a_plan_writes_to_no_service(office: Office):
    before = {name: one.snapshot() for name, one in office.simulators.items()}
    office.plan()
    assert office.writes() == 0
    assert {name: one.snapshot() for name, one in office.simulators.items()} == before


def test_a_plan_before_the_board_is_set_up_does_not_list_everybodys_tasks(office: Office):
    office.plan()
    assert office.calls("teamwork", path="/tasks") == []


def test_a_plan_before_the_first_run_makes_no_state(office: Office):
    before = sorted(office.folder.iterdir())
    office.plan()
    assert sorted(office.folder.iterdir()) == before


def test_a_plan_changes_no_byte_of_the_state(office: Office):
    office.turn()
    office.clock.advance(days=1)
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    before = office.settings.store.read_bytes()
    assert office.plan()
    assert office.settings.store.read_bytes() == before


def test_planning_twice_and_then_acting_is_acting(office: Office, tmp_path: Path):
    twin = Office(
        tmp_path / "twin", mailboxes=(MAYA, TOM), follow_up=["crm_task: true"], ready=False
    )
    for name, simulator in office.simulators.items():
        twin.simulators[name].restore(simulator.snapshot())
    office.plan()
    office.plan()
    office.turn()
    twin.turn()
    assert office.end() == twin.end()
