"""What the fault matrix found (`tests/faults`), each as small as it can be."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.store import standing
from syncd.store.homes import UnusableState
from tests.support.letters import letter
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office


def test_what_a_colleagues_copy_tells_of_an_unread_mailbox_opens_no_task(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    key = "p1@brightlink.example"
    at = office.clock.now() - timedelta(days=6)
    raw = letter(f"Us <{MAYA}>", f"Ada <{ADA}>", at, key=key, cc=f"Tom <{TOM}>")
    # Tom has his copy of the pitch; the answer is in Maya's mailbox alone.
    office.deliver(MAYA, raw, 6, "SENT")
    office.deliver(TOM, raw, 6, "INBOX")
    office.got(f"Ada <{ADA}>", 5, "r1@site.example", answers=key)
    office.tell("gmail", "revoke", mailbox=MAYA)
    office.turn()
    assert office.open_tasks() == []
    office.tell("gmail", "restore_access", mailbox=MAYA)
    office.clock.advance(600)
    assert office.turn().quiet
    assert office.tasks() == []


@pytest.fixture
def answered(tmp_path: Path) -> Office:
    """Maya's task about Ada is open, and Ada has just answered. So are three of others."""
    office = Office(tmp_path, more="\nguard: {max_close_share: 1.0, max_close_share_a_day: 1.0}\n")
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    assert len(office.open_tasks()) == 1
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    return office


def test_why_a_task_was_closed_is_said_though_the_first_try_failed(answered: Office):
    answered.tell("teamwork", "fault", method="POST", path="/comments", status=503)
    answered.turn()
    assert answered.open_tasks() == []
    for _ in range(3):
        answered.clock.advance(600)
        answered.turn()
    [task] = answered.tasks()
    assert len(answered.comments(task["id"])) == 1


@pytest.mark.parametrize("status", [503, 429], ids=["in doubt", "refused for now"])
def test_what_a_clock_years_ahead_put_off_is_sent_when_it_is_right_again(
    tmp_path: Path, status: int
):
    office = Office(tmp_path)
    office.wrote(f"Bob <{BOB}>", 0.1, "p1@brightlink.example")
    office.tell("hubspot", "fault", method="POST", path="/emails/batch/create$", n=9, status=status)
    office.clock.advance(days=3650)
    office.turn()
    office.tell("hubspot", "clear_faults")
    office.clock.advance(days=-3650)
    for _ in range(5):
        office.clock.advance(300)
        office.turn()
    assert office.emails() == ["Builder guide"]


def test_a_checkpoint_for_which_there_was_no_room_is_no_damage(tmp_path: Path):
    path, torn = tmp_path / "state.db", tmp_path / "torn.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("CREATE TABLE t (x)")
        raw.executemany("INSERT INTO t VALUES (?)", [("x" * 900,)] * 50)
        raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", f"{torn}{end}")
    os.truncate(torn, torn.stat().st_size // 2)
    standing.check(torn)
    Path(f"{torn}-wal").unlink()
    with pytest.raises(UnusableState, match="cut off"):
        standing.check(torn)
