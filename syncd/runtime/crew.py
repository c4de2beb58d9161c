"""A worker: one of any number of processes that share the work of a state on PostgreSQL.

procrastinate keeps the jobs beside the state and hands them out; `jobs` says which there are,
the engine does them. Here is what a process adds: its threads, its heartbeat, its end.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from syncd.engine import ingest
from syncd.engine.context import log
from syncd.engine.shares import Share
from syncd.ports.hints import Hint
from syncd.ports.verdicts import TryLater
from syncd.runtime import jobs
from syncd.runtime.joblist import Queue
from syncd.runtime.jobs import Groups
from syncd.runtime.loop import PATIENCE_AT_END, Company, Pace
from syncd.runtime.signals import LastResort, heard
from syncd.store import notes
from syncd.store.server import Server

# How often it is looked which jobs are due.
TICK = 5
# A backlog's job makes room for others after so many seconds, or as soon as one waits.
BACKLOG_SECONDS = 20.0
_NIGHT = "nightly"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`takeover`: seconds of silence after which others do what a worker was at."""

    takeover: float = 15.0
    threads: int = 4
    tick: int = TICK


class Crew:
    """Does what `syncd.runtime.loop.Loop` does, together with others."""

    def __init__(
        self, works: Share, pace: Pace, company: Company, server: Server, rhythm: Rhythm
    ) -> None:
        self._works = works
        self._pace, self._company, self._rhythm = pace, company, rhythm
        self._groups = Groups(works.ctx.ports.mail)
        self._stop = works.ctx.stop
        self._introduced = False
        self._reloading = threading.Lock()
        self._last_resort = LastResort(PATIENCE_AT_END)
        self._queue = Queue(server, self._tasks(), rhythm.takeover)

    # what the daemon asks for

    def run(self) -> None:
        """Work until SIGTERM or SIGINT. Must be called on the main thread."""
        with heard((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), self._signal):
            self._run()

    def reload(self) -> None:
        """Have the settings read again, beside the jobs under way. Any thread may ask."""
        threading.Thread(target=self._reload, name="reload", daemon=True).start()

    def wake(self) -> None:
        """Something changed that nobody else tells of. Any thread may ask."""
        self._queue.put(jobs.DECIDE)

    def hint(self, hint: Hint) -> None:
        """Look sooner at where something may have happened. Any thread may tell."""
        groups = {self._groups.of(address) for address in hint.mailboxes}
        found = [jobs.look(group) for group in groups if group is not None]
        found += [jobs.WATCH] * hint.board + [jobs.WATCH_CONTACTS] * hint.crm
        self._queue.put(*found)

    # its life

    def _run(self) -> None:
        self._company.pulse.begin()
        manager = self._company.manager
        doing = f"sharing the work on {len(self._works.ctx.ports.mail)} mailboxes"
        try:
            with manager.watched(lambda: self._company.pulse.alive):
                self._works.start()
                log.info("started", mailboxes=len(self._works.ctx.ports.mail), pid=os.getpid())
                manager.ready(doing)
                self._queue.work(
                    self._rhythm.threads, self._rhythm.tick, self._company.pulse.turned
                )
        except TryLater:
            if not self._stop.is_set():
                raise
        finally:
            manager.stopping()
            self._stop.set()
            self._last_resort.cancel()
            log.info("ended")

    def _reload(self) -> None:
        with self._reloading:
            if (pace := self._company.reload()) is not None:
                self._pace = pace
                self._groups = Groups(self._works.ctx.ports.mail)
                self._introduced = False

    def _signal(self, sent: signal.Signals) -> None:
        if sent is signal.SIGHUP:
            self.reload()
        elif self._last_resort.begin():
            log.info("ending", signal=sent.name)
            self._stop.set()
            self._queue.end()

    # its jobs; each on a thread of its own

    def _tasks(self) -> dict[str, Callable[..., None]]:
        works = self._works
        return {
            "tick": self._tick,
            "look": self._look,
            "read_on": self._read_on,
            "relist": self._relist,
            "watch": lambda: self._found(works.apart().watch()),
            "watch_contacts": lambda: self._found(works.apart().watch_contacts()),
            "decide": self._decide,
            "deliver": self._deliver,
            "introduce": lambda: works.apart().introduce(),
            "alarms": self._watched,
            "links": lambda: self._found(works.apart().look_at_links()),
            "exports": lambda: self._found(works.apart().look_at_crawls()),
            "crawls": lambda: self._found(works.apart().crawl_sites()),
            "nightly": self._nightly,
        }

    def _tick(self, timestamp: int) -> None:
        """Put what is due by now; one that waits already is not put again."""
        span = self._rhythm.tick
        if not self._introduced:
            self._introduced = self._works.introduced()
            if not self._introduced:
                self._queue.put(jobs.INTRODUCE)
                return
        found = [jobs.look(one) for one in self._groups.due(timestamp, span, self._pace.poll)]
        found += jobs.besides(timestamp, span, self._pace.board_poll)
        if self._is_time_for_the_night():
            found.append(jobs.NIGHTLY)
        self._queue.put(*found)

    def _look(self, group: str) -> None:
        found, more = 0, False
        for address in self._mailboxes(group):
            portion = self._works.glance(address)
            found, more = found + portion.taken, more or portion.more
        if more:
            self._queue.put(jobs.read_on(group))
        self._found(found)

    def _read_on(self, group: str) -> None:
        """Read the group's backlog, mailbox by mailbox in turns of a batch.

        As soon as a look at what is new waits, or it has been long enough, the rest is for
        another job: what comes in is behind one batch at most.
        """
        until = time.monotonic() + BACKLOG_SECONDS
        turns = deque((address, ingest.NOTHING) for address in self._mailboxes(group))
        found = 0
        while turns and not self._stop.is_set():
            address, last = turns.popleft()
            portion = self._works.read_on(address, last)
            found += portion.taken
            if portion.more:
                turns.append((address, portion))
            if turns and (time.monotonic() > until or self._queue.wanted(jobs.look(group))):
                self._queue.put(jobs.read_on(group))
                break
        else:
            # As of when the mailboxes were read to their end, a look at what is new tells.
            self._queue.put(jobs.look(group))
        self._found(found)

    def _relist(self, group: str) -> None:
        for address in self._mailboxes(group):
            self._works.nightly_mail(address)
        self._found(1)

    def _decide(self) -> None:
        works = self._works.apart()
        began = time.monotonic()
        accounts = works.decide()
        works.finish()
        self._company.turned(time.monotonic() - began)
        self._queue.put(*map(jobs.deliver, sorted(accounts)))

    def _deliver(self, account: str) -> None:
        self._found(self._works.apart().deliver(account))

    def _nightly(self) -> None:
        works = self._works.apart()
        with works.ctx.store.begin() as tx:
            notes.write(tx, _NIGHT, None, works.ctx.now())
        self._queue.put(jobs.CRAWLS, *map(jobs.relist, self._groups.members))
        works.nightly()
        self._company.nightly()
        self._found(1)

    def _watched(self) -> None:
        self._company.watch()

    def _found(self, number: int) -> None:
        if number:
            self._queue.put(jobs.DECIDE)

    def _mailboxes(self, group: str) -> list[str]:
        """Those of the group that are ours to read: a reload may have taken some out."""
        if self._stop.is_set():
            return []
        return [
            one for one in self._groups.members.get(group, ()) if one in self._works.ctx.ports.mail
        ]

    def _is_time_for_the_night(self) -> bool:
        """Once a night, by whoever comes first; the first night is the next one."""
        works = self._works
        now = works.ctx.now()
        with works.ctx.store.beside() as tx:
            last = notes.written_at(tx, _NIGHT)
            if last is None:
                notes.write(tx, _NIGHT, None, now)
        return last is not None and last < jobs.night_before(
            now, self._pace.nightly, self._pace.zone
        )
