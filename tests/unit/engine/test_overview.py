"""What the state adds up to: nothing a mailbox showed is left out, nothing counted twice."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from syncd.store import overview
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """One of everything, some of it in two mailboxes, on three days."""
    office = Office(
        tmp_path_factory.mktemp("sums"), mailboxes=(MAYA, TOM), log="never: [{label: Private}]"
    )
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example", cc=TOM)
    office.got(f"Maya <{MAYA}>", 6, "p1@brightlink.example", cc=ADA, mailbox=TOM)
    office.got(f"Ada <{ADA}>", 2, "x1@site.example", labels=("INBOX", "Private"))
    office.got(f"Tom <{TOM}>", 2, "i1@brightlink.example")
    office.got("News <news@shop.example>", 1, "n1@shop.example", headers=[("List-Id", "<n.s>")])
    bad = office.got(f"Bob <{BOB}>", 1, "b1@other.example", mailbox=TOM)
    office.tell("gmail", "fault", path=bad, parts=True, status=500, count=10_000)
    office.tell("gmail", "save_draft", mailbox=MAYA, raw="")
    office.turn()
    return office


def test_every_copy_is_counted_under_one_outcome(office: Office):
    assert office.coverage() == {
        ("logged", ""): 2,
        ("never", "never log: label Private"): 1,
        ("skipped", "internal"): 1,
        ("skipped", "list or bulk mail"): 1,
        ("unread", ""): 1,
    }


def test_a_message_in_two_mailboxes_is_one_message(office: Office):
    with office.state() as tx:
        found = {(row.outcome, row.reason): row.number for row in overview.message_outcomes(tx)}
    assert found == office.coverage() | {("logged", ""): 1}


def test_the_days_add_up_to_the_whole(office: Office):
    with office.state() as tx:
        whole = Counter(row.outcome for row in overview.coverage(tx) for _ in range(row.number))
        by_day = overview.coverage(tx, by_day=True)
    assert Counter(row.outcome for row in by_day for _ in range(row.number)) == whole
    days = {row.outcome: row.day for row in by_day if row.outcome in {"logged", "unread"}}
    assert days == {"logged": date(2026, 11, 17), "unread": None}


def test_the_totals_are_those_of_the_services(office: Office):
    with office.state() as tx:
        totals = overview.totals(tx)
    assert totals["contacts.created"] == len(office.people()) == 1
    assert totals["tasks.open"] == len(office.open_tasks())
    assert totals["messages.log"] == len(office.emails()) == 1
    assert totals["bodies"] == 0
