"""The ledger: planned once, sent once, and nothing sent that is no longer wanted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.core.actions import AddContact, CloseTask, OpenTask, Planned
from syncd.core.facts import Place
from syncd.store import ledger, tally
from syncd.store.database import Tx

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
OBJECT = ("log", "address:a")


@pytest.fixture
def tx(either: Tx) -> Tx:
    return either


def contact(key: str, name: str = "") -> Planned:
    return Planned(AddContact(key, f"{key}@x.example", name, ""), *OBJECT, f"add {key}")


def plan(tx: Tx, *planned: Planned, **more: Any) -> int:
    return ledger.plan(tx, planned, run=1, now=NOW, held=more.get("held", {}), objects=[OBJECT])


def keys(tx: Tx) -> list[str]:
    return [one.key for one in ledger.ready(tx, "add_contact", LATER, 10)]


def test_planned_twice_it_is_there_once(tx: Tx):
    assert plan(tx, contact("a")) == 1
    assert plan(tx, contact("a")) == 0
    assert keys(tx) == ["a"]


def test_what_a_new_plan_does_not_name_is_withdrawn(tx: Tx):
    plan(tx, contact("a"), contact("b"))
    plan(tx, contact("b"))
    assert keys(tx) == ["b"]
    assert tally.state_of(tx, "a") == "withdrawn"


def test_what_is_under_way_is_never_withdrawn(tx: Tx):
    plan(tx, contact("a"))
    ledger.claim(tx, ledger.ready(tx, "add_contact", NOW, 10), NOW)
    plan(tx)
    assert tally.state_of(tx, "a") == "sending"


def test_what_was_done_is_not_planned_again(tx: Tx):
    plan(tx, contact("a"))
    ledger.settle(tx, [ledger.Settled("a", "7")], NOW)
    plan(tx, contact("a"))
    assert keys(tx) == []


def test_what_is_wanted_again_starts_afresh_with_what_is_wanted_now(tx: Tx):
    plan(tx, contact("a"))
    ledger.claim(tx, ledger.ready(tx, "add_contact", NOW, 10), NOW)
    ledger.retry(tx, "a", LATER + timedelta(hours=1), "busy")
    plan(tx)
    plan(tx, contact("a", "Ada"))
    [effect] = ledger.ready(tx, "add_contact", NOW, 10)
    assert isinstance(effect.action, AddContact)
    assert (effect.action.name, effect.attempts) == ("Ada", 0)


def test_a_later_time_is_waited_for(tx: Tx):
    plan(tx, contact("a"))
    ledger.retry(tx, "a", LATER, "busy")
    assert ledger.ready(tx, "add_contact", NOW, 10) == []
    assert tally.waiting(tx) == (1, LATER)
    assert keys(tx) == ["a"]


def test_held_effects_wait_until_they_are_released(tx: Tx):
    plan(tx, contact("a"), held={"add_contact": "too many"})
    assert keys(tx) == []
    assert tally.release_reasons(tx) == [("add_contact", "too many", 1)]
    assert ledger.release(tx, ["close_task"]) == 0
    assert ledger.release(tx, ["add_contact"]) == 1
    assert keys(tx) == ["a"]


def test_an_action_comes_back_as_it_was(tx: Tx):
    action = OpenTask("k", "mid:1", 2, Place("P", "L"), "t", "b", NOW.date(), "m@x.example")
    wanted = [Planned(action, "follow_up", "c", "s"), Planned(CloseTask("c", "k"), "f", "c", "s")]
    ledger.plan(tx, wanted, run=1, now=NOW, held={})
    assert [one.action for one in ledger.of_run(tx, 1)] == [action, CloseTask("c", "k")]


def test_what_was_refused_can_be_decided_afresh(tx: Tx):
    plan(tx, contact("a"))
    ledger.park(tx, "a", "no", NOW)
    assert tally.unsettled(tx, OBJECT[1])
    ledger.unpark(tx, OBJECT[1], NOW)
    assert not tally.unsettled(tx, OBJECT[1])
    plan(tx, contact("a"))
    assert keys(tx) == ["a"]
