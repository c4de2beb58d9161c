from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._kit.pacing import Pacer
from syncd.ports.verdicts import TryLater
from tests.support.clock import DrivenClock


@pytest.fixture
def clock():
    return DrivenClock()


def test_a_burst_goes_through_at_once_and_then_calls_keep_their_distance(clock):
    pacer = Pacer(clock, per_second=2, burst=3)
    for _ in range(3):
        pacer.take()
    assert clock.slept == 0
    for _ in range(4):
        pacer.take()
    assert clock.slept == pytest.approx(2.0)


def test_what_is_not_used_is_kept_up_to_the_burst(clock):
    pacer = Pacer(clock, per_second=2, burst=3)
    for _ in range(3):
        pacer.take()
    clock.advance(3600)
    for _ in range(3):
        pacer.take()
    assert clock.slept == 0
    pacer.take()
    assert clock.slept == pytest.approx(0.5)


@given(
    per_minute=st.integers(6, 300),
    pauses=st.lists(st.floats(0, 30), min_size=1, max_size=200),
)
def test_no_minute_holds_more_than_the_rate_and_the_burst(per_minute, pauses):
    clock = DrivenClock()
    pacer = Pacer(clock, per_second=per_minute / 60, burst=5)
    taken = []
    for pause in pauses:
        clock.advance(pause)
        pacer.take()
        taken.append(clock.now())
    for moment in taken:
        minute = [each for each in taken if moment <= each < moment + timedelta(seconds=60)]
        assert len(minute) <= per_minute + 5 + 1


def test_a_dearer_call_waits_longer(clock):
    pacer = Pacer(clock, per_second=1, burst=1)
    pacer.take()
    pacer.take(cost=5)
    assert clock.slept == pytest.approx(5.0)


def test_too_long_a_wait_is_try_later_and_takes_nothing(clock):
    pacer = Pacer(clock, per_second=1, burst=1, patience=10)
    pacer.take()
    with pytest.raises(TryLater) as caught:
        pacer.take(cost=20)
    assert caught.value.after == pytest.approx(20.0)
    assert clock.slept == 0
    pacer.take()
    assert clock.slept == pytest.approx(1.0)


def test_a_pause_lets_nothing_through_before_its_end(clock):
    pacer = Pacer(clock, per_second=100, burst=10)
    pacer.pause(30)
    pacer.pause(5)  # a shorter one does not cut the longer short
    pacer.take()
    assert clock.slept == pytest.approx(30.0)
    pacer.take()
    assert clock.slept == pytest.approx(30.0)


def test_a_pause_beyond_patience_is_try_later(clock):
    pacer = Pacer(clock, per_second=100, burst=10, patience=60)
    pacer.pause(120)
    with pytest.raises(TryLater) as caught:
        pacer.take()
    assert caught.value.after == pytest.approx(120.0)


def test_a_limit_learnt_from_the_service_holds_from_the_next_call(clock):
    pacer = Pacer(clock, per_second=100, burst=50)
    pacer.set_rate(1, 2)
    for _ in range(4):
        pacer.take()
    assert clock.slept == pytest.approx(2.0)


def test_a_clock_set_back_takes_no_calls_away(clock):
    pacer = Pacer(clock, per_second=1, burst=2)
    pacer.take()
    clock.advance(-3600)
    pacer.take()
    assert clock.slept == 0


def test_threads_share_one_budget():
    """With a clock that stands still, the waits handed out are those of one queue."""

    class StandingClock(DrivenClock):
        def sleep(self, seconds):
            waits.append(round(seconds, 3))

    waits: list[float] = []
    pacer = Pacer(StandingClock(), per_second=10, burst=1)
    threads = [threading.Thread(target=pacer.take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [round(number / 10, 3) for number in range(1, 20)]
