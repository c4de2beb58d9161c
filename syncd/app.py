"""The composition root: the only module that knows connectors, settings and engine together."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from pydantic import BaseModel, ValidationError
from requests.adapters import BaseAdapter

from connectors._kit.http import Session
from connectors.registry import manifests
from syncd.core.mail.addresses import registrable
from syncd.engine import rebuild
from syncd.engine.alarms import NotTold
from syncd.engine.context import Context, Ports, Progress, Run
from syncd.engine.crawls import Around
from syncd.engine.doctor import Connection, Patient, Skews
from syncd.engine.rehearsal import rehearse
from syncd.engine.shares import Share
from syncd.engine.turn import Engine
from syncd.ports.board import TaskBoard
from syncd.ports.budgets import Purse
from syncd.ports.clock import Clock
from syncd.ports.crawl import LinkSource
from syncd.ports.crm import Crm
from syncd.ports.hints import Hints
from syncd.ports.mail import DraftBox, MailSource
from syncd.ports.manifest import Budget, Call, Manifest, Role, Toolbox
from syncd.ports.reading import reading
from syncd.ports.signin import SignIn
from syncd.ports.simulator import Simulator
from syncd.ports.web import LinkChecker
from syncd.runtime import joblist
from syncd.runtime.clock import SystemClock
from syncd.runtime.crew import Rhythm
from syncd.runtime.hearing import Source
from syncd.runtime.hold import HeldElsewhere, hold
from syncd.runtime.loop import Pace
from syncd.settings.kinds import KindModel
from syncd.settings.phrases import phrases
from syncd.settings.problems import dotted
from syncd.settings.secrets import absent_secrets
from syncd.settings.settings import Settings
from syncd.store.budgets import SharedPurse
from syncd.store.database import Server, Store, Where
from syncd.store.homes import stands_beside
from syncd.store.shared import Shared

# What a port of each role keeps.
_PROTOCOLS: Mapping[Role, tuple[type, ...]] = {
    Role.MAIL: (MailSource, DraftBox),
    Role.CRM: (Crm,),
    Role.BOARD: (TaskBoard,),
    Role.WEB: (LinkChecker,),
    Role.CRAWL: (LinkSource,),
}


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
    tools = lent(settings, tools)
    mail: dict[str, Any] = {}
    crm = board = web = None
    for section in settings.connectors.values():
        manifest: Manifest = known[section.kind]  # type: ignore[attr-defined]
        for role, make in manifest.ports.items():
            if role is Role.CRAWL:
                continue
            port = make(section, tools)
            if settings.read_only:
                port = reading(port, *_PROTOCOLS[role])
            match role:
                case Role.MAIL:
                    mail |= dict.fromkeys(port.mailboxes(), port)
                case Role.CRM:
                    crm = port
                case Role.BOARD:
                    board = port
                case Role.WEB:
                    web = port
    assert crm is not None, "the settings demand exactly one CRM"
    crawlers = link_sources(settings, tools)
    return Ports(mail, crm, board, tools.clock, web, crawlers, read_only=settings.read_only)


def link_sources(settings: Settings, tools: Toolbox) -> dict[str, LinkSource]:
    """Crawlers by the name people call them by ("screaming-frog"), also those not configured.

    Exports can be read and sites be crawled without a word in the settings.
    """
    configured = {section.kind: section for section in settings.connectors.values()}  # type: ignore[attr-defined] # every section has one
    found: dict[str, LinkSource] = {}
    for kind, manifest in _known().items():
        if Role.CRAWL not in manifest.ports:
            continue
        section = configured.get(kind)
        if section is None:
            try:
                section = manifest.settings.model_validate({"kind": kind})
            except ValidationError:  # one that wants to be told something first
                continue
        found[kind.replace("_", "-")] = manifest.ports[Role.CRAWL](section, tools)
    return found


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


def lent(settings: Settings, tools: Toolbox) -> Toolbox:
    """The toolbox as these settings let it be lent to a connector."""
    return replace(tools, read_only=tools.read_only or settings.read_only)


@dataclass(frozen=True, slots=True)
class Wish:
    """How an engine is wanted. `command` names its run; `observe` is told of every call,
    `budget` of every limit, `told` how sending each effect went.

    `transport` stands in for the network when given (tests).
    """

    command: str
    clock: Clock | None = None
    observe: Callable[[Call], None] = lambda _call: None
    progress: Callable[[Progress], None] = lambda _progress: None
    transport: BaseAdapter | None = None
    budget: Callable[[str, str, Callable[[], Budget]], None] = lambda _service, _what, _ask: None
    told: Callable[[str, str], None] = lambda _kind, _outcome: None
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
        store = rebuild.sound(settings.store)
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
        store, aside = rebuild.make_room(settings.store, anyway=anyway)
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
        if _stands(settings.store):
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
    known = _known()
    sources = hints(settings, tools)
    addresses = _addresses(settings, sources)
    connections: dict[str, Connection] = {}
    makers: dict[Role, Callable[[], Any]] = {}
    mailboxes: tuple[str, ...] = ()
    for name, section in _looked_at(settings).items():
        manifest: Manifest = known[section.kind]  # type: ignore[attr-defined]
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
            address or f"/hooks/{name}": functools.partial(_reached, address, tools)
            if address
            else None
            for name, address in addresses.items()
        },
        listens=settings.web.listen is not None,
        subscriptions={
            name: functools.partial(source.hints.check, addresses.get(name, ""))
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
    return {**settings.connectors, kind: _known()[kind].settings.model_validate({"kind": kind})}


def hints(settings: Settings, tools: Toolbox) -> dict[str, Source]:
    """What makes syncd hear of things sooner, by the connector's name. No call is made yet.

    Where nothing may be written, nothing is asked for: only what comes by itself is heard.
    """
    tools = lent(settings, tools)
    found: dict[str, Source] = {}
    for name, section in settings.connectors.items():
        manifest: Manifest = _known()[section.kind]  # type: ignore[attr-defined]
        asked: Hints | None = None if manifest.hints is None else manifest.hints(section, tools)
        if asked is not None and settings.read_only:
            asked = replace(asked, renewals={}, pull=None)
        if asked is not None:
            found[name] = Source(manifest.kind, asked)
    return found


def _addresses(settings: Settings, sources: Mapping[str, Source]) -> dict[str, str]:
    """Where services are to reach the connectors that are told things, by name; "": unknown."""
    public = (settings.web.public_url or "").rstrip("/")
    told = [name for name, source in sources.items() if source.hints.receive is not None]
    return {name: f"{public}/hooks/{name}" if public else "" for name in told}


def _reached(address: str, tools: Toolbox) -> int:
    """The status with which an address answers a GET. Raises `OSError`."""
    return Session("webhook", tools, timeout=(5.0, 10.0)).get(address).status_code


def sign_ins(settings: Settings, wish: Wish) -> dict[str, tuple[str, SignIn]]:
    """The connectors to which people sign in, by name: their kind, and how."""
    tools = lent(settings, Toolbox(wish.clock or SystemClock(), wish.observe, wish.transport))
    found: dict[str, tuple[str, SignIn]] = {}
    for name, section in settings.connectors.items():
        manifest: Manifest = _known()[section.kind]  # type: ignore[attr-defined]
        way = None if manifest.sign_in is None else manifest.sign_in(section, tools)
        if way is not None:
            found[name] = (manifest.kind, way)
    return found


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


def poster(tools: Toolbox) -> Callable[[str, Any], None]:
    """How JSON is sent to a webhook: over the one transport. It raises `NotTold`.

    The address is a secret, and stands in no message.
    """
    session = Session("webhook", tools)

    def post(url: str, body: Any) -> None:
        try:
            answer = session.post(url, json=body)
        except (requests.RequestException, ValueError) as error:
            raise NotTold(f"the webhook cannot be reached: {type(error).__name__}") from None
        if answer.status_code // 100 != 2:  # a redirect is followed nowhere
            raise NotTold(f"the webhook answers {answer.status_code}")

    return post


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
    )
    return Engine(context)
