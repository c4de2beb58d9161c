"""Follow-ups kept on time: what became of each task by the end of the day it was due.

The day is the team's. **On time**: one of us wrote in the conversation after the task was made,
or a person completed it, on its day or before. **Late**: neither, and its day is over, whatever
came later. **Not needed**: they answered first, or it was closed for another reason (a bounce, a
stop). **Snoozed**: a person moved it to a later day; whether that was kept is another question.
**Dropped**: a person deleted it, or its run was taken back. **Open**: its day is not over yet.
The share on time is of those on time and late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from syncd.core.calendar import Calendar


class Kept(StrEnum):
    ON_TIME = "on time"
    LATE = "late"
    NOT_NEEDED = "not needed"
    SNOOZED = "snoozed"
    DROPPED = "dropped"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A task and what happened in its conversation.

    `due`: the day we last gave it; `due_now`: the day it has, None where a person took it away.
    `closed_by`: "" while it is open, else "us", "person" or "undo". `wrote_at`, `answered_at`: the
    first message of ours, and of theirs, after it was made.
    """

    campaign: str
    teammate: str
    due: date
    due_now: date | None
    done: bool = False
    deleted: bool = False
    closed_by: str = ""
    closed_at: datetime | None = None
    wrote_at: datetime | None = None
    answered_at: datetime | None = None


def kept(one: FollowUp, calendar: Calendar, now: datetime) -> Kept:
    """What became of a follow-up, as of `now`."""
    ended = _ended(one)
    if ended is not None and calendar.local_date(ended[0]) <= one.due:
        return ended[1]
    if one.deleted or one.closed_by == "undo":
        return Kept.DROPPED
    if one.due_now is None or one.due_now > one.due:
        return Kept.SNOOZED
    return Kept.OPEN if calendar.local_date(now) <= one.due else Kept.LATE


def _ended(one: FollowUp) -> tuple[datetime, Kept] | None:
    """The first thing that settled it, and what that makes of it if it was in time."""
    events: list[tuple[datetime, Kept]] = []
    if one.wrote_at is not None:
        events.append((one.wrote_at, Kept.ON_TIME))
    if one.answered_at is not None:
        events.append((one.answered_at, Kept.NOT_NEEDED))
    if one.closed_at is not None and one.done and not one.deleted:
        if one.closed_by == "person":
            events.append((one.closed_at, Kept.ON_TIME))
        elif one.closed_by == "us":
            events.append((one.closed_at, Kept.NOT_NEEDED))
    return min(events, key=lambda event: event[0], default=None)
