"""Who goes first, and what several machines share, counted by a clock that is driven."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from connectors._kit.pacing import Own, Pacer
from syncd.ports.budgets import Change, Tokens, unhurried
from syncd.ports.verdicts import TryLater
from tests.support.clock import DrivenClock


@pytest.fixture
def clock():
    return DrivenClock()


def test_a_backlog_leaves_a_quarter_of_the_burst_to_what_comes_in(clock):
    pacer = Pacer(clock, per_second=1, burst=100)
    with unhurried():
        for _ in range(75):
            pacer.take()
        assert clock.slept == 0
        pacer.take()
    assert clock.slept == pytest.approx(1.0)
    for _ in range(25):
        pacer.take()
    assert clock.slept == pytest.approx(1.0)


def test_what_comes_in_waits_for_nothing_that_a_backlog_has_not_sent_yet():
    """However many mailboxes are read for the first time: the next call is the live one's."""
    clock = DrivenClock()
    pacer = Pacer(clock, per_second=1, burst=4, patience=1000)
    waits: list[float] = []

    class Standing(DrivenClock):
        """Whoever sleeps is let go only when the test says so."""

        def sleep(self, seconds):
            go.wait()

    go = threading.Event()
    pacer._clock = Standing()
    pacer.take(4)  # nothing is left

    def backlog() -> None:
        with unhurried():
            pacer.take(2)

    threads = [threading.Thread(target=backlog) for _ in range(8)]
    for one in threads:
        one.start()

    def look(tokens: Tokens) -> Tokens:
        waits.append(tokens.wait(1))
        return tokens

    pacer._change(look)
    clock.advance(1000)
    assert waits == [1.0]
    pacer._clock = clock
    go.set()
    for one in threads:
        one.join()


def test_a_backlog_that_would_wait_for_long_is_told_to_try_later_and_takes_nothing(clock):
    pacer = Pacer(clock, per_second=1, burst=100, patience=10)
    pacer.take(100)
    with unhurried(), pytest.raises(TryLater):
        pacer.take(5)
    pacer.take(1)
    assert clock.slept == pytest.approx(1.0)


def test_a_call_dearer_than_the_burst_goes_when_it_is_full(clock):
    pacer = Pacer(clock, per_second=10, burst=100, patience=100)
    with unhurried():
        pacer.take(90)
        assert clock.slept == 0
        pacer.take(90)
    assert clock.slept == pytest.approx(9.0)


@dataclass
class Everyones:
    """A purse as two machines see it."""

    clock: DrivenClock
    shared: bool = True
    looks: int = 0
    own: Own = field(init=False)

    def __post_init__(self):
        self.own = Own(self.clock)

    def change(self, work: Change) -> Tokens:
        self.looks += 1
        return self.own.change(work)


def test_two_machines_keep_one_limit(clock):
    purse = Everyones(clock)
    machines = [Pacer(clock, per_second=2, burst=10, purse=purse) for _ in range(2)]
    for _ in range(5):
        for one in machines:
            one.take()
    assert clock.slept == 0
    for _ in range(2):
        for one in machines:
            one.take()
    assert clock.slept == pytest.approx(2.0)


def test_a_pause_that_one_machine_was_told_holds_for_the_other(clock):
    purse = Everyones(clock)
    one, other = (Pacer(clock, per_second=2, burst=10, purse=purse) for _ in range(2))
    one.pause(30)
    other.take()
    assert clock.slept == pytest.approx(30.0)


def test_cheap_calls_look_at_the_shared_purse_now_and_then(clock):
    purse = Everyones(clock)
    pacer = Pacer(clock, per_second=10, burst=1000, purse=purse)
    for _ in range(210):
        pacer.take()
    assert purse.looks <= 22
    # And what is lent is taken: nobody else can spend it.
    assert purse.own.change(lambda tokens, _now: tokens or pytest.fail("none")).left <= 1000 - 210


def test_limits_that_the_settings_lower_hold_although_the_purse_is_older(clock):
    purse = Everyones(clock)
    Pacer(clock, per_second=100, burst=100, purse=purse).take()
    pacer = Pacer(clock, per_second=1, burst=2, purse=purse)
    for _ in range(4):
        pacer.take()
    assert clock.slept == pytest.approx(2.0)


def test_a_call_dearer_than_all_that_is_ever_kept_goes_out_once_it_is_paid_for(clock):
    # A batch of Gmail's: 50 messages of 20 units, where little of 6,000 a minute is kept.
    pacer = Pacer(clock, per_second=96, burst=240)
    began, went = clock.now(), []
    for _ in range(13):
        with unhurried():
            pacer.take(1000)
        went.append((clock.now() - began).total_seconds())
    assert went[0] == pytest.approx((1000 - 240) / 96, abs=0.01)
    assert went[-1] - went[0] == pytest.approx(12 * 1000 / 96, rel=0.01)
    for at in went:
        assert sum(1000 for other in went if at <= other < at + 60) <= 6000
