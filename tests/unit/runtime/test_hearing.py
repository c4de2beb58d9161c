"""Watches are renewed and pulls are made, whatever becomes of each."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from syncd.ports.hints import Hint, Hints
from syncd.ports.verdicts import Locked, TryLater
from syncd.runtime import hearing
from syncd.runtime.hearing import Hearing, Source
from tests.support.clock import DrivenClock

LONG = 20.0  # seconds a busy machine may need for what takes a fraction of one


class Ear:
    def __init__(self) -> None:
        self.clock = DrivenClock()
        self.told: list[Hint] = []
        self.counted: Counter[tuple[str, str]] = Counter()
        self.came = threading.Event()
        self.hearing = Hearing(self.clock, self._told, self._counted)

    def _told(self, hint: Hint) -> None:
        self.told.append(hint)
        self.came.set()

    def _counted(self, service: str, result: str) -> None:
        self.counted[service, result] += 1


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ear]:
    for name in ("_BREATH", "_NAP"):
        monkeypatch.setattr(hearing, name, 0.01)
    ear = Ear()
    yield ear
    ear.hearing.end()


def until(what: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(int(LONG / 0.01)):
        if what():
            return
        pause.wait(0.01)
    raise AssertionError("it never came to that")


def test_each_mailbox_is_watched_at_once_and_again_a_day_later(ear: Ear):
    asked: Counter[str] = Counter()
    renewals = {box: lambda box=box: asked.update([box]) for box in ("maya", "tom")}
    ear.hearing.follow({"mail": Source("gmail", Hints(renewals=renewals))})
    until(lambda: asked == {"maya": 1, "tom": 1})
    ear.clock.advance(days=1)
    until(lambda: asked == {"maya": 2, "tom": 2})


def test_one_that_cannot_be_watched_is_told_of_once_tried_again_and_holds_up_no_other(
    ear: Ear, capsys: pytest.CaptureFixture[str]
):
    asked: Counter[str] = Counter()
    good = threading.Event()

    def maya() -> None:
        asked["maya"] += 1
        if not good.is_set():
            raise Locked("no access")

    renewals = {"maya": maya, "tom": lambda: asked.update(["tom"])}
    ear.hearing.follow({"mail": Source("gmail", Hints(renewals=renewals))})
    until(lambda: asked["tom"] == 1)
    ear.clock.advance(301)
    until(lambda: asked["maya"] == 2)
    good.set()
    ear.clock.advance(301)
    until(lambda: asked["maya"] == 3)
    ear.hearing.end()
    until(lambda: not [one for one in threading.enumerate() if one.name == "renew mail"])
    said = capsys.readouterr().out
    assert (said.count("hints_missing"), said.count("hints_again")) == (1, 1)
    assert asked["tom"] == 1


def test_what_is_pulled_is_handed_on_and_counted(ear: Ear):
    coming = iter([Hint(), Hint(mailboxes=("maya",), events=("1",))])
    ear.hearing.follow({"mail": Source("gmail", Hints(pull=lambda: next(coming, Hint())))})
    assert ear.came.wait(LONG)
    assert ear.told == [Hint(mailboxes=("maya",), events=("1",))]
    assert ear.counted == {("gmail", "pulled"): 1}


@pytest.mark.parametrize("trouble", [TryLater("not now", after=0.01), ValueError("a mistake")])
def test_a_pull_that_fails_is_made_again(
    ear: Ear, trouble: Exception, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hearing, "_LONGEST_WAIT", 0.01)
    failed: list[bool] = []

    def pull() -> Hint:
        if not failed:
            failed.append(True)
            raise trouble
        return Hint(board=True)

    ear.hearing.follow({"mail": Source("gmail", Hints(pull=pull))})
    assert ear.came.wait(LONG)


def test_after_a_reload_only_the_new_sources_are_listened_to(ear: Ear):
    old: Counter[str] = Counter()

    def pull_old() -> Hint:
        old["asked"] += 1
        return Hint()

    ear.hearing.follow({"mail": Source("gmail", Hints(pull=pull_old))})
    until(lambda: old["asked"])
    ear.hearing.follow({"mail": Source("gmail", Hints(pull=lambda: Hint(crm=True)))})
    assert ear.came.wait(LONG)
    until(lambda: not [one for one in threading.enumerate() if one.name == "pull mail"][1:])
    seen = old["asked"]
    ear.came.clear()
    assert ear.came.wait(LONG)
    assert old["asked"] == seen
