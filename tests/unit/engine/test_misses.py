"""What was sent and is not there: looked for, sent again, and left to a person only at last."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.engine.deliver import MOST_MISSES
from syncd.store import ledger, misses
from tests.support.world import Crash
from tests.unit.engine.office import Office

MAKING = "/tasklists/\\d+/tasks"
CAPS = "\nguard: {max_close_share: 1.0, max_close_share_a_day: 1.0}\n"


def waiting(folder: Path, people: int = 1) -> Office:
    """So many people have not answered in time: each is owed a task."""
    office = Office(folder, more=CAPS)
    for number in range(people):
        who = f"p{number}@site{number}.example"
        office.wrote(f"P <{who}>", 6, f"p{number}@brightlink.example")
    return office


def refuse(office: Office, status: int, times: int) -> None:
    office.tell("teamwork", "fault", method="POST", path=MAKING, status=status, count=times)


def turns(office: Office, number: int, seconds: float) -> None:
    for _ in range(number):
        office.turn()
        office.clock.advance(seconds)


def die() -> None:
    raise Crash


def test_who_dies_at_each_task_of_many_leaves_none_to_a_person(tmp_path: Path):
    office = waiting(tmp_path, 12)
    for _ in range(12):
        office.transport.meanwhile("/tasklists/", die)
        with pytest.raises(Crash):
            office.turn()
        office.clock.advance(120)
    turns(office, 2, 120)
    assert office.states("open_task") == {"done": 12}
    assert len(office.open_tasks()) == 12


def test_a_board_that_takes_nothing_for_half_an_hour_leaves_nothing_to_a_person(tmp_path: Path):
    office = waiting(tmp_path, 3)
    refuse(office, 503, 10_000)
    turns(office, 30, 60)
    office.tell("teamwork", "clear_faults")
    turns(office, 4, 1200)
    assert office.states("open_task") == {"done": 3}
    assert len(office.open_tasks()) == 3


def test_what_was_only_put_off_was_not_sent_in_vain(tmp_path: Path):
    office = waiting(tmp_path)
    refuse(office, 429, 4 * MOST_MISSES)
    turns(office, 4 * MOST_MISSES, 4000)
    refuse(office, 503, 1)
    turns(office, 3, 4000)
    assert office.states("open_task") == {"done": 1}


def test_misses_count_whatever_comes_between(tmp_path: Path):
    office = waiting(tmp_path)
    for _ in range(MOST_MISSES):
        office.tell("teamwork", "clear_faults")
        refuse(office, 429, 1)
        refuse(office, 503, 10_000)
        turns(office, 4, 4000)
    assert office.states("open_task") == {"parked": 1}


def test_what_is_never_there_is_a_persons_at_last_and_is_tried_less_and_less_often(tmp_path: Path):
    office = waiting(tmp_path)
    refuse(office, 503, 10_000)
    office.since()
    turns(office, 20, 60)
    early = len(office.calls("teamwork", "POST", "/tasklists/"))
    assert early < MOST_MISSES
    assert "parked" not in office.states("open_task")
    turns(office, 60, 120)
    assert office.states("open_task") == {"parked": 1}
    assert _parked(office) == [f"sent {MOST_MISSES} times, never found"]
    assert len(office.calls("teamwork", "POST", "/tasklists/")) == MOST_MISSES


def test_the_count_stands_at_the_head_of_a_note_and_outlives_other_words():
    note = misses.one_more("", "sent again")
    assert note == "sent in vain (1): sent again"
    assert misses.one_more(misses.kept(note, "no answer"), "again") == "sent in vain (2): again"
    assert misses.kept("", "no answer") == "no answer"
    assert misses.of("no answer") == 0


def _parked(office: Office) -> list[str]:
    with office.state() as tx:
        return [one.note for one in ledger.in_state(tx, "parked")]
