"""Trouble is seen, told once, and told once more when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import structlog

from syncd.engine import alarms
from syncd.engine.alarms import Notice, NotTold, Sense
from syncd.engine.turn import Engine
from syncd.ports.simulator import Answer, Request
from syncd.store import fitness
from syncd.store.fitness import Room
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SENSE = Sense(DAY, HOUR, MINUTE)


class Ops:
    """Somebody who is told. `deaf`: nothing gets through."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.heard: list[tuple[str, bool]] = []
        self.last: Notice | None = None
        self.deaf = False
        self.sense = SENSE

    def __call__(self, notice: Notice) -> None:
        if self.deaf:
            raise NotTold("no answer")
        self.heard.append((notice.name, notice.over))
        self.last = notice

    def watch(self, works: Engine, skew: float | None = None) -> list[str]:
        return [one.name for one in alarms.watch(works.ctx, self.sense, skew, self)]


@pytest.fixture(autouse=True)
def rooms(monkeypatch: pytest.MonkeyPatch) -> list[Room]:
    """How much room the disk has: the last of these."""
    rooms = [Room(free=1 << 40, used=1 << 20)]
    monkeypatch.setattr(fitness, "room", lambda _path: rooms[-1])
    return rooms


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, mailboxes=(MAYA, TOM))


@pytest.fixture
def ops(office: Office) -> Ops:
    return Ops(office)


@contextmanager
def working(office: Office) -> Iterator[Engine]:
    with office.works() as works:
        works.turn()
        yield works


def busy_weeks(office: Office, mailbox: str = MAYA, *, a_day: int = 6, weeks: int = 5) -> None:
    """So much mail every day of the weeks before yesterday."""
    for day in range(1, 7 * weeks + 1):
        for number in range(a_day):
            ago = day + 0.01 * (number + 1)
            office.got(f"Ada <{ADA}>", ago, f"{mailbox[0]}{day}-{number}@x", mailbox=mailbox)


def test_when_all_is_well_nobody_is_told(office: Office, ops: Ops):
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example")
    with working(office) as works:
        assert ops.watch(works, skew=2.0) == []
    assert ops.heard == []


def test_a_token_that_is_refused_is_told_once_and_so_is_its_end(office: Office, ops: Ops):
    with working(office) as works:
        office.tell("gmail", "revoke", mailbox=MAYA)
        works.look(MAYA)
        for _ in range(3):
            assert ops.watch(works) == [f"locked/{MAYA}"]
        assert ops.heard == [(f"locked/{MAYA}", False)]
        office.tell("gmail", "restore_access", mailbox=MAYA)
        office.clock.advance(400)
        works.look(MAYA)
        assert ops.watch(works) == []
        assert ops.watch(works) == []
    assert ops.heard == [(f"locked/{MAYA}", False), (f"locked/{MAYA}", True)]


def test_a_restart_repeats_nothing_and_forgets_nothing(office: Office, ops: Ops):
    for turn in range(3):
        with working(office) as works:
            ops.watch(works, skew=0.0 if turn == 2 else 90.0)
    assert ops.heard == [("clock/skew", False), ("clock/skew", True)]


def test_what_could_not_be_told_is_told_later(office: Office, ops: Ops):
    with working(office) as works:
        ops.deaf = True
        assert ops.watch(works, skew=90.0) == ["clock/skew"]
        ops.deaf = False
        ops.watch(works, skew=90.0)
        ops.deaf = True
        ops.watch(works, skew=0.0)
        ops.deaf = False
        ops.watch(works, skew=0.0)
        ops.watch(works, skew=0.0)
    assert ops.heard == [("clock/skew", False), ("clock/skew", True)]


def test_what_was_over_before_anybody_heard_of_it_is_not_told(office: Office, ops: Ops):
    with working(office) as works:
        ops.deaf = True
        ops.watch(works, skew=90.0)
        ops.watch(works, skew=0.0)
        ops.deaf = False
        ops.watch(works, skew=0.0)
    assert ops.heard == []


def test_what_comes_back_before_its_end_was_told_goes_on(office: Office, ops: Ops):
    with working(office) as works:
        ops.watch(works, skew=90.0)
        ops.deaf = True
        ops.watch(works, skew=0.0)
        ops.deaf = False
        ops.watch(works, skew=90.0)
        assert ops.heard == [("clock/skew", False)]
        ops.watch(works, skew=0.0)
    assert ops.heard == [("clock/skew", False), ("clock/skew", True)]


def test_each_beginning_and_end_is_logged_once(office: Office, ops: Ops):
    with working(office) as works, structlog.testing.capture_logs() as logs:
        for skew in (90.0, 91.0, 0.0, 0.0):
            ops.watch(works, skew=skew)
    events = [entry["event"] for entry in logs if entry["event"] in {"alarm", "all_clear"}]
    assert events == ["alarm", "all_clear"]


@pytest.mark.parametrize(
    ("skew", "words"),
    [(90.0, "90 s ahead of"), (-90.0, "90 s behind"), (60.0, ""), (-60.0, ""), (None, "")],
)
def test_the_clock_is_wrong_beyond_a_minute(
    office: Office, ops: Ops, skew: float | None, words: str
):
    with working(office) as works:
        ops.watch(works, skew=skew)
    assert words in (ops.last.words if ops.last else "")
    assert bool(words) == bool(ops.heard)


def test_what_is_parked_is_told(office: Office, ops: Ops):
    office.got(f"Ada <{ADA}>", 1, "n1@x")

    def refuse(request: Request) -> Answer | None:
        bad = request.path.endswith("/emails/batch/create")
        return Answer(400, b"{}", {}) if bad else None

    office.transport.before = refuse
    with working(office) as works:
        assert ops.watch(works) == ["parked/effects"]
    assert ops.last is not None
    assert "1 refused by a service" in ops.last.words


def test_what_is_held_is_told_with_its_reason(office: Office, ops: Ops):
    office.text += "guard: {max_actions: 1}\n"
    for number in range(2):
        office.got(f"P <p{number}@x{number}.example>", 1, f"n{number}@x")
    with working(office) as works:
        assert ops.watch(works) == ["held/add_contact"]
    assert ops.last is not None
    assert "the limit is 1" in ops.last.words


def test_a_backlog_is_told_when_it_is_old(office: Office, ops: Ops):
    with working(office) as works:
        office.got(f"Bob <{BOB}>", 0, "n1@x")

        def busy(request: Request) -> Answer | None:
            if request.path.endswith("/contacts/batch/create"):
                return Answer(429, b"{}", {"retry-after": "36000"})
            return None

        office.transport.before = busy
        works.turn()
        for _ in range(2):
            office.clock.advance(1800)
            works.look(MAYA)
            works.look(TOM)
            assert ops.watch(works) == []
        office.clock.advance(60)
        assert ops.watch(works) == ["backlog/queue"]


def test_a_mailbox_that_is_not_read_is_told(office: Office, ops: Ops):
    with working(office) as works:
        office.transport.down = {"gmail"}
        works.look(TOM)
        office.clock.advance(3660)
        assert ops.watch(works) == [f"unread/{MAYA}", f"unread/{TOM}"]
    assert ops.last is not None
    assert "gmail" in ops.last.words


def test_a_mailbox_unlike_its_own_weeks_is_quiet(office: Office, ops: Ops):
    busy_weeks(office)
    office.got(f"Bob <{BOB}>", 3, "t1@x", mailbox=TOM)
    with working(office) as works:
        assert ops.watch(works) == [f"quiet/{MAYA}"]
        assert ops.last is not None
        assert ops.last.words == (
            "0 messages in the last 24 hours; at this time of past weeks 6 to 6"
        )
        office.got(f"Ada <{ADA}>", 0, "again@x")
        office.clock.advance(5)
        works.look(MAYA)
        works.settle()
        assert ops.watch(works) == []
    assert ops.heard == [(f"quiet/{MAYA}", False), (f"quiet/{MAYA}", True)]


@pytest.mark.parametrize(
    ("a_day", "weeks"), [(4, 5), (6, 2)], ids=["little mail anyway", "too short a past"]
)
def test_silence_proves_nothing(office: Office, ops: Ops, a_day: int, weeks: int):
    busy_weeks(office, a_day=a_day, weeks=weeks)
    with working(office) as works:
        assert ops.watch(works) == []


def test_one_empty_week_in_the_past_excuses_nothing(office: Office, ops: Ops):
    busy_weeks(office, weeks=3)
    with working(office) as works:
        assert ops.watch(works) == [f"quiet/{MAYA}"]


def test_silence_on_a_holiday_is_ordinary(office: Office, ops: Ops):
    busy_weeks(office)
    with working(office) as works:
        team = works.ctx.rules.team
        off = replace(team.calendar, holidays=frozenset({date(2026, 11, 23)}))
        works.ctx.rules = replace(works.ctx.rules, team=replace(team, calendar=off))
        assert ops.watch(works) == []


def test_silence_can_be_left_alone(office: Office, ops: Ops):
    busy_weeks(office)
    ops.sense = replace(SENSE, quiet_after=None)
    with working(office) as works:
        assert ops.watch(works) == []


def test_a_mailbox_nobody_could_read_is_not_called_quiet(office: Office, ops: Ops):
    busy_weeks(office)
    with working(office) as works:
        office.clock.advance(3660)
        assert f"quiet/{MAYA}" not in ops.watch(works)


@pytest.mark.parametrize(
    "room", [Room(free=1 << 29, used=1 << 20), Room(free=3 << 30, used=2 << 30)]
)
def test_a_disk_that_fills_up_is_told(office: Office, ops: Ops, rooms: list[Room], room: Room):
    with working(office) as works:
        rooms.append(room)
        assert ops.watch(works) == ["disk/state"]
        rooms.append(Room(free=1 << 40, used=1 << 20))
        assert ops.watch(works) == []
    assert ops.heard == [("disk/state", False), ("disk/state", True)]


def test_what_is_seen_elsewhere_is_told_like_the_rest(office: Office, ops: Ops):
    with working(office) as works:
        alarms.watch(works.ctx, SENSE, None, ops, {"reload/settings": "line 3: no such key"})
        alarms.watch(works.ctx, SENSE, None, ops)
    assert ops.heard == [("reload/settings", False), ("reload/settings", True)]


BOARD = "alarms: {board: {project: Outreach, task_list: Ops}, assignee: tom@brightlink.example}\n"


@pytest.fixture
def on_board(office: Office, ops: Ops) -> Ops:
    office.text += BOARD
    with office.works() as works:
        assert works.set_up()
    return ops


def about(office: Office) -> list[tuple[str, str]]:
    return [row for row in office.board() if row[0].startswith("syncd: ")]


def test_a_trouble_gets_a_task_that_is_completed_when_it_is_over(office: Office, on_board: Ops):
    with working(office) as works:
        for _ in range(2):
            on_board.watch(works, skew=90.0)
            works.settle()
        assert about(office) == [("syncd: clock skew", "new")]
        [task] = [row for row in office.tasks() if row["name"].startswith("syncd: ")]
        on_board.watch(works, skew=0.0)
        works.settle()
        assert about(office) == [("syncd: clock skew", "completed")]
        office.clock.advance(60)
        on_board.watch(works, skew=90.0)
        works.settle()
        assert sorted(state for _, state in about(office)) == ["completed", "new"]
    assert task["id"]


def test_a_trouble_over_before_its_task_was_made_gets_none(office: Office, on_board: Ops):
    with working(office) as works:
        on_board.watch(works, skew=90.0)
        on_board.watch(works, skew=0.0)
        works.settle()
        works.settle()
    assert about(office) == []
    assert office.states("raise_alarm") == {"withdrawn": 1}
    assert office.states("clear_alarm") == {"withdrawn": 1}


def test_a_lost_answer_makes_no_second_task(office: Office, on_board: Ops):
    with working(office) as works:
        on_board.watch(works, skew=90.0)

        def lose(request: Request, answer: Answer) -> Answer:
            made = request.method == "POST" and request.path.endswith("/tasks.json")
            return Answer(0) if made else answer

        office.transport.after = lose
        works.settle()
        assert office.states("raise_alarm") == {"sending": 1}
        office.transport.after = lambda _request, answer: answer
        office.clock.advance(600)
        works.settle()
    assert about(office) == [("syncd: clock skew", "new")]
    assert office.states("raise_alarm") == {"done": 1}
