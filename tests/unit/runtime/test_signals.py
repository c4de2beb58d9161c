"""Signals are heard wherever they interrupt us."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from syncd.runtime.signals import heard


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


def test_what_it_leads_to_may_need_a_lock_that_the_interrupted_thread_holds():
    lock, done = threading.Lock(), threading.Event()

    def act(_sent: signal.Signals) -> None:
        with lock:
            done.set()

    with heard([signal.SIGHUP], act):
        with lock:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not done.wait(0.05)
        assert done.wait(10)


def test_each_is_acted_on_once_and_in_order():
    came: list[signal.Signals] = []
    with heard([signal.SIGHUP], came.append):
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGHUP)
    assert came == [signal.SIGHUP] * 3
    assert not [one for one in threading.enumerate() if one.name == "signals"]


def test_one_that_comes_late_does_no_harm():
    with heard([signal.SIGHUP], lambda _sent: None):
        pass
    os.kill(os.getpid(), signal.SIGHUP)
