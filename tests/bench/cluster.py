"""Many mailboxes, several workers, one PostgreSQL: `make bench-cluster` writes what it finds.

Everything is on one machine, the services included, so the numbers are a lower bound; the
server commits to the disk as it would in earnest.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text

from syncd.store.server import Server
from tests.bench.services import Bench, cpu_of
from tests.e2e.processes import SYNCD, environment
from tests.support.letters import letter
from tests.support.postgres import Postgres

MAILBOXES, WORKERS, POLL = 2_000, 4, 60
WINDOW = 120.0
BACKLOG = 1_500
FOLDER = Path("build")

CLUSTER = """
store: {{url: "{url}", schema: {schema}}}
runtime: cluster
web: {{listen: "off"}}
"""


class Cluster:
    def __init__(self, folder: Path, mailboxes: int) -> None:
        self.postgres = Postgres(("max_connections=400", "jit=off"))
        self.server: Server = self.postgres.fresh()
        boxes = [f"m{number:04}@bench.example" for number in range(mailboxes)]
        self.bench = Bench(folder, boxes, POLL)
        at = CLUSTER.format(url=self.server.url, schema=self.server.schema)
        self.bench.config.write_text(self.bench.config.read_text() + at)
        self.workers: list[subprocess.Popen[bytes]] = []

    @contextmanager
    def at_work(self, number: int) -> Iterator[None]:
        try:
            for _ in range(number):
                self.add()
            yield
        finally:
            for one in self.workers:
                one.kill()
                one.wait()
            self.postgres.close()

    def add(self) -> None:
        log = (self.bench.folder / f"worker{len(self.workers)}.log").open("wb")
        command = [SYNCD, "worker", "--config", str(self.bench.config)]
        self.workers.append(
            subprocess.Popen(
                command, cwd=self.bench.folder, env=environment(), stdout=log, stderr=log
            )
        )

    def made(self) -> bool:
        """Whether the workers have made the state; whoever of them ended says why."""
        for number, one in enumerate(self.workers):
            said = self.bench.folder / f"worker{number}.log"
            assert one.poll() is None, said.read_text()[-2000:]
        return bool(self.one("SELECT to_regclass('mailboxes') IS NOT NULL"))

    def ask(self, question: str, **asked: Any) -> list[Any]:
        with self.postgres.admin.begin() as tx:
            tx.execute(text(f"SET LOCAL search_path = {self.server.schema}"))
            return list(tx.execute(text(question), asked).all())

    def one(self, question: str, **asked: Any) -> Any:
        return self.ask(question, **asked)[0][0]


def until(true: Callable[[], Any], what: str, patience: float = 900.0) -> Any:
    deadline = time.monotonic() + patience
    while not (found := true()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.25)
    return found


JOBS = """
    SELECT job.task_name AS task, put.at AS put, began.at AS began, ended.at AS ended
    FROM procrastinate_jobs job
    JOIN procrastinate_events put ON put.job_id = job.id AND put.type = 'deferred'
    JOIN procrastinate_events began ON began.job_id = job.id AND began.type = 'started'
    JOIN procrastinate_events ended ON ended.job_id = job.id AND ended.type = 'succeeded'
    WHERE ended.at > now() - make_interval(secs => :window)
"""


def idle(cluster: Cluster, window: float) -> dict[str, Any]:
    """Nothing comes in: what do the looks cost, and does every mailbox get its own?"""
    cluster.bench.forget_calls()
    cpu = sum(cpu_of(one.pid) for one in cluster.workers)
    time.sleep(window)
    cpu = sum(cpu_of(one.pid) for one in cluster.workers) - cpu
    calls = sum(n for name, n in cluster.bench.counted().items() if "history" in name)
    rows = cluster.ask(JOBS, window=window)
    waited = sorted((row.began - row.put).total_seconds() for row in rows)
    took = sorted((row.ended - row.began).total_seconds() for row in rows if row.task == "look")
    ages = sorted(
        float(row[0])
        for row in cluster.ask("SELECT extract(epoch FROM now()) - seen_at FROM mailboxes")
    )
    return {
        "mailboxes": len(ages),
        "looks_a_second": round(calls / window, 1),
        "wanted_looks_a_second": round(len(ages) / POLL, 1),
        "jobs_a_second": round(len(rows) / window, 1),
        "jobs": dict(Counter(row.task for row in rows)),
        "job_waits_ms": {"median": ms(waited, 0.5), "p95": ms(waited, 0.95)},
        "look_takes_ms": {"median": ms(took, 0.5), "p95": ms(took, 0.95)},
        "seconds_since_each_was_read": {"median": part(ages, 0.5), "oldest": round(ages[-1], 1)},
        "cpu_share_of_workers": round(cpu / window, 3),
    }


def busiest(cluster: Cluster, jobs: int = 1_000) -> dict[str, Any]:
    """Jobs that do nothing, as fast as they go: what procrastinate and a job's frame cost."""
    began = time.monotonic()
    cluster.ask(
        "SELECT count(procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'relist', 0,"
        " 'none ' || n % 500, 'none ' || n, '{\"group\": \"nobody\"}'::jsonb, NULL)"
        "::procrastinate_job_to_defer_v1])) FROM generate_series(1, :jobs) n",
        jobs=jobs,
    )
    left = "SELECT count(*) FROM procrastinate_jobs WHERE lock LIKE 'none %' AND status = 'todo'"
    until(lambda: cluster.one(left) == 0, "empty jobs are done", 300)
    seconds = time.monotonic() - began
    return {"jobs": jobs, "jobs_a_second": round(jobs / seconds, 1)}


def live_beside_backlog(cluster: Cluster) -> dict[str, Any]:
    """Mail comes in while mailboxes have a backlog to read: how long is it on its way?"""
    boxes = cluster.bench.boxes
    deep, busy = boxes[:4], boxes[10:20]
    cluster.ask(
        "UPDATE mailboxes SET cursor = NULL WHERE address = ANY(:deep) RETURNING 1", deep=list(deep)
    )
    for box in deep:
        cluster.bench.put(letters_of(box, BACKLOG // len(deep)))
    reading = "SELECT count(*) FROM copies WHERE backlog AND state = 'listed'"
    until(lambda: cluster.one(reading) > 0, "the backlog is listed", 180)
    began = time.time()
    sent: dict[str, float] = {}
    for number, box in enumerate(busy):
        key = f"live{number}@outside.example"
        raw = letter("Live <live@outside.example>", box, _now(), key=key)
        cluster.bench.deliver(box, raw.decode())
        sent[key] = time.time()
        time.sleep(1)
    done = (
        "SELECT m.message_id, e.settled_at FROM effects e JOIN messages m"
        " ON e.object = 'message:' || m.key WHERE e.state = 'done' AND e.kind = 'log_email'"
        " AND m.message_id LIKE 'live%'"
    )
    found = until(
        lambda: rows if len(rows := cluster.ask(done)) == len(sent) else None, "live mail is logged"
    )
    left = cluster.one(reading)
    ways = sorted(float(at) - sent[key] for key, at in found)
    return {
        "backlog": BACKLOG,
        "backlog_left_when_live_was_logged": left,
        "live_on_its_way_s": {"median": part(ways, 0.5), "longest": round(ways[-1], 1)},
        "poll_s": POLL,
        "seconds": round(time.time() - began, 1),
    }


def letters_of(box: str, count: int) -> Iterator[dict[str, Any]]:
    import base64

    for number in range(count):
        who = f"Old {number} <old{number % 200}@{box.partition('@')[0]}.example>"
        raw = letter(who, box, _now(), key=f"old{number}-{box}")
        encoded = base64.b64encode(raw).decode()
        yield {"mailbox": box, "raw": encoded, "labels": ["INBOX"]}


def takeover(cluster: Cluster) -> dict[str, Any]:
    """A worker is killed at its work: when do others have all that it was at?"""
    held = "SELECT id, worker_id FROM procrastinate_jobs WHERE status = 'doing'"
    cluster.bench.tell(
        "faults", seed=1, rules=[{"kind": "slow", "seconds": 1.0, "service": "gmail"}]
    )
    until(lambda: len(cluster.ask(held)) >= 2 * WORKERS, "all are busy", 180)
    cluster.workers[0].send_signal(signal.SIGKILL)
    killed = time.monotonic()
    at_kill = {tuple(row) for row in cluster.ask(held)}
    time.sleep(6)
    # Whoever lives has ended what it was at by now.
    stuck = at_kill & {tuple(row) for row in cluster.ask(held)}
    until(lambda: not stuck & {tuple(row) for row in cluster.ask(held)}, "they are taken over", 60)
    seconds = time.monotonic() - killed
    cluster.bench.tell("faults", seed=1, rules=[])
    return {"jobs_of_the_dead": len(stuck), "seconds_until_taken_over": round(seconds, 1)}


def ms(values: list[float], share: float) -> float:
    return round(part(values, share) * 1000, 1)


def part(values: list[float], share: float) -> float:
    return round(values[min(len(values) - 1, int(share * len(values)))], 4) if values else 0.0


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def main(mailboxes: int = MAILBOXES, window: float = WINDOW) -> None:
    found: dict[str, Any] = {"workers": WORKERS}
    with TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder), mailboxes)
        with cluster.bench, cluster.at_work(WORKERS):
            began = time.monotonic()
            read = "SELECT count(*) FROM mailboxes WHERE seen_at IS NOT NULL"
            until(cluster.made, "the state is made", 120)
            until(lambda: cluster.one(read) == mailboxes, "every mailbox was read once")
            found["first_round_s"] = round(time.monotonic() - began, 1)
            for name, measure in (
                ("idle", lambda: idle(cluster, window)),
                ("empty_jobs", lambda: busiest(cluster)),
                ("live_beside_backlog", lambda: live_beside_backlog(cluster)),
                ("takeover", lambda: takeover(cluster)),
            ):
                found[name] = measure()
                print(name, json.dumps(found[name]), flush=True)  # noqa: T201 - that is what it is for
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "bench-cluster.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
