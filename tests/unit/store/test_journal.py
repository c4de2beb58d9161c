"""The journal: runs with what they did, and what was taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.actions import AddContact, ChangeContact, CloseTask, Planned
from syncd.store import journal, ledger, notes, tally
from syncd.store.database import Tx
from syncd.store.effect import Effect

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def tx(either: Tx) -> Tx:
    return either


def run(tx: Tx, *planned: Planned, undoes: int | None = None, hours: int = 0) -> int:
    at = NOW + timedelta(hours=hours)
    number = notes.begin_run(tx, "once", at, undoes=undoes)
    ledger.plan(tx, planned, run=number, now=at, held={})
    return number


def change(key: str, *, promise: str = "tag", cause: str = "") -> Planned:
    return Planned(ChangeContact(key, "7"), promise, "contact:7", key, cause=cause)


def undo(key: str, cause: str) -> Planned:
    return Planned(CloseTask(key, "m"), ledger.UNDO, "task:m", key, cause=cause)


def done(tx: Tx, *keys: str) -> None:
    for key in keys:
        ledger.settle(tx, [ledger.Settled(key, "1")], NOW)


def effect(tx: Tx, run: int, key: str) -> Effect:
    return next(one for one in ledger.of_run(tx, run) if one.key == key)


def test_a_run_counts_what_is_done_by_kind_and_everything_by_state(tx: Tx):
    number = run(
        tx, change("a"), change("b"), Planned(AddContact("c", "x@y", "", ""), "log", "o", "c")
    )
    done(tx, "a", "c")
    [line] = journal.lines(tx, 9)
    assert (line.number, line.command, line.began_at) == (number, "once", NOW)
    assert line.counts == {"add_contact": 1, "change_contact": 1} == journal.counts(tx, number)
    assert line.states == {"done": 2, "planned": 1}


def test_runs_come_the_latest_first_from_a_time_on(tx: Tx):
    first, second = run(tx), run(tx, hours=2)
    assert [one.number for one in journal.lines(tx, 9)] == [second, first]
    assert [one.number for one in journal.lines(tx, 1)] == [second]
    since = NOW + timedelta(hours=1)
    assert [one.number for one in journal.lines(tx, 9, since=since)] == [second]


def test_a_run_knows_what_undoes_it_and_what_it_undoes(tx: Tx):
    first = run(tx)
    again = [run(tx, undoes=first), run(tx, undoes=first)]
    line, other = journal.line(tx, first), journal.line(tx, again[0])
    assert line is not None
    assert other is not None
    assert (line.undone_by, line.undoes) == (tuple(again), None)
    assert (other.undone_by, other.undoes) == ((), first)
    assert journal.undoing(tx, first) == again
    assert journal.line(tx, 99) is None


def test_the_latest_try_to_take_back_counts(tx: Tx):
    number = run(tx, change("a"))
    by = run(tx, undo("u0", "a"), undoes=number)
    ledger.withdraw(tx, "u0", "a person came first", NOW)
    found = journal.taken_back(tx, ["a"])["a"]
    assert (found.state, found.note, found.tries) == ("withdrawn", "a person came first", 1)
    assert not found.holds
    run(tx, undo("u1", "a"), undoes=number)
    found = journal.taken_back(tx, ["a", "b"])["a"]
    assert (found.run, found.tries, found.holds) == (by + 1, 2, True)


def test_what_other_runs_did_since_stands_until_it_is_taken_back_itself(tx: Tx):
    first = run(tx, change("a"), change("same run"))
    second = run(tx, change("b"))
    run(tx, change("c"))
    done(tx, "a", "same run", "b", "c")
    ledger.withdraw(tx, "c", "", NOW)
    since = journal.since(tx, effect(tx, first, "a"))
    assert [one.key for one in since] == ["b"]
    run(tx, change("u", promise=ledger.UNDO, cause="b"), undoes=second)
    assert journal.since(tx, effect(tx, first, "a")) == []


def test_only_what_was_not_sent_is_dropped_and_stays_so(tx: Tx):
    run(tx, change("a"), change("b"))
    done(tx, "a")
    for key in ("a", "b"):
        journal.drop(tx, key, "undone in run 2", NOW)
    assert ledger.states_of(tx, ["a", "b"]) == {"a": "done", "b": "dropped"}
    run(tx, change("b"))
    assert tally.state_of(tx, "b") == "dropped"


def test_before_and_after_are_kept_with_the_effect(tx: Tx):
    number = run(tx, change("a"), change("b"))
    trace = {"before": {"stage": ""}, "after": {"stage": "contacted"}}
    settled = [
        ledger.Settled("a", "7", trace=trace),
        ledger.Settled("b", "7", trace={"before": None}),
    ]
    ledger.settle(tx, settled, NOW)
    kept = effect(tx, number, "a")
    assert (kept.before, kept.after) == ({"stage": ""}, {"stage": "contacted"})
    assert effect(tx, number, "b").before is None


def test_an_object_is_busy_while_an_undo_of_it_waits(tx: Tx):
    run(tx, change("a"))
    assert not tally.busy(tx, "contact:7")
    run(tx, change("u", promise=ledger.UNDO))
    assert tally.busy(tx, "contact:7")
    done(tx, "u")
    assert not tally.busy(tx, "contact:7")
