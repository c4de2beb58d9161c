"""What work costs, in counts that are the same on every machine: a guard against growing slower."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bench import history
from tests.bench.limits import under_limits
from tests.bench.measures import counted
from tests.support.letters import letter
from tests.unit.engine.office import MAYA, Office

LONG_AGO = 20_000


def filled(folder: Path, messages: int, people: int) -> Office:
    office = Office(folder)
    for number in range(messages):
        who = f"Person <p{number % people}@site{number % people}.example>"
        office.wrote(who, 2 + number / 1000, f"{number}@brightlink.example")
    return office


def test_a_first_reading_takes_few_statements_a_message(tmp_path: Path):
    few = statements(filled(tmp_path / "few", 100, 50))
    many = statements(filled(tmp_path / "many", 400, 50))
    # Each further message is a conversation of its own here, and most of it is for that.
    assert (many - few) / 300 <= 8.5


def statements(office: Office) -> int:
    with office.works() as engine:
        engine.start()
        with counted(engine) as spent:
            engine.turn()
        engine.finish()
    found: int = spent["statements"]
    return found


def turns(office: Office, key: str) -> dict[str, dict[str, Any]]:
    """What an idle turn costs, and one with a new message."""
    with office.works() as engine:
        engine.turn()
        with counted(engine) as idle:
            engine.turn()
        at = office.clock.now()
        raw = letter(f"Us <{MAYA}>", "Person <p1@site1.example>", at, key=key)
        office.deliver(MAYA, raw, 0, "SENT")
        with counted(engine) as one:
            engine.turn()
        raw = letter(f"Us <{MAYA}>", "Person <p2@site2.example>", at, key=f"due.{key}")
        office.deliver(MAYA, raw, 6, "SENT")
        with counted(engine) as due:
            engine.turn()
        engine.finish()
    assert any("p2@site2.example" in title or "Person" in title for title in office.open_tasks())
    return {"idle": idle, "one message": one, "a task to open": due}


@pytest.fixture(scope="module")
def young_and_old(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    office = filled(tmp_path_factory.mktemp("years"), 40, 10)
    office.turn()
    turns(office, "new0@brightlink.example")
    young = turns(office, "new1@brightlink.example")
    with office.works() as engine:
        history.remember(engine.ctx.store, LONG_AGO, MAYA, office.clock.now())
    return young, turns(office, "new2@brightlink.example")


@pytest.mark.parametrize("turn", ["idle", "one message", "a task to open"])
def test_a_turn_costs_the_same_however_much_was_logged_before(turn: str, young_and_old: Any):
    young, old = young_and_old
    assert old[turn]["statements"] <= young[turn]["statements"] + 2
    # Deeper indexes take a step more here and there; a look through the history would take
    # hundreds of times as many.
    assert old[turn]["steps"] <= 1.1 * young[turn]["steps"] + 5


def test_an_idle_turn_takes_few_statements(young_and_old: Any):
    young, _ = young_and_old
    assert young["idle"]["statements"] <= 120


def test_under_the_documented_limits_nearly_all_of_them_is_used_and_nothing_refused(tmp_path: Path):
    found = under_limits(tmp_path / "limits", 300)
    assert found["refused"] == 0
    assert found["share_of_limit"] >= 0.95
