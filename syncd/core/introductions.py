"""Who could introduce us to whom: ranked, with the reasons and what stands against it."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """How far an asking is. The first three may still come to something."""

    OFFERED = "offered"  # chosen by one of us; its draft is being written
    DRAFTED = "drafted"
    ASKED = "asked"  # one of us has sent it
    INTRODUCED = "introduced"
    DECLINED = "declined"  # they said no
    LAPSED = "lapsed"  # no introduction came of it
    DROPPED = "dropped"  # never asked: a person deleted the draft, or it may not be asked


LIVE = frozenset({State.OFFERED, State.DRAFTED, State.ASKED})
