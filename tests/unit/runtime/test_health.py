"""Alive, ready, and what is told beside it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from syncd.runtime.health import alive, ready
from syncd.runtime.pulse import HANGS_AFTER, Pulse
from syncd.store.view import View
from tests.unit.engine.office import Office


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pulse(clock: Clock) -> Pulse:
    pulse = Pulse(clock)
    pulse.begin()
    return pulse


def test_it_lives_as_long_as_its_loop_beats(pulse: Pulse, clock: Clock):
    clock.now += HANGS_AFTER - 1
    assert alive(pulse).well
    pulse.beat()
    clock.now += HANGS_AFTER - 1
    assert alive(pulse).well
    clock.now += 1
    found = alive(pulse)
    assert not found.well
    assert found.checks["loop"] == "the loop has stood still for 300 s"


def test_another_threads_calls_do_not_hide_that_the_loop_hangs(pulse: Pulse, clock: Clock):
    clock.now += HANGS_AFTER
    other = threading.Thread(target=pulse.beat)
    other.start()
    other.join()
    assert not alive(pulse).well


def test_it_is_not_alive_before_it_begins():
    assert not alive(Pulse()).well


def test_it_is_ready_after_its_first_turn(pulse: Pulse, tmp_path: Path):
    office = Office(tmp_path)
    view = View(office.settings.store)
    found = ready(pulse, view, dict)
    assert not found.well
    assert found.checks["first turn"] == "the first turn has not ended yet"
    pulse.turned()
    assert ready(pulse, view, dict).well
    view.close()


def test_it_is_not_ready_without_its_state(pulse: Pulse, tmp_path: Path):
    pulse.turned()
    found = ready(pulse, View(tmp_path / "none.db"), dict)
    assert not found.well
    assert "is not there" in found.checks["state"]
    assert not (tmp_path / "none.db").exists()


def test_a_service_that_refuses_us_is_told_and_keeps_nothing_from_being_ready(
    pulse: Pulse, tmp_path: Path
):
    office = Office(tmp_path)
    view = View(office.settings.store)
    pulse.turned()
    found = ready(pulse, view, lambda: {"crm": "hubspot 401: expired"})
    assert found.well
    assert found.notes == ("crm: hubspot 401: expired",)
    view.close()
