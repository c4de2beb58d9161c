"""The service manager hears when the daemon is ready, lives, and ends."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.runtime.notify import Manager


class Listener:
    def __init__(self, where: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(where)
        self.socket.settimeout(10)

    def heard(self) -> list[str]:
        return self.socket.recv(4096).decode().split("\n")


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    made = Listener(str(tmp_path / "notify"))
    with made.socket:
        yield made


def manager(tmp_path: Path, **env: str) -> Manager:
    return Manager.found({"NOTIFY_SOCKET": str(tmp_path / "notify"), **env})


def test_it_hears_each_step_of_the_daemons_life(listener: Listener, tmp_path: Path):
    told = manager(tmp_path)
    told.ready("3 mailboxes")
    assert listener.heard() == ["READY=1", "STATUS=3 mailboxes"]
    told.reloading()
    first, second = listener.heard()
    assert (first, second[:15]) == ("RELOADING=1", "MONOTONIC_USEC=")
    told.status("two\nlines")
    assert listener.heard() == ["STATUS=two lines"]
    told.stopping()
    assert listener.heard() == ["STOPPING=1"]


def test_an_abstract_name_is_understood():
    name = f"syncd-test-{os.getpid()}"
    listener = Listener(f"\0{name}")
    with listener.socket:
        Manager(f"@{name}").stopping()
        assert listener.heard() == ["STOPPING=1"]


def test_where_nobody_started_us_nothing_happens(tmp_path: Path):
    Manager.found({}).ready("x")
    Manager(str(tmp_path / "gone")).ready("x")
    with Manager.found({"WATCHDOG_USEC": "1000000"}).watched(lambda: True):
        pass
    assert Manager.found({"WATCHDOG_USEC": "1000000"}).watchdog is None


def test_its_address_is_not_handed_on_to_what_we_start():
    env = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1", "PATH": "/"}
    assert Manager.found(env).watchdog is None  # another process is watched
    assert env == {"PATH": "/"}


def test_the_watchdog_hears_us_while_we_live_and_not_afterwards(listener: Listener, tmp_path: Path):
    told = manager(tmp_path, WATCHDOG_USEC="150000", WATCHDOG_PID=str(os.getpid()))
    assert told.watchdog == 0.15
    living, looked = threading.Event(), threading.Event()
    living.set()

    def alive() -> bool:
        if not living.is_set():
            looked.set()
        return living.is_set()

    with told.watched(alive):
        assert listener.heard() == ["WATCHDOG=1"]
        assert listener.heard() == ["WATCHDOG=1"]
        living.clear()
        assert looked.wait(10)
    listener.socket.settimeout(0)
    # What was on its way is over; nothing more comes.
    while True:
        try:
            assert listener.heard() == ["WATCHDOG=1"]
        except BlockingIOError:
            break
