"""The daemon's loop: APScheduler asks the mailboxes and the board, this thread settles.

Reading runs on the scheduler's threads, one job per mailbox; deciding and delivering
happen here, on one thread, as soon as something was read or falls due.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent import futures
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from syncd.engine import ingest
from syncd.engine.context import log
from syncd.engine.turn import Engine, Rest
from syncd.ports.hints import Hint
from syncd.ports.verdicts import TryLater
from syncd.runtime.looks import Looks
from syncd.runtime.notify import Manager
from syncd.runtime.pulse import Pulse
from syncd.runtime.signals import LastResort, heard

# The longest the settling thread sleeps: bounds how late a due time is noticed.
LONGEST_SLEEP = 30.0
# An ending process has 10 s. What is still unanswered then stays in doubt in the ledger,
# and is looked up at the next start.
PATIENCE_AT_END = 8.0
# How often it is looked whether a page's turn has come; a look of the state, and no call.
LINKS_SECONDS = 15.0
# How often it is looked whether a new export lies in the watched folder.
FOLDER_SECONDS = 30.0
# How often it is looked whether something is wrong.
WATCH_SECONDS = 60.0
# The places that are looked at; a mailbox's name begins so.
BOARD, CRM, MAILBOX = "board", "crm", "mailbox:"


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between polls, the nightly time in the team's zone, threads for mailboxes."""

    poll: float
    board_poll: float
    nightly: time_of_day
    zone: ZoneInfo
    workers: int


@dataclass(frozen=True, slots=True)
class Company:
    """Who else takes part in the daemon's life.

    `turned` hears after each turn how many seconds it took. `reload` reads the settings
    again and returns the pace they ask for, None where the old ones stay; it is called
    between turns, on the settling thread. `watch` looks for trouble, every minute;
    `nightly` tidies up.
    `manager` is told how the daemon is.
    """

    pulse: Pulse = field(default_factory=Pulse)
    turned: Callable[[float], None] = lambda _seconds: None
    reload: Callable[[], Pace | None] = lambda: None
    watch: Callable[[], object] = lambda: None
    nightly: Callable[[], object] = lambda: None
    manager: Manager = field(default_factory=Manager)


class Loop:
    def __init__(self, engine: Engine, pace: Pace, company: Company | None = None) -> None:
        self._engine = engine
        self._pace = pace
        self._company = company or Company()
        self._reload_asked = threading.Event()
        # Whether something is due that waits for a mailbox to be read: then an empty look is
        # news, too. Otherwise it wakes nobody, or each of a thousand mailboxes would.
        self._owed = False
        self._looks_ended = 0
        self._wake = threading.Event()
        self._stop = engine.ctx.stop
        self._last_resort = LastResort(PATIENCE_AT_END)
        self._scheduler = self._made()
        self._looks = Looks(self._look, self._later)
        # Threads of its own for what was there before us: what comes in never waits for them.
        # Mailboxes take turns there, by a batch each.
        self._behind = futures.ThreadPoolExecutor(pace.workers, thread_name_prefix="backlog")
        self._reading: dict[str, int] = {}  # how much of its backlog each was asked for

    def run(self) -> None:
        """Work until SIGTERM or SIGINT. Must be called on the main thread."""
        with heard((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), self._signal):
            self._run()

    def _run(self) -> None:
        self._company.pulse.begin()
        scheduler = self._scheduler
        self._schedule()
        log.info("started", mailboxes=len(self._engine.ctx.ports.mail), pid=os.getpid())
        manager = self._company.manager
        try:
            with manager.watched(lambda: self._company.pulse.alive):
                self._engine.start()
                scheduler.start()
                manager.ready(self._doing())
                self._settle_forever()
        except TryLater:
            if not self._stop.is_set():
                raise
        finally:
            manager.stopping()
            self._behind.shutdown(wait=True, cancel_futures=True)
            if scheduler.running:
                scheduler.shutdown(wait=True)
            self._engine.finish()
            self._last_resort.cancel()
            log.info("ended")

    def reload(self) -> None:
        """Have the settings read again, between turns. Any thread may ask."""
        self._reload_asked.set()
        self._wake.set()

    def wake(self) -> None:
        """Something changed that nobody else tells of: settle now. Any thread may ask."""
        self._wake.set()

    def hint(self, hint: Hint) -> None:
        """Look sooner at where something may have happened. Any thread may tell."""
        for address in hint.mailboxes:
            if address in self._engine.ctx.ports.mail:
                self._looks.soon(f"{MAILBOX}{address}")
        if hint.board:
            self._looks.soon(BOARD)
        if hint.crm:
            self._looks.soon(CRM)

    def _made(self) -> BackgroundScheduler:
        pace = self._pace
        return BackgroundScheduler(
            executors={
                "default": ThreadPoolExecutor(2),
                "mailboxes": ThreadPoolExecutor(pace.workers),
                # Sites answer as slowly as they like: nothing else waits for this thread.
                "pages": ThreadPoolExecutor(1),
                "folder": ThreadPoolExecutor(1),
                "crawls": ThreadPoolExecutor(1),
            },
            # The default grace of one second silently drops a job on a busy machine.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=pace.zone,
        )

    def _later(self, place: str, seconds: float, work: Callable[[], None]) -> None:
        if self._stop.is_set():
            return  # the scheduler that waits for this thread to end would keep it waiting
        self._scheduler.add_job(
            work,
            "date",
            run_date=datetime.now(self._pace.zone) + timedelta(seconds=seconds),
            executor="mailboxes" if place.startswith(MAILBOX) else "default",
        )

    def _schedule(self) -> None:
        """Make the jobs anew. One that is under way ends as it began."""
        scheduler = self._scheduler
        for job in scheduler.get_jobs():
            job.remove()
        # The looks that were to come went with them; everything is looked at now in any case.
        self._looks.forget()
        pace = self._pace
        now = datetime.now(pace.zone)
        for address in self._engine.ctx.ports.mail:
            scheduler.add_job(
                partial(self._looks.now, f"{MAILBOX}{address}"),
                "interval",
                seconds=pace.poll,
                jitter=pace.poll / 10,
                next_run_time=now,
                id=f"{MAILBOX}{address}",
                executor="mailboxes",
            )
        if self._engine.ctx.ports.board is not None:
            scheduler.add_job(
                partial(self._looks.now, BOARD),
                "interval",
                seconds=pace.board_poll,
                id=BOARD,
                next_run_time=now,
            )
        scheduler.add_job(
            partial(self._have_settled, self._engine.look_at_links),
            "interval",
            seconds=LINKS_SECONDS,
            id="links",
            next_run_time=now,
            executor="pages",
        )
        scheduler.add_job(
            partial(self._have_settled, self._engine.look_at_crawls),
            "interval",
            seconds=FOLDER_SECONDS,
            id="folder",
            next_run_time=now,
            executor="folder",
        )
        scheduler.add_job(
            partial(self._have_settled, self._engine.crawl_sites),
            "cron",
            hour=pace.nightly.hour,
            minute=pace.nightly.minute,
            timezone=pace.zone,
            id="crawls",
            executor="crawls",
        )
        scheduler.add_job(
            self._nightly,
            "cron",
            hour=pace.nightly.hour,
            minute=pace.nightly.minute,
            timezone=pace.zone,
            id="nightly",
        )
        scheduler.add_job(
            self._company.watch, "interval", seconds=WATCH_SECONDS, id="watch", next_run_time=now
        )

    def _settle_forever(self) -> None:
        pulse = self._company.pulse
        while not self._stop.is_set():
            self._wake.clear()
            pulse.beat()
            if self._reload_asked.is_set():
                self._reload_asked.clear()
                self._company.manager.reloading()
                if (pace := self._company.reload()) is not None:
                    self._pace = pace
                    self._schedule()
                self._company.manager.ready(self._doing())
            began, looks = time.monotonic(), self._looks_ended
            rest = self._engine.settle()
            pulse.turned()
            self._company.turned(time.monotonic() - began)
            self._engine.next_run()
            pause = self._sleep(rest)
            if not (self._owed and looks != self._looks_ended):
                self._wake.wait(pause)

    def _doing(self) -> str:
        return f"keeping {len(self._engine.ctx.ports.mail)} mailboxes in step"

    def _sleep(self, rest: Rest) -> float:
        """Seconds until something can be done that nobody will wake us for."""
        now = self._engine.ctx.now()
        times = [at for at in (rest.again_at, self._engine.next_due()) if at is not None]
        ahead = [seconds for at in times if (seconds := (at - now).total_seconds()) > 0]
        self._owed = len(ahead) < len(times)
        return max(1.0, min([*ahead, LONGEST_SLEEP]))

    def _look(self, place: str) -> int:
        """Look at one place, and have what is new settled."""
        engine = self._engine
        if place == BOARD:
            found = engine.watch()
        elif place == CRM:
            found = engine.watch_contacts()
        else:
            address = place.removeprefix(MAILBOX)
            if address not in engine.ctx.ports.mail:  # a reload has just taken it out
                return 0
            portion = engine.glance(address)
            found = portion.taken
            if portion.more and address not in self._reading:
                self._reading[address] = 0
                self._behind.submit(self._read_on, address, ingest.NOTHING)
            self._looks_ended += 1
        if found or self._owed:
            self._wake.set()
        return found

    def _read_on(self, address: str, last: ingest.Portion) -> None:
        """Read a batch of a mailbox's backlog, and queue for the next behind the others'."""
        portion = ingest.NOTHING
        try:
            if address in self._engine.ctx.ports.mail:  # else a reload has taken it out
                portion = self._engine.read_on(address, last)
        except Exception:  # noqa: BLE001 - a mistake of ours ends this look, and the next tries again
            log.exception("backlog_failed", mailbox=address)
        self._reading[address] += portion.asked
        ingest.tell(self._engine.ctx, address, self._reading[address], portion)
        self._wake.set()
        if portion.more and not self._stop.is_set():
            with suppress(RuntimeError):  # it is shut down: the process ends
                self._behind.submit(self._read_on, address, portion)
            return
        del self._reading[address]
        if not self._engine.ctx.is_failing(address):
            # As of when the mailbox was read to its end, a look at what is new tells.
            self._looks.soon(f"{MAILBOX}{address}")

    def _have_settled(self, look: Callable[[], int]) -> None:
        """Look beside the turn, and have what is new settled."""
        if look():
            self._wake.set()

    def _nightly(self) -> None:
        self._engine.reconcile()
        self._company.nightly()

    def _signal(self, sent: signal.Signals) -> None:
        if sent is signal.SIGHUP:
            self.reload()
        elif self._last_resort.begin():
            log.info("ending", signal=sent.name)
            self._stop.set()
            self._wake.set()
