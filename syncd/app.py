"""The composition root: the only module that knows connectors, settings and engine together."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel
from requests.adapters import BaseAdapter

from syncd.core.mail.addresses import registrable
from syncd.engine import rebuild
from syncd.engine.context import Context, Progress, Run
from syncd.engine.crawls import Around
from syncd.engine.doctor import Connection, Patient, Skews
from syncd.engine.rehearsal import rehearse
from syncd.engine.shares import Share
from syncd.engine.turn import Engine
from syncd.ports.budgets import Purse
from syncd.ports.clock import Clock
from syncd.ports.crawl import LinkSource
from syncd.ports.manifest import Budget, Call, Manifest, Role, Toolbox
from syncd.runtime import joblist
from syncd.runtime.clock import SystemClock
from syncd.runtime.crew import Rhythm
from syncd.runtime.hold import HeldElsewhere, hold
from syncd.runtime.loop import Pace
from syncd.settings.phrases import phrases
from syncd.settings.problems import dotted
from syncd.settings.secrets import absent_secrets
from syncd.settings.settings import Settings
from syncd.store.budgets import SharedPurse
from syncd.store.database import Server, Store, Where
from syncd.store.homes import stands_beside
from syncd.store.shared import Shared
from syncd.wiring import (
    addresses,
    connect,
    hints,
    known,
    lent,
    link_sources,
    reached,
)


@contextmanager
def crawling(settings: Settings, wish: Wish) -> Iterator[tuple[Around, dict[str, LinkSource]]]:
    """What a crawl by hand needs, beside a running daemon or without one.

    Raises `UnusableState`.
    """
    clock = wish.clock or SystemClock()
    try:
        # Only to make the state where there is none: a crawl may take hours.
        with hold(settings.store, wish.command):
            Store(settings.store).close()
    except HeldElsewhere:
        pass
    rules = settings.rules(clock.now())
    store = Store.reading(settings.store)
    try:
        clients = frozenset(registrable(campaign.client) for campaign in rules.campaigns)
        around = Around(store, rules.crawls.hosts, clients, clock.now)
        yield around, link_sources(settings, wish.tools(clock))
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class Wish:
    """How an engine is wanted. `command` names its run; `observe` is told of every call,
    `budget` of every limit, `told` how sending each effect went, `logged` which messages came
    into the CRM. `parallel`: several mailboxes are read at once, as the settings say.

    `transport` stands in for the network when given (tests).
    """

    command: str
    clock: Clock | None = None
    observe: Callable[[Call], None] = lambda _call: None
    progress: Callable[[Progress], None] = lambda _progress: None
    transport: BaseAdapter | None = None
    budget: Callable[[str, str, Callable[[], Budget]], None] = lambda _service, _what, _ask: None
    told: Callable[[str, str], None] = lambda _kind, _outcome: None
    logged: Callable[[Sequence[str]], None] = lambda _messages: None
    parallel: bool = False
    purse: Callable[[str], Purse | None] = lambda _name: None

    def tools(self, clock: Clock) -> Toolbox:
        """What a daemon wanted so lends to its connectors."""
        return Toolbox(clock, self.observe, self.transport, self.budget, self.purse)


@contextmanager
def engine(settings: Settings, wish: Wish) -> Iterator[Engine]:
    """An engine on the configured state, held for this process alone.

    Raises `HeldElsewhere`, `UnusableState`, `MissingSecret`.
    """
    with hold(settings.store, wish.command):
        store = rebuild.sound(settings.store, (wish.clock or SystemClock()).now())
        try:
            yield _engine(settings, wish, store, dry=False)
        finally:
            store.close()


@contextmanager
def rebuilding(settings: Settings, wish: Wish, *, anyway: bool) -> Iterator[tuple[Engine, str]]:
    """An engine for `syncd.engine.rebuild`, on a state with nothing in it, and where the old one
    was put, "" for nowhere. Its ports have nothing that writes.

    Raises `UnusableState` where the state is sound and in use: unless it is to go `anyway`.
    """
    with hold(settings.store, wish.command):
        store, aside = rebuild.make_room(
            settings.store, (wish.clock or SystemClock()).now(), anyway=anyway
        )
        try:
            yield _engine(settings, wish, store, dry=False, reads_only=True), aside
        finally:
            store.close()


@contextmanager
def worker(settings: Settings, wish: Wish) -> Iterator[tuple[Share, Wish]]:
    """A share of an engine, on a state that any number of workers hold together.

    With it the wish as it is then: limits are kept where all workers see them. Raises
    `HeldElsewhere`, `UnusableState`, `MissingSecret`.
    """
    server = settings.store
    assert isinstance(server, Server), "validated: a cluster has a server"
    with hold(server, wish.command, together=True):
        store = Store(server)
        try:
            joblist.make(server)
            wish = replace(wish, purse=functools.partial(SharedPurse, store))
            whole = _engine(settings, wish, store, dry=False)
            now = whole.ctx.now
            whole.ctx.failing = Shared[str](store, "failing", str, str, now)
            whole.ctx.paused = Shared[datetime](
                store, "paused", datetime.isoformat, datetime.fromisoformat, now
            )
            yield Share(whole.ctx), wish
        finally:
            store.close()


@contextmanager
def dry_engine(settings: Settings, wish: Wish) -> Iterator[Engine]:
    """An engine that cannot write, on a throw-away copy of the state."""
    with TemporaryDirectory(prefix="syncd-plan-") as folder:
        copy = Path(folder) / "state.db"
        there = _stands(settings.store)
        store = Store.rehearsing(settings.store, copy) if there else Store(copy)
        try:
            yield _engine(settings, wish, store, dry=True)
        finally:
            store.close()


def _stands(where: Where) -> bool:
    """Whether there is a state to copy."""
    if isinstance(where, Path):
        # One that was lost is told of, and not taken for one that never was.
        return where.exists() or stands_beside(where).exists()
    store = Store(where, migrate=False)
    try:
        return store.version() is not None
    finally:
        store.close()


@contextmanager
def beside(settings: Settings, wish: Wish) -> Iterator[Engine]:
    """An engine beside the one that holds the state: it may plan, and cannot write outside.

    Whoever holds the state, or comes next, sends what it planned.
    """
    store = Store.reading(settings.store)
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


def patient(settings: Settings, wish: Wish) -> Patient:
    """What `syncd.engine.doctor` looks at. No connector is made and no call is made yet."""
    clock = wish.clock or SystemClock()
    skews = Skews(clock)
    tools = lent(settings, Toolbox(clock, skews.observe, wish.transport))
    installed = known()
    sources = hints(settings, tools)
    where = addresses(settings, sources)
    connections: dict[str, Connection] = {}
    makers: dict[Role, Callable[[], Any]] = {}
    mailboxes: tuple[str, ...] = ()
    for name, section in _looked_at(settings).items():
        manifest: Manifest = installed[section.kind]  # type: ignore[attr-defined]
        connections[name] = Connection(
            manifest.kind,
            manifest.probe and functools.partial(manifest.probe, section, tools),
            manifest.sign_in and functools.partial(manifest.sign_in, section, tools),
        )
        makers |= {
            role: functools.partial(make, section, tools) for role, make in manifest.ports.items()
        }
        if Role.MAIL in manifest.ports:
            mailboxes += manifest.ports[Role.MAIL](section, tools).mailboxes()
    return Patient(
        state=settings.store,
        clock=clock,
        rules=settings.rules(clock.now()),
        connections=connections,
        mailboxes=mailboxes,
        crm=makers[Role.CRM],
        board=makers.get(Role.BOARD),
        skews=skews,
        absent={dotted(loc): words for loc, words in absent_secrets(settings)},
        webhooks={
            address or f"/hooks/{name}": functools.partial(reached, address, tools)
            if address
            else None
            for name, address in where.items()
        },
        listens=settings.web.listen is not None,
        subscriptions={
            name: functools.partial(source.hints.check, where.get(name, ""))
            for name, source in sources.items()
            if source.hints.check is not None
        },
    )


def _looked_at(settings: Settings) -> Mapping[str, BaseModel]:
    """The connectors, and the crawler that is to be used although no word configures it."""
    kind = settings.crawl.by.replace("-", "_")
    configured = {getattr(section, "kind", "") for section in settings.connectors.values()}
    if not settings.crawl.sites or kind in configured:
        return settings.connectors
    return {**settings.connectors, kind: known()[kind].settings.model_validate({"kind": kind})}


def renew(works: Engine, settings: Settings, wish: Wish) -> None:
    """Have a running engine follow other settings; to be called between its turns.

    The connectors are made anew even where their settings are the same: what a reference
    to a secret leads to may be another one now. Raises `MissingSecret`, and then nothing
    has changed.
    """
    ctx = works.ctx
    rules = settings.rules(ctx.now())
    ports = connect(settings, wish.tools(ctx.ports.clock))
    with ctx.turn:
        ctx.ports, ctx.rules = ports, rules
        # Whoever was refused may be let in with the new credentials.
        ctx.paused.clear()
        ctx.failing.clear()
    works.start()


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


def rhythm(settings: Settings) -> Rhythm:
    """How a worker keeps in step with the others."""
    run = settings.run
    return Rhythm(takeover=run.takeover.delta.total_seconds(), threads=run.workers)


def _engine(
    settings: Settings, wish: Wish, store: Store, *, dry: bool, reads_only: bool = False
) -> Engine:
    """`reads_only`: with the promises in force, and ports that have nothing that writes."""
    stop = threading.Event()
    clock = wish.clock or SystemClock(stop)
    connected = settings.model_copy(update={"read_only": True}) if reads_only else settings
    ports = connect(connected, wish.tools(clock))
    context = Context(
        store=store,
        ports=rehearse(ports) if dry else ports,
        rules=settings.rules(clock.now()),
        phrases=phrases(),
        run=Run(wish.command),
        stop=stop,
        progress=wish.progress,
        told=wish.told,
        logged=wish.logged,
        readers=settings.run.workers if wish.parallel else 1,
    )
    return Engine(context)
