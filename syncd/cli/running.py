"""The daemon put together: engine, loop, pages, metrics, alarms and reloading."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path

from syncd import __version__, app, wiring
from syncd.cli.reporting import reports
from syncd.engine import alarms, offers, parked, undo
from syncd.engine.context import Progress, Run, log
from syncd.engine.shares import Share
from syncd.engine.turn import Engine
from syncd.ports.clock import Clock
from syncd.ports.hints import Hint
from syncd.ports.manifest import Budget, Call, Toolbox
from syncd.ports.secrets import MissingSecret
from syncd.runtime import health
from syncd.runtime.announcing import slack
from syncd.runtime.clock import SystemClock
from syncd.runtime.crew import Crew
from syncd.runtime.hearing import Hearing
from syncd.runtime.loop import Company, Loop, Pace
from syncd.runtime.memory import loaded
from syncd.runtime.metrics import Metrics
from syncd.runtime.notify import Manager
from syncd.runtime.pulse import Pulse
from syncd.settings.loading import load
from syncd.settings.problems import InvalidSettings
from syncd.settings.sections import ModesSection
from syncd.settings.settings import Settings
from syncd.settings.shown import understood
from syncd.settings.state import Runtime, WrongRuntime
from syncd.store import ledger
from syncd.store.retention import prune
from syncd.store.server import Server
from syncd.store.view import View
from syncd.web.access import Access, Doors, Role
from syncd.web.app import make_app
from syncd.web.hooks import Desk, Receiver
from syncd.web.house import Checked, Deeds, House, NotDone, Reloaded, Understood
from syncd.web.server import CannotListen, Served

# How long a page waits for a reload: most turns take less; one that takes longer ends first.
RELOAD_PATIENCE = 15.0


def run_daemon(config: Path, settings: Settings, progress: Callable[[Progress], None]) -> None:
    """Work until asked to end. Must be called on the main thread."""
    dials = Dials.of(SystemClock())
    wish = _wish("run", dials, progress)
    if settings.runtime is Runtime.CLUSTER:
        raise WrongRuntime(
            "the settings say runtime: cluster, in which `syncd worker` does the work, any number "
            "of them; start that, or write runtime: embedded"
        )
    with app.engine(settings, wish) as works:
        Daemon(config, settings, works, wish, dials, loop=Loop).run()


def _wish(command: str, dials: Dials, progress: Callable[[Progress], None]) -> app.Wish:
    return app.Wish(
        command,
        observe=dials.called,
        progress=progress,
        budget=dials.metrics.budget,
        told=dials.metrics.outcome,
        logged=dials.metrics.logged,
    )


def run_worker(config: Path, settings: Settings, progress: Callable[[Progress], None]) -> None:
    """Work with others until asked to end. Must be called on the main thread."""
    server = settings.store
    if settings.runtime is not Runtime.CLUSTER or not isinstance(server, Server):
        raise WrongRuntime(
            "the settings say runtime: embedded, in which one `syncd run` does all the work; "
            "start that, or write runtime: cluster and a PostgreSQL server as the store"
        )
    dials = Dials.of(SystemClock())
    wish = _wish("worker", dials, progress)
    rhythm = app.rhythm(settings)

    def crew(works: Engine, pace: Pace, company: Company) -> Crew:
        assert isinstance(works, Share)
        return Crew(works, pace, company, server, rhythm)

    with app.worker(settings, wish) as (works, shared):
        Daemon(config, settings, works, shared, dials, loop=crew).run()


@dataclass(frozen=True, slots=True)
class Dials:
    """What measures the daemon."""

    clock: Clock
    metrics: Metrics
    pulse: Pulse

    @classmethod
    def of(cls, clock: Clock) -> Dials:
        return cls(clock, Metrics(clock), Pulse())

    def called(self, call: Call) -> None:
        self.metrics.called(call)
        self.pulse.beat()


@dataclass(slots=True)
class _Standing:
    """The settings in use and how the last reading of their file went."""

    settings: Settings
    reloaded: Reloaded
    number: int = 0


class Daemon:
    def __init__(
        self,
        config: Path,
        settings: Settings,
        works: Engine,
        wish: app.Wish,
        dials: Dials,
        *,
        loop: Callable[[Engine, Pace, Company], Loop | Crew],
    ) -> None:
        self._config = config
        self._works = works
        self._wish = wish
        self._metrics, self._pulse, self._clock = dials.metrics, dials.pulse, dials.clock
        self._first = settings
        self._standing = _Standing(settings, Reloaded(dials.clock.now()))
        self._reread = threading.Condition()
        self._view = View(settings.store)
        self._post = wiring.poster(wish.tools(dials.clock))
        self._address = ""
        self._access = Access(_doors(settings))
        self._hearing = Hearing(dials.clock, self._hinted, dials.metrics.heard)
        self._hints = wiring.hints(settings, self._quiet_tools())
        self._loop = loop(
            works,
            app.pace(settings),
            Company(
                dials.pulse, self._turned, self._reload, self._watch, self._tidy, Manager.found()
            ),
        )

    def run(self) -> None:
        self._metrics.watch(self._view)
        if self._first.read_only:
            log.warning("read_only", words="nothing is written to any service")
        loaded()
        try:
            with self._pages():
                self._hearing.follow(self._hints)
                self._loop.run()
        finally:
            self._hearing.end()
            self._view.close()

    # what the loop asks for

    def _turned(self, seconds: float) -> None:
        ctx = self._works.ctx
        self._metrics.turned(seconds, list(ctx.failing), list(ctx.paused))
        self._metrics.travelled(self._view)

    def _watch(self) -> None:
        section = self._standing.settings.alarms
        sense = alarms.Sense(
            section.quiet_after.delta if section.quiet_after is not None else None,
            section.backlog_after.delta,
            section.clock_skew.delta,
            section.assignee or "",
        )
        problems = self._standing.reloaded.problems
        also = {"reload/settings": "; ".join(problems[:3])} if problems else {}
        alarms.watch(self._works.ctx, sense, self._metrics.skew(), self._tell, also)

    def _tidy(self) -> None:
        """Forget what is older than the settings keep."""
        works = self._works
        keep = self._standing.settings.keep
        found = prune(works.ctx.store, keep.spans(), works.ctx.now(), works.ctx.rules.targets())
        if any(found.values()):
            log.info("pruned", **found)

    def _tell(self, notice: alarms.Notice) -> None:
        webhook = self._standing.settings.alarms.webhook
        if webhook is None or self._standing.settings.read_only:
            return
        try:
            url = webhook.read()
        except MissingSecret as error:
            raise alarms.NotTold(str(error)) from error
        self._post(url, slack(notice, self._address))

    def _reload(self) -> Pace | None:
        """Read the file again and follow it; a wrong one changes nothing and is told."""
        problems: Sequence[str] = ()
        budgets: dict[tuple[str, str], Callable[[], Budget]] = {}

        def budget(service: str, what: str, ask: Callable[[], Budget]) -> None:
            budgets[service, what] = ask

        settings, doors = self._standing.settings, self._access.doors
        try:
            settings = load(self._config, wiring.kinds(), secrets=True)
            # The section stays as it was at the start; the tokens in its files may be others.
            doors = _doors(self._first)
            app.renew(self._works, settings, replace(self._wish, budget=budget))
        except InvalidSettings as error:
            problems = [str(one) for one in error.problems]
        except MissingSecret as error:
            problems = [str(error)]
        with self._reread:
            before = self._standing
            if problems:
                reloaded = replace(before.reloaded, problems=tuple(problems))
                settings = before.settings
            else:
                reloaded = Reloaded(self._clock.now(), restart=_restart(self._first, settings))
            self._standing = _Standing(settings, reloaded, before.number + 1)
            self._reread.notify_all()
        self._metrics.reloaded(ok=not problems)
        if problems:
            log.error("reload_failed", file=str(self._config), problems=list(problems))
            return None
        self._access.change(doors)
        self._metrics.take_budgets(budgets)
        self._hints = wiring.hints(settings, self._quiet_tools())
        self._hearing.follow(self._hints)
        log.info("reloaded", file=str(self._config), restart=list(reloaded.restart))
        return app.pace(settings)

    # what services tell

    def _hinted(self, hint: Hint) -> None:
        self._loop.hint(hint)

    def _quiet_tools(self) -> Toolbox:
        """Their calls count; the limits shown are those of the connectors that do the work."""
        return replace(self._wish.tools(self._clock), budget=lambda _service, _what, _ask: None)

    def _desk(self) -> Desk:
        section = self._first.web
        networks = [ip_network(one) for one in section.proxy_from]
        return Desk(
            receivers=self._receivers,
            told=self._hinted,
            counted=self._metrics.heard,
            per_minute=section.hooks.per_minute,
            public_url=section.public_url or "",
            is_proxy=Access(Doors(proxy_from=networks)).is_proxy,
        )

    def _receivers(self) -> dict[str, Receiver]:
        return {
            name: Receiver(source.service, source.hints.receive)
            for name, source in self._hints.items()
            if source.hints.receive is not None
        }

    # what the pages ask for

    @contextmanager
    def _pages(self) -> Iterator[None]:
        section = self._first.web
        if section.listen is None:
            yield
            return
        try:
            served = Served(make_app(self._house()), section.listen.host, section.listen.port)
        except CannotListen as error:
            # The mail matters more than the pages about it; health checks will notice.
            log.error("web_not_served", words=str(error))
            yield
            return
        self._address = served.address
        log.info("web", address=served.address)
        with served:
            yield

    def _house(self) -> House:
        return House(
            view=self._view,
            access=self._access,
            deeds=Deeds(
                self._approve,
                self._retry,
                self._drop,
                self._reload_now,
                self._undo,
                self._introduce,
            ),
            now=self._clock.now,
            understood=self._understood,
            reloaded=lambda: self._standing.reloaded,
            metrics=self._metrics.exposition,
            budgets=self._metrics.budgets,
            calls=self._metrics.calls,
            alive=lambda: _checked(health.alive(self._pulse)),
            ready=lambda: _checked(health.ready(self._pulse, self._view, self._refusals)),
            rules=lambda: self._works.ctx.rules,
            version=__version__,
            reports=reports(self._view, lambda: self._works.ctx.rules, self._clock.now),
            desk=self._desk(),
            offers=lambda tx: offers.every(self._works.ctx, tx),
        )

    def _understood(self) -> Understood:
        settings = self._standing.settings
        return Understood(
            file=str(self._config),
            sections=understood(settings),
            campaigns=settings.campaign_names(),
            waits=settings.waits_of,
            modes={name: str(getattr(settings.modes, name)) for name in ModesSection.model_fields},
            about=self._works.ctx.rules.campaigns,
        )

    def _refusals(self) -> dict[str, str]:
        ctx = self._works.ctx
        return {role: ctx.failing.get(role, "access is refused") for role in list(ctx.paused)}

    def _approve(self, kinds: Sequence[str]) -> str:
        with self._works.ctx.store.begin() as tx:
            released = ledger.release(tx, kinds)
        self._loop.wake()
        return f"Released {released}."

    def _retry(self, number: int) -> str:
        with self._works.ctx.store.begin() as tx:
            if not parked.retry(tx, number):
                raise NotDone(f"Number {number} is not parked any more.")
        self._loop.wake()
        return f"Number {number} will be sent again."

    def _introduce(self, introducer: str, site: str) -> str:
        ctx = replace(self._works.ctx, run=Run("introductions"))
        try:
            _, [chosen] = offers.ask(ctx, [(introducer, site)])
        except offers.CannotAsk as error:
            raise NotDone(f"{error}.") from error
        self._loop.wake()
        return f"The draft to {introducer} is being written in {chosen.offer.writer}."

    def _drop(self, number: int) -> str:
        with self._works.ctx.store.begin() as tx:
            try:
                if not parked.drop(tx, number, self._clock.now()):
                    raise NotDone(f"Number {number} is not parked any more.")
            except parked.CannotDrop as error:
                raise NotDone(str(error)) from error
        return f"Number {number} is given up."

    def _undo(self, number: int) -> str:
        """Plan it; the next turn, which is woken for it, carries it out."""
        try:
            report = undo.plan(self._works.ctx, number)
        except undo.CannotUndo as error:
            raise NotDone(str(error)) from error
        self._loop.wake()
        return f"Run {number}: {report.in_words()}."

    def _reload_now(self) -> Reloaded:
        with self._reread:
            number = self._standing.number
            self._loop.reload()
            if not self._reread.wait_for(
                lambda: self._standing.number > number, timeout=RELOAD_PATIENCE
            ):
                raise NotDone("The turn under way takes long; the file is read when it ends.")
            return self._standing.reloaded


def _checked(found: health.Health) -> Checked:
    return Checked(found.well, {"checks": dict(found.checks), "notes": list(found.notes)})


def _restart(first: Settings, now: Settings) -> tuple[str, ...]:
    """What of the settings was taken at the start and cannot change before the next."""
    fixed = {
        "store": (first.store, now.store),
        "web": (first.web, now.web),
        "run.workers": (first.run.workers, now.run.workers),
    }
    return tuple(name for name, (was, wanted) in fixed.items() if was != wanted)


def _doors(settings: Settings) -> Doors:
    section = settings.web
    tokens = [
        (secret.read(), role)
        for secret, role in (
            (section.token, Role.OPERATOR),
            (section.viewer_token, Role.VIEWER),
        )
        if secret is not None
    ]
    return Doors(
        tokens=tokens,
        proxy_header=section.proxy_header or "",
        proxy_from=[ip_network(one) for one in section.proxy_from],
        operators=frozenset(one.lower() for one in section.operators),
    )
