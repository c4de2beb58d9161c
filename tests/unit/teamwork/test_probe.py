from __future__ import annotations

import pytest
import requests

from connectors.teamwork import MANIFEST
from syncd.ports.manifest import State, Toolbox, Wants
from syncd.ports.simulator import Answer, Request
from tests.support.transport import SimulatorTransport


@pytest.fixture
def probe(settings, clock, simulator):
    transport = SimulatorTransport({"teamwork": simulator})

    def probe(before=None, **changes):
        if before is not None:
            transport.before = before
        tools = Toolbox(clock, transport=transport)
        assert MANIFEST.probe is not None
        return {
            finding.name.removeprefix("teamwork."): finding
            for finding in MANIFEST.probe(settings.model_copy(update=changes), tools, Wants())
        }

    return probe


def test_a_good_site_says_who_we_are_and_where_marks_go(probe):
    found = probe()
    assert "syncd@sandbox.example" in found["access"].words
    assert found["tasks"].state is State.OK
    assert "marks go into one" in found["custom_fields"].words


def test_a_key_in_the_clear_is_warned_of_but_not_on_this_machine(probe):
    assert probe()["url"].state is State.FAIL
    assert "https://" in probe()["url"].remedy
    for url in ("https://teamwork.test", "http://localhost:4403", "http://127.0.0.1:4403"):
        assert "url" not in probe(before=lambda _request: Answer(503), url=url)


def test_a_plan_without_custom_fields_is_fine(probe, simulator):
    simulator.control("custom_fields", {"value": 402})
    finding = probe()["custom_fields"]
    assert finding.state is State.OK
    assert "descriptions" in finding.words


@pytest.mark.parametrize(("status", "word"), [(401, "API key"), (404, "url"), (500, "network")])
def test_what_is_wrong_comes_with_its_remedy(probe, simulator, status, word):
    simulator.control("fault", {"status": status})
    found = probe()
    assert found["access"].state is State.FAIL
    assert word in found["access"].remedy
    assert "tasks" not in found


def test_a_site_that_does_not_answer_is_a_finding(probe):
    def refuse(_request):
        raise requests.ConnectTimeout("no route")

    assert probe(before=refuse)["access"].state is State.FAIL


def test_a_missing_key_is_a_finding(probe, monkeypatch):
    monkeypatch.delenv("TEAMWORK_API_KEY")
    found = probe()
    assert found["access"].state is State.FAIL
    assert "TEAMWORK_API_KEY" in found["access"].remedy


def test_the_sites_limit_is_told_and_warned_of_when_others_use_it_up(probe, simulator):
    simulator.control("limits", {"per_minute": 300, "enforce": True})
    found = probe()["limits"]
    assert (found.state, found.words[:29]) == (State.OK, "300 calls a minute for the wh")
    simulator.control("limits", {"per_minute": 30, "enforce": True})
    for _ in range(26):
        simulator.handle(Request("GET", "/projects/api/v3/me.json"))
    found = probe()["limits"]
    assert (found.state, found.words[:21]) == (State.WARN, "30 calls a minute for")
    assert "calls_per_minute" in found.remedy


@pytest.mark.parametrize(("name", "path"), [("tasks", "/tasks"), ("custom_fields", "customfields")])
def test_one_thing_that_cannot_be_read_hides_no_other(probe, simulator, name, path):
    simulator.control("fault", {"path": path, "status": 502})
    found = probe()
    assert [one for one, finding in found.items() if finding.remedy] == ["url", name]
    assert "network" in found[name].remedy
    assert found["access"].state is State.OK
