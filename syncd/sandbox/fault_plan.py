"""Everything that is to go wrong, in one JSON object: a fault file, or POST /api/faults.

{
  "seed": 7,
  "rules": [{"kind": "status", "service": "hubspot", "status": 429, "rate": 0.1}],
  "skew": {"gmail": -90},
  "commands": [{"service": "hubspot", "command": "lag", "body": {"seconds": 30}}]
}

`rules` are of the wire and fit every service; `skew` puts a service's clock so many seconds
ahead (or behind); `commands` are switches of one simulator, as its NOTES.md lists them, for
what only that service does (an expired history, a locked record, refused batch items).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from syncd.ports.simulator import Simulator
from syncd.sandbox.faults import BadRule, FaultRule, Faults

_KEYS = ("seed", "rules", "skew", "commands")
_SHAPE = 'expected {"seed": 7, "rules": [{"kind": "reset_after", ...}]}'


@dataclass(frozen=True, slots=True)
class Command:
    service: str
    name: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FaultPlan:
    seed: int
    rules: tuple[FaultRule, ...]
    skew: Mapping[str, float]
    commands: tuple[Command, ...]

    @classmethod
    def read(cls, given: object, services: Mapping[str, Simulator]) -> FaultPlan:
        """From JSON values, checked against the services there are. Raises `BadRule`."""
        if not isinstance(given, Mapping):
            raise BadRule(_SHAPE)
        unknown = sorted(str(key) for key in given if key not in _KEYS)
        if unknown:
            raise BadRule(f"unknown key {unknown[0]!r}; known: {', '.join(_KEYS)}")
        seed = given.get("seed", 0)
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise BadRule("seed is a whole number")
        if not any(key in given for key in ("rules", "skew", "commands")):
            raise BadRule(_SHAPE)
        return cls(
            seed,
            tuple(_each(given, "rules", lambda one: _rule(one, services))),
            _skew(given.get("skew", {}), services),
            tuple(_each(given, "commands", lambda one: _command(one, services))),
        )

    def apply(self, faults: Faults, services: Mapping[str, Simulator]) -> None:
        """Run the commands, then put the rules in force. Raises `BadRule` for a command that
        its simulator refuses; the rules are then as they were.
        """
        for number, one in enumerate(self.commands):
            try:
                services[one.service].control(one.name, one.body)
            except (ValueError, TypeError, LookupError) as error:
                where = f"commands[{number}]: {one.service} {one.name}"
                raise BadRule(f"{where}: {error}") from error
        faults.set(self.rules, seed=self.seed, skew=self.skew)


def _each(
    given: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any]], Any]
) -> list[Any]:
    found = given.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise BadRule(f"{key} is a list of objects; {_SHAPE}")
    made = []
    for number, one in enumerate(found):
        try:
            made.append(read(one))
        except BadRule as bad:
            raise BadRule(f"{key}[{number}]: {bad}") from bad
    return made


def _rule(one: Mapping[str, Any], services: Mapping[str, Simulator]) -> FaultRule:
    rule = FaultRule.read(one)
    if rule.service not in {"", "*"}:
        _known(rule.service, services)
    return rule


def _command(one: Mapping[str, Any], services: Mapping[str, Simulator]) -> Command:
    if not set(one) <= {"service", "command", "body"} or not {"service", "command"} <= set(one):
        raise BadRule("a command has service, command and body")
    body = one.get("body", {})
    if not isinstance(body, Mapping):
        raise BadRule("body is an object")
    service, name = str(one["service"]), str(one["command"])
    _known(service, services)
    commands = getattr(services[service], "commands", ())
    if name not in commands:
        known = ", ".join(sorted(commands))
        raise BadRule(f"{service} has no command {name!r}; known: {known}")
    return Command(service, name, body)


def _skew(given: object, services: Mapping[str, Simulator]) -> Mapping[str, float]:
    if not isinstance(given, Mapping):
        raise BadRule('skew is an object: {"gmail": -90}')
    for service, seconds in given.items():
        _known(str(service), services)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise BadRule(f"skew of {service} is a number of seconds")
    return {str(service): float(seconds) for service, seconds in given.items()}


def _known(service: str, services: Mapping[str, Simulator]) -> None:
    if service not in services:
        known = ", ".join(services)
        raise BadRule(f"no service is called {service!r}; known: {known}")
