"""What goes wrong in a scenario, and on which days: fault plans that begin and end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from syncd.sandbox.people.scenario import Trouble


class Weather(Protocol):
    """Where trouble is made: `syncd.sandbox.apart.Apart`."""

    def trouble(self, plan: Mapping[str, Any] | None) -> None: ...

    def faults(self) -> dict[str, Any]: ...


class Troubles:
    """`struck`: how often each kind of fault struck so far, e.g. "hubspot status 429"."""

    def __init__(self, planned: Sequence[Trouble], where: Weather, seed: int) -> None:
        self._planned = tuple(planned)
        self._where = where
        self._seed = seed
        self._now: tuple[Trouble, ...] = ()
        self.struck: Counter[str] = Counter()

    def day(self, number: int) -> bool:
        """Begin the day of that number, from 1. Returns whether anything goes wrong on it."""
        today = tuple(one for one in self._planned if one.days[0] <= number <= one.days[1])
        if today != self._now:
            self._change(today)
        return bool(today)

    def end(self) -> None:
        """All is well from now on."""
        if self._now:
            self._change(())

    def _change(self, today: tuple[Trouble, ...]) -> None:
        self._count()
        begin = [one for one in today if one not in self._now]
        over = [one for one in self._now if one not in today]
        seeds = [one.seed for one in today if one.seed is not None]
        self._where.trouble(
            {
                "seed": (seeds or [self._seed])[0],
                "rules": [dict(rule) for one in today for rule in one.rules],
                "skew": {name: late for one in today for name, late in one.skew.items()},
                "commands": [
                    *(dict(command) for one in over for command in one.afterwards),
                    *(dict(command) for one in begin for command in one.commands),
                ],
            }
        )
        self.struck.update(_named(command) for one in begin for command in one.commands)
        self._now = today

    def _count(self) -> None:
        for rule in self._where.faults()["rules"]:
            if rule["hit"]:
                self.struck[_rule(rule)] += rule["hit"]


def _rule(rule: Mapping[str, Any]) -> str:
    kind = str(rule["kind"])
    words = [rule["service"] or "any", kind.replace("_", " ")]
    if kind == "status":
        words = [words[0], str(rule["status"]), rule["variant"]]
    return " ".join(word for word in words if word)


def _named(command: Mapping[str, Any]) -> str:
    return f"{command['service']} {command['command'].replace('_', ' ')}"


def plans(troubles: Sequence[Trouble]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every trouble as fault plans, each with its place in the file, to be checked beforehand."""
    for number, one in enumerate(troubles):
        rules = [dict(rule) for rule in one.rules]
        yield f"faults[{number}]", {"rules": rules, "skew": dict(one.skew)}
        yield f"faults[{number}]", {"commands": [dict(command) for command in one.commands]}
        words = [dict(command) for command in one.afterwards]
        yield f"faults[{number}].afterwards", {"commands": words}
