"""Which jobs there are when, and which of them stand in each other's way."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from syncd.runtime import jobs
from syncd.runtime.jobs import Groups

START = 1_795_000_000


def test_few_mailboxes_are_each_alone_and_many_share_a_job():
    few = Groups(f"m{n}@x.example" for n in range(500))
    assert all(len(members) == 1 for members in few.members.values())
    many = Groups(f"m{n}@x.example" for n in range(10_000))
    assert len(many.members) <= jobs.MOST_GROUPS
    assert sum(map(len, many.members.values())) == 10_000


def test_a_mailbox_that_joins_moves_no_other():
    before = Groups(f"m{n}@x.example" for n in range(2000))
    after = Groups(f"m{n}@x.example" for n in range(2001))
    assert all(before.of(f"m{n}@x.example") == after.of(f"m{n}@x.example") for n in range(2000))


@pytest.mark.parametrize("every", [5, 20, 60, 3600])
def test_each_is_looked_at_once_a_poll_and_not_all_at_the_same_moment(every: int):
    groups = Groups(f"m{n}@x.example" for n in range(200))
    looks: Counter[str] = Counter()
    most = 0
    for at in range(START + 5, START + 5 + 3 * every, 5):
        due = groups.due(at, 5, every)
        looks.update(due)
        most = max(most, len(due))
    assert set(looks.values()) == {3}
    if every >= 60:
        assert most < 100


def test_looking_and_reading_on_never_happen_at_once_and_looking_goes_first():
    look, read_on = jobs.look("a@x.example"), jobs.read_on("a@x.example")
    assert look.lock == read_on.lock == jobs.relist("a@x.example").lock
    assert look.priority > jobs.DECIDE.priority > read_on.priority
    assert look.waiting != read_on.waiting


def test_accounts_are_served_side_by_side_each_by_one():
    assert jobs.deliver("crm").lock != jobs.deliver("board").lock
    assert jobs.deliver("crm") == jobs.deliver("crm")
    assert jobs.DECIDE.lock not in {jobs.deliver("crm").lock, jobs.deliver("board").lock}


def test_everything_else_comes_up_by_itself():
    seen: Counter[str] = Counter()
    for at in range(START, START + 600, 5):
        seen.update(job.task for job in jobs.besides(at, 5, 60.0))
    assert seen == {"watch": 10, "decide": 20, "alarms": 10, "links": 40, "exports": 20}


def test_the_night_is_the_teams():
    zone = ZoneInfo("Europe/London")
    summer = datetime(2026, 7, 1, 2, 30, tzinfo=UTC)  # half past three in London
    assert jobs.night_before(summer, time(3), zone) == datetime(2026, 7, 1, 2, tzinfo=UTC)
    winter = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
    assert jobs.night_before(winter, time(3), zone) == datetime(2026, 11, 22, 3, tzinfo=UTC)
