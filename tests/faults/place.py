"""Where a row is played: the services, syncd's processes, and one time for all of them."""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from syncd.store.server import Server
from tests.e2e.processes import Services, environment
from tests.faults.script import DOMAIN, SETTINGS, START, Letter

# Longer than any service takes to show what was written, and than the first few waits.
LATER = 150.0
# Of rounds like that. One that has not come to rest then hangs.
ROUNDS = 60
READS: tuple[Mapping[str, Any], ...] = tuple(
    {"kind": "slow", "seconds": 0, **which}
    for which in (
        {"method": "GET"},
        {"path": "*/search"},
        {"path": "*/batch/read"},
        {"path": "*/token"},
        {"path": "/batch*"},
    )
)
_CALL = 250


class Hangs(AssertionError):
    """Something did not end in its time."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that ended: exit code (negative: the signal) and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Born:
    """A process of syncd's that was started by the nursery."""

    def __init__(self, nursery: Nursery, pid: int, out: Path, err: Path) -> None:
        self.pid, self.out, self.err = pid, out, err
        self._nursery = nursery
        self._handle = os.pidfd_open(pid)
        self._ended: Ended | None = None

    @property
    def alive(self) -> bool:
        return self._ended is None and not select.select([self._handle], [], [], 0)[0]

    def send(self, number: signal.Signals) -> None:
        if self.alive:
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> Ended:
        self.send(signal.SIGKILL)
        return self.wait(30)

    def wait(self, patience: float) -> Ended:
        """Its end. Raises `Hangs`; it is then killed."""
        if self._ended is None:
            hung = not select.select([self._handle], [], [], patience)[0]
            if hung:
                signal.pidfd_send_signal(self._handle, signal.SIGUSR1)
                time.sleep(0.5)
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            code = self._nursery.reap(self.pid)
            os.close(self._handle)
            self._ended = Ended(code, self.out.read_text(), self.err.read_text())
            if hung:
                words = f"a process did not end within {patience:g} s: {self._ended.err[-3000:]}"
                raise Hangs(words)
        return self._ended


class Nursery:
    """`tests.faults.daemon`, which starts processes. They live by the clock in `clock`."""

    def __init__(self, folder: Path) -> None:
        self._clock = folder / "clock"
        self._files = folder / "said"
        self._files.mkdir()
        self.ahead(0.0)
        self._numbers = itertools.count()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.daemon"],
            env=environment(FAULTS_CLOCK=str(self._clock)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ahead(self, seconds: float) -> None:
        part = self._clock.with_name("clock.part")
        part.write_text(f"{seconds:.6f}", encoding="utf-8")
        part.replace(self._clock)

    def warm(self, folder: Path) -> None:
        """Load everything, by a run in that folder."""
        self._order(warm=True, args=["once", "--json"], folder=str(folder), env={})

    def start(self, folder: Path, *args: str, **env: str) -> Born:
        name = f"{next(self._numbers):05d}"
        out, err = self._files / f"{name}.out", self._files / f"{name}.err"
        for file in (out, err):
            file.touch()  # it may be killed before it has opened them
        told = self._order(args=list(args), folder=str(folder), out=str(out), err=str(err), env=env)
        return Born(self, told["pid"], out, err)

    def reap(self, pid: int) -> int:
        return int(self._order(reap=pid)["code"])

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _order(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        said: dict[str, Any] = json.loads(self._process.stdout.readline())
        return said


class Site(Services):
    """The three services with these mailboxes, empty, and the nursery beside them."""

    def __init__(self, folder: Path, boxes: Sequence[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.own = 0
        me = itertools.chain.from_iterable(("--me", box) for box in boxes)
        super().__init__(folder, "--empty", *me)
        self.boxes, self.folder = tuple(boxes), folder
        self.config.write_text(
            SETTINGS.format(domain=DOMAIN, mailboxes=", ".join(boxes), **self.addresses)
        )
        self.nursery = Nursery(folder)
        self._empty = self.snapshot()
        warm = Place(self, folder / "warm")
        self.nursery.warm(warm.folder)
        shutil.rmtree(warm.folder)
        self.restore(self._empty)

    def __exit__(self, *error: object) -> None:
        self.nursery.end()
        super().__exit__(*error)

    @contextmanager
    def place(self, name: str, server: Server | None = None) -> Iterator[Place]:
        """A place for one row: empty services, no state, the script's first morning.

        `server`: where its state is to be, if not in a file.
        """
        self.restore(self._empty)
        self.tell("hubspot/lag", seconds=0)
        place = Place(self, self.folder / name, server=server)
        try:
            yield place
        finally:
            place.end()

    def get(self, service: str, path: str, **query: Any) -> Any:
        self.own += service != "control"
        return super().get(service, path, **query)

    def asked_by_others(self) -> int:
        """How many calls the services were asked, but for the judge's own."""
        return self.asked() - self.own


@dataclass(slots=True)
class Place:
    """One home of syncd's. `heard` is everything its processes wrote, `starts` how many of them
    got as far as asking a service.
    """

    site: Site
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    starts: int = 0
    kills: int = 0
    _asked: int = 0
    running: list[Born] = field(default_factory=list)
    server: Server | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir()
        for file in self.site.config.parent.glob(f"{self.site.config.stem}.*"):
            shutil.copy2(file, self.folder)
        if self.server is not None:
            with (self.folder / self.site.config.name).open("a", encoding="utf-8") as config:
                store = {"url": self.server.url, "schema": self.server.schema}
                config.write(f"store: {json.dumps(store)}\n")
        self.set_time(START)
        self._asked = self.site.asked_by_others()

    @property
    def state(self) -> Path:
        return self.folder / "syncd.db"

    @property
    def calls(self) -> int:
        """How many calls syncd has asked the services since the row began."""
        return self.site.asked_by_others() - self._asked

    # time

    def now(self) -> datetime:
        return datetime.fromisoformat(self.site.get("control", "/api/clock")["now"])

    def set_time(self, at: datetime) -> None:
        """Let it be this time for everybody. It goes on from there."""
        self.site.nursery.ahead((at - datetime.now(UTC)).total_seconds())
        self.site.tell("clock", set=at.isoformat())

    def advance(self, seconds: float) -> None:
        self.set_time(self.now() + timedelta(seconds=seconds))

    # the world

    def deliver(self, letters: Iterable[Letter]) -> None:
        now = self.now()
        self.put(item for one in letters for item in one.items(now))

    def put(self, items: Iterable[Mapping[str, Any]]) -> None:
        rest = iter(items)
        while some := list(itertools.islice(rest, _CALL)):
            self.site.tell("gmail/deliver_many", items=some)

    def hits(self) -> int:
        """How often the last of the rules in force has struck."""
        rules = self.site.get("control", "/api/faults")["rules"]
        return int(rules[-1]["hit"]) if rules else 0

    def struck(self) -> int:
        rules = self.site.get("control", "/api/faults")["rules"]
        return sum(int(rule["hit"]) for rule in rules if rule not in READS)

    # syncd

    def start(self, *args: str, **env: str) -> Born:
        self.starts += 1
        born = self.site.nursery.start(self.folder, *args, **{**self.env, **env})
        self.running.append(born)
        return born

    def ended(self, born: Born, patience: float) -> Ended:
        try:
            ended = born.wait(patience)
        finally:
            self.heard += [born.out.read_text(), born.err.read_text()]
            self.running.remove(born)
        return ended

    def killed(self, born: Born) -> Ended:
        self.kills += 1
        born.send(signal.SIGKILL)
        return self.ended(born, 30)

    def syncd(self, *args: str, patience: float = 120.0, **env: str) -> Ended:
        asked = self.site.asked()
        ended = self.ended(self.start(*args, **env), patience)
        if self.site.asked() == asked:
            self.starts -= 1
        return ended

    def once(self, *, patience: float = 120.0) -> bool:
        """Whether it has come to rest with one turn."""
        ended = self.syncd("once", "--json", patience=patience)
        return not ended.code and self.at_rest(ended)

    def at_rest(self, ended: Ended) -> bool:
        """Whether a turn that ended says that nothing waits."""
        told = ended.json
        return not (told["waiting"] or told["in_doubt"] or told["failing"])

    def settle(self, *, rounds: int = ROUNDS, later: float = LATER) -> bool:
        """Turns, with time between them, until nothing waits. Whether it came to that."""
        for _ in range(rounds):
            if self.once():
                return True
            self.advance(later)
        return False

    def hold(self, **rule: Any) -> None:
        """From now on the next write (but `skip`) meets this fault, and no other one does."""
        self.site.fault(*READS, {"times": 1, **rule})

    def until(self, true: Any, what: str, patience: float = 60.0, *, every: float = 0.02) -> None:
        deadline = time.monotonic() + patience
        while not true():
            if time.monotonic() > deadline:
                raise Hangs(f"waited {patience:g} s in vain: {what}")
            time.sleep(every)

    def until_still(self, seconds: float = 0.25) -> None:
        """No further call has been made for so long."""
        asked, since = self.site.asked(), time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(0.02)
            if (now := self.site.asked()) != asked:
                asked, since = now, time.monotonic()

    def end(self) -> None:
        """Nothing that was started here outlives the row."""
        for born in list(self.running):
            self.killed(born)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()
