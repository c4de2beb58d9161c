"""The real clock: the present in UTC, and a sleep that ends when we are asked to."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from syncd.ports.verdicts import TryLater
from syncd.runtime.clock import SystemClock


def test_it_tells_the_present_in_utc():
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_sleep_of_nothing_returns():
    SystemClock().sleep(0)


def test_once_asked_to_end_nobody_sleeps():
    stop = threading.Event()
    stop.set()
    with pytest.raises(TryLater, match="ending"):
        SystemClock(stop).sleep(3600)


def test_being_asked_to_end_wakes_a_sleeper():
    stop, woken = threading.Event(), threading.Event()

    def sleep() -> None:
        with pytest.raises(TryLater):
            SystemClock(stop).sleep(3600)
        woken.set()

    threading.Thread(target=sleep, daemon=True).start()
    threading.Timer(0.02, stop.set).start()
    assert woken.wait(60)
