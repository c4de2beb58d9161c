"""Tasks as last seen: who closed them, and how many were open when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.core.facts import Task
from syncd.store import chores
from syncd.store.database import Tx

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SEEN = Task("7", "Follow up", done=False, mark="a", due=date(2026, 11, 24), changed_at=NOW)


@pytest.fixture
def tx(either: Tx) -> Tx:
    for mark in ("a", "b"):
        chores.made(
            either, chores.Chore(mark, "board", 1, "mid:1", 0, "7", "Follow up", SEEN.due), NOW
        )
    return either


def seen(tx: Tx, task: Task, *, closing: tuple[str, ...] = ()) -> set[int]:
    return chores.observed(tx, [task], frozenset(closing), LATER)


def of(tx: Tx, mark: str) -> tuple[bool, bool, datetime | None]:
    """Open, a person's, when a person closed it."""
    [task] = [one for one in chores.of_conversations(tx, [1])[1] if one.mark == mark]
    return task.open, task.kept_by_person, task.closed_by_person_at


def test_what_we_closed_in_this_turn_was_open_when_it_began(tx: Tx):
    assert chores.open_count(tx, NOW) == 2
    chores.closed_by_us(tx, "a", NOW)
    assert chores.open_count(tx, NOW) == 2
    assert chores.open_count(tx, LATER) == 1


def test_a_task_in_the_crm_is_not_counted_among_those_of_the_board(tx: Tx):
    chores.made(tx, chores.Chore("c", "crm", 1, "mid:1", 0, "8", "Follow up"), NOW)
    assert chores.open_count(tx, NOW) == 2


def test_seen_as_it_was_it_wakes_nobody(tx: Tx):
    assert seen(tx, SEEN) == set()


def test_completed_by_a_person_it_wakes_its_conversation(tx: Tx):
    assert seen(tx, replace(SEEN, done=True)) == {1}
    assert of(tx, "a") == (False, False, NOW)


def test_completed_because_we_asked_it_is_nobodys_doing(tx: Tx):
    seen(tx, replace(SEEN, done=True), closing=("a",))
    assert of(tx, "a") == (False, False, None)


def test_deleted_while_we_were_closing_it_is_a_persons_doing(tx: Tx):
    seen(tx, replace(SEEN, deleted=True), closing=("a",))
    assert of(tx, "a") == (False, False, NOW)


def test_reopened_it_is_theirs(tx: Tx):
    chores.closed_by_us(tx, "a", NOW)
    seen(tx, SEEN)
    assert of(tx, "a") == (True, True, None)


def test_a_mark_nobody_knows_is_left_alone(tx: Tx):
    assert seen(tx, replace(SEEN, mark="z", done=True)) == set()
    assert seen(tx, replace(SEEN, mark=None, done=True)) == set()


def test_found_gone_it_was_deleted_by_a_person(tx: Tx):
    assert chores.vanished(tx, "a", LATER) == 1
    assert of(tx, "a") == (False, False, LATER)
    assert chores.vanished(tx, "nobody's", LATER) is None
