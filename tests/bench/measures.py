"""What is measured. Each measure starts services and states of its own and tells a few numbers.

Counts are exact and the same everywhere; seconds are this machine's, of this moment.
"""

from __future__ import annotations

import math
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event

from syncd import app, wiring
from syncd.engine import decide
from syncd.engine.turn import Engine
from syncd.settings.loading import load
from syncd.store import dirty
from syncd.store.database import Store
from tests.bench import history, letters
from tests.bench.limits import under_limits
from tests.bench.services import Bench, cpu_of
from tests.bench.stages import STAGES, Stages
from tests.e2e.processes import SYNCD, environment, wait_for

Numbers = dict[str, Any]

# The one call of a look that finds nothing new.
_LOOK = "/history"
# An instruction of SQLite's machine is counted in steps of this many.
_STEP = 100


def backfill(folder: Path, messages: int, boxes: int, people: int) -> Numbers:
    """A first reading by `syncd once`, everything in place but the mail."""
    with Bench(folder, letters.mailboxes(boxes)) as bench:
        bench.syncd("setup", "--yes")
        bench.fill(messages, people)
        bench.forget_calls()
        ran = bench.syncd("once")
        assert bench.in_crm() == messages
        calls = bench.counted()
        state = (bench.folder / "syncd.db").stat().st_size
    floor = floor_calls(messages, boxes, people)
    return {
        "messages": messages,
        "mailboxes": boxes,
        "people": people,
        "seconds": round(ran.seconds, 1),
        "messages_per_second": round(messages / ran.seconds),
        "cpu_seconds": round(ran.cpu, 1),
        "calls": calls.total(),
        "floor_calls": floor,
        "calls_to_floor": round(calls.total() / floor, 3),
        "by_call": dict(calls.most_common()),
        "peak_rss_mb": round(ran.rss_mb),
        "state_mb_per_100k": round(state / messages / 10, 1),
    }


def floor_calls(messages: int, boxes: int, people: int) -> int:
    """The fewest calls there could be: lists, batch gets, contact reads and creates, emails."""
    each = messages // boxes
    reading = boxes * (math.ceil(each / 500) + math.ceil(each / 50))
    return reading + 2 * math.ceil(people / 100) + math.ceil(messages / 100)


def stages(folder: Path, messages: int, people: int) -> Numbers:
    """Where the seconds of a first reading go, on its one thread."""
    with Bench(folder, letters.mailboxes(1)) as bench:
        bench.syncd("setup", "--yes")
        bench.fill(messages, people)
        with engine(bench) as works, Stages().watch(works) as found:
            works.until_quiet()
    assert set(STAGES) <= set(found.seconds), found.seconds
    whole = sum(found.seconds.values())
    ordered = sorted(found.seconds.items(), key=lambda one: -one[1])
    return {
        "messages": messages,
        "seconds": {name: round(taken, 1) for name, taken in ordered},
        "share": {name: round(taken / whole, 3) for name, taken in ordered},
    }


def burst(folder: Path, messages: int = 50, poll: int = 5) -> Numbers:
    """From the moment many new messages are there to the moment the last is in the CRM."""
    with Bench(folder, letters.mailboxes(1), poll) as bench:
        bench.syncd("setup", "--yes")
        bench.fill(40, 10)
        bench.syncd("once")
        with bench.daemon():
            time.sleep(poll)  # a poll has passed: it is at rest
            before = bench.in_crm()
            bench.put(_more(bench, messages))
            began = time.perf_counter()
            wait_for(lambda: bench.in_crm() == before + messages, "the burst is logged")
            taken = time.perf_counter() - began
    return {"messages": messages, "poll_seconds": poll, "seconds": round(taken, 2)}


def _more(bench: Bench, messages: int) -> Iterator[dict[str, Any]]:
    now = datetime.now(UTC)
    for number in range(messages):
        yield letters.item(bench.boxes[0], number % 10, 1000 + number, 0, now)


def idle(folder: Path, boxes: int, poll: int = 10, turns: int = 3) -> Numbers:
    """Calls and CPU of a turn in which nothing is new, told for a poll every minute."""
    with Bench(folder, letters.mailboxes(boxes), poll) as bench:
        bench.syncd("setup", "--yes")
        bench.syncd("once")
        with bench.daemon() as pid:
            # What is done once at a start, and what fell due with it, is behind us; and the
            # stretch begins and ends between two polls.
            time.sleep(2.5 * poll)
            bench.forget_calls()
            cpu, began = cpu_of(pid), time.perf_counter()
            time.sleep(turns * poll)
            cpu, seconds = cpu_of(pid) - cpu, time.perf_counter() - began
            calls = bench.counted()
    mail = sum(number for call, number in calls.items() if call.startswith("gmail"))
    looks = sum(number for call, number in calls.items() if call.endswith(_LOOK))
    polls = looks / boxes
    return {
        "mailboxes": boxes,
        "polls": round(polls, 2),
        "polls_expected": round(seconds / poll, 2),
        "calls_per_mailbox": round(mail / looks, 3),
        "other_calls": {call: number for call, number in calls.items() if call[:5] != "gmail"},
        "cpu_seconds_per_poll": round(cpu / polls, 3),
        "cpu_share": round(cpu / polls / 60, 4),
        "seconds": round(seconds),
    }


def first_message(folder: Path) -> float:
    """From starting `syncd run` to its first message in the CRM."""
    with Bench(folder, letters.mailboxes(1)) as bench:
        bench.syncd("setup", "--yes")
        bench.fill(4, 1)
        began = time.perf_counter()
        with bench.daemon():
            wait_for(lambda: bench.in_crm() > 0, "the first message is logged")
            return round(time.perf_counter() - began, 2)


def start_up(folder: Path, *arguments: str, times: int = 7) -> float:
    """The median time of a short command."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(
            [SYNCD, *arguments], check=True, capture_output=True, cwd=folder, env=environment()
        )
        taken.append(time.perf_counter() - began)
    return round(statistics.median(taken), 3)


def validate(folder: Path) -> float:
    with Bench(folder, letters.mailboxes(3)) as bench:
        return start_up(folder, "validate", "--config", str(bench.config))


def long_history(folder: Path, messages: int, decided: int = 4_000) -> Numbers:
    """What a turn costs on a young state and on one that has seen `messages`.

    "steps" are instructions of SQLite's machine, in hundreds: a count, whatever the machine.
    """
    with Bench(folder, letters.mailboxes(1)) as bench:
        bench.syncd("setup", "--yes")
        bench.fill(400, 40)
        bench.syncd("once")
        young = _turns(bench, 0)
        store = Store(bench.folder / "syncd.db")
        history.remember(store, messages, bench.boxes[0], datetime.now(UTC))
        # No ANALYZE, as syncd runs none: told that nearly every effect is done, SQLite stops
        # using the index by which the few that are not are found.
        store.close()
        old = _turns(bench, 1)
        with engine(bench) as works:
            ids = history.conversations(messages)[:: max(1, messages // 4 // decided)][:decided]
            with works.ctx.store.begin() as tx:
                dirty.mark(tx, "conversation", ids)
            began = time.perf_counter()
            decide.conversations(works.ctx)
            deciding = time.perf_counter() - began
            began = time.perf_counter()
            works.start()
            works.reconcile()
            nightly = time.perf_counter() - began
    return {
        "messages": messages,
        "young": young,
        "old": old,
        "idle_ratio": round(old["idle_steps"] / young["idle_steps"], 3),
        "one_message_ratio": round(old["one_message_steps"] / young["one_message_steps"], 3),
        "conversations_decided_per_second": round(len(ids) / deciding),
        "nightly_seconds": round(nightly, 1),
    }


def _turns(bench: Bench, round_: int) -> Numbers:
    """Steps, statements and CPU of an idle turn, and of one with a new message."""
    found: Numbers = {}
    with engine(bench) as works:
        works.turn()
        for name, number in (("idle", 0), ("one_message", 1)):
            bench.put(
                letters.item(bench.boxes[0], 3, 5000 + round_, 0, datetime.now(UTC))
                for _ in range(number)
            )
            with counted(works) as spent:
                works.turn()
            found |= {f"{name}_{what}": amount for what, amount in spent.items()}
    return found


@contextmanager
def counted(works: Engine) -> Iterator[Numbers]:
    """What a stretch of work asks of the database, in `steps` and `statements`, and its CPU."""
    spent: Numbers = {"steps": 0, "statements": 0}
    with works.ctx.store.begin() as tx:
        connection = tx.connection.driver_connection

    def step() -> int:
        spent["steps"] += 1
        return 0

    def statement(*_said: Any) -> None:
        spent["statements"] += 1

    connection.set_progress_handler(step, _STEP)
    event.listen(works.ctx.store._engine, "before_cursor_execute", statement)
    began = time.process_time()
    try:
        yield spent
    finally:
        spent["cpu_ms"] = round(1000 * (time.process_time() - began), 1)
        connection.set_progress_handler(None, 0)
        event.remove(works.ctx.store._engine, "before_cursor_execute", statement)


@contextmanager
def engine(bench: Bench) -> Iterator[Engine]:
    """The engine of a `syncd once`, in this process."""
    structlog.configure(processors=[_silent])
    settings = load(bench.config, wiring.kinds(), environment())
    with app.engine(settings, app.Wish("once")) as works:
        yield works
        works.finish()


def _silent(_logger: Any, _name: str, _event: Any) -> Any:
    raise structlog.DropEvent


Measure = Callable[[Path], Any]
MEASURES: dict[str, Measure] = {
    "version_seconds": lambda folder: start_up(folder, "--version"),
    "validate_seconds": validate,
    "first_message_seconds": first_message,
    "burst_50": burst,
    "idle_1": lambda folder: idle(folder, 1),
    "idle_100": lambda folder: idle(folder, 100),
    "idle_1000": lambda folder: idle(folder, 1000, poll=20),
    "stages": lambda folder: stages(folder, 10_000, 200),
    "under_limits": lambda folder: under_limits(folder, 2_000),
    "backfill_10k": lambda folder: backfill(folder, 10_000, 1, 200),
    "backfill_100k": lambda folder: backfill(folder, 100_000, 20, 4_000),
    "history_1m": lambda folder: long_history(folder, 1_000_000),
}
