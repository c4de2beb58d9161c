"""The daemon's loop: APScheduler asks the mailboxes and the board, this thread settles.

Reading runs on the scheduler's threads, one job per mailbox; deciding and delivering
happen here, on one thread, as soon as something was read or falls due.
"""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from syncd.engine.context import log
from syncd.engine.turn import Engine, Rest
from syncd.ports.verdicts import TryLater

# The longest the settling thread sleeps: bounds how late a due time is noticed.
LONGEST_SLEEP = 30.0
# An ending process has 10 s. What is still unanswered then stays in doubt in the ledger,
# and is looked up at the next start.
PATIENCE_AT_END = 8.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between polls, the nightly time in the team's zone, threads for mailboxes."""

    poll: float
    board_poll: float
    nightly: time
    zone: ZoneInfo
    workers: int


class Loop:
    def __init__(self, engine: Engine, pace: Pace) -> None:
        self._engine = engine
        self._pace = pace
        self._wake = threading.Event()
        self._stop = engine.ctx.stop
        self._last_resort: threading.Timer | None = None

    def run(self) -> None:
        """Work until SIGTERM or SIGINT. Must be called on the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        scheduler = self._scheduler()
        log.info("started", mailboxes=len(self._engine.ctx.ports.mail), pid=os.getpid())
        try:
            self._engine.start()
            scheduler.start()
            self._settle_forever()
        except TryLater:
            if not self._stop.is_set():
                raise
        finally:
            if scheduler.running:
                scheduler.shutdown(wait=True)
            self._engine.finish()
            if self._last_resort is not None:
                self._last_resort.cancel()
            log.info("ended")

    def _scheduler(self) -> BackgroundScheduler:
        pace = self._pace
        scheduler = BackgroundScheduler(
            executors={
                "default": ThreadPoolExecutor(2),
                "mailboxes": ThreadPoolExecutor(pace.workers),
            },
            # The default grace of one second silently drops a job on a busy machine.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=pace.zone,
        )
        now = datetime.now(pace.zone)
        for address in self._engine.ctx.ports.mail:
            scheduler.add_job(
                partial(self._look, address),
                "interval",
                seconds=pace.poll,
                jitter=pace.poll / 10,
                next_run_time=now,
                id=f"mailbox:{address}",
                executor="mailboxes",
            )
        if self._engine.ctx.ports.board is not None:
            scheduler.add_job(
                self._board, "interval", seconds=pace.board_poll, id="board", next_run_time=now
            )
        scheduler.add_job(
            self._nightly,
            "cron",
            hour=pace.nightly.hour,
            minute=pace.nightly.minute,
            id="nightly",
        )
        return scheduler

    def _settle_forever(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            rest = self._engine.settle()
            self._wake.wait(self._sleep(rest))

    def _sleep(self, rest: Rest) -> float:
        """Seconds until something can be done that nobody will wake us for."""
        now = self._engine.ctx.now()
        times = [at for at in (rest.again_at, self._engine.next_due()) if at is not None]
        # What is due and was not done waits for a mailbox to be read: that wakes us.
        ahead = [seconds for at in times if (seconds := (at - now).total_seconds()) > 0]
        return max(1.0, min([*ahead, LONGEST_SLEEP]))

    def _look(self, address: str) -> None:
        self._engine.look(address)
        self._wake.set()

    def _board(self) -> None:
        if self._engine.watch_board():
            self._wake.set()

    def _nightly(self) -> None:
        self._engine.reconcile()

    def _end(self, number: int, _frame: object) -> None:
        if self._last_resort is not None:
            return
        # First, because what follows takes locks, which the interrupted thread may hold.
        self._last_resort = threading.Timer(PATIENCE_AT_END, os._exit, (0,))
        self._last_resort.daemon = True
        self._last_resort.start()
        self._stop.set()
        self._wake.set()
        log.info("ending", signal=signal.Signals(number).name)
