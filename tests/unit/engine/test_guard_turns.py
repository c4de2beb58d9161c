"""The guard's limits are for one turn: a daemon lives for months."""

from __future__ import annotations

from pathlib import Path

from tests.unit.engine.office import Office


def _address(number: int) -> str:
    return f"person{number}@site{number}.example"


def test_a_daemon_may_close_a_few_tasks_in_turn_after_turn(tmp_path: Path):
    office = Office(tmp_path / "office")
    for number in range(14):
        office.wrote(_address(number), 6, f"p{number}@brightlink.example")
    with office.works() as engine:
        engine.until_quiet()
        for some in (range(4), range(4, 6)):
            for number in some:
                key = f"a{number}@site{number}.example"
                office.got(_address(number), 0, key, answers=f"p{number}@brightlink.example")
            office.clock.advance(60)
            engine.until_quiet()
        engine.finish()
    assert sum(task["status"] != "completed" for task in office.tasks()) == 8
