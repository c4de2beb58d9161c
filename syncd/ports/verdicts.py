"""Errors named by what the engine does next, not by what the service said.

A connector translates every failure into one of these. Anything else that escapes a
connector is a bug. A verdict may be raised, when it holds for the whole call, or
returned as the outcome of one item of a batch.

| the service says                                            | verdict      |
|-------------------------------------------------------------|--------------|
| 429, quota reasons on 403, 423, 477                         | `TryLater`   |
| 5xx, reset, timeout on a read; refused connection           | `TryLater`   |
| 5xx, reset, timeout, half an answer on a write              | `InDoubt`    |
| 401, revoked grant, missing scope                           | `Locked`     |
| 404, 409, 412 because it moved                              | `Changed`    |
| other 4xx                                                   | `Refused`    |
| Gmail history gone                                          | `CursorLost` |
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


class Verdict(Exception):
    """Base of everything a connector may raise."""


# No service keeps us away for longer by its word alone: it is asked again then. A day holds
# every limit there is, and a wrong clock on the other side must not end anything for good.
LONGEST_WAIT = 86_400.0


class TryLater(Verdict):
    """Nothing happened. Wait `after` seconds (ours to choose when None), a day at most."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        told = after is not None and not math.isnan(after)
        self.after = min(max(0.0, after), LONGEST_WAIT) if told and after is not None else None


class InDoubt(Verdict):
    """The request left and no answer came back. It may have been applied."""


class Changed(Verdict):
    """The record moved under us. Observe again and decide again."""


class Refused(Verdict):
    """The service will never accept this. Parked for a person, with the service's words."""


class Locked(Verdict):
    """Our credentials are no good here. This connector or mailbox pauses; others go on."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class CursorLost(Verdict):
    """The service no longer knows our cursor. Resync; infer nothing from absence."""


@dataclass(frozen=True, slots=True)
class Done:
    """One item was applied. `id` is the service's id of the record.

    `found` says the record was already there (adopted, not made by this call).
    `note` tells ops what was bent to make it fit, e.g. an assignee left out. `left` names
    what was left as a person has it: a field ("stage") or a value ("campaigns=acme").
    `was`: the values that stood there before, by syncd's names, where the connector read them
    just before it wrote.
    """

    id: str = ""
    found: bool = False
    note: str = ""
    left: tuple[str, ...] = ()
    # For the journal alone: two outcomes are the same whatever stood there before.
    was: Mapping[str, str] = field(default_factory=dict, compare=False)


Outcome = Done | Verdict
