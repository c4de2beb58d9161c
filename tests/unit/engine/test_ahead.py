"""The next batch of a mailbox is asked for while the one before is stored."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.gmail.adapter import GmailSource
from syncd import app
from syncd.engine.ahead import fetching_ahead
from syncd.ports.budgets import hurried
from syncd.ports.mail import Fetched, Gone
from syncd.ports.verdicts import TryLater
from syncd.store import intake
from tests.support.world import MAYA, TOM
from tests.unit.engine.office import Office

MANY = 120  # messages: three batches
PATIENCE = 30


def filled(folder: Path, *mailboxes: str) -> Office:
    office = Office(folder, mailboxes=mailboxes or (MAYA,))
    for mailbox in office.mailboxes:
        for number in range(MANY):
            office.got(f"P <p{number}@old.example>", 9, f"{number}@{mailbox}", mailbox=mailbox)
    return office


def in_parallel(office: Office, workers: int = 4) -> dict[str, str]:
    """A turn as `syncd once` makes it. Returns what failed."""
    wish, settings = replace(office.wish("once"), parallel=True), office.settings
    run = settings.run.model_copy(update={"workers": workers})
    with app.engine(settings.model_copy(update={"run": run}), wish) as engine:
        engine.turn()
        engine.finish()
        return dict(engine.ctx.failing)


def watch(monkeypatch: pytest.MonkeyPatch, seen: Callable[[int], None]) -> None:
    """`seen` is told the number of each fetch, from 1, before it is made."""
    fetch, counted = GmailSource.fetch, iter(range(1, 1_000))

    def fetching(source: GmailSource, mailbox: str, ids: Sequence[str]) -> list[Fetched]:
        seen(next(counted))
        return fetch(source, mailbox, ids)

    monkeypatch.setattr(GmailSource, "fetch", fetching)


def test_a_batch_is_stored_while_the_next_is_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office, second, absorb = filled(tmp_path), threading.Event(), intake.absorb
    watch(monkeypatch, lambda number: second.set() if number == 2 else None)

    def absorbing(*given: Any) -> None:
        assert second.wait(PATIENCE), "the second batch is asked for when the first is stored"
        absorb(*given)

    monkeypatch.setattr(intake, "absorb", absorbing)
    assert not in_parallel(office)
    assert len(office.emails()) == MANY


def test_it_takes_no_call_more(tmp_path: Path):
    office = filled(tmp_path)
    in_parallel(office)
    lists = len(office.calls("gmail", path="/messages"))
    assert (lists, len(office.calls("gmail", path="/batch"))) == (1, 3)
    assert len(office.emails()) == MANY


def test_it_lets_what_comes_in_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    office = filled(tmp_path)
    hurry: list[bool] = []
    watch(monkeypatch, lambda _number: hurry.append(hurried()))
    in_parallel(office)
    assert hurry == [False] * 3


def test_a_call_that_fails_on_its_way_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office = filled(tmp_path)

    def third_fails(number: int) -> None:
        if number == 3:
            raise TryLater("no answer")

    watch(monkeypatch, third_fails)
    assert in_parallel(office) == {f"mailbox:{MAYA}": "no answer"}
    assert len(office.emails()) == 100
    assert not in_parallel(office)
    assert len(office.emails()) == MANY


def test_with_other_mailboxes_to_read_meanwhile_nothing_is_asked_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office = filled(tmp_path, MAYA, TOM)
    names: list[str] = []
    watch(monkeypatch, lambda _number: names.append(threading.current_thread().name))
    in_parallel(office, workers=2)
    assert len(names) == 6
    assert {one.split("_")[0] for one in names} == {"mailbox"}


def test_what_was_asked_for_and_is_no_longer_wanted_is_not_taken_for_what_is():
    asked: list[Sequence[str]] = []

    def fetch(ids: Sequence[str]) -> list[Fetched]:
        asked.append(ids)
        return [Gone() for _ in ids]

    with fetching_ahead(fetch) as ahead:
        ahead.begin(["1", "2"])
        assert len(ahead.take(["3"])) == 1
        ahead.begin([])
        assert len(ahead.take(["4"])) == 1
    assert asked == [["1", "2"], ["3"], ["4"]]
