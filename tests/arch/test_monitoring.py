"""The dashboard and the alert rules speak of metrics and remedies that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from syncd.runtime.metrics import Metrics
from syncd.settings.source import parse
from syncd.store.database import Store
from syncd.store.view import View
from tests.arch.checkout import ROOT, text
from tests.support.clock import DrivenClock

DASHBOARD = ROOT / "deploy/grafana-dashboard.json"
ALERTS = ROOT / "deploy/alerts.yaml"
_NAME = re.compile(r"\bsyncd_[a-z_]+\b")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every series there is, by name."""
    path = tmp_path_factory.mktemp("state") / "syncd.db"
    Store(path).close()
    metrics = Metrics(DrivenClock())
    view = View(path)
    metrics.watch(view)
    named = re.findall(r"^# TYPE (\S+) (\S+)$", metrics.exposition().decode(), re.MULTILINE)
    view.close()
    series = set[str]()
    for name, kind in named:
        ends = ("_bucket", "_count", "_sum") if kind == "histogram" else ("",)
        series |= {name + end for end in ends}
    return series


@cache
def dashboard() -> Any:
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def expressions() -> Iterator[str]:
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (one["expr"] for one in dashboard()["annotations"]["list"])
    yield from (one["query"] for one in dashboard()["templating"]["list"])


@cache
def rules() -> list[dict[str, Any]]:
    data: Any = parse(ALERTS.read_text(encoding="utf-8"), str(ALERTS)).data
    return [rule for group in data["groups"] for rule in group["rules"]]


def test_every_metric_the_dashboard_shows_exists(known: set[str]):
    named = {name for expression in expressions() for name in _NAME.findall(expression)}
    assert len(named) > 20
    assert named - known == set()


def test_every_metric_an_alert_asks_for_exists(known: set[str]):
    named = {name for rule in rules() for name in _NAME.findall(str(rule["expr"]))}
    assert len(named) > 12
    assert named - known == set()


def test_every_metric_is_shown_or_alerted_on(known: set[str]):
    named = {name for one in expressions() for name in _NAME.findall(one)}
    named |= {name for rule in rules() for name in _NAME.findall(str(rule["expr"]))}
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in named}
    unused = {re.sub(r"_(bucket|count|sum)$", "", name) for name in known} - families
    assert unused == {"syncd_budget_per_second"}  # the same as long as the settings are


def test_panels_do_not_overlap_and_have_names_of_their_own():
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert (x, y) not in taken, (panel["title"], taken[x, y])
                assert x < 24
                taken[x, y] = panel["title"]
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(ids) == len(set(ids))


def test_every_alert_leads_to_a_heading_of_the_runbook():
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.removeprefix("## ").lower()).replace(" ", "-")
        for line in text("deploy/RUNBOOK.md").splitlines()
        if line.startswith("## ")
    }
    for rule in rules():
        file, _, heading = rule["annotations"]["runbook"].partition("#")
        assert file == "RUNBOOK.md"
        assert heading in headings, rule["alert"]
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]


def promtool(*words: str) -> str:
    """What Prometheus' own judge says; it must be content."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    ended = subprocess.run([program, *words], check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_prometheus_accepts_the_rules():
    said = promtool("check", "rules", str(ALERTS))
    assert f"SUCCESS: {len(rules())} rules found" in said


def test_prometheus_accepts_what_the_dashboard_asks(tmp_path: Path):
    asked = [one for one in expressions() if not one.startswith(("label_values", "prometheus"))]
    # As recording rules, which the judge of rules can read.
    written = [
        {"record": f"panel:{at}", "expr": one.replace("$__rate_interval", "5m")}
        for at, one in enumerate(asked)
    ]
    panels = tmp_path / "panels.yaml"
    panels.write_text(json.dumps({"groups": [{"name": "panels", "rules": written}]}))
    promtool("check", "rules", str(panels))


RULE_TESTS = """
rule_files: [{alerts}]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {{series: 'syncd_effects_parked', values: '0x10 2x60'}}
      - {{series: 'syncd_config_last_reload_successful', values: '1x10 0x20 1x40'}}
      - {{series: 'syncd_mailbox_lag_seconds{{mailbox="a@x"}}', values: '4000x70'}}
      - {{series: 'syncd_mailbox_unread{{mailbox="a@x"}}', values: '0x70'}}
      - {{series: 'syncd_mailbox_lag_seconds{{mailbox="b@x"}}', values: '4000x70'}}
      - {{series: 'syncd_mailbox_unread{{mailbox="b@x"}}', values: '900x70'}}
    alert_rule_test:
      - {{eval_time: 9m, alertname: SyncdEffectsParked, exp_alerts: []}}
      - eval_time: 40m
        alertname: SyncdEffectsParked
        exp_alerts:
          - exp_labels: {{severity: warning}}
            exp_annotations:
              summary: 2 effects were refused by a service and wait for a person
              runbook: RUNBOOK.md#effects-parked
      - eval_time: 20m
        alertname: SyncdReloadFailed
        exp_alerts:
          - exp_labels: {{severity: warning}}
            exp_annotations:
              summary: The settings file is wrong; the old settings go on
              runbook: RUNBOOK.md#reload-failed
      - {{eval_time: 60m, alertname: SyncdReloadFailed, exp_alerts: []}}
      - eval_time: 60m
        alertname: SyncdLagging
        exp_alerts:
          - exp_labels: {{severity: warning, mailbox: a@x}}
            exp_annotations:
              summary: Mail of a@x is not in the CRM after 1h 6m 40s
              runbook: RUNBOOK.md#backlog-growing
      - eval_time: 10m
        alertname: SyncdDown
        exp_alerts:
          - exp_labels: {{severity: critical}}
            exp_annotations:
              summary: syncd is not there, or decides nothing any more
              description: Nothing is lost, and all is caught up with.
              runbook: RUNBOOK.md#nothing-seems-to-happen
"""


def test_alerts_fire_when_they_should_and_not_before(tmp_path: Path):
    tests = tmp_path / "tests.yaml"
    tests.write_text(RULE_TESTS.format(alerts=ALERTS))
    promtool("test", "rules", str(tests))
