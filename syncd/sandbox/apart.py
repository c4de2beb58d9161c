"""A sandbox in a process of its own: the services on one core, whoever uses them on another.

with Apart(app.simulators, start) as box:
    box.control("gmail", "deliver", {...})

Both sides live by one clock, which stands still until this side moves it.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from syncd.ports.clock import Clock
from syncd.ports.simulator import Simulator
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.fault_plan import FaultPlan
from syncd.sandbox.server import Sandbox

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# How long the other side may take to start, and to end once it is told to.
_START_SECONDS = 120.0
_END_SECONDS = 10.0

Factory = Callable[[Clock], Mapping[str, Simulator]]


class SandboxDied(RuntimeError):
    """The other process ended before its time; its terminal said why."""


class Apart:
    """What is used of `Sandbox`, from another process. One thread at a time.

    `simulators` is called over there, and therefore must be a function of a module.
    """

    def __init__(self, simulators: Factory, start: datetime) -> None:
        # Not forked: a fork would take along locks that threads of this process hold.
        context = multiprocessing.get_context("spawn")
        self._moment = context.Value("q", 0, lock=False)
        self.clock: SandboxClock = _Leading(self._moment, start)
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(simulators, self._moment, theirs), name="sandbox", daemon=True
        )
        self._theirs = theirs
        self._addresses: dict[str, str] = {}

    @property
    def addresses(self) -> dict[str, str]:
        """Base URLs, as `Sandbox.addresses`. Waits until they answer."""
        if not self._addresses:
            if not self._pipe.poll(_START_SECONDS):
                raise SandboxDied("the sandbox did not start")
            self._addresses = self._answer()
        return self._addresses

    def url(self, name: str) -> str:
        return self.addresses[name]

    def control(
        self, simulator: str, command: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """As `Sandbox.control`."""
        found: dict[str, Any] = self._ask("control", simulator, command, dict(body or {}))
        return found

    def trouble(self, plan: Mapping[str, Any] | None) -> None:
        """Put a fault plan in force, instead of the present one; None: all is well again.

        Raises `BadRule`.
        """
        self._ask("trouble", plan)

    def check(self, plan: Mapping[str, Any]) -> None:
        """Whether such a plan can be put in force here. Raises `BadRule`."""
        self._ask("check", plan)

    def faults(self) -> dict[str, Any]:
        """As `Faults.describe`: the rules in force, and how often each struck."""
        found: dict[str, Any] = self._ask("faults")
        return found

    def __enter__(self) -> Self:
        self._process.start()
        # Held open here it would never end, and neither would the wait for its words.
        self._theirs.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pipe.close()
        self._process.join(_END_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()

    def _ask(self, what: str, *words: Any) -> Any:
        assert self.addresses  # it has answered once, so that answers and questions match
        try:
            self._pipe.send((what, words))
        except OSError as error:
            raise SandboxDied("the sandbox ended before its time") from error
        return self._answer()

    def _answer(self) -> Any:
        try:
            failed, found = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise SandboxDied("the sandbox ended before its time") from error
        if failed:
            raise found
        return found


class _Leading(SandboxClock):
    """Standing still; where it is moved to, the other side sees at once."""

    def __init__(self, moment: Any, start: datetime) -> None:
        self._moment = moment
        super().__init__(start, frozen=True)

    def _set(self, at: datetime) -> None:
        super()._set(at)
        self._moment.value = (at - _EPOCH) // _MICROSECOND


class _Following(SandboxClock):
    def __init__(self, moment: Any) -> None:
        self._moment = moment
        super().__init__(frozen=True)

    def _now(self) -> datetime:
        microseconds: int = self._moment.value
        return _EPOCH + microseconds * _MICROSECOND


def _serve(simulators: Factory, moment: Any, pipe: Connection) -> None:
    # Ctrl-C goes to both: the other side ends in order, and this one with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Everything stays in memory to the end: looking for garbage among it takes a seventh of
    # the time.
    gc.set_threshold(100_000, 50, 50)
    clock = _Following(moment)
    with Sandbox(simulators(clock), clock) as box:
        jobs: dict[str, Callable[..., Any]] = {
            "control": box.control,
            "trouble": lambda plan: box.call(lambda: _trouble(box, plan)),
            "check": lambda plan: FaultPlan.read(plan, box.simulators) and None,
            "faults": box.faults.describe,
        }
        pipe.send((False, box.addresses))
        while True:
            try:
                what, words = pipe.recv()
            except EOFError:
                return
            try:
                said = (False, jobs[what](*words))
            except Exception as error:  # noqa: BLE001 - raised where it was asked
                said = (True, error)
            pipe.send(said)


def _trouble(box: Sandbox, plan: Mapping[str, Any] | None) -> None:
    if plan is None:
        box.faults.clear()
    else:
        FaultPlan.read(plan, box.simulators).apply(box.faults, box.simulators)
