"""What the daemon tells Prometheus. Names and labels are an interface: they stay.

Events are counted where they happen. What the state knows is asked of it when somebody
scrapes, and kept for some seconds, so that eager scraping costs nothing.
"""

from __future__ import annotations

import platform
import threading
import time
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from syncd import __version__
from syncd.ports.clock import Clock
from syncd.ports.manifest import Budget, Call
from syncd.store import alarms, fitness, gauges, overview, tally
from syncd.store.database import Tx, UnusableState
from syncd.store.view import View

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
KEPT_SECONDS = 10.0
# A message logged within seconds is the promise; an hour is HubSpot's own logger's grace.
_TRIP = (1, 2, 3, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
_CALL = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_TURN = (0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)
# Clocks of services, to the second, and the way there and back: below this nothing is known.
_SKEW_KEPT = 600


# Else each counter comes with a second series that tells only when it was made.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the only function of it without types


class Metrics:
    """One registry for a daemon. Threads may share it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        self._logged: deque[tuple[str, datetime]] = deque()
        self._budgets: dict[tuple[str, str], Callable[[], Budget]] = {}
        self._skews: dict[str, tuple[float, float]] = {}
        self.registry = registry = CollectorRegistry()
        self._build = Gauge(
            "syncd_build_info",
            "1; which syncd this is.",
            ["version", "python"],
            registry=registry,
        )
        self._build.labels(__version__, platform.python_version()).set(1)
        self._start = Gauge(
            "syncd_start_time_seconds", "When this process began its work.", registry=registry
        )
        self._start.set(self._began.timestamp())
        self._calls = Counter(
            "syncd_calls",
            "HTTP calls to a service by method and status; status 0: no answer came.",
            ["service", "method", "status"],
            registry=registry,
        )
        self._call_seconds = Histogram(
            "syncd_call_seconds",
            "How long calls to a service took.",
            ["service"],
            buckets=_CALL,
            registry=registry,
        )
        self._outcomes = Counter(
            "syncd_effect_outcomes",
            "How sending an effect went: done, trylater, indoubt, changed, locked, refused.",
            ["kind", "outcome"],
            registry=registry,
        )
        self._retries = Counter(
            "syncd_effect_retries",
            "Sendings that did not settle the effect, which is tried or looked up again.",
            ["kind"],
            registry=registry,
        )
        self._hooks = Counter(
            "syncd_hooks",
            "What services told by themselves: taken, pulled, nothing (of no concern), repeated; "
            "or why it was turned away: unsigned, forged, stale, replay, unreadable, unready, "
            "limited, large, slow.",
            ["service", "result"],
            registry=registry,
        )
        self._turn = Histogram(
            "syncd_turn_seconds",
            "How long a turn took: deciding and delivering.",
            buckets=_TURN,
            registry=registry,
        )
        self._last_turn = Gauge(
            "syncd_last_turn_timestamp_seconds", "When a turn last ended.", registry=registry
        )
        self._trip = Histogram(
            "syncd_log_lag_seconds",
            "From a message's arrival in its mailbox to its place in the CRM; what arrived "
            "before this process began is left out.",
            ["mailbox"],
            buckets=_TRIP,
            registry=registry,
        )
        self._failing = Gauge(
            "syncd_failing",
            "1 while what was last tried with a role (crm, board, a mailbox) did not work.",
            ["role"],
            registry=registry,
        )
        self._locked = Gauge(
            "syncd_locked",
            "1 while a service refuses our credentials for a role.",
            ["role"],
            registry=registry,
        )
        self._reload_ok = Gauge(
            "syncd_config_last_reload_successful",
            "1: the settings in use are those of the file; 0: the file was read and is wrong.",
            registry=registry,
        )
        self._reload_at = Gauge(
            "syncd_config_last_reload_success_timestamp_seconds",
            "When settings were last read and taken.",
            registry=registry,
        )
        self.reloaded(ok=True)

    def watch(self, view: View) -> None:
        """Ask this state at every scrape."""
        self.registry.register(_State(view, self._clock, self._skew, self._budgets))

    def called(self, call: Call) -> None:
        """An HTTP exchange took place: for `Toolbox.observe`."""
        self._calls.labels(call.service, call.method, str(call.status)).inc()
        self._call_seconds.labels(call.service).observe(call.seconds)
        if call.at is not None:
            skew = (self._clock.now() - call.at).total_seconds()
            self._skews[call.service] = (skew, time.monotonic())

    def budget(self, service: str, what: str, ask: Callable[[], Budget]) -> None:
        """Where a limit stands can be asked: for `Toolbox.budget`."""
        self._budgets[service, what] = ask

    def budgets(self) -> dict[tuple[str, str], Budget]:
        """What is left now, by service and what it is for."""
        return {name: ask() for name, ask in sorted(dict(self._budgets).items())}

    def take_budgets(self, budgets: Mapping[tuple[str, str], Callable[[], Budget]]) -> None:
        """The connectors were made anew, perhaps for other mailboxes: these limits, no others."""
        self._budgets.clear()
        self._budgets.update(budgets)

    def calls(self) -> Tally[str]:
        """How many calls each service was asked since the process began."""
        counted: Tally[str] = Tally()
        for sample in next(iter(self._calls.collect())).samples:
            if sample.name.endswith("_total"):
                counted[sample.labels["service"]] += int(sample.value)
        return counted

    def outcome(self, kind: str, outcome: str) -> None:
        """An effect was sent: for `Context.told`. `outcome` as in `syncd.ports.verdicts`."""
        self._outcomes.labels(kind, outcome.lower()).inc()
        if outcome in {"TryLater", "InDoubt", "Locked"}:
            self._retries.labels(kind).inc()

    def heard(self, service: str, result: str) -> None:
        """A service told something, or somebody in its name."""
        self._hooks.labels(service, result).inc()

    def turned(self, seconds: float, failing: Iterable[str], locked: Iterable[str]) -> None:
        """A turn ended, with these roles failing, and of them these locked."""
        self._turn.observe(seconds)
        self._last_turn.set(self._clock.now().timestamp())
        for gauge, roles in ((self._failing, failing), (self._locked, locked)):
            gauge.clear()
            for role in roles:
                gauge.labels(role).set(1)

    def logged(self, messages: Sequence[str]) -> None:
        """These messages now are in the CRM: for `Context.logged`."""
        now = self._clock.now()
        self._logged.extend((key, now) for key in messages)

    def travelled(self, view: View) -> None:
        """Observe how long the messages took that came into the CRM since this was last asked."""
        logged = {}
        while self._logged:
            key, at = self._logged.popleft()
            logged[key] = at
        if not logged:
            return
        with view.look() as tx:
            received = gauges.received(tx, logged)
        for key, (mailbox, at) in received.items():
            if at >= self._began:
                seconds = max(0.0, (logged[key] - at).total_seconds())
                self._trip.labels(mailbox).observe(seconds)

    def reloaded(self, *, ok: bool) -> None:
        self._reload_ok.set(ok)
        if ok:
            self._reload_at.set(self._clock.now().timestamp())

    def skew(self) -> float | None:
        """Seconds this machine's clock is ahead of the services', in their median; None where
        none has told its time lately.
        """
        return self._skew()

    def exposition(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)

    def _skew(self) -> float | None:
        lately = time.monotonic() - _SKEW_KEPT
        known = sorted(skew for skew, at in self._skews.values() if at >= lately)
        return known[len(known) // 2] if known else None


class _State(Collector):
    """The state's part, asked at most every `KEPT_SECONDS`."""

    def __init__(
        self,
        view: View,
        clock: Clock,
        skew: Callable[[], float | None],
        budgets: Mapping[tuple[str, str], Callable[[], Budget]],
    ) -> None:
        self._view = view
        self._clock = clock
        self._skew = skew
        self._budgets = budgets
        self._lock = threading.Lock()
        self._kept: list[Metric] = []
        self._until = 0.0

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked of the state when this is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = self._of_state()
                self._until = time.monotonic() + KEPT_SECONDS
            kept = self._kept
        yield from kept
        yield from self._live()

    def _of_state(self) -> list[Metric]:
        up = GaugeMetricFamily("syncd_state_up", "1 while the state can be read.")
        try:
            with self._view.look() as tx:
                found = [*_mailboxes(tx, self._clock.now()), *_effects(tx, self._clock.now())]
                found += _standing(tx)
        except UnusableState:
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        return [up, *found, *self._disk()]

    def _disk(self) -> list[Metric]:
        room = fitness.room(self._view.where)
        used = GaugeMetricFamily(
            "syncd_state_bytes", "How large the state is on the disk.", value=room.used
        )
        if room.free is None:
            return [used]
        free = GaugeMetricFamily(
            "syncd_state_free_bytes", "What is left on the disk of the state.", value=room.free
        )
        return [used, free]

    def _live(self) -> Iterator[Metric]:
        left = GaugeMetricFamily(
            "syncd_budget_left",
            "Calls (Gmail: units) that may go out at once; below 0 while callers wait.",
            labels=["service", "budget"],
        )
        size = GaugeMetricFamily(
            "syncd_budget_size", "The most that may go out at once.", labels=["service", "budget"]
        )
        rate = GaugeMetricFamily(
            "syncd_budget_per_second", "What flows back.", labels=["service", "budget"]
        )
        for (service, what), ask in sorted(dict(self._budgets).items()):
            budget = ask()
            left.add_metric([service, what], budget.left)
            size.add_metric([service, what], budget.size)
            rate.add_metric([service, what], budget.per_second)
        yield from (left, size, rate)
        skew = GaugeMetricFamily(
            "syncd_clock_skew_seconds",
            "How far this machine's clock is ahead of the services'; absent while unknown.",
        )
        if (known := self._skew()) is not None:
            skew.add_metric([], known)
        yield skew


def _mailboxes(tx: Tx, now: datetime) -> list[Metric]:
    seen = GaugeMetricFamily(
        "syncd_mailbox_last_success_timestamp_seconds",
        "When the mailbox was last read to the end.",
        labels=["mailbox"],
    )
    locked = GaugeMetricFamily(
        "syncd_mailbox_locked", "1 while the service refuses access to it.", labels=["mailbox"]
    )
    unread = GaugeMetricFamily(
        "syncd_mailbox_unread", "Messages known and not fetched yet.", labels=["mailbox"]
    )
    lag = GaugeMetricFamily(
        "syncd_mailbox_lag_seconds",
        "Age of the oldest message received and neither logged nor decided against; 0: none.",
        labels=["mailbox"],
    )
    listed, behind = gauges.unread(tx), gauges.behind(tx)
    for box in overview.standing(tx):
        name = [box["address"]]
        if box["seen_at"] is not None:
            seen.add_metric(name, box["seen_at"].timestamp())
        locked.add_metric(name, box["locked"] is not None)
        unread.add_metric(name, listed.get(box["address"], 0))
        oldest = behind.get(box["address"], now)
        lag.add_metric(name, max(timedelta(), now - oldest).total_seconds())
    covered = GaugeMetricFamily(
        "syncd_coverage_messages",
        "Messages each mailbox showed us by what became of them: logged, skipped, never, review, "
        "waiting, unread, unreadable.",
        labels=["mailbox", "outcome"],
    )
    counted: Tally[tuple[str, str]] = Tally()
    for row in overview.coverage(tx):
        counted[row.mailbox, row.outcome] += row.number
    for (mailbox, outcome), number in sorted(counted.items()):
        covered.add_metric([mailbox, outcome], number)
    return [seen, locked, unread, lag, covered]


def _effects(tx: Tx, now: datetime) -> list[Metric]:
    by_kind = GaugeMetricFamily(
        "syncd_effects", "Effects by kind of action and state.", labels=["kind", "state"]
    )
    sums: Tally[str] = Tally()
    for (kind, state), number in sorted(tally.states(tx).items()):
        by_kind.add_metric([kind, state], number)
        sums[state] += number
    found: list[Metric] = [by_kind]
    for state, words in (
        ("parked", "Effects a service refused, waiting for a person."),
        ("held", "Effects the guard holds until somebody approves."),
        ("sending", "Effects sent and not answered: under way, or in doubt."),
    ):
        found.append(GaugeMetricFamily(f"syncd_effects_{state}", words, value=sums[state]))
    waiting = gauges.queue(tx)
    age = max(timedelta(), now - (waiting.oldest or now)).total_seconds()
    found.append(
        GaugeMetricFamily(
            "syncd_queue_effects", "Effects decided and not sent yet.", value=waiting.number
        )
    )
    found.append(
        GaugeMetricFamily(
            "syncd_queue_oldest_seconds", "How long the first of them has waited.", value=age
        )
    )
    return found


def _standing(tx: Tx) -> list[Metric]:
    talks = GaugeMetricFamily(
        "syncd_conversations", "Conversations by how they stand.", labels=["status"]
    )
    totals = overview.totals(tx)
    for name, number in sorted(totals.items()):
        if name.startswith("conversations."):
            talks.add_metric([name.removeprefix("conversations.")], number)
    tasks = GaugeMetricFamily(
        "syncd_tasks_open", "Open follow-up tasks of ours.", value=totals.get("tasks.open", 0)
    )
    firing = GaugeMetricFamily(
        "syncd_alarms", "Alarms that are on, by what they are about.", labels=["alarm"]
    )
    counted = Tally(alarm.kind for alarm in alarms.ringing(tx))
    for kind, number in sorted(counted.items()):
        firing.add_metric([kind], number)
    return [talks, tasks, firing]
