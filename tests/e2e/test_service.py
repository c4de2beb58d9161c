"""The daemon under a service manager: it hears when it is ready, that it lives, and its end."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from tests.e2e.processes import Home
from tests.e2e.test_running import QUICK, daemon, ends


def test_the_service_manager_hears_every_step_of_its_life(settled: Home, tmp_path: Path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)

        def until(word: str) -> list[str]:
            heard: list[str] = []
            while word not in heard:
                heard += listener.recv(4096).decode().split("\n")
            return heard

        told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "900000"}
        with daemon(settled, **QUICK, **told) as process:
            assert "STATUS=keeping 3 mailboxes in step" in until(
                "STATUS=keeping 3 mailboxes in step"
            )
            until("WATCHDOG=1")
            until("WATCHDOG=1")
            process.send_signal(signal.SIGHUP)
            until("RELOADING=1")
            until("READY=1")
            ends(process, within=10)
            until("STOPPING=1")
