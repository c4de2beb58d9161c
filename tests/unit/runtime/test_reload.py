"""Settings read again: a good file takes effect between turns, a bad one changes nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog

from syncd.settings.settings import Settings
from tests.support.asgi import Visitor
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office
from tests.unit.web.conftest import Running

LONG = 20.0


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    theirs = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in theirs}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    return office


@pytest.fixture
def running(office: Office) -> Iterator[Running]:
    with ExitStack() as stack:
        running = Running(office, stack)
        running.turn()
        yield running


def write(running: Running, old: str, new: str) -> None:
    config = running.office.folder / "syncd.yaml"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))


def settings(running: Running) -> Settings:
    return running.daemon._standing.settings


def gauge(running: Running, name: str) -> float:
    [found] = re.findall(rf"^{name} (\S+)$", running.house.metrics().decode(), re.MULTILINE)
    return float(found)


BAD = [
    ("team:", "tem:", "is not known"),
    ("steps: [3 business days", "steps: [soon", "is not a span"),
    ("follow_up:", "follow_up: [", "syncd.yaml:"),
    ("{file: token}", "{file: gone}", "gone"),
]


@pytest.mark.parametrize(("old", "new", "words"), BAD)
def test_a_bad_file_changes_nothing_and_is_told(running: Running, old: str, new: str, words: str):
    before, ports = settings(running), running.works.ctx.ports
    rules = running.works.ctx.rules
    write(running, old, new)
    with structlog.testing.capture_logs() as logs:
        assert running.daemon._reload() is None
    assert settings(running) is before
    assert (running.works.ctx.ports, running.works.ctx.rules) == (ports, rules)
    assert gauge(running, "syncd_config_last_reload_successful") == 0
    [told] = [entry for entry in logs if entry["event"] == "reload_failed"]
    assert words in " ".join(told["problems"])
    page = running.visitor().get("/").text
    assert "The settings file is wrong" in page
    running.daemon._watch()
    assert "<b>reload</b> settings" in running.visitor().get("/").text


def test_a_file_mended_is_taken_and_the_trouble_is_over(running: Running):
    write(running, "team:", "tem:")
    running.daemon._reload()
    running.daemon._watch()
    write(running, "tem:", "team:")
    running.office.clock.advance(60)
    assert running.daemon._reload() is not None
    running.daemon._watch()
    assert gauge(running, "syncd_config_last_reload_successful") == 1
    at = gauge(running, "syncd_config_last_reload_success_timestamp_seconds")
    assert at == running.office.clock.now().timestamp()
    assert "wrong" not in running.visitor().get("/").text


def test_new_rules_take_effect_on_what_was_seen_before(running: Running):
    assert len(running.office.open_tasks()) == 1
    running.office.wrote(f"Bob <{BOB}>", 2, "p2@brightlink.example")
    running.turn()
    assert len(running.office.open_tasks()) == 1
    write(running, "steps: [3 business days", "steps: [1 business days")
    running.daemon._reload()
    running.works.settle()
    assert len(running.office.open_tasks()) == 2


def test_a_new_mailbox_is_read_and_one_taken_out_is_not(office: Office):
    with ExitStack() as stack:
        office.text = office.text.replace(f"[{MAYA}, {TOM}]", f"[{MAYA}]")
        running = Running(office, stack)
        running.turn()
        office.got(f"Bob <{BOB}>", 1, "t1@x", mailbox=TOM, subject="Hello Tom")
        office.got(f"Bob <{BOB}>", 1, "m1@x", mailbox=MAYA, subject="Hello Maya")
        write(running, f"[{MAYA}]", f"[{TOM}]")
        assert running.daemon._reload() is not None
        running.works.turn()
        assert list(running.works.ctx.ports.mail) == [TOM]
        assert "Hello Tom" in office.emails()
        assert "Hello Maya" not in office.emails()
        assert ("gmail", TOM) in running.house.budgets()
        assert ("gmail", MAYA) not in running.house.budgets()


def test_a_new_secret_behind_the_same_reference_lets_in_at_once(running: Running):
    office = running.office
    (office.folder / "token").write_text("expired")
    running.daemon._reload()
    office.got(f"Bob <{BOB}>", 0, "n1@x", subject="Late")
    running.turn()
    assert running.works.ctx.is_paused("crm")
    assert any(one.startswith("crm: ") for one in running.house.ready().told["notes"])
    (office.folder / "token").write_text("pat-sandbox")
    running.daemon._reload()
    assert not running.works.ctx.is_paused("crm")
    office.clock.advance(60)
    running.turn()
    assert "Late" in office.emails()


def test_what_needs_a_restart_is_said(running: Running):
    config = running.office.folder / "syncd.yaml"
    more = "store: other.db\nrun: {workers: 9, poll: 5 minutes}\nweb: {listen: off}\n"
    config.write_text(config.read_text() + more)
    pace = running.daemon._reload()
    assert pace is not None
    assert pace.poll == 300
    words = running.visitor().get("/").text
    assert "taking effect with the next restart: store, web, run.workers." in words


def at_work(running: Running, act: Callable[[], None]) -> None:
    """Run the loop while another thread acts, then ends it."""
    failures: list[BaseException] = []

    def watch() -> None:
        try:
            wait(lambda: running.dials.pulse.turns > 1)
            act()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=watch)
    watcher.start()
    running.daemon._loop.run()
    watcher.join()
    if failures:
        raise failures[0]


def wait(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def test_a_signal_has_the_file_read(running: Running):
    def act() -> None:
        write(running, "steps: [3 business days", "steps: [4 business days")
        os.kill(os.getpid(), signal.SIGHUP)
        wait(lambda: "4 business days" in settings(running).waits_of(""))
        write(running, "team:", "tem:")
        os.kill(os.getpid(), signal.SIGHUP)
        wait(lambda: running.daemon._standing.reloaded.problems)

    at_work(running, act)
    assert "4 business days" in settings(running).waits_of("")


def test_a_program_has_the_file_read_and_hears_how_it_went(running: Running):
    said: list[tuple[int, Any]] = []

    def ask() -> None:
        reply = Visitor(running.app).ask("POST", "/-/reload", b"", {})
        said.append((reply.status, json.loads(reply.body)))

    def act() -> None:
        ask()
        write(running, "team:", "tem:")
        ask()

    at_work(running, act)
    assert said[0] == (200, {"ok": True, "problems": [], "restart": []})
    assert said[1][0] == 500
    assert "team: is missing" in said[1][1]["problems"][0]


def test_an_operator_has_the_file_read_from_the_page(running: Running):
    told: list[str] = []

    def act() -> None:
        visitor = Visitor(running.app)
        told.append(visitor.follow(visitor.send("/settings", "/settings/reload")).text)

    at_work(running, act)
    assert "Reloaded." in told[0]


def test_a_browser_must_prove_that_it_was_asked_here(running: Running):
    visitor = Visitor(running.app)
    for headers in ({"sec-fetch-site": "same-origin"}, {"origin": "http://localhost:8385"}):
        assert visitor.ask("POST", "/-/reload", b"", headers).status == 403
    visitor.get("/")
    assert visitor.ask("POST", "/-/reload", b"", {}).status == 403


def test_a_long_turn_is_not_waited_for(running: Running, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("syncd.cli.running.RELOAD_PATIENCE", 0.01)
    visitor = Visitor(running.app)
    reply = visitor.send("/settings", "/settings/reload")
    assert reply.status == 409
    assert "The turn under way takes long" in reply.text
