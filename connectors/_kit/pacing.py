"""Staying just under a service's rate limit instead of finding it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from syncd.ports.budgets import Change, Purse, Tokens, hurried
from syncd.ports.clock import Clock
from syncd.ports.manifest import Budget
from syncd.ports.verdicts import LONGEST_WAIT, TryLater

# What a process takes at once of a purse that others share, as a part of the burst: a cheap
# call is not worth a look at the database.
_LEASE = 0.02
# A limit is stated with an answer: one so low that no call goes out would stand for ever.
_SLOWEST = 1 / 300


class Own:
    """A purse of this process."""

    shared = False

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None

    def change(self, work: Change) -> Tokens:
        with self._lock:
            self._tokens = work(self._tokens, self._clock.now())
            return self._tokens


class Pacer:
    """A token bucket shared by the threads, and perhaps the machines, that call one service.

    `per_second` tokens flow in, at most `burst` are kept. A caller that would wait longer
    than `patience` seconds gets `TryLater` instead, so that a thread does other work.

    Calls that can wait (`syncd.ports.budgets.unhurried`) take nothing in advance: one at a
    time they wait until there is enough, and a quarter of the burst more. Whoever cannot wait
    is therefore behind none of them but those that have gone out.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        per_second: float,
        burst: float,
        patience: float = 60.0,
        purse: Purse | None = None,
    ) -> None:
        self._clock = clock
        self._patience = patience
        self._purse = purse or Own(clock)
        self._rate, self._burst = per_second, burst
        # The purse may be older than these settings.
        self._limits_told = False
        self._seen: Tokens | None = None
        self._lease = 0.0
        self._leasing = threading.Lock()
        self._behind = threading.Lock()

    def take(self, cost: float = 1.0) -> None:
        """Wait for `cost` tokens. Raises `TryLater` when that would take too long."""
        if hurried():
            self._sleep(self._reserve(cost))
            return
        with self._behind:
            waited = 0.0
            while (wait := self._seize(cost)) > 0:
                waited += wait
                if waited > self._patience:
                    raise _later(wait)
                self._sleep(wait)
            # A call dearer than the burst is in debt by now, and goes out when that is paid.
            self._sleep(self._owed())

    def _owed(self) -> float:
        return self._seen.wait(0.0) if self._seen is not None else 0.0

    def pause(self, seconds: float) -> None:
        """Let nothing through for `seconds`: the service said so."""
        with self._leasing:
            self._lease = 0.0
        # Not `max` and `min` alone: which of them "nan" comes out of hangs on their order.
        wait = min(seconds, LONGEST_WAIT) if seconds > 0 else 0.0
        self._change(lambda tokens: tokens.closed(wait))

    def set_rate(self, per_second: float, burst: float) -> None:
        """Adopt the limit the service states in its headers."""
        self._rate = max(_SLOWEST, per_second)
        self._burst = burst if burst > 0 else self._rate
        self._limits_told = False
        self._change(lambda tokens: tokens)

    def budget(self) -> Budget:
        """What is left now, to be shown; asking takes nothing."""
        now = self._clock.now()
        tokens = self._seen or Tokens.full(self._rate, self._burst, now)
        if not self._purse.shared:
            tokens = tokens.flowed(now)
        return Budget(tokens.left, tokens.burst, tokens.rate)

    def _reserve(self, cost: float) -> float:
        """Take `cost`, in advance where need be: that is the queue. Returns the time to wait."""
        if self._leased(cost):
            return 0.0
        wait = 0.0

        def take(tokens: Tokens) -> Tokens:
            nonlocal wait
            wait = tokens.wait(cost)
            if wait > self._patience:
                raise _later(wait)
            return tokens.less(cost)

        self._change(take)
        if self._purse.shared and not wait:
            self._lend()
        return wait

    def _seize(self, cost: float) -> float:
        """Take `cost` if that leaves enough for others. Returns the time to wait, else 0."""
        wait = 0.0

        def take(tokens: Tokens) -> Tokens:
            nonlocal wait
            wait = tokens.wait_behind(cost)
            return tokens if wait > 0 else tokens.less(cost)

        self._change(take)
        return wait

    def _leased(self, cost: float) -> bool:
        with self._leasing:
            if self._lease < cost:
                return False
            self._lease -= cost
            return True

    def _lend(self) -> None:
        """Take some more, where there is plenty, for the next cheap calls."""
        lease, taken = _LEASE * self._burst, 0.0

        def take(tokens: Tokens) -> Tokens:
            nonlocal taken
            taken = lease if tokens.left > tokens.burst / 2 else 0.0
            return tokens.less(taken)

        if lease >= 1:
            self._change(take)
            with self._leasing:
                self._lease += taken

    def _change(self, work: Callable[[Tokens], Tokens]) -> None:
        def change(tokens: Tokens | None, now: datetime) -> Tokens:
            found = Tokens.full(self._rate, self._burst, now) if tokens is None else tokens
            if not self._limits_told:
                found = found.limited(self._rate, self._burst)
                self._limits_told = True
            return work(found.flowed(now))

        self._seen = self._purse.change(change)

    def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._clock.sleep(seconds)


def _later(wait: float) -> TryLater:
    return TryLater(f"our own pacing: the next call is due in {wait:.0f} s", after=wait)
