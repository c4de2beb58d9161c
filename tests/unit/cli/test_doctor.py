"""What `syncd doctor` prints and ends with."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from syncd.engine import doctor
from syncd.ports.manifest import Finding, State
from tests.unit.cli.conftest import Ended
from tests.unit.settings.sample import GOOD

WELL = Finding("crm.owners", State.OK, "is known there", "maya@b.example")
WARNED = Finding("state.disk", State.WARN, "200 MB free", "/var", "make room")
ILL = Finding("crm.ready", State.FAIL, "missing: a thing", "property:x", "`syncd setup`")
LEFT = Finding("webhooks.reachable", State.SKIPPED, "not configured")


@pytest.fixture
def look(syncd, monkeypatch, tmp_path) -> Callable[..., Ended]:
    """Run the command with these findings."""
    (tmp_path / "syncd.yaml").write_text(GOOD)
    root: Any = sys.modules["syncd.app"]
    root.Wish = lambda command: command
    root.patient = lambda _settings, wish: wish

    def run(*found: Finding, args: tuple[str, ...] = ()) -> Ended:
        def examine(patient: str, *, online: bool) -> Iterator[Finding]:
            assert (patient, online) == ("doctor", "--offline" not in args)
            yield from found

        monkeypatch.setattr(doctor, "examine", examine)
        ended: Ended = syncd("doctor", *args)
        return ended

    return run


def test_every_finding_is_a_line_and_its_remedy_another(look):
    ended = look(WELL, WARNED, ILL, LEFT)
    assert ended.out.splitlines() == [
        "ok       crm.owners maya@b.example: is known there",
        "warn     state.disk /var: 200 MB free",
        "         -> make room",
        "fail     crm.ready property:x: missing: a thing",
        "         -> `syncd setup`",
        "skipped  webhooks.reachable: not configured",
        "1 ok, 1 warn, 1 fail, 1 skipped.",
    ]


@pytest.mark.parametrize(
    ("found", "args", "code", "worst"),
    [
        ([WELL, LEFT], [], 0, "ok"),
        ([WELL, WARNED], [], 0, "warn"),
        ([WELL, WARNED], ["--strict"], 1, "warn"),
        ([WARNED, ILL, WELL], [], 1, "fail"),
        ([WELL], ["--offline"], 0, "ok"),
    ],
)
def test_it_ends_by_the_worst(look, found, args, code, worst):
    assert look(*found, args=tuple(args)).code == code
    ended = look(*found, args=(*args, "--json"))
    told = json.loads(ended.out)
    assert (ended.code, told["ok"], told["worst"]) == (code, code == 0, worst)


def test_programs_get_every_field(look):
    told = json.loads(look(ILL, args=("--json",)).out)
    assert told["checks"] == [
        {
            "name": "crm.ready",
            "subject": "property:x",
            "state": "fail",
            "words": "missing: a thing",
            "remedy": "`syncd setup`",
        }
    ]


def test_settings_that_cannot_be_read_are_told_first(syncd, tmp_path):
    (tmp_path / "syncd.yaml").write_text("team: 3")
    root: Any = sys.modules["syncd.app"]
    root.Wish = root.patient = None
    assert syncd("doctor").code == 78


def test_what_a_service_says_cannot_rewrite_the_terminal(look):
    ended = look(Finding("a", State.FAIL, "\x1b[2Jbad", "", "x"))
    assert "\x1b" not in ended.out
