"""Hearing of things sooner: what must be asked for anew is, and what must be fetched is fetched.

On threads of its own, which may hang on a service for minutes without holding up anything:
hints are a convenience, and polling goes on without them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.engine.context import log
from syncd.ports.clock import Clock
from syncd.ports.hints import Hint, Hints
from syncd.ports.verdicts import Verdict

# After a failure, where the service names no time.
_RETRY_SECONDS = 300.0
_LONGEST_WAIT = 3600.0
# A pull is mostly held until something comes. One answered at once must not become a loop.
_BREATH = 1.0
# A machine that was asleep finds out soon that a renewal is due.
_NAP = 60.0


@dataclass(frozen=True, slots=True)
class Source:
    """`service` is the connector's kind."""

    service: str
    hints: Hints


@dataclass(slots=True)
class Hearing:
    """`told` hears of each hint, `counted` of the service and what came of it."""

    clock: Clock
    told: Callable[[Hint], None]
    counted: Callable[[str, str], None]
    _ended: threading.Event = field(default_factory=threading.Event)
    _failing: set[tuple[str, str]] = field(default_factory=set)

    def follow(self, sources: Mapping[str, Source]) -> None:
        """Listen to these, and to none that was listened to before."""
        self.end()
        ended = self._ended = threading.Event()
        for name, source in sources.items():
            for what, work in (("renew", self._renew), ("pull", self._pull)):
                wanted = source.hints.renewals if what == "renew" else source.hints.pull
                if wanted:
                    # Daemons: nobody waits for a pull that is held open.
                    threading.Thread(
                        target=work, args=(source, ended), name=f"{what} {name}", daemon=True
                    ).start()

    def end(self) -> None:
        self._ended.set()

    def _renew(self, source: Source, ended: threading.Event) -> None:
        due = dict.fromkeys(source.hints.renewals, self.clock.now())
        while not ended.is_set():
            for subject, renew in source.hints.renewals.items():
                if due[subject] > self.clock.now() or ended.is_set():
                    continue
                wait = self._tried(source.service, subject, renew)
                due[subject] = self.clock.now() + timedelta(
                    seconds=source.hints.renew_seconds if wait is None else wait
                )
            ended.wait(self._nap(min(due.values())))

    def _pull(self, source: Source, ended: threading.Event) -> None:
        pull = source.hints.pull
        assert pull is not None

        def once() -> None:
            hint = pull()
            if hint.events or hint:
                self.counted(source.service, "pulled")
            if hint and not ended.is_set():
                self.told(hint)

        while not ended.is_set():
            began = time.monotonic()
            wait = self._tried(source.service, "pull", once)
            pause = _BREATH - (time.monotonic() - began) if wait is None else wait
            if pause > 0:
                ended.wait(pause)

    def _tried(self, service: str, subject: str, work: Callable[[], None]) -> float | None:
        """None when it went well, else seconds until it is worth trying again."""
        try:
            work()
        except Verdict as verdict:
            words, wait = str(verdict), getattr(verdict, "after", None) or _RETRY_SECONDS
        except Exception as error:  # noqa: BLE001 - a connector's mistake must not end the hearing
            words, wait = f"unexpected {type(error).__name__}", _LONGEST_WAIT
        else:
            if (service, subject) in self._failing:
                self._failing.discard((service, subject))
                log.info("hints_again", service=service, subject=subject)
            return None
        if (service, subject) not in self._failing:
            self._failing.add((service, subject))
            log.warning("hints_missing", service=service, subject=subject, words=words)
        return float(min(wait, _LONGEST_WAIT))

    def _nap(self, due: datetime) -> float:
        return min(_NAP, max(_BREATH, (due - self.clock.now()).total_seconds()))
