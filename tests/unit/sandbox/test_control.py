from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from syncd.ports.simulator import Request
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.control import ControlApi
from syncd.sandbox.faults import Faults
from syncd.sandbox.index import Pages
from syncd.sandbox.serving import Exchange, Traffic
from tests.support.pretend import PretendSimulator

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Port:
    def __init__(self) -> None:
        self.pretend = PretendSimulator("basecamp")
        self.clock = SandboxClock(START, frozen=True)
        self.faults = Faults()
        self.traffic = Traffic()
        simulators = {"basecamp": self.pretend}
        addresses = {"control": "http://127.0.0.1:1", "basecamp": "http://127.0.0.1:2"}
        pages = Pages(simulators, self.clock, addresses, self.traffic)
        self.api = ControlApi(
            simulators, self.clock, self.faults, self.traffic, addresses=addresses, pages=pages
        )

    def ask(self, method, path, body=None, *, raw=None, **headers):
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        asked = tuple(tuple(each.split("=")) for each in query.split("&") if each)
        answer = self.api.handle(Request(method, path, asked, headers, content))
        return answer.status, json.loads(answer.body)


@pytest.fixture
def port() -> Port:
    return Port()


def test_the_listing_says_what_there_is(port):
    status, told = port.ask("GET", "/api/")
    assert status == 200
    assert told["simulators"]["basecamp"] == {
        "address": "http://127.0.0.1:2",
        "commands": ["remember", "stats"],
        "requests": 0,
    }


def test_a_command_reaches_the_simulator(port):
    assert port.ask("POST", "/api/basecamp/remember", {"line": "a"}) == (200, {"lines": 1})
    assert port.ask("GET", "/api/basecamp/stats") == (200, {"lines": 1})


def test_an_unknown_command_is_answered_with_the_known_ones(port):
    status, told = port.ask("POST", "/api/basecamp/forget", {})
    assert (status, told["known"]) == (404, ["remember", "stats"])


def test_a_command_without_what_it_needs_is_not_called_unknown(port):
    status, told = port.ask("POST", "/api/basecamp/remember", {})
    assert (status, told["error"]) == (400, "basecamp remember: 'line' is missing, or not known")


def test_an_unknown_simulator_is_answered_with_the_known_ones(port):
    status, told = port.ask("POST", "/api/gmail/add_mailbox", {})
    assert (status, list(told["simulators"])) == (404, ["basecamp"])


@pytest.mark.parametrize("raw", [b"{", b"[1]", b"\xff"])
def test_what_is_not_a_json_object_is_refused(port, raw):
    assert port.ask("POST", "/api/basecamp/remember", raw=raw)[0] == 400


def test_a_wrong_method_is_told_the_right_ones(port):
    assert port.ask("GET", "/api/restore")[1]["error"] == "/api/restore takes POST"
    assert port.ask("GET", "/api/basecamp/remember")[0] == 405


def test_a_snapshot_restored_brings_everything_back(port):
    port.ask("POST", "/api/basecamp/remember", {"line": "kept"})
    saved = port.ask("GET", "/api/snapshot")[1]
    port.ask("POST", "/api/basecamp/remember", {"line": "later"})
    port.ask("POST", "/api/clock", {"advance": 60})
    assert port.ask("POST", "/api/restore", saved) == (200, {"restored": ["basecamp"]})
    assert port.pretend.lines == ["kept"]
    assert port.clock.now() == START


def test_a_snapshot_of_something_else_is_refused(port):
    assert port.ask("POST", "/api/restore", {"simulators": {"gmail": {}}})[0] == 400
    assert port.ask("POST", "/api/restore", {})[0] == 400


def test_the_clock_is_read_moved_set_frozen_and_let_go(port):
    assert port.ask("GET", "/api/clock")[1] == {"now": START.isoformat(), "frozen": True}
    assert port.ask("POST", "/api/clock", {"advance": 90})[0] == 200
    assert port.clock.now() == START + timedelta(seconds=90)
    port.ask("POST", "/api/clock", {"set": "2027-01-01T00:00:00Z"})
    assert port.clock.now() == datetime(2027, 1, 1, tzinfo=UTC)
    assert port.ask("POST", "/api/clock", {"frozen": False})[1]["frozen"] is False


@pytest.mark.parametrize(
    "body", [{}, {"forward": 1}, {"advance": "1"}, {"set": "soon"}, {"set": "2027-01-01"}]
)
def test_a_time_that_makes_no_sense_is_refused(port, body):
    assert port.ask("POST", "/api/clock", body)[0] == 400
    assert port.clock.now() == START


def test_faults_are_set_shown_and_cleared(port):
    rules = {"seed": 7, "rules": [{"kind": "slow", "service": "basecamp", "seconds": 1}]}
    status, told = port.ask("POST", "/api/faults", rules)
    assert (status, told["seed"], told["rules"][0]["hit"]) == (200, 7, 0)
    assert port.faults.pick("basecamp", Request("GET", "/")) is not None
    assert port.ask("GET", "/api/faults")[1]["rules"][0]["hit"] == 1
    assert port.ask("DELETE", "/api/faults")[1]["rules"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rules": [3]},
        {"rules": [], "seed": "x"},
        {"rules": [{"kind": "explode"}]},
        {"rules": [{"kind": "slow", "service": "gmail"}]},
    ],
)
def test_faults_that_make_no_sense_are_refused(port, body):
    assert port.ask("POST", "/api/faults", body)[0] == 400


def test_the_latest_calls_are_listed_newest_first(port):
    for number in range(3):
        port.traffic.note(Exchange("basecamp", "GET", f"/{number}", 200, 0.1))
    told = port.ask("GET", "/api/requests?limit=2")[1]
    assert told["totals"] == {"basecamp": 3}
    assert [each["path"] for each in told["recent"]] == ["/2", "/1"]
    assert port.ask("GET", "/api/requests?limit=all")[0] == 400


def test_pages_of_other_sites_cannot_steer_it(port):
    assert port.ask("GET", "/api/", host="evil.example:4400")[0] == 403
    assert (
        port.ask("DELETE", "/api/faults", host="localhost:1", origin="https://evil.example")[0]
        == 403
    )
    assert port.ask("GET", "/api/", host="localhost:4400", origin="http://127.0.0.1:4400")[0] == 200
    assert port.ask("GET", "/api/", host="[::1]:4400")[0] == 200


def test_pages_are_only_read(port):
    assert port.ask("PUT", "/", {})[0] == 405
