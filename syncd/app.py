"""The composition root: the only module that knows connectors, settings and engine together."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from requests.adapters import BaseAdapter

from connectors.registry import manifests
from syncd.engine.context import Context, Ports, Progress, Run
from syncd.engine.rehearsal import rehearse
from syncd.engine.turn import Engine
from syncd.ports.clock import Clock
from syncd.ports.manifest import Call, Manifest, Role, Toolbox
from syncd.ports.simulator import Simulator
from syncd.runtime.clock import SystemClock
from syncd.runtime.hold import hold
from syncd.runtime.loop import Pace
from syncd.settings.kinds import KindModel
from syncd.settings.phrases import phrases
from syncd.settings.settings import Settings
from syncd.store.database import Store


@functools.cache
def _known() -> dict[str, Manifest]:
    """The manifests, looked for once: that asks every installed package."""
    return manifests()


def kinds() -> dict[str, KindModel]:
    """Every kind of connector that is installed, as the settings need to know it."""
    return {
        kind: KindModel(manifest.settings, frozenset(manifest.ports), manifest.title)
        for kind, manifest in _known().items()
    }


def simulators(clock: Clock) -> dict[str, Simulator]:
    """A fresh simulator of every service that has one, by kind."""
    return {
        kind: manifest.simulator(clock)
        for kind, manifest in _known().items()
        if manifest.simulator is not None
    }


def connect(settings: Settings, tools: Toolbox) -> Ports:
    """The ports of the configured connectors."""
    known = _known()
    mail: dict[str, Any] = {}
    crm = board = None
    for section in settings.connectors.values():
        manifest: Manifest = known[section.kind]  # type: ignore[attr-defined]
        for role, make in manifest.ports.items():
            port = make(section, tools)
            match role:
                case Role.MAIL:
                    mail |= dict.fromkeys(port.mailboxes(), port)
                case Role.CRM:
                    crm = port
                case Role.BOARD:
                    board = port
    assert crm is not None, "the settings demand exactly one CRM"
    return Ports(mail, crm, board, tools.clock)


@dataclass(frozen=True, slots=True)
class Wish:
    """How an engine is wanted. `command` names its run; `observe` is told of every call.

    `transport` stands in for the network when given (tests).
    """

    command: str
    clock: Clock | None = None
    observe: Callable[[Call], None] = lambda _call: None
    progress: Callable[[Progress], None] = lambda _progress: None
    transport: BaseAdapter | None = None


@contextmanager
def engine(settings: Settings, wish: Wish) -> Iterator[Engine]:
    """An engine on the configured state, held for this process alone.

    Raises `HeldElsewhere`, `UnusableState`, `MissingSecret`.
    """
    with hold(settings.store, wish.command):
        store = Store(settings.store)
        try:
            yield _engine(settings, wish, store, dry=False)
        finally:
            store.close()


@contextmanager
def dry_engine(settings: Settings, wish: Wish) -> Iterator[Engine]:
    """An engine that cannot write, on a throw-away copy of the state."""
    with TemporaryDirectory(prefix="syncd-plan-") as folder:
        copy = Path(folder) / "state.db"
        if settings.store.exists():
            original = Store.reading(settings.store, as_it_is=True)
            try:
                original.copy_to(copy)
            finally:
                original.close()
        store = Store(copy)
        try:
            yield _engine(settings, wish, store, dry=True)
        finally:
            store.close()


@contextmanager
def state(settings: Settings) -> Iterator[Store]:
    """The configured state, to look at beside a running daemon."""
    store = Store.reading(settings.store)
    try:
        yield store
    finally:
        store.close()


def pace(settings: Settings) -> Pace:
    """How the daemon spends its time."""
    run = settings.run
    return Pace(
        poll=run.poll.delta.total_seconds(),
        board_poll=run.board_poll.delta.total_seconds(),
        nightly=run.nightly,
        zone=settings.team.timezone,
        workers=run.workers,
    )


def _engine(settings: Settings, wish: Wish, store: Store, *, dry: bool) -> Engine:
    stop = threading.Event()
    clock = wish.clock or SystemClock(stop)
    ports = connect(settings, Toolbox(clock, wish.observe, wish.transport))
    context = Context(
        store=store,
        ports=rehearse(ports) if dry else ports,
        rules=settings.rules(clock.now()),
        phrases=phrases(),
        run=Run(wish.command),
        stop=stop,
        progress=wish.progress,
    )
    return Engine(context)
