"""Ways of playing the script that several rows share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.judge import Trial, judge
from tests.faults.place import LATER, Hangs, Place
from tests.faults.script import Script

# Turns that a phase is given while services are in trouble; then the next one comes in.
TURNS = 3
_MOST_KILLS = 150
COMMIT = "commit"


@dataclass(frozen=True, slots=True)
class Floor:
    """Calls of the script undisturbed, in `starts` processes, and of a start that finds nothing."""

    calls: int
    starts: int
    idle: float

    def of(self, starts: int) -> int:
        """The floor of a row that started so many processes."""
        return round(self.calls + max(0, starts - self.starts) * self.idle)


def floor(place: Place, script: Script) -> tuple[Trial, Floor]:
    """The script undisturbed, and what it costs."""
    trial = undisturbed(place, script)
    starts = place.starts
    before, idle = place.calls, 6
    for _ in range(idle):
        place.advance(LATER)
        if not place.once():
            trial.wrong.append("it did not stay at rest")
    cost = (place.calls - before) / idle
    return trial, Floor(trial.calls, starts, cost)


def undisturbed(place: Place, script: Script) -> Trial:
    trial = Trial()
    for phase in script.phases:
        place.deliver(phase)
        _rest(place, trial)
    return judge(place, script.truths[-1], trial)


def killed(place: Place, script: Script, rule: Mapping[str, Any] | str) -> Trial:
    """Killed at every call that writes, one after the other, and at last let finish.

    `rule` holds the call, before or after it took effect; COMMIT: killed when the answer is
    there. Each process gets as far as its first write; where that was only done again, as
    far as the next. A batch of ten tasks is killed at about four of them: an effect that was
    under way in five processes that died is left to a person, and that is meant.
    """
    trial = Trial()
    redone = not isinstance(rule, str) and rule["kind"] == "black_hole"
    for phase in script.phases:
        place.deliver(phase)
        last, same = None, 0
        for _ in range(_MOST_KILLS):
            # What was held before it took effect is the first that the next process does.
            where = _killed_once(place, rule, same + (redone and last is not None))
            if where is None:
                if place.once():
                    break
                last, same = None, 0
            else:
                same = same + 1 if where == last else 0
                last = where
            place.advance(LATER)
        else:
            trial.wrong.append("it was still writing")
        _rest(place, trial)
    return judge(place, script.truths[-1], trial)


def _killed_once(place: Place, rule: Mapping[str, Any] | str, skip: int) -> Any:
    """Start, and kill at a write. Which it was; None where the process came to its end."""
    site = place.site
    if isinstance(rule, str):
        site.fault()
        born = place.start("once", "--json", FAULTS_DIE=str(skip + 1))
        ended = place.ended(born, 120)
        if ended.code != -9:
            return None
        place.kills += 1
        recent = site.get("control", "/api/requests", limit=40)["recent"]
        return next((r["method"], r["path"]) for r in recent if _writes(r))
    place.hold(**rule, skip=skip)
    born = place.start("once", "--json")
    place.until(lambda: not born.alive or place.hits(), "a write, or the end", 120)
    held = bool(place.hits())
    if held:
        place.until_still()
        place.killed(born)
    else:
        place.ended(born, 30)
    recent = site.get("control", "/api/requests", limit=40)["recent"] if held else []
    site.fault()
    return next(((r["method"], r["path"]) for r in recent if r["fault"] == rule["kind"]), None)


def _writes(row: Mapping[str, Any]) -> bool:
    reads = ("/search", "/batch/read", "/token", "/batch")
    return row["method"] != "GET" and not row["path"].endswith(reads)


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
