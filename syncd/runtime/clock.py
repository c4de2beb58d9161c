"""The real clock, whose sleep ends when the process is asked to."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from syncd.ports.verdicts import TryLater


class SystemClock:
    """Satisfies `syncd.ports.clock.Clock`. Sleeping after `stop` is set raises `TryLater`."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise TryLater("syncd is ending")
