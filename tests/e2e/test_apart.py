"""The sandbox in a process of its own: one clock, answers and refusals as if it were here."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime

import pytest
import requests

from syncd.sandbox.apart import Apart, SandboxDied
from syncd.sandbox.faults import BadRule
from syncd.wiring import simulators

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAYA = "maya@brightlink.example"


@pytest.fixture
def box():
    with Apart(simulators, START) as box:
        yield box


def test_services_commands_and_the_clock_are_reached_from_here(box: Apart):
    box.control("gmail", "add_mailbox", {"address": MAYA})
    box.clock.advance(90)
    clock = requests.get(f"{box.url('control')}/api/clock", timeout=10).json()
    assert clock == {"now": "2026-03-02T09:01:30+00:00", "frozen": True}
    assert box.clock.now().isoformat() == clock["now"]
    refused = requests.get(f"{box.url('gmail')}/gmail/v1/users/{MAYA}/profile", timeout=10)
    assert refused.status_code == 401
    assert set(box.addresses) >= {"control", "gmail", "hubspot", "teamwork"}
    with pytest.raises(ValueError, match="nobody"):
        box.control("teamwork", "person_completes", {"task": "nobody"})


def test_what_is_to_go_wrong_is_said_from_here(box: Apart):
    rule = {"kind": "status", "service": "hubspot", "status": 503}
    box.trouble({"seed": 3, "rules": [rule]})
    assert requests.get(box.url("hubspot"), timeout=10).status_code == 503
    assert box.faults()["rules"][0]["hit"] == 1
    box.trouble(None)
    assert requests.get(box.url("hubspot"), timeout=10).status_code == 401
    with pytest.raises(BadRule, match="no service is called 'gmial'"):
        box.trouble({"rules": [{**rule, "service": "gmial"}]})


def test_a_sandbox_that_died_is_said_and_not_waited_for(box: Apart):
    assert box.url("gmail")
    assert box._process.pid is not None
    os.kill(box._process.pid, signal.SIGKILL)
    with pytest.raises(SandboxDied):
        box.control("teamwork", "board")
