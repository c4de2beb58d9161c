"""Signals are heard wherever they interrupt us."""

from __future__ import annotations

import os
import signal
import threading
import time
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


def test_the_main_thread_need_not_be_the_one_that_it_hits():
    """It may be about to wait, and then it runs nothing until the wait is over."""
    done = threading.Event()
    with heard([signal.SIGHUP], lambda _sent: done.set()):

        def hit() -> None:
            time.sleep(0.1)  # by now the main thread waits below
            signal.pthread_kill(threading.get_ident(), signal.SIGHUP)

        other = threading.Thread(target=hit)
        other.start()
        assert done.wait(10)
        other.join()


def test_what_was_heard_before_is_heard_again_afterwards():
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing)
    try:
        with heard([signal.SIGHUP], lambda _sent: None):
            pass
        os.kill(os.getpid(), signal.SIGHUP)
        assert os.read(reading, 1) == bytes([signal.SIGHUP])
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)
