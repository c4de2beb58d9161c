"""The three services in a process of their own, without limits, and syncd pointed at them."""

from __future__ import annotations

import itertools
import os
import re
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import letters
from tests.e2e.processes import SYNCD, Services, environment

# What one seeding call carries.
_CALL = 500
_LOGIN = ("token", "oauth")

SETTINGS = """
team: {{domains: [{domain}], timezone: Europe/London}}
connectors:
  mail: {{kind: gmail, service_account: {{file: syncd.google.json}}, mailboxes: [{mailboxes}],
          api_url: "{gmail}", units_per_minute: 100000000, project_units_per_minute: 100000000}}
  crm: {{kind: hubspot, token: {{file: syncd.hubspot-token}}, api_url: "{hubspot}",
         calls_per_10_seconds: 1000000}}
  board: {{kind: teamwork, url: "{teamwork}", api_key: {{file: syncd.teamwork-key}},
           calls_per_minute: 1000000}}
log: {{since: 2020-01-01, crm_logger: off}}
follow_up:
  steps: [3 business days, 5 business days]
  board: {{project: Outreach, task_list: Follow-ups}}
campaigns:
  - {{id: houses, name: Houses, client: client.example, match: {{any: [{{subject: "*timber*"}}]}}}}
guard: {{max_actions: 10000000, max_a_day: 10000000}}
run: {{poll: {poll} seconds}}
"""


def settings(boxes: Sequence[str], poll: int, addresses: Mapping[str, str]) -> str:
    """Of a team with these mailboxes, read every `poll` seconds, against these services."""
    return SETTINGS.format(
        domain=letters.DOMAIN, mailboxes=", ".join(boxes), poll=poll, **addresses
    )


@dataclass(frozen=True, slots=True)
class Ran:
    """A process that came to its end. `cpu` in seconds, `rss_mb` at its peak."""

    seconds: float
    cpu: float
    rss_mb: float


class Bench(Services):
    """The services, and a folder from which syncd is started."""

    def __init__(self, folder: Path, boxes: Sequence[str], poll: int = 60) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        me = itertools.chain.from_iterable(("--me", box) for box in boxes)
        super().__init__(folder, "--empty", *me)
        self.folder, self.boxes = folder, tuple(boxes)
        self.config.write_text(settings(boxes, poll, self.addresses))

    def fill(self, count: int, people: int) -> None:
        self.put(letters.items(count, self.boxes, people, datetime.now(UTC)))

    def put(self, items: Iterable[dict[str, Any]]) -> None:
        for some in _batches(items):
            self.tell("gmail/deliver_many", items=some)

    def in_crm(self) -> int:
        """How many messages the state says are in the CRM, which is when the CRM has answered."""
        state = sqlite3.connect(f"file:{self.folder / 'syncd.db'}?mode=ro", uri=True)
        try:
            found = state.execute(
                "SELECT count(*) FROM effects WHERE kind = 'log_email' AND state = 'done'"
            )
            return int(found.fetchone()[0])
        except sqlite3.OperationalError:  # no table yet
            return 0
        finally:
            state.close()

    def forget_calls(self) -> None:
        for service in ("gmail", "hubspot", "teamwork"):
            self.tell(f"{service}/reset_stats")

    def counted(self) -> Counter[str]:
        """Calls so far, as "service METHOD path"; logging in is not counted."""
        found: Counter[str] = Counter()
        for service in ("gmail", "hubspot", "teamwork"):
            told = self.tell(f"{service}/stats")
            for call, number in told.get("by", told["calls"]).items():
                if not any(one in call for one in _LOGIN):
                    found[f"{service} {call}"] += number
        return found

    def syncd(self, *arguments: str) -> Ran:
        """Run a command to its end."""
        began = time.perf_counter()
        process = subprocess.Popen(
            [SYNCD, *arguments, "--config", str(self.config)],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        with _peak(process.pid) as peak:
            said = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0, said[-2000:]
        spent = usage.ru_utime + usage.ru_stime
        return Ran(time.perf_counter() - began, spent, peak[0])

    @contextmanager
    def daemon(self) -> Iterator[int]:
        """`syncd run` at work; its process id."""
        process = subprocess.Popen(
            [SYNCD, "run", "--config", str(self.config)],
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _peak(pid: int) -> Iterator[list[float]]:
    """The most memory a process has used, in MB, looked up while it works.

    What `wait4` says of it is at least what this process had in use when it began the other.
    """
    found, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            with suppress(OSError):
                told = Path(f"/proc/{pid}/status").read_text()
                most = re.search(r"VmHWM:\s+(\d+) kB", told)
                found[0] = int(most[1]) / 1024 if most else found[0]

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _batches(items: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rest = iter(items)
    while some := list(itertools.islice(rest, _CALL)):
        yield some
