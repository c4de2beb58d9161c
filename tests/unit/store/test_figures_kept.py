"""The follow-ups of a span of days, and what their conversations say of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from syncd.core.figures_kept import FollowUp
from syncd.store.database import Store, Tx
from syncd.store.figures_kept import follow_ups
from syncd.store.schema import conversations, messages, participants, task_events, tasks
from tests.unit.store.rows import put

MADE = datetime(2026, 11, 5, 8, tzinfo=UTC)
DUE = date(2026, 11, 5)
MAYA = "maya@brightlink.example"


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Tx]:
    store = Store(tmp_path / "state.db")
    with store.begin() as opened:
        put(opened, conversations, {"id": 1, "campaign": "acme"}, {"id": 2, "campaign": ""})
        say(opened, 1, "p1", -9, ours=True)
        say(opened, 2, "p2", -9, ours=True)
        yield opened
    store.close()


def say(
    tx: Tx,
    conversation: int,
    key: str,
    hours: float,
    *,
    ours: bool,
    human: bool = True,
    outside: bool = True,
) -> None:
    number = int(key[1:]) * 10 + conversation
    row = {
        "id": number,
        "key": key,
        "conversation_id": conversation,
        "at": MADE + timedelta(hours=hours),
        "direction": "sent" if ours else "received",
        "mail_class": "human" if human else "auto_reply",
        "mailbox": MAYA,
    }
    put(tx, messages, row)
    if outside:
        put(tx, participants, {"message_id": number, "address": "ada@x", "role": "to"})


def task(tx: Tx, mark: str, conversation: int = 1, **more: object) -> None:
    row = {
        "mark": mark,
        "where": "board",
        "conversation_id": conversation,
        "anchor": f"p{conversation}",
        "due": DUE,
        "due_written": DUE,
    }
    put(tx, tasks, row | more)
    put(tx, task_events, {"mark": mark, "at": MADE, "what": "made"})


def found(tx: Tx, **asked: object) -> list[FollowUp]:
    span = {"campaign": None, "first": None, "end": date(2027, 1, 1), **asked}
    return list(follow_ups(tx, **span))  # type: ignore[arg-type]


def test_a_follow_up_is_its_conversations_and_its_anchors_writers(tx: Tx):
    task(tx, "t1", due=DUE + timedelta(days=3), done=True, closed_by="person", closed_at=MADE)
    expected = FollowUp(
        "acme", MAYA, DUE, DUE + timedelta(days=3), done=True, closed_by="person", closed_at=MADE
    )
    assert found(tx) == [expected]


def test_only_what_people_wrote_outside_after_the_task_was_made_counts(tx: Tx):
    task(tx, "t1")
    say(tx, 1, "m3", -1, ours=True)
    say(tx, 1, "m4", 1, ours=True, outside=False)
    say(tx, 1, "m5", 2, ours=False, human=False)
    [one] = found(tx)
    assert (one.wrote_at, one.answered_at) == (None, None)
    say(tx, 1, "m6", 3, ours=True)
    say(tx, 1, "m7", 4, ours=False)
    say(tx, 1, "m8", 5, ours=True)
    [one] = found(tx)
    assert one.wrote_at == MADE + timedelta(hours=3)
    assert one.answered_at == MADE + timedelta(hours=4)


def test_the_same_follow_up_in_the_crm_is_counted_once_as_the_boards(tx: Tx):
    task(tx, "a-crm", where="crm", due=DUE + timedelta(days=9))
    task(tx, "b-board")
    task(tx, "c-next", step=1)
    assert [one.due_now for one in found(tx)] == [DUE, DUE]


def test_tasks_about_anything_else_are_no_follow_ups(tx: Tx):
    task(tx, "t1", anchor="losses:person:ada@x", conversation_id=0)
    assert found(tx) == []


def test_a_span_holds_its_first_day_and_not_its_end(tx: Tx):
    task(tx, "t1")
    assert len(found(tx, first=DUE)) == 1
    assert found(tx, first=DUE + timedelta(days=1)) == []
    assert found(tx, end=DUE) == []
    assert len(found(tx, end=DUE + timedelta(days=1))) == 1


def test_a_campaigns_follow_ups_are_its_own(tx: Tx):
    task(tx, "t1")
    task(tx, "t2", 2)
    assert [one.campaign for one in found(tx)] == ["acme", ""]
    assert [one.campaign for one in found(tx, campaign="acme")] == ["acme"]
