from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.sandbox.clock import SandboxClock
from tests.support.clock import DrivenClock

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_it_follows_the_real_time_at_the_distance_it_was_moved_by():
    real = DrivenClock(START)
    clock = SandboxClock(real=real.now)
    clock.advance(days=2)
    real.advance(60)
    assert clock.now() == START + timedelta(days=2, seconds=60)


def test_set_puts_it_at_a_moment_from_which_it_goes_on():
    real = DrivenClock(START)
    clock = SandboxClock(datetime(2030, 1, 1, tzinfo=UTC), real=real.now)
    real.advance(5)
    assert clock.now() == datetime(2030, 1, 1, 0, 0, 5, tzinfo=UTC)


def test_frozen_it_moves_only_when_told_and_sleeping_moves_it():
    real = DrivenClock(START)
    clock = SandboxClock(frozen=True, real=real.now)
    real.advance(3600)
    clock.sleep(10)
    assert clock.now() == START + timedelta(seconds=10)


def test_let_run_again_it_goes_on_from_where_it_stood():
    real = DrivenClock(START)
    clock = SandboxClock(frozen=True, real=real.now)
    real.advance(3600)
    clock.run()
    real.advance(1)
    assert clock.now() == START + timedelta(seconds=1)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        SandboxClock().set(datetime(2026, 1, 1))  # noqa: DTZ001 - the point
