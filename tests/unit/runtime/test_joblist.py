"""Jobs on a server whose worker is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from syncd.runtime import joblist
from syncd.runtime.joblist import Queue
from syncd.runtime.jobs import DECIDE
from syncd.store.database import Store
from syncd.store.server import Server
from tests.support.postgres import postgres

TAKEOVER = 0.5
PATIENCE = 15.0


@pytest.fixture
def server() -> Iterator[Server]:
    fresh = postgres().fresh()
    Store(fresh).close()
    joblist.make(fresh)
    yield fresh
    tell(fresh, f"DROP SCHEMA {fresh.schema} CASCADE")


def tell(server: Server, words: str, **given: object) -> None:
    with postgres().admin.begin() as tx:
        tx.execute(text(f"SET LOCAL search_path = {server.schema}"))
        tx.execute(text(words), given)


def decide(server: Server, status: str) -> None:
    """A job as a worker that is gone has left it: what is doing has no worker any more."""
    tell(
        server,
        "INSERT INTO procrastinate_jobs "
        "(queue_name, task_name, lock, queueing_lock, status, args, scheduled_at) VALUES "
        "('default', :task, :lock, :waits, CAST(:status AS procrastinate_job_status), '{}', :at)",
        task=DECIDE.task,
        lock=DECIDE.lock,
        waits=DECIDE.waiting,
        status=status,
        at=datetime.now(UTC),
    )


def done(server: Server) -> int:
    """How often a worker that comes now decides, before it is told to end."""
    times: list[int] = []
    came = threading.Event()
    queue = Queue(server, {"tick": _nothing, DECIDE.task: lambda: _note(times, came)}, TAKEOVER)

    def end() -> None:
        came.wait(PATIENCE)
        queue.end()

    ending = threading.Thread(target=end)
    ending.start()
    queue.work(1, 5, _nothing)
    ending.join()
    return len(times)


def _nothing(**_about: object) -> None:
    pass


def _note(times: list[int], came: threading.Event) -> None:
    times.append(1)
    came.set()


def test_a_job_whose_worker_is_gone_is_done_by_another(server: Server):
    decide(server, "doing")
    assert done(server) == 1


def test_a_job_whose_worker_is_gone_does_not_hold_up_its_like_that_waits(server: Server):
    decide(server, "doing")
    decide(server, "todo")
    assert done(server) == 1
