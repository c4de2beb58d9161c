"""Traps other tools fell into, by their number: sources that forget, mislead or fall silent.

8, 9, 12 and 13 of the list.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.letters import delivery, letter
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

P1 = "p1@brightlink.example"
TASK = "Follow up with Ada (site.example)"
# Of a page of Gmail's listings and of its history.
PAGE = 500


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Ada does not answer; there is a task for it."""
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    assert office.open_tasks() == [TASK]
    return office


def answered(office: Office, days_ago: float = 0) -> None:
    office.got(f"Ada <{ADA}>", days_ago, "r1@site.example", answers=P1, subject="Re: Builder guide")


# 8: history that is gone, holds what is gone, or is long


def test_trap_08_a_history_that_is_gone_leaves_no_gap(office: Office):
    answered(office, 0.1)
    office.tell("gmail", "expire_history", mailbox=MAYA)
    office.turn()
    assert office.emails() == ["Builder guide", "Re: Builder guide"]
    assert office.open_tasks() == []


def test_trap_08_nor_does_it_have_the_mailbox_listed_again_and_again(office: Office):
    office.tell("gmail", "expire_history", mailbox=MAYA)
    office.turn()
    office.since()
    office.turn()
    assert len(office.calls("gmail", path="history")) == 1
    assert office.calls("gmail", path="/messages") == []


def test_trap_08_a_message_that_is_gone_is_passed_over_and_time_goes_on(office: Office):
    """The history still tells of it."""
    office.wrote(f"Bob <{BOB}>", 0, "p2@brightlink.example", labels=())
    office.turn()
    gone = office.got("Eve <eve@third.example>", 0, "gone@third.example")
    office.transport.meanwhile(
        "/history", lambda: office.tell("gmail", "delete", mailbox=MAYA, id=gone)
    )
    office.clock.advance(days=4)
    office.turn()
    assert "Follow up with Bob (other.example)" in office.open_tasks()


@pytest.mark.parametrize("before", [True, False], ids=["a first listing", "the history"])
def test_trap_08_what_does_not_fit_on_one_page_is_read_to_its_end(tmp_path: Path, before: bool):  # noqa: FBT001 - a case
    office = Office(tmp_path, log="unknown_contacts: skip")
    if not before:
        office.turn()
    office.tell(
        "gmail",
        "deliver_many",
        items=[
            delivery(
                MAYA,
                f"From: {BOB}\r\nTo: {MAYA}\r\nMessage-ID: <{n}@x>\r\n\r\n".encode(),
                office.clock.now() - timedelta(hours=1),
                "INBOX",
            )
            for n in range(PAGE + 1)
        ],
    )
    office.turn()
    assert sum(office.coverage().values()) == PAGE + 1


def test_trap_08_a_mailbox_that_was_off_for_weeks_catches_up(office: Office):
    """By then its history is gone too; and blind to the answer, nothing was opened."""
    office.wrote(f"Bob <{BOB}>", 0, "p2@brightlink.example", labels=())
    office.turn()
    office.tell("gmail", "revoke", mailbox=MAYA)
    office.clock.advance(days=1)
    office.got(f"Bob <{BOB}>", 0, "r2@other.example", answers="p2@brightlink.example")
    office.clock.advance(days=34)
    office.turn()
    assert office.open_tasks() == [TASK]
    office.tell("gmail", "expire_history", mailbox=MAYA)
    office.tell("gmail", "restore_access", mailbox=MAYA)
    office.clock.advance(600)
    office.turn()
    assert len(office.emails()) == 3
    assert office.open_tasks() == [TASK]


# 9: drafts, scheduled mail, and many messages of one moment


def draft(office: Office, **more: Any) -> str:
    raw = letter(f"Maya <{MAYA}>", f"Bob <{BOB}>", office.clock.now(), subject="Later", **more)
    body = {"mailbox": MAYA, "raw": base64.b64encode(raw).decode()}
    return str(office.tell("gmail", "save_draft", **body)["draft"])


def scheduled(office: Office, days: float) -> str:
    raw = letter(
        f"Maya <{MAYA}>",
        f"Bob <{BOB}>",
        office.clock.now() + timedelta(days=days),
        subject="Later",
        key="s1@brightlink.example",
    )
    return str(office.deliver(MAYA, raw, -days, "SCHEDULED")["id"])


@pytest.mark.parametrize("later", [draft, lambda office: scheduled(office, 3)])
def test_trap_09_what_is_not_sent_yet_is_no_mail_and_hides_none(office: Office, later: Any):
    later(office)
    answered(office)
    office.turn()
    assert office.emails() == ["Builder guide", "Re: Builder guide"]
    assert office.coverage() == {("logged", ""): 2}
    assert office.open_tasks() == []


def test_trap_09_nor_when_the_mailbox_is_listed(tmp_path: Path):
    office = Office(tmp_path)
    draft(office)
    scheduled(office, 3)
    office.wrote(f"Ada <{ADA}>", 6, P1)
    office.turn()
    assert office.emails() == ["Builder guide"]
    assert office.open_tasks() == [TASK]


def test_trap_09_a_draft_is_mail_once_it_is_sent(office: Office):
    made = draft(office)
    office.turn()
    office.clock.advance(3600)
    office.tell("gmail", "send_draft", mailbox=MAYA, draft=made)
    office.turn()
    assert office.emails() == ["Builder guide", "Later"]


def test_trap_09_scheduled_mail_is_mail_once_its_hour_has_come(office: Office):
    made = scheduled(office, 1)
    office.turn()
    office.clock.advance(days=1)
    office.tell("gmail", "relabel", mailbox=MAYA, id=made, add=["SENT"], remove=["SCHEDULED"])
    office.turn()
    assert office.emails() == ["Builder guide", "Later"]
    office.clock.advance(days=4)
    office.turn()
    assert "Follow up with Bob (other.example)" in office.open_tasks()


def test_trap_09_many_messages_of_one_second_are_many(office: Office):
    """Some of them after we have looked, with an answer among them."""
    for number in range(60):
        if number == 30:
            office.turn()
        office.got(
            f"Bob <{BOB}>", 0, f"n{number}@other.example", subject="Note", text=f"{number}\n"
        )
    answered(office)
    office.turn()
    assert office.emails().count("Note") == 60
    assert office.open_tasks() == []


# 12: looking at the plan changes nothing


def test_trap_12_planning_twice_and_then_acting_is_acting(tmp_path: Path):
    """Also what a plan has seen is seen again: cursors, contacts found, tasks moved."""
    office, twin = (Office(tmp_path / name, mailboxes=(MAYA, TOM)) for name in ("one", "two"))
    for each in (office, twin):
        each.wrote(f"Ada <{ADA}>", 6, P1)
        each.turn()
        each.wrote(f"Bob <{BOB}>", 4, "p2@brightlink.example", mailbox=TOM)
        each.clock.advance(60)
        answered(each)
    first, second = office.plan(), office.plan()
    assert first == second
    assert office.did() == first
    twin.turn()
    assert office.end() == twin.end()


# 13: a source that answers with nothing


def empty_mailbox(office: Office) -> None:
    office.tell("gmail", "expire_history", mailbox=MAYA)
    office.tell("gmail", "fault", path="/messages$", status=200, body="{}", count=99)


def empty_history(office: Office) -> None:
    body = '{"historyId": "99999999"}'
    office.tell("gmail", "fault", path="/history$", status=200, body=body, count=1)


def empty_board(office: Office) -> None:
    body = {"tasks": [], "included": {}, "meta": {"page": {"hasMore": False}}}
    office.tell(
        "teamwork", "fault", method="GET", path="/tasks.json$", status=200, body=body, count=99
    )


def empty_crm(office: Office) -> None:
    body = {"results": [], "total": 0}
    office.tell("hubspot", "fault", method="POST", path="/search$", status=200, body=body, n=99)


@pytest.mark.parametrize("silence", [empty_mailbox, empty_history, empty_board, empty_crm])
def test_trap_13_a_source_that_answers_with_nothing_closes_and_deletes_nothing(
    office: Office, silence: Any
):
    before = office.end()
    office.clock.advance(days=1)
    silence(office)
    with office.works() as engine:
        engine.start()
        engine.reconcile()
        assert not engine.ctx.failing, "it is an answer like any other"
        engine.finish()
    for service in ("gmail", "teamwork", "hubspot"):
        office.tell(service, "clear_faults")
    office.turn()
    office.nightly()
    assert office.end() == before
    # The task is still ours to close.
    office.clock.advance(60)
    answered(office)
    office.turn()
    assert office.open_tasks() == []
