"""Telling the service manager how the daemon is, as sd_notify(3) has it.

Under systemd with `Type=notify` the unit counts as started when it says so, and with a
watchdog it is killed and started again when it stops saying that it lives.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager

# So often within the watchdog's time: one word that is lost, or late, does no harm.
_WITHIN = 3


class Manager:
    """The service manager that started this process; without an address, nobody listens.

    `watchdog`: seconds of silence after which it takes the process for dead.
    """

    def __init__(self, address: str = "", watchdog: float | None = None) -> None:
        self._address = address
        self.watchdog = watchdog if address else None

    @classmethod
    def found(cls, environment: MutableMapping[str, str] | None = None) -> Manager:
        """As the environment names it; taken out of there, for it is not our children's."""
        env = os.environ if environment is None else environment
        address = env.pop("NOTIFY_SOCKET", "")
        microseconds, whose = env.pop("WATCHDOG_USEC", ""), env.pop("WATCHDOG_PID", "")
        ours = whose in {"", str(os.getpid())}
        watchdog = int(microseconds) / 1e6 if microseconds.isdecimal() and ours else None
        return cls(address, watchdog)

    def ready(self, words: str) -> None:
        """Started, or settings read again."""
        self._tell("READY=1", f"STATUS={words}")

    def reloading(self) -> None:
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def status(self, words: str) -> None:
        """One line for `systemctl status`."""
        self._tell(f"STATUS={words}")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    @contextmanager
    def watched(self, alive: Callable[[], bool]) -> Iterator[None]:
        """Say that we live while the block runs, for as long as `alive` says so.

        From a thread of its own: a long turn is no reason to be killed, only one in which
        nothing moves any more, and that is for `alive` to tell.
        """
        if self.watchdog is None:
            yield
            return
        over = threading.Event()
        pause = self.watchdog / _WITHIN

        def keep() -> None:
            while True:
                if alive():
                    self._tell("WATCHDOG=1")
                if over.wait(pause):
                    return

        keeper = threading.Thread(target=keep, name="watchdog", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def _tell(self, *words: str) -> None:
        if not self._address:
            return
        # "@" stands for the zero byte of Linux's abstract names.
        where = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        message = "\n".join(line.replace("\n", " ") for line in words).encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                # A manager that does not listen must not hold up the daemon.
                sock.settimeout(1.0)
                sock.sendto(message, where)
        except OSError:
            # It has gone, or never was there: the daemon works all the same.
            return
