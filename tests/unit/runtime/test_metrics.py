"""What the daemon tells Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from syncd import app
from syncd.engine.turn import Engine
from syncd.ports.manifest import Budget, Call
from syncd.ports.simulator import Answer, Request
from syncd.runtime import metrics as module
from syncd.runtime.metrics import Metrics
from syncd.store.view import View
from tests.support.clock import START, DrivenClock
from tests.unit.engine.office import ADA, MAYA, Office

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(metrics: Metrics) -> Samples:
    text = metrics.exposition().decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


@contextmanager
def measured(office: Office) -> Iterator[tuple[Engine, Metrics]]:
    metrics = Metrics(office.clock)
    wish = app.Wish(
        "run",
        office.clock,
        transport=office.transport,
        observe=metrics.called,
        budget=metrics.budget,
        told=metrics.outcome,
        logged=metrics.logged,
    )
    with app.engine(office.settings, wish) as works:
        view = View(office.settings.store)
        metrics.watch(view)
        try:
            yield works, metrics
        finally:
            view.close()


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_SECONDS", 0.0)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_calls_are_counted_by_service_and_how_they_were_answered(office: Office):
    office.got(f"Ada <{ADA}>", 1, "n1@x")
    with measured(office) as (works, metrics):
        works.turn()
        samples = read(metrics)
        counted = metrics.calls()
    made = len(office.calls("hubspot"))
    found = sum(
        number
        for (name, labels), number in samples.items()
        if name == "syncd_calls_total" and ("service", "hubspot") in labels
    )
    assert found == made == counted["hubspot"]
    assert value(samples, "syncd_call_seconds_count", service="hubspot") == made


def test_the_state_is_measured_when_somebody_asks(office: Office):
    office.got(f"Ada <{ADA}>", 1, "n1@x")
    office.wrote("Eve <eve@y.example>", 5, "n2@x")
    with measured(office) as (works, metrics):
        before = read(metrics)
        works.turn()
        samples = read(metrics)
    assert value(before, "syncd_effects_parked") == 0
    assert value(samples, "syncd_state_up") == 1
    assert value(samples, "syncd_coverage_messages", mailbox=MAYA, outcome="logged") == 2
    assert value(samples, "syncd_effects", kind="log_email", state="done") == 2
    assert value(samples, "syncd_mailbox_lag_seconds", mailbox=MAYA) == 0
    assert value(samples, "syncd_mailbox_unread", mailbox=MAYA) == 0
    assert value(samples, "syncd_mailbox_locked", mailbox=MAYA) == 0
    seen = value(samples, "syncd_mailbox_last_success_timestamp_seconds", mailbox=MAYA)
    assert seen == office.clock.now().timestamp()
    assert value(samples, "syncd_tasks_open") == 1
    assert value(samples, "syncd_conversations", status="waiting") == 1


def test_what_is_on_its_way_makes_a_mailbox_lag(office: Office):
    office.turn()
    office.got(f"Ada <{ADA}>", 0, "n1@x")
    office.transport.down = {"hubspot"}
    office.clock.advance(120)
    with measured(office) as (works, metrics):
        works.turn()
        office.clock.advance(60)
        samples = read(metrics)
        assert value(samples, "syncd_mailbox_lag_seconds", mailbox=MAYA) == 180
        office.transport.down = set()
        office.clock.advance(600)
        works.turn()
        assert value(read(metrics), "syncd_mailbox_lag_seconds", mailbox=MAYA) == 0


def test_the_way_of_a_message_into_the_crm_is_timed_once(office: Office):
    office.got(f"Ada <{ADA}>", 3, "old@x")
    office.turn()
    with measured(office) as (works, metrics), View(office.settings.store).look():
        view = View(office.settings.store)
        office.clock.advance(10)
        office.got(f"Ada <{ADA}>", 0, "new@x")
        office.clock.advance(4)
        works.turn()
        metrics.travelled(view)
        metrics.travelled(view)
        samples = read(metrics)
        view.close()
        # Nothing came since: the state, however long its history, is not asked.
        metrics.travelled(view)
    assert value(samples, "syncd_log_lag_seconds_count", mailbox=MAYA) == 1
    assert value(samples, "syncd_log_lag_seconds_sum", mailbox=MAYA) == 4
    assert value(samples, "syncd_log_lag_seconds_bucket", mailbox=MAYA, le="5.0") == 1
    assert value(samples, "syncd_log_lag_seconds_bucket", mailbox=MAYA, le="3.0") == 0


def test_a_backfill_is_no_lag(office: Office):
    office.got(f"Ada <{ADA}>", 3, "old@x")
    with measured(office) as (works, metrics):
        view = View(office.settings.store)
        works.turn()
        metrics.travelled(view)
        samples = read(metrics)
        view.close()
    assert ("syncd_log_lag_seconds_count", frozenset({("mailbox", MAYA)})) not in samples


def test_what_did_not_settle_counts_as_tried_again(office: Office):
    office.got(f"Ada <{ADA}>", 1, "n1@x")
    answers = iter([503, 429])

    def busy(request: Request) -> Answer | None:
        if request.path.endswith("/contacts/batch/create"):
            status = next(answers, 0)
            return Answer(status, b"{}", {}) if status else None
        return None

    office.transport.before = busy
    with measured(office) as (works, metrics):
        for _ in range(4):
            works.turn()
            office.clock.advance(120)
        samples = read(metrics)
    assert value(samples, "syncd_effect_retries_total", kind="add_contact") == 2
    assert value(samples, "syncd_effect_outcomes_total", kind="add_contact", outcome="done") == 1


def test_what_is_parked_and_held_is_counted(office: Office):
    office.got(f"Ada <{ADA}>", 1, "n1@x")

    def refuse(request: Request) -> Answer | None:
        bad = request.path.endswith("/emails/batch/create")
        return Answer(400, b"{}", {}) if bad else None

    office.transport.before = refuse
    with measured(office) as (works, metrics):
        works.turn()
        samples = read(metrics)
    assert value(samples, "syncd_effects_parked") == 1
    assert value(samples, "syncd_effects", kind="log_email", state="parked") == 1


def test_a_budget_tells_what_is_left(office: Office):
    office.got(f"Ada <{ADA}>", 1, "n1@x")
    with measured(office) as (works, metrics):
        works.turn()
        samples = read(metrics)
    size = value(samples, "syncd_budget_size", service="hubspot", budget="calls")
    assert 0 < value(samples, "syncd_budget_left", service="hubspot", budget="calls") <= size
    assert value(samples, "syncd_budget_left", service="gmail", budget=MAYA) > 0
    assert value(samples, "syncd_budget_per_second", service="hubspot", budget="searches") == 4.5


def test_limits_of_connectors_that_are_gone_are_forgotten():
    metrics = Metrics(DrivenClock())
    metrics.budget("gmail", "gone@x", lambda: Budget(1, 2, 3))
    metrics.take_budgets({("gmail", "here@x"): lambda: Budget(-1, 2, 3)})
    assert metrics.budgets() == {("gmail", "here@x"): Budget(-1, 2, 3)}


def test_a_reload_is_told_with_its_time():
    clock = DrivenClock()
    metrics = Metrics(clock)
    clock.advance(60)
    metrics.reloaded(ok=False)
    samples = read(metrics)
    assert value(samples, "syncd_config_last_reload_successful") == 0
    name = "syncd_config_last_reload_success_timestamp_seconds"
    assert value(samples, name) == START.timestamp()
    metrics.reloaded(ok=True)
    assert value(read(metrics), name) == START.timestamp() + 60
    assert value(read(metrics), "syncd_config_last_reload_successful") == 1


def test_turns_are_timed_and_roles_that_fail_are_named_while_they_do():
    metrics = Metrics(DrivenClock())
    metrics.turned(2.0, ["crm", "mailbox:a@x"], ["crm"])
    samples = read(metrics)
    assert value(samples, "syncd_turn_seconds_sum") == 2
    assert value(samples, "syncd_failing", role="mailbox:a@x") == 1
    assert value(samples, "syncd_locked", role="crm") == 1
    metrics.turned(1.0, [], [])
    samples = read(metrics)
    assert not [name for name, _ in samples if name in {"syncd_failing", "syncd_locked"}]
    assert value(samples, "syncd_last_turn_timestamp_seconds") == START.timestamp()


@pytest.mark.parametrize("seconds", [-90, 0, 40])
def test_the_clock_is_compared_with_the_services(seconds: int):
    metrics = Metrics(DrivenClock())
    assert metrics.skew() is None
    for service, off in (("gmail", 0), ("hubspot", 0), ("teamwork", 5000)):
        at = START - timedelta(seconds=seconds + off)
        metrics.called(Call(service, "GET", "/", 200, 0.1, at))
    # One service whose clock is wrong does not make ours wrong.
    assert metrics.skew() == seconds


def test_a_state_that_cannot_be_read_is_down_and_the_rest_is_still_told(office: Office):
    with measured(office) as (works, metrics):
        works.turn()
        office.settings.store.rename(office.folder / "elsewhere")
        samples = read(metrics)
    assert value(samples, "syncd_state_up") == 0
    assert any(name == "syncd_calls_total" for name, _ in samples)


def test_eager_scrapes_ask_the_state_once(office: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "KEPT_SECONDS", 60.0)
    looked: list[Any] = []
    look = View.look

    def counted(self: View) -> Any:
        looked.append(self)
        return look(self)

    monkeypatch.setattr(View, "look", counted)
    with measured(office) as (_, metrics):
        for _ in range(5):
            metrics.exposition()
    assert len(looked) == 1


def test_names_and_labels_are_what_dashboards_know(office: Office):
    """The interface: who changes this list breaks somebody's dashboard."""
    office.got(f"Ada <{ADA}>", 0, "n1@x")
    with measured(office) as (works, metrics):
        works.turn()
        metrics.turned(1.0, ["crm"], ["crm"])
        text = metrics.exposition().decode()
    named = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert named == {
        "syncd_alarms",
        "syncd_budget_left",
        "syncd_budget_per_second",
        "syncd_budget_size",
        "syncd_build_info",
        "syncd_call_seconds",
        "syncd_calls_total",
        "syncd_clock_skew_seconds",
        "syncd_config_last_reload_success_timestamp_seconds",
        "syncd_config_last_reload_successful",
        "syncd_conversations",
        "syncd_coverage_messages",
        "syncd_effect_outcomes_total",
        "syncd_effect_retries_total",
        "syncd_effects",
        "syncd_effects_held",
        "syncd_effects_parked",
        "syncd_effects_sending",
        "syncd_failing",
        "syncd_hooks_total",
        "syncd_last_turn_timestamp_seconds",
        "syncd_locked",
        "syncd_log_lag_seconds",
        "syncd_mailbox_lag_seconds",
        "syncd_mailbox_last_success_timestamp_seconds",
        "syncd_mailbox_locked",
        "syncd_mailbox_unread",
        "syncd_queue_effects",
        "syncd_queue_oldest_seconds",
        "syncd_start_time_seconds",
        "syncd_state_bytes",
        "syncd_state_free_bytes",
        "syncd_state_up",
        "syncd_tasks_open",
        "syncd_turn_seconds",
    }
