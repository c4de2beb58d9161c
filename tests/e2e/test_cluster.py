"""Several workers on one PostgreSQL: real processes that share the work, and die at it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from syncd.store.server import Server
from tests.e2e.conftest import Course
from tests.e2e.processes import SYNCD, Home, Services, environment, wait_for
from tests.support.postgres import postgres

TAKEOVER = 3.0
QUICK = f"""
runtime: cluster
run: {{poll: 1 second, board_poll: 1 second, takeover: {TAKEOVER:.0f} seconds}}
"""


class Cluster:
    """Workers on a state of their own, started and killed by the test."""

    def __init__(self, home: Home, server: Server) -> None:
        self.home, self.server = home, server
        words = home.config.read_text()
        kept = [line for line in words.splitlines() if not line.startswith(("store:", "run:"))]
        store = f'store: {{url: "{server.url}", schema: {server.schema}}}\n'
        home.config.write_text("\n".join(kept) + "\n" + store + QUICK)
        self.workers: list[subprocess.Popen[str]] = []

    def add(self, number: int = 1) -> None:
        for _ in range(number):
            with (self.home.folder / f"worker{len(self.workers)}.log").open("w") as log:
                self.workers.append(
                    subprocess.Popen(
                        [SYNCD, "worker"],
                        cwd=self.home.folder,
                        env=environment(),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        text=True,
                    )
                )

    def kill(self, worker: subprocess.Popen[str]) -> None:
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def log(self) -> str:
        return "".join(one.read_text() for one in sorted(self.home.folder.glob("worker*.log")))

    def ask(self, question: str) -> list[tuple[object, ...]]:
        with postgres().admin.begin() as tx:
            tx.execute(text(f"SET LOCAL search_path = {self.server.schema}"))
            return [tuple(row) for row in tx.execute(text(question))]

    def doing(self, task: str) -> bool:
        [[there]] = self.ask("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
        question = "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing' AND task_name = "
        return bool(there and self.ask(f"{question} '{task}'"))


@pytest.fixture
def cluster(home: Home) -> Iterator[Cluster]:
    made = Cluster(home, postgres().fresh())
    yield made
    for one in made.workers:
        one.kill()
        one.wait()


def ends_as(services: Services, course: Course) -> Callable[[], bool]:
    return lambda: services.end() == course.end


def test_workers_share_a_first_reading_and_one_that_is_killed_loses_and_doubles_nothing(
    services: Services, course: Course, cluster: Cluster
):
    services.restore(course.before)
    cluster.add(2)
    # While one sends: the worst moment there is. Both go, so that it is among them.
    wait_for(lambda: cluster.doing("deliver"), "a worker sends")
    for one in cluster.workers:
        cluster.kill(one)
    cluster.add(2)
    wait_for(ends_as(services, course), "it ends as if nobody had died")
    assert sorted(services.logged()) == sorted(course.logged)
    for worker in cluster.workers[2:]:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0, cluster.log()
    assert "job_taken_over" in cluster.log()
    assert "Traceback" not in cluster.log()
