"""What a service's limit still allows: tokens that flow in steadily, up to a burst.

Also whose call it is: what comes in now goes before what was there before us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

_NEVER = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
# Shorter waits than a clock can tell are none: fractions would be waited for without end.
_MOMENT = 1e-4
# Calls that can wait leave so much of the burst for those that cannot.
KEPT = 0.25

_hurried: ContextVar[bool] = ContextVar("hurried", default=True)


@contextmanager
def unhurried() -> Iterator[None]:
    """The calls of this block can wait: others of the same service go first."""
    token = _hurried.set(False)
    try:
        yield
    finally:
        _hurried.reset(token)


def hurried() -> bool:
    return _hurried.get()


@dataclass(frozen=True, slots=True)
class Tokens:
    """`left` at the moment `at`, below zero while callers wait their turn.

    `rate` flow in a second, at most `burst` are kept; nothing goes out before `closed_until`.
    """

    rate: float
    burst: float
    left: float
    at: datetime
    closed_until: datetime = _NEVER

    @classmethod
    def full(cls, rate: float, burst: float, now: datetime) -> Tokens:
        return cls(rate, burst, burst, now)

    def flowed(self, now: datetime) -> Tokens:
        # A clock set back must not take tokens away.
        passed = max(0.0, (now - self.at).total_seconds())
        return replace(self, left=min(self.burst, self.left + passed * self.rate), at=now)

    def wait(self, cost: float) -> float:
        """Seconds until `cost` may go out, behind all that are waiting."""
        closed = (self.closed_until - self.at).total_seconds()
        wait = max((cost - self.left) / self.rate, closed)
        return wait if wait > _MOMENT else 0.0

    def wait_behind(self, cost: float) -> float:
        """The same for a call that can wait: it leaves some for those that cannot.

        One that costs more than is ever kept, as a batch of messages does, is let in when
        nothing more can be saved up for it, and leaves a debt.
        """
        return self.wait(min(self.burst, cost + KEPT * self.burst))

    def less(self, cost: float) -> Tokens:
        return replace(self, left=self.left - cost)

    def closed(self, seconds: float) -> Tokens:
        until = self.at + timedelta(seconds=seconds)
        return replace(self, closed_until=max(self.closed_until, until))

    def limited(self, rate: float, burst: float) -> Tokens:
        return replace(self, rate=rate, burst=burst, left=min(self.left, burst))


# What is to become of the tokens (None: there are none yet) at a moment.
Change = Callable[[Tokens | None, datetime], Tokens]


class Purse(Protocol):
    """Where tokens are kept: in this process, or where other machines see them, too."""

    shared: bool

    def change(self, work: Change) -> Tokens:
        """Change them while nobody else does. Returns what is there then."""
