"""The loop: mailboxes and board asked on time, one thread that settles, an end in time."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from datetime import time as day_time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.gmail.adapter import GmailSource
from syncd.engine.turn import Engine, Rest
from syncd.ports.hints import Hint
from syncd.ports.mail import MailChanges
from syncd.runtime.loop import Loop, Pace
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

OFTEN = Pace(0.05, 0.05, day_time(3), ZoneInfo("Europe/London"), 2)
SELDOM = Pace(3600, 3600, day_time(3), ZoneInfo("Europe/London"), 2)
LONG = 20.0  # seconds a busy machine may need for what takes a fraction of one


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """Whatever the loop does with signals is undone."""
    theirs = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in theirs}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, mailboxes=(MAYA, TOM))


def run(
    office: Office, pace: Pace, until: Callable[[Engine], bool], *, then: Callable[[], None]
) -> float:
    """Run a loop on this thread until something holds; returns how long its end took."""
    ended_at = 0.0
    failure: list[str] = []

    def watch() -> None:
        nonlocal ended_at
        deadline = time.monotonic() + LONG
        while not until(engine):
            if time.monotonic() > deadline:
                failure.append("it never came to that")
                break
            time.sleep(0.01)
        ended_at = time.monotonic()
        then()

    with office.works() as engine:
        watcher = threading.Thread(target=watch)
        watcher.start()
        Loop(engine, pace).run()
        took = time.monotonic() - ended_at
        watcher.join()
    assert not failure, failure
    return took


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_what_comes_in_later_is_logged_from_every_mailbox(office: Office):
    office.got(f"Ada <{ADA}>", 1, "n1@site.example", subject="First")

    def went_on(engine: Engine) -> bool:
        if len(office.emails()) == 1:
            office.got(f"Bob <{BOB}>", 0, "n2@x", subject="Second", mailbox=TOM)
            office.got(f"Ada <{ADA}>", 0, "n3@x", subject="Third")
        return len(office.emails()) >= 3

    took = run(office, OFTEN, once_at_a_time(office, went_on), then=terminate)
    assert office.emails() == ["First", "Second", "Third"]
    assert took < LONG


def once_at_a_time(office: Office, look: Callable[[Engine], bool]) -> Callable[[Engine], bool]:
    """A look at the simulators while the daemon uses them."""

    def waited(engine: Engine) -> bool:
        with office.transport.lock:
            return look(engine)

    return waited


def test_it_ends_when_asked_to_and_nothing_is_half_done(office: Office):
    for number in range(20):
        office.got(f"P <p{number}@x{number}.example>", 1, f"n{number}@x")
    began = once_at_a_time(office, lambda _engine: bool(office.calls("gmail", path="/batch")))
    assert run(office, OFTEN, began, then=terminate) < LONG
    office.turn()
    assert len(office.emails()) == 20
    assert threading.active_count() == 1


def test_with_nothing_to_do_it_does_not_spin(office: Office, monkeypatch: pytest.MonkeyPatch):
    settled: list[float] = []
    settle = Engine.settle

    def counted(self: Engine, *began: datetime) -> Rest:
        settled.append(time.monotonic())
        return settle(self, *began)

    monkeypatch.setattr(Engine, "settle", counted)
    revoked = office.clock.now()
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    office.tell("gmail", "revoke", mailbox=MAYA)
    settled.clear()
    ready = time.monotonic() + 1.5
    run(office, SELDOM, lambda _engine: time.monotonic() > ready, then=terminate)
    assert revoked == office.clock.now()
    assert 1 <= len(settled) <= 4


def test_a_mailbox_whose_job_fails_unexpectedly_leaves_the_others_at_work(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    history = GmailSource.changes
    office.turn()

    def broken(self: GmailSource, mailbox: str, cursor: str) -> MailChanges:
        if mailbox == MAYA:
            raise RuntimeError("a bug")
        return history(self, mailbox, cursor)

    monkeypatch.setattr(GmailSource, "changes", broken)
    office.got(f"Bob <{BOB}>", 1, "n1@x", subject="Here", mailbox=TOM)
    seen = once_at_a_time(office, lambda _engine: "Here" in office.emails())
    run(office, OFTEN, seen, then=terminate)
    assert "a bug" in caplog.text


def test_a_hint_has_its_place_looked_at_though_the_next_poll_is_an_hour_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    loops: list[Loop] = []
    asked: list[str] = []
    begin = Loop.run

    def kept(self: Loop) -> None:
        loops.append(self)
        begin(self)

    def contacts(_self: Engine) -> int:
        asked.append("crm")
        return 0

    monkeypatch.setattr(Loop, "run", kept)
    monkeypatch.setattr(Engine, "watch_contacts", contacts)
    office.got(f"Ada <{ADA}>", 1, "n1@x", subject="First")

    def hinted(_engine: Engine) -> bool:
        if len(office.emails()) == 1 and not asked:
            asked.append("told")
            office.got(f"Bob <{BOB}>", 0, "n2@x", subject="Second")
            loops[0].hint(Hint(mailboxes=(MAYA, "stranger@x.example"), board=True, crm=True))
        return len(office.emails()) == 2 and "crm" in asked

    run(office, SELDOM, once_at_a_time(office, hinted), then=terminate)
    assert office.emails() == ["First", "Second"]
