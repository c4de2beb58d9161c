"""Ports whose answers no service can make us stumble over.

A connector takes an answer apart; what a service has never sent before (a number for a text,
null for a list, an object nested a thousand deep) may raise anything there. For the engine
that is an answer that cannot be read, like half of one: a read is tried again, a write is in
doubt and looked up by its mark. Everything else goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from syncd.ports.reading import READS, WRITES
from syncd.ports.verdicts import InDoubt, TryLater, Verdict

P = TypeVar("P")

# What a value of an unexpected kind raises where it is used. Not AssertionError: that is ours.
_STUMBLES = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

# Hears which method stumbled, and over what.
Told = Callable[[str, Exception], None]


def sound(port: P, told: Told, *protocols: type) -> P:
    """`port` with the methods of `protocols`, which raise nothing but verdicts for any answer."""
    methods: dict[str, Any] = {}
    for kinds, verdict in ((READS, TryLater), (WRITES, InDoubt)):
        for name in frozenset[str]().union(*(kinds[protocol] for protocol in protocols)):
            if hasattr(port, name):
                methods[name] = _caught(getattr(port, name), name, told, verdict)
    made = type("Sound", (), {"__slots__": (), **methods, "traits": getattr(port, "traits", None)})
    return cast("P", made())


def _caught(
    method: Callable[..., Any], name: str, told: Told, verdict: Callable[[str], Verdict]
) -> Any:
    def call(*given: Any, **named: Any) -> Any:
        try:
            return method(*given, **named)
        except _STUMBLES as error:
            told(name, error)
            raise verdict(f"an answer that cannot be read ({type(error).__name__})") from error

    return staticmethod(call)
