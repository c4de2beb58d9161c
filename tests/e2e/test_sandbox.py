"""The sandbox over real sockets: in this process, and as a process of its own."""

from __future__ import annotations

import base64
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.gmail.simulator import GmailSimulator
from connectors.hubspot.simulator import HubSpotSimulator
from connectors.teamwork.simulator import TeamworkSimulator
from syncd.ports.simulator import Simulator
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.config_out import ConfigOut, write_config
from syncd.sandbox.server import PortTaken, Sandbox
from tests.support.pretend import PretendSimulator

ME = "me@my.example"
SYNCD = [sys.executable, "-c", "import sys; from syncd.cli.main import main; sys.exit(main())"]


@pytest.fixture
def pretend():
    return PretendSimulator("gmail")


@pytest.fixture
def sandbox(pretend):
    with Sandbox({"gmail": pretend}, SandboxClock()) as started:
        yield started


def _fault(sandbox: Sandbox, kind: str, **rule: Any) -> None:
    rules = {"seed": 1, "rules": [{"kind": kind, **rule}]}
    assert requests.post(f"{sandbox.url('control')}/api/faults", json=rules, timeout=5).ok


def test_calls_reach_the_simulator_over_one_kept_connection(sandbox, pretend):
    with requests.Session() as session:
        session.trust_env = False
        for number in range(20):
            session.post(sandbox.url("gmail"), data=str(number), timeout=5)
        answer = session.get(sandbox.url("gmail"), timeout=5)
    assert answer.json() == [str(number) for number in range(20)]
    assert {request.headers["host"] for request in pretend.requests} == {
        sandbox.url("gmail").removeprefix("http://")
    }


def test_small_answers_do_not_wait_for_the_network_to_fill_a_packet(sandbox):
    # What asyncio turns Nagle's algorithm off for: with it each takes 40 ms.
    assert {one.proto for one in sandbox._sockets.values()} == {socket.IPPROTO_TCP}


def test_large_bodies_pass_both_ways(sandbox):
    text = "x" * 12_000_000
    answer = requests.post(sandbox.url("gmail"), data=text, timeout=30)
    assert answer.json() == [text]


def test_only_this_machine_is_listened_to(sandbox):
    for address in sandbox.addresses.values():
        assert address.startswith("http://127.0.0.1:")
    port = int(sandbox.url("gmail").rpartition(":")[2])
    # 127.0.0.2 is this machine too, but not the address that was bound.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=2)


def test_a_reset_before_is_seen_as_a_reset_and_nothing_was_done(sandbox, pretend):
    _fault(sandbox, "reset_before", method="POST")
    with pytest.raises(requests.ConnectionError, match=r"[Rr]eset"):
        requests.post(sandbox.url("gmail"), data="x", timeout=5)
    assert pretend.lines == []


def test_a_reset_after_is_seen_as_a_reset_and_it_was_done(sandbox, pretend):
    _fault(sandbox, "reset_after", method="POST", times=1)
    with pytest.raises(requests.ConnectionError, match=r"[Rr]eset"):
        requests.post(sandbox.url("gmail"), data="x", timeout=5)
    assert requests.get(sandbox.url("gmail"), timeout=5).json() == ["x"]


def test_half_an_answer_breaks_off(sandbox, pretend):
    _fault(sandbox, "half_answer", method="POST")
    with pytest.raises(requests.RequestException, match="IncompleteRead"):
        requests.post(sandbox.url("gmail"), data="x" * 100, timeout=5)
    assert pretend.lines == ["x" * 100]


def test_a_lost_answer_never_comes_though_it_was_done(sandbox, pretend):
    _fault(sandbox, "lose_answer")
    with pytest.raises(requests.ReadTimeout):
        requests.post(sandbox.url("gmail"), data="x", timeout=0.2)
    assert pretend.lines == ["x"]


def test_a_slow_answer_comes_late(sandbox):
    _fault(sandbox, "slow", seconds=0.3)
    began = time.monotonic()
    assert requests.get(sandbox.url("gmail"), timeout=5).ok
    assert time.monotonic() - began >= 0.3


def test_the_same_seed_lets_the_same_calls_fail_again(sandbox):
    def fates() -> list[int]:
        _fault(sandbox, "status", rate=0.4, status=502, format="html")
        answers = (requests.get(f"{sandbox.url('gmail')}/{n % 3}", timeout=5) for n in range(30))
        return [answer.status_code for answer in answers]

    first = fates()
    assert set(first) == {200, 502}
    assert fates() == first


def test_stopping_does_not_wait_for_those_who_wait_for_ever(pretend, monkeypatch):
    monkeypatch.setattr("syncd.sandbox.server._GRACE_SECONDS", 600)
    sandbox = Sandbox({"gmail": pretend}, SandboxClock())
    sandbox.start()
    _fault(sandbox, "black_hole")
    port = int(sandbox.url("gmail").rpartition(":")[2])
    waiting = socket.create_connection(("127.0.0.1", port), timeout=5)
    waiting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    deadline = time.monotonic() + 60
    while not sandbox.traffic.total("gmail"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    ending = threading.Thread(target=sandbox.stop, daemon=True)
    ending.start()
    ending.join(60)
    assert not ending.is_alive()
    waiting.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_commands_from_this_process_run_between_two_requests(sandbox, pretend):
    assert sandbox.control("gmail", "remember", {"line": "a"}) == {"lines": 1}
    assert sandbox.call(lambda: list(pretend.lines)) == ["a"]
    with pytest.raises(KeyError):
        sandbox.control("gmail", "forget")


def test_a_taken_port_is_named_with_the_remedy_and_the_others_are_let_go(pretend):
    with Sandbox({"gmail": pretend}, SandboxClock()) as first:
        control = int(first.url("control").rpartition(":")[2])
        with pytest.raises(PortTaken, match=rf"port {control} \(for control\).*--port 0"):
            Sandbox({"gmail": pretend}, SandboxClock(), port=control).bind()
        taken = int(first.url("gmail").rpartition(":")[2])
        with pytest.raises(PortTaken, match=rf"port {taken} \(for gmail\)"):
            Sandbox({"gmail": pretend}, SandboxClock(), port=taken - 1).bind()
        with socket.socket() as probe:  # the port before was let go again
            probe.bind(("127.0.0.1", taken - 1))


def test_the_documented_ports_follow_in_order_whatever_order_they_are_given_in():
    given = {name: PretendSimulator(name) for name in ("other", "teamwork", "gmail", "hubspot")}
    sandbox = Sandbox(given, SandboxClock())
    assert list(sandbox.simulators) == ["gmail", "hubspot", "teamwork", "other"]


def test_a_sandbox_can_be_started_again(pretend):
    sandbox = Sandbox({"gmail": pretend}, SandboxClock())
    for _ in range(2):
        with sandbox:
            assert requests.get(sandbox.url("gmail"), timeout=5).ok


@pytest.fixture
def services():
    clock = SandboxClock(datetime(2026, 11, 25, 8, 30, tzinfo=UTC), frozen=True)
    simulators: dict[str, Simulator] = {
        "gmail": GmailSimulator(clock),
        "hubspot": HubSpotSimulator(clock),
        "teamwork": TeamworkSimulator(clock),
    }
    with Sandbox(simulators, clock) as started:
        yield started


def _deliver(services: Sandbox, subject: str) -> None:
    raw = base64.b64encode(f"From: a@b.example\r\nSubject: {subject}\r\n\r\nHi\r\n".encode())
    item = {"mailbox": ME, "raw": raw.decode(), "at": "2026-11-24T10:00:00Z"}
    url = f"{services.url('control')}/api/gmail/deliver_many"
    assert requests.post(url, json={"items": [item]}, timeout=5).ok


def test_the_three_services_answer_with_the_sandboxs_keys(services):
    services.control("gmail", "add_mailbox", {"address": ME})
    _deliver(services, "hello")
    gmail = requests.get(
        f"{services.url('gmail')}/gmail/v1/users/me/messages",
        headers={"Authorization": f"Bearer sandbox:{ME}"},
        timeout=5,
    )
    assert len(gmail.json()["messages"]) == 1
    hubspot = requests.get(
        f"{services.url('hubspot')}/crm/owners/2026-09",
        headers={"Authorization": "Bearer pat-sandbox"},
        timeout=5,
    )
    assert hubspot.json()["results"] == []
    teamwork = requests.get(
        f"{services.url('teamwork')}/projects/api/v3/projects.json",
        auth=("twp_sandbox", "x"),
        timeout=5,
    )
    assert teamwork.json()["projects"] == []
    # The services' times are the sandbox's.
    assert gmail.headers["date"] == hubspot.headers["date"] == "Wed, 25 Nov 2026 08:30:00 GMT"


def test_the_written_key_lets_googles_own_library_in(services, tmp_path):
    from google.auth.transport.requests import Request
    from google.oauth2.service_account import Credentials

    services.control("gmail", "add_mailbox", {"address": ME})
    written = write_config(tmp_path / "s.yaml", services.addresses, ConfigOut([ME]))
    load: Any = Credentials.from_service_account_file  # untyped
    credentials = load(
        str(written[1]), scopes=["https://www.googleapis.com/auth/gmail.modify"], subject=ME
    )
    with requests.Session() as session:
        credentials.refresh(Request(session))
    profile = requests.get(
        f"{services.url('gmail')}/gmail/v1/users/me/profile",
        headers={"Authorization": f"Bearer {credentials.token}"},
        timeout=5,
    )
    assert profile.json()["emailAddress"] == ME


def test_everything_can_be_saved_and_brought_back(services):
    control = services.url("control")
    services.control("gmail", "add_mailbox", {"address": ME})
    _deliver(services, "kept")
    saved = requests.get(f"{control}/api/snapshot", timeout=5).json()
    assert "kept" in requests.get(f"{control}/mail/{ME}", timeout=5).text
    _deliver(services, "forgotten")
    assert "forgotten" in requests.get(f"{control}/mail/{ME}", timeout=5).text
    assert requests.post(f"{control}/api/restore", json=saved, timeout=5).ok
    page = requests.get(f"{control}/mail/{ME}", timeout=5).text
    assert "kept" in page
    assert "forgotten" not in page


class Process:
    """`syncd sandbox` as a process of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.file = folder / "addresses.json"
        args = [*SYNCD, "sandbox", "--port", "0", "--addresses-out", str(self.file), *options]
        self.process = subprocess.Popen(
            args, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def addresses(self) -> dict[str, str]:
        deadline = time.monotonic() + 30
        while not self.file.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        addresses: dict[str, str] = json.loads(self.file.read_text())
        return addresses

    def end(self, how: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err


@pytest.fixture
def started(tmp_path):
    running: list[Process] = []

    def start(*options: str) -> Process:
        running.append(Process(tmp_path, *options))
        return running[-1]

    yield start
    for each in running:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_the_example_until_it_is_ended(started, how):
    process = started()
    addresses = process.addresses()
    assert addresses["pid"] == process.process.pid
    told = requests.get(f"{addresses['control']}/api/", timeout=5).json()
    assert list(told["simulators"]) == ["gmail", "hubspot", "teamwork", "webcheck"]
    assert "deliver_many" in told["simulators"]["gmail"]["commands"]
    assert "127" in requests.get(addresses["control"], timeout=5).text
    code, out, err = process.end(how)
    assert (code, err) == (0, "")
    assert f"Sandbox at {addresses['control']}" in out
    assert "maya@brightlink.example 51" in out


def test_the_command_serves_somebodys_own_mail_with_settings_to_match(started, tmp_path):
    mbox = tmp_path / "all.mbox"
    message = "From: {}\nTo: {}\nSubject: {}\nDate: Wed, 14 Aug 2002 02:16:52 -0400\n\nHi\n\n"
    separator = "From x@y Sun Nov 22 21:31:09 2026\n"
    mbox.write_text(
        separator
        + message.format("a@b.example", ME, "one")
        + separator
        + message.format(ME, "a@b.example", "two")
    )
    options = ("--mail", str(mbox), "--me", ME, "--shift-to", "2026-11-20")
    config = tmp_path / "own.yaml"
    process = started(*options, "--config-out", str(config), "--json")
    addresses = process.addresses()
    answer = requests.get(
        f"{addresses['gmail']}/gmail/v1/users/me/messages",
        params={"q": "after:2026/11/18 in:sent"},
        headers={"Authorization": f"Bearer sandbox:{ME}"},
        timeout=5,
    )
    assert len(answer.json()["messages"]) == 1
    assert addresses["gmail"] in config.read_text()
    checked = subprocess.run(
        [*SYNCD, "validate", "--secrets", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    code, out, _ = process.end(signal.SIGTERM)
    assert code == 0
    told = json.loads(out)
    assert told["seeded"] == {"messages": 2, "copies": {ME: 2}}
    assert told["addresses"]["gmail"] == addresses["gmail"]


def test_the_command_serves_empty_mailboxes_with_the_faults_of_a_file(started, tmp_path):
    rule = "{kind: status, service: hubspot, status: 429, variant: DAILY}"
    file = tmp_path / "faults.yaml"
    file.write_text(f"seed: 7\nrules: [{rule}]\nskew: {{gmail: -90}}\n")
    process = started("--empty", "--me", ME, "--faults", str(file))
    addresses = process.addresses()
    refused = requests.get(f"{addresses['hubspot']}/crm/v3/owners", timeout=5)
    assert (refused.status_code, refused.json()["policyName"]) == (429, "DAILY")
    told = requests.get(f"{addresses['control']}/api/faults", timeout=5).json()
    assert (told["seed"], told["skew"], told["rules"][0]["hit"]) == (7, {"gmail": -90.0}, 1)
    assert "0 messages in 1 mailbox" in _words(requests.get(addresses["control"], timeout=5).text)
    assert "Empty mailboxes: me@my.example." in process.end(signal.SIGTERM)[1]


def _words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())
