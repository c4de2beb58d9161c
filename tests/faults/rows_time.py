"""Rows about time: clocks that are wrong, the hour that comes twice, and the due second."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faults.judge import Trial, judge
from tests.faults.place import LATER, Hangs, Place
from tests.faults.playing import played
from tests.faults.rows_machine import Running
from tests.faults.script import (
    CLOSED,
    DOMAIN,
    NONE,
    OPEN,
    TEAM,
    Letter,
    Script,
    Truth,
    address,
)

DAY = 86_400.0
YEAR = 365.25 * DAY
HOUR = timedelta(hours=1)


class _Wrong:
    """This machine's clock is wrong by so many seconds, the services' clocks are right."""

    def __init__(self, place: Place, seconds: float) -> None:
        self._place, self._seconds = place, seconds

    def __enter__(self) -> None:
        now = self._place.now()
        ahead = (now - datetime.now(UTC)).total_seconds()
        self._place.site.nursery.ahead(ahead + self._seconds)

    def __exit__(self, *_error: object) -> None:
        self._place.advance(0)


def _wrong_by(place: Place, script: Script, seconds: float, *, troubled: bool = False) -> Trial:
    """Phase 0 is played; then the clock is wrong for two phases; then it is right again.

    `troubled`: calls fail meanwhile, so that something is put off until a time that is wrong.
    """
    trial = Trial()
    played(place, script, [0])
    place.deliver(script.phases[1])
    with _Wrong(place, seconds):
        if troubled:
            place.site.tell(
                "faults", seed=8, rules=[{"kind": "status", "status": 503, "method": "POST",
                                          "rate": 0.5}],
            )  # fmt: skip
        place.once()
        place.deliver(script.phases[2])
        place.once()
        place.site.fault()
    for number, phase in enumerate(script.phases[3:]):
        place.advance(LATER if number else 3600)
        place.deliver(phase)
        if not place.settle():
            trial.wrong.append("it never came to rest")
    trial.struck = 1
    return trial


def five_days_ahead(place: Place, script: Script) -> Trial:
    """What falls due by a clock that is ahead is opened early: that is no loss, and no double."""
    trial = _wrong_by(place, script, 5 * DAY, troubled=True)
    return judge(place, script.truths[-1].lenient(), trial)


def a_day_behind(place: Place, script: Script) -> Trial:
    trial = _wrong_by(place, script, -DAY, troubled=True)
    return judge(place, script.truths[-1].in_haste(), trial)


def ten_years_ahead(place: Place, script: Script) -> Trial:
    trial = _wrong_by(place, script, 10 * YEAR, troubled=True)
    return judge(place, script.truths[-1].lenient(), trial)


def daylight_saving(place: Place, script: Script, *, calm: bool = False) -> Trial:
    """Pitches before both changes of the clocks in London, due after; looked at in every half
    hour of the night, the one that comes twice and the one that is not there included; `calm`:
    not looked at in these nights.
    """
    del script
    trial, truth = Trial(), Truth()
    for year, month, day in ((2026, 10, 25), (2027, 3, 28)):
        sunday = datetime(year, month, day, tzinfo=UTC)
        place.set_time(sunday - timedelta(days=2, hours=14))
        letters = [_pitch(f"dst{month}", number, HOUR) for number in range(month, month + 3)]
        for one in letters:
            truth.add(one, [_who(one)])
            truth.tasks[_who(one)] = NONE
        place.deliver(letters)
        place.settle()
        for half in range(0 if calm else 7):
            place.set_time(sunday + half * timedelta(minutes=30))
            place.once()
        before = judge(place, truth, Trial())
        trial.wrong += [f"the night of {day}.{month}.: {one}" for one in before.lost]
        place.set_time(sunday + timedelta(days=4, hours=17))
        place.settle()
        for one in letters:
            truth.tasks[_who(one)] = OPEN
    trial.struck = 14
    return judge(place, truth, trial)


def at_the_due_time(place: Place, script: Script, *, calm: bool = False) -> Trial:
    """Eleven answers, from a second before the moment their tasks are due to a second after it,
    while the daemon runs: each task stays away, or is closed, and none is left open. `calm`: they
    come an hour before.
    """
    del script
    trial, truth = Trial(), Truth()
    letters = [_pitch("due", number, HOUR) for number in range(11)]
    for one in letters:
        truth.add(one, [_who(one)])
    place.deliver(letters)
    place.settle()
    due = max(_due(place.state)) - (HOUR if calm else timedelta(0))
    place.set_time(due - timedelta(seconds=4))
    with Running(place, "--json") as running:
        running.until_ready()
        for number, one in enumerate(letters):
            at = due + timedelta(seconds=(number - 5) / 5)
            time.sleep(max(0.0, (at - place.now()).total_seconds()))
            answer = _answer(one)
            truth.add(answer, [_who(one)])
            place.deliver([answer])
        try:
            place.until(lambda: len(place.site.objects("emails")) >= 22, "they are logged", 60)
        except Hangs as hangs:
            trial.wrong.append(str(hangs))
        running.end(trial)
    place.settle()
    opened = {str(one["name"]): one["status"] for one in place.site.tasks()}
    for one in letters:
        site = _who(one).partition("@")[2]
        found = [state for name, state in opened.items() if f"({site})" in name]
        truth.tasks[_who(one)] = CLOSED if found else NONE
    trial.what = f"{len(opened)} of {len(letters)} tasks were opened, and closed"
    trial.struck = len(letters)
    return judge(place, truth, trial)


def _pitch(name: str, number: int, age: timedelta) -> Letter:
    box = TEAM[number % len(TEAM)]
    return Letter(
        f"{name}.{number}@{DOMAIN}", f"Mate <{box}>", f"Editor {number} <{address(number)}>",
        f"Timber {name} {number}", age, (box,), thread=f"{name}.{number}",
    )  # fmt: skip


def _answer(to: Letter) -> Letter:
    return Letter(
        f"answer.{to.key.partition('@')[0]}@{_who(to).partition('@')[2]}",
        to.to, to.raw_from, f"Re: {to.subject}", timedelta(0), to.boxes, to.key, to.thread,
    )  # fmt: skip


def _who(one: Letter) -> str:
    return one.to.partition("<")[2].rstrip(">")


def _due(state: Path) -> list[datetime]:
    looked = sqlite3.connect(f"file:{state}?mode=ro", uri=True)
    try:
        rows = looked.execute("SELECT due_at FROM conversations WHERE due_at IS NOT NULL")
        return [datetime.fromtimestamp(row[0], UTC) for row in rows]
    finally:
        looked.close()
