"""Faults of the wire and of what stands before a service: seeded, so that they repeat.

They happen outside the simulators, before or after `handle`, and therefore fit any of
them. What only one service says (a quota in its own words, an expired cursor) is a
control command of its simulator.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any

from syncd.ports.simulator import Answer, Request


class Kind(StrEnum):
    """What happens to a request that a rule picks."""

    STATUS = "status"  # an error in place of the answer; with `effect`, after the effect
    RESET_BEFORE = "reset_before"  # the connection is reset, nothing was done
    RESET_AFTER = "reset_after"  # it was done, then the connection is reset
    LOSE_ANSWER = "lose_answer"  # it was done, and no answer ever comes
    HALF_ANSWER = "half_answer"  # it was done, the answer breaks off in the middle
    SLOW = "slow"  # the answer comes `seconds` late
    BLACK_HOLE = "black_hole"  # nothing is done and no answer ever comes


class BadRule(ValueError):
    """A fault rule that makes no sense. The message says what would."""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """Which requests suffer, and how.

    `service`, `method` and `path` (a glob) choose; empty and "*" choose all. Of the
    requests chosen, the first `skip` pass, then each suffers with probability `rate`,
    until `times` have (None: no end). `status`, `variant`, `format` (html or json), `body`,
    `headers`, `retry_after` (seconds) and `effect` shape the answer of kind `status`: as
    JSON without a body, a service's stand-in words it, in the variant asked for.
    `seconds` is the delay of kind `slow`.
    """

    kind: Kind
    service: str = ""
    method: str = ""
    path: str = "*"
    rate: float = 1.0
    skip: int = 0
    times: int | None = None
    status: int = 503
    variant: str = ""
    format: str = "json"
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None
    effect: bool = False
    seconds: float = 2.0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> FaultRule:
        """From JSON values. Raises `BadRule`."""
        known = {each.name for each in fields(cls)}
        unknown = sorted(set(given) - known)
        if unknown:
            raise BadRule(f"unknown field {unknown[0]!r}; known: {', '.join(sorted(known))}")
        for name, value in given.items():
            fits, words = _FITTING[name]
            if not fits(value):
                raise BadRule(f"{name} should be {words}")
        if "kind" not in given:
            raise BadRule(f"kind is missing: {_FITTING['kind'][1]}")
        return cls(**{**given, "kind": Kind(given["kind"])})

    def chooses(self, service: str, request: Request) -> bool:
        return (
            self.service in {"", "*", service}
            and self.method.upper() in {"", "*", request.method}
            and fnmatchcase(request.path, self.path)
        )

    @property
    def unworded(self) -> bool:
        """Whether the service's own words are wanted."""
        return self.body is None and self.format == "json"

    def answer(self, worded: Answer | None = None) -> Answer:
        """What kind `status` says in the service's place; `worded` is how it would say it."""
        headers = {str(name).lower(): str(value) for name, value in self.headers.items()}
        if self.retry_after is not None:
            headers.setdefault("retry-after", f"{self.retry_after:g}")
        if worded is not None:
            return Answer(worded.status, worded.body, {**worded.headers, **headers})
        phrase = _phrase(self.status)
        if self.body is not None:
            text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        elif self.format == "html":
            text = (
                f"<!DOCTYPE html>\n<html><head><title>{self.status} {phrase}</title></head><body>"
                f"<h1>{self.status} {phrase}</h1><p>A fault of the sandbox.</p></body></html>\n"
            )
        else:
            error = {"code": self.status, "message": f"{phrase} (a fault of the sandbox)"}
            text = json.dumps({"status": "error", "message": error["message"], "error": error})
        kind = "text/html" if self.format == "html" else "application/json"
        headers.setdefault("content-type", f"{kind}; charset=utf-8")
        return Answer(self.status, text.encode(), headers)


class Faults:
    """The rules in force. The first that picks a request decides its fate.

    The n-th request of one method and path meets the same fate under the same seed,
    whatever other requests come between: threads that interleave differently in a
    second run do not change it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seed = 0
        self._rules: tuple[FaultRule, ...] = ()
        self._skew: dict[str, float] = {}
        self._chosen: Counter[int] = Counter()
        self._hit: Counter[int] = Counter()
        self._asked: Counter[tuple[int, str, str, str]] = Counter()

    def set(
        self,
        rules: Iterable[FaultRule],
        *,
        seed: int = 0,
        skew: Mapping[str, float] | None = None,
    ) -> None:
        """Put these rules in force instead of the present ones, counting from zero.

        `skew`: by how many seconds a service's clock is ahead.
        """
        with self._lock:
            self._rules, self._seed = tuple(rules), seed
            self._skew = dict(skew or {})
            self._chosen.clear()
            self._hit.clear()
            self._asked.clear()

    def clear(self) -> None:
        self.set(())

    def pick(self, service: str, request: Request) -> FaultRule | None:
        if not self._rules:
            return None
        with self._lock:
            for index, rule in enumerate(self._rules):
                if rule.chooses(service, request) and self._falls_on(index, rule, service, request):
                    return rule
        return None

    def skew(self, service: str) -> float:
        return self._skew.get(service, 0.0)

    def describe(self) -> dict[str, Any]:
        """The rules as JSON values, each with how many requests it chose and hit."""
        with self._lock:
            return {
                "seed": self._seed,
                "skew": dict(self._skew),
                "rules": [
                    {**asdict(rule), "chosen": self._chosen[index], "hit": self._hit[index]}
                    for index, rule in enumerate(self._rules)
                ],
            }

    def _falls_on(self, index: int, rule: FaultRule, service: str, request: Request) -> bool:
        self._chosen[index] += 1
        which = (index, service, request.method, request.path)
        self._asked[which] += 1
        if self._chosen[index] <= rule.skip:
            return False
        if rule.times is not None and self._hit[index] >= rule.times:
            return False
        if rule.rate < 1 and _dice(self._seed, *which, self._asked[which]) >= rule.rate:
            return False
        self._hit[index] += 1
        return True


def _dice(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but `parts`."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _count(value: Any) -> bool:
    return isinstance(value, int) and _number(value)


def _text(value: Any) -> bool:
    return isinstance(value, str)


_FITTING: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "kind": (lambda value: value in list(Kind), f"one of {', '.join(Kind)}"),
    "service": (_text, "a service's name"),
    "method": (_text, "an HTTP method"),
    "path": (_text, "a glob, e.g. /crm/*"),
    "rate": (lambda value: _number(value) and value <= 1, "a share between 0 and 1"),
    "skip": (_count, "a whole number, 0 or more"),
    "times": (lambda value: value is None or _count(value), "a whole number, 0 or more, or null"),
    "status": (lambda value: _count(value) and 400 <= value <= 599, "an HTTP error, 400 to 599"),
    "variant": (_text, "a word of the service's, e.g. DAILY"),
    "format": (lambda value: value in {"json", "html"}, "json or html"),
    "body": (lambda _value: True, "anything"),
    "headers": (lambda value: isinstance(value, Mapping), "an object of names and values"),
    "retry_after": (lambda value: value is None or _number(value), "a number of seconds, or null"),
    "effect": (lambda value: isinstance(value, bool), "true or false"),
    "seconds": (_number, "a number, 0 or more"),
}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
