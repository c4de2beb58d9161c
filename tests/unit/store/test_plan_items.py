"""What stands of plans: people's edits told from what a lagging list still shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from syncd.core.campaign_plan import What
from syncd.core.facts import Task
from syncd.store import plan_items, task_events
from syncd.store.database import Store
from syncd.store.plan_items import Made
from tests.support.clock import START

WRITTEN = {"name": "Write", "text": "Well.", "due": "2027-01-15", "owner": "maya@x.example"}
SHOWN = Task(
    "7",
    "Write",
    done=False,
    mark="m",
    due=date(2027, 1, 15),
    assignees=("5",),
    text="Well.",
    home="3",
)
LATER = START + timedelta(hours=1)


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Connection]:
    store = Store(tmp_path / "state.db")
    with store.begin() as tx:
        plan_items.made(tx, Made("m", "c", "a", What.TASK, "7", WRITTEN, "5", "3"), START)
        yield tx
    store.close()


def see(tx: Connection, task: Task, *, after: timedelta = timedelta(hours=1)) -> set[str]:
    return plan_items.observed(tx, [task], frozenset(), START + after)


def touched(tx: Connection) -> tuple[str, ...]:
    known = plan_items.known(tx, "m")
    assert known is not None
    return known.touched


def test_as_we_wrote_it_is_no_news_however_the_site_spaces_it(tx):
    assert see(tx, SHOWN) == set()
    assert see(tx, replace(SHOWN, text="Well.\r\n", title=" Write")) == set()
    assert touched(tx) == ()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("name", {"title": "Theirs"}),
        ("text", {"text": "Theirs"}),
        ("due", {"due": date(2027, 3, 1)}),
        ("due", {"due": None}),
        ("owner", {"assignees": ("6",)}),
        ("owner", {"assignees": ()}),
    ],
)
def test_a_persons_edit_is_seen_told_and_no_edit_once_it_is_put_back(tx, name, change):
    assert see(tx, replace(SHOWN, **change)) == {"c"}
    assert touched(tx) == (name,)
    assert len(task_events.of_tasks(tx, ["m"])) == 1
    assert see(tx, SHOWN) == {"c"}
    assert touched(tx) == ()


def moved(tx: Connection) -> None:
    plan_items.changed(tx, "m", {"due": "2027-02-15"}, left={}, owner_id=None, undone={}, now=LATER)


def test_a_list_that_still_shows_what_we_replaced_tells_nothing(tx):
    moved(tx)
    assert see(tx, SHOWN, after=timedelta(hours=1, seconds=20)) == set()
    assert touched(tx) == ()


def test_put_back_by_a_person_it_is_their_edit(tx):
    moved(tx)
    assert see(tx, SHOWN, after=timedelta(hours=2)) == {"c"}
    assert touched(tx) == ("due",)


def test_a_field_left_to_a_person_at_the_write_is_theirs(tx):
    plan_items.changed(
        tx,
        "m",
        {"name": "Draft"},
        left={"due": "2027-03-01", "owner": "6"},
        owner_id=None,
        undone={},
        now=LATER,
    )
    assert touched(tx) == ("due", "owner")


def test_completed_by_us_or_by_a_person_is_told_apart(tx):
    done = replace(SHOWN, done=True)
    plan_items.observed(tx, [done], frozenset({"m"}), LATER)
    assert plan_items.known(tx, "m").ended_by == "us"
    see(tx, SHOWN, after=timedelta(hours=2))
    known = plan_items.known(tx, "m")
    assert (known.done, known.kept) == (False, True)
    see(tx, done, after=timedelta(hours=3))
    assert plan_items.known(tx, "m").ended_by == ""


def test_moved_to_another_list_it_is_elsewhere_until_it_comes_back(tx):
    see(tx, replace(SHOWN, home="4"))
    assert plan_items.known(tx, "m").elsewhere
    see(tx, SHOWN)
    assert not plan_items.known(tx, "m").elsewhere


def test_what_was_open_when_a_day_began_counts_what_we_ended_since(tx):
    plan_items.ended(tx, "m", "us", LATER)
    assert plan_items.open_count(tx, START) == 1
    assert plan_items.open_count(tx, LATER + timedelta(seconds=1)) == 0


def test_owners_are_addresses_where_they_are_known(tx):
    see(tx, replace(SHOWN, assignees=("6",)))
    known = plan_items.of_campaign(tx, "c", {"6": "tom@x.example"})["a"]
    assert known.seen["owner"] == "tom@x.example"
    assert plan_items.of_campaign(tx, "c", {})["a"].seen["owner"] == "person 6"
