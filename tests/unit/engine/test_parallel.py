"""`syncd once` reads several mailboxes at a time, and logs meanwhile what it has read."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncd import app
from syncd.engine import ingest
from syncd.store import mailboxes
from tests.support.world import MAYA, TOM
from tests.unit.engine.office import BOB, Office

MANY = 120  # people, and messages: more than one call carries
DUE = 6  # days after which nobody's silence is patience


def filled(folder: Path) -> Office:
    office = Office(folder, mailboxes=(MAYA, TOM))
    for number in range(MANY):
        office.got(f"P <p{number}@site{number}.example>", 9, f"o{number}@site.example")
        office.got(f"Bob <{BOB}>", 9, f"t{number}@other.example", mailbox=TOM)
    office.wrote("Cid <cid@third.example>", DUE, "p1@brightlink.example")
    return office


def in_parallel(office: Office) -> None:
    wish = replace(office.wish("once"), parallel=True)
    with app.engine(office.settings, wish) as engine:
        engine.turn()
        engine.finish()


def world(office: Office) -> tuple[list[str], Counter[str], list[tuple[str, str]]]:
    return office.people(), Counter(office.emails()), office.board()


def reading_tom(monkeypatch: pytest.MonkeyPatch, first: Any) -> None:
    """`first` happens before Tom's mailbox is read."""
    look = ingest.look

    def after(ctx: Any, address: str) -> int:
        if address == TOM:
            first()
        return look(ctx, address)

    monkeypatch.setattr(ingest, "look", after)


def test_what_comes_of_it_is_the_same(tmp_path: Path):
    one_by_one, together = filled(tmp_path / "one"), filled(tmp_path / "all")
    one_by_one.turn()
    in_parallel(together)
    assert world(together) == world(one_by_one)
    assert together.open_tasks()
    assert together.did() == Counter()


def test_what_was_read_is_logged_while_another_mailbox_is_read_and_nothing_else_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office = filled(tmp_path)
    tasks: list[list[str]] = []

    def wait_for_mayas() -> None:
        deadline = time.monotonic() + 30
        while not office.emails():
            assert time.monotonic() < deadline, "nothing was logged meanwhile"
            time.sleep(0.01)
        tasks.append(office.open_tasks())

    reading_tom(monkeypatch, wait_for_mayas)
    in_parallel(office)
    assert tasks == [[]]
    assert office.open_tasks()


def test_a_mistake_in_one_mailbox_is_told_when_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office = filled(tmp_path)

    def fail() -> None:
        raise ZeroDivisionError

    reading_tom(monkeypatch, fail)
    with pytest.raises(ZeroDivisionError):
        in_parallel(office)
    with office.state() as tx:
        box = mailboxes.get(tx, MAYA)
    assert box.seen_at is not None


def test_whoever_stops_it_does_not_wait_for_the_rest_of_a_backlog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office = filled(tmp_path)
    wish = replace(office.wish("once"), parallel=True)
    with app.engine(office.settings, wish) as engine:

        def stop(**_asked: Any) -> int:
            raise KeyboardInterrupt

        monkeypatch.setattr(engine, "_from_messages", stop)
        reading_tom(monkeypatch, lambda: engine.ctx.stop.wait(30))
        with pytest.raises(KeyboardInterrupt):
            engine.turn()
        assert engine.ctx.stop.is_set()
