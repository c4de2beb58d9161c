"""Which follow-ups were kept on time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from syncd.core.figures_kept import FollowUp, Kept, kept
from tests.support.mail import LONDON, MAYA

DUE = date(2026, 11, 5)
# Late in the evening of the day itself, and a minute into the next.
THAT_DAY = datetime(2026, 11, 5, 23, 59, tzinfo=UTC)
NEXT_DAY = THAT_DAY + timedelta(minutes=1)
TASK = FollowUp("acme", MAYA, DUE, DUE)
CLOSED = {"done": True, "closed_at": THAT_DAY}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"wrote_at": THAT_DAY}, Kept.ON_TIME),
        ({"wrote_at": NEXT_DAY}, Kept.LATE),
        ({}, Kept.LATE),
        ({**CLOSED, "closed_by": "person"}, Kept.ON_TIME),
        ({**CLOSED, "closed_by": "person", "closed_at": NEXT_DAY}, Kept.LATE),
        ({**CLOSED, "closed_by": "us"}, Kept.NOT_NEEDED),
        ({"answered_at": THAT_DAY}, Kept.NOT_NEEDED),
        # What came first decides, however the rest went.
        (
            {"answered_at": THAT_DAY, "wrote_at": THAT_DAY - timedelta(hours=1)},
            Kept.ON_TIME,
        ),
        (
            {"wrote_at": THAT_DAY, "answered_at": THAT_DAY - timedelta(hours=1)},
            Kept.NOT_NEEDED,
        ),
        ({"wrote_at": NEXT_DAY, "answered_at": NEXT_DAY + timedelta(hours=1)}, Kept.LATE),
        # The task closed by us because we wrote: the message is what was kept.
        (
            {**CLOSED, "closed_by": "us", "wrote_at": THAT_DAY - timedelta(minutes=1)},
            Kept.ON_TIME,
        ),
        ({"due_now": DUE + timedelta(days=2)}, Kept.SNOOZED),
        ({"due_now": None}, Kept.SNOOZED),
        ({"due_now": DUE + timedelta(days=2), "wrote_at": NEXT_DAY}, Kept.SNOOZED),
        ({"due_now": DUE + timedelta(days=2), "wrote_at": THAT_DAY}, Kept.ON_TIME),
        ({"due_now": DUE - timedelta(days=2)}, Kept.LATE),
        ({"deleted": True, "closed_by": "person", "closed_at": THAT_DAY}, Kept.DROPPED),
        ({**CLOSED, "closed_by": "undo"}, Kept.DROPPED),
    ],
)
def test_what_became_of_it_by_the_end_of_its_day(change: dict[str, Any], expected: Kept):
    one = replace(TASK, **change)
    assert kept(one, LONDON, NEXT_DAY) is expected


def test_it_is_open_until_its_day_is_over():
    assert kept(TASK, LONDON, THAT_DAY) is Kept.OPEN
    assert kept(TASK, LONDON, NEXT_DAY) is Kept.LATE


def test_the_day_is_the_teams():
    # Half an hour past midnight in London's summer is still the day before in UTC.
    due = date(2026, 7, 1)
    wrote = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    one = replace(TASK, due=due, due_now=due, wrote_at=wrote)
    assert kept(one, LONDON, NEXT_DAY) is Kept.LATE
