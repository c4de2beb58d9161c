"""`syncd doctor` on real services, before and after they are set up."""

from __future__ import annotations

import re

import pytest

from tests.e2e.processes import MAYA, TOM, Home, Services


def checks(ended) -> dict[tuple[str, str], dict[str, str]]:
    return {(one["name"], one["subject"]): one for one in ended.json["checks"]}


def test_on_a_sandbox_that_was_set_up_it_finds_nothing_wrong(services: Services, home: Home):
    before = home.here("doctor")
    assert before.code == 1
    assert "-> `syncd setup` shows what is missing and makes it" in before.out
    assert home.here("setup", "--yes").code == 0
    made = services.snapshot()["simulators"]
    after = home.syncd("doctor")
    assert after.code == 0, after.out
    assert " fail" not in after.out
    assert " warn" not in after.out
    assert "-> " not in after.out
    assert services.snapshot()["simulators"] == made
    assert home.here("doctor", "--strict").code == 0


def test_a_service_whose_clock_is_wrong_is_told_by_how_much(services: Services, settled: Home):
    services.tell("faults", seed=1, rules=[], skew={"teamwork": 600})
    ended = settled.here("doctor", "--json")
    found = checks(ended)
    assert ended.code == 1
    assert found["clock.skew", "teamwork"]["state"] == "fail"
    assert re.search(r"(599|600) seconds behind", found["clock.skew", "teamwork"]["words"])
    assert found["clock.skew", "hubspot"]["state"] == "ok"


@pytest.mark.parametrize("service", ["gmail", "hubspot", "teamwork"])
def test_a_service_that_hangs_up_hides_no_other(services: Services, settled: Home, service: str):
    services.fault({"kind": "reset_before", "service": service})
    found = checks(settled.here("doctor", "--json"))
    states = {
        "gmail": found["gmail.delegation", TOM]["state"],
        "hubspot": found["hubspot.access", ""]["state"],
        "teamwork": found["teamwork.access", ""]["state"],
    }
    assert {name for name, state in states.items() if state == "fail"} == {service}


def test_it_looks_beside_a_running_daemon_and_one_mailbox_locked(services: Services, settled: Home):
    services.tell("gmail/revoke", mailbox=MAYA)
    ended = settled.here("doctor", "--json")
    found = checks(ended)
    assert ended.code == 1
    assert found["gmail.delegation", MAYA]["remedy"]
    assert found["gmail.access", TOM]["state"] == "ok"
