"""Whether the daemon lives and is ready, in words a probe and a person can read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from syncd.runtime.pulse import Pulse
from syncd.store.database import UnusableState
from syncd.store.view import View


@dataclass(frozen=True, slots=True)
class Health:
    """`checks`: what was looked at, with "ok" or what is wrong; `notes`: what ops should
    know and what makes nothing unhealthy.
    """

    well: bool
    checks: Mapping[str, str]
    notes: tuple[str, ...] = ()


def alive(pulse: Pulse) -> Health:
    """Restart it where this says no: the thread that decides and delivers hangs."""
    words = "ok" if pulse.alive else f"the loop has stood still for {pulse.age:.0f} s"
    return Health(pulse.alive, {"loop": words})


def ready(pulse: Pulse, view: View, paused: Callable[[], Mapping[str, str]]) -> Health:
    """The state opens and a first turn has ended.

    A service that refuses our credentials is told, and makes nothing unready: the others
    are served meanwhile, and what says so, these pages, must stay within reach.
    """
    first = "ok" if pulse.turns else "the first turn has not ended yet"
    try:
        with view.look():
            state = "ok"
    except UnusableState as error:
        state = str(error)
    checks = {"loop": alive(pulse).checks["loop"], "state": state, "first turn": first}
    notes = tuple(f"{role}: {words}" for role, words in sorted(paused().items()))
    return Health(all(words == "ok" for words in checks.values()), checks, notes)
