"""The table of stages knows each of them."""

from __future__ import annotations

from pathlib import Path

from tests.bench.stages import STAGES, Stages
from tests.unit.engine.office import Office


def test_every_stage_of_a_first_reading_takes_its_time(tmp_path: Path):
    office = Office(tmp_path)
    for number in range(3):
        office.got(f"P <p{number}@site.example>", 9, f"{number}@site.example")
    with office.works() as engine, Stages().watch(engine) as found:
        engine.until_quiet()
    assert len(office.emails()) == 3
    assert set(found.seconds) == {*STAGES, "other", "wait for the services"}
