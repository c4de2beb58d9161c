"""Ways of playing the script that several rows share."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.dying import Book, Moment
from tests.faults.judge import Trial, judge
from tests.faults.place import LATER, Hangs, Place, Site
from tests.faults.script import Script

# Turns that a phase is given while services are in trouble; then the next one comes in.
TURNS = 3
_MOST_KILLS = 150


Play = Callable[[Place, Script], Trial]


@dataclass(frozen=True, slots=True)
class Floor:
    """Calls of a row's world without its trouble, in `starts` processes, and of a start that
    finds nothing new.
    """

    calls: int
    starts: int
    idle: float

    def of(self, starts: int) -> int:
        """The floor of a row that started so many processes."""
        return round(self.calls + max(0, starts - self.starts) * self.idle)


def floor(place: Place, script: Script, calm: Play) -> tuple[Trial, Floor]:
    """The world without its trouble, and what it costs."""
    trial = calm(place, script)
    before, idle = place.calls, 6
    for _ in range(idle):
        place.advance(LATER)
        if not place.once():
            trial.wrong.append("it did not stay at rest")
    cost = (place.calls - before) / idle
    return trial, Floor(trial.calls, trial.starts, cost)


def undisturbed(place: Place, script: Script) -> Trial:
    trial = Trial()
    for phase in script.phases:
        place.deliver(phase)
        _rest(place, trial)
    return judge(place, script.truths[-1], trial)


def killed(place: Place, script: Script, moment: Moment) -> Trial:
    """Killed at that moment of every effect, one after the other; each process goes on to the
    next that was not yet. What took place and was not killed at is held against the row.
    """
    trial, file = Trial(), place.folder / "book"
    before = writes(place.site)
    for phase in script.phases:
        place.deliver(phase)
        for _ in range(_MOST_KILLS):
            born = place.start("once", "--json", FAULTS_DIE=moment, FAULTS_BOOK=str(file))
            ended = place.ended(born, 120)
            if ended.code == -signal.SIGKILL:
                place.kills += 1
            elif not ended.code and place.at_rest(ended):
                break
            place.advance(LATER)
        else:
            trial.wrong.append("it was still writing")
    book = Book.read(file)
    trial.struck = len(book.killed)
    trial.what = f"{len(book.killed)} effects in {place.kills} calls, killed at each"
    trial.wrong += [f"never killed {moment} it: {one}" for one in sorted(book.done - book.killed)]
    trial.wrong += [f"killed, and never done: {one}" for one in sorted(book.killed - book.done)]
    if (counted := writes(place.site) - before) != book.calls:
        trial.wrong.append(f"the services count {counted} writes, and the book {book.calls}")
    return judge(place, script.truths[-1], trial)


def writes(site: Site) -> int:
    """How many calls changed something, by the services' own count."""
    stats = [site.tell(f"{name}/stats") for name in ("hubspot", "teamwork")]
    return sum(
        int(number)
        for told in stats
        for call, number in told.get("by", told["calls"]).items()
        if not call.startswith("GET ") and not any(r in call for r in ("search", "batch/read"))
        and "token" not in call
    )  # fmt: skip


def weather(
    place: Place,
    script: Script,
    *rules: Mapping[str, Any],
    patience: float | None = None,
    turns: int = TURNS,
) -> Trial:
    """The script while these faults are in force; then all is well, and it may finish."""
    trial = Trial()
    if patience is not None:
        place.env["FAULTS_PATIENCE"] = f"{patience:g}"
    place.site.tell("faults", seed=8, rules=list(rules))
    for phase in script.phases:
        place.deliver(phase)
        for _ in range(turns):
            place.once()
            place.advance(LATER)
    trial.struck = place.struck()
    place.site.fault()
    place.env.pop("FAULTS_PATIENCE", None)
    _rest(place, trial)
    if not trial.struck:
        trial.wrong.append("no call met a fault")
    return judge(place, script.truths[-1].in_haste(), trial)


def _rest(place: Place, trial: Trial) -> None:
    try:
        if not place.settle():
            trial.wrong.append("it never came to rest: " + place.heard[-2][-300:])
    except Hangs as hangs:
        trial.wrong.append(str(hangs))


def status(place: Place) -> dict[str, Any]:
    told: dict[str, Any] = place.syncd("status", "--json").json
    return told


def played(place: Place, script: Script, phases: Sequence[int]) -> None:
    """Deliver these phases and come to rest after each."""
    for number in phases:
        place.deliver(script.phases[number])
        assert place.settle(), "undisturbed it comes to rest"
