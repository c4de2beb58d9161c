"""Read-only by construction: each method of each port is a read or a write, and only reads stay."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

import pytest

import syncd.ports
from syncd.ports.reading import READS, WRITES, reading

# Protocols that stand for no service: time, secrets' stores, consent, budgets, test doubles.
_NO_SERVICE = {"Clock", "Records", "SignIn", "Visit", "Simulator", "Purse"}


def _ports() -> dict[str, type]:
    names = [f"syncd.ports.{one.name}" for one in pkgutil.iter_modules(syncd.ports.__path__)]
    held = [pair for name in names for pair in vars(importlib.import_module(name)).items()]
    return {
        name: value
        for name, value in held
        if getattr(value, "_is_protocol", False)
        and value.__module__.startswith("syncd.")
        and name not in _NO_SERVICE
    }


def _methods(port: type) -> set[str]:
    return {
        name
        for parent in port.__mro__
        for name, value in vars(parent).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }


def test_every_port_says_of_every_method_whether_it_reads_or_writes():
    assert set(_ports().values()) == READS.keys() == WRITES.keys()
    for port in _ports().values():
        assert not READS[port] & WRITES[port]
        assert READS[port] | WRITES[port] == _methods(port), port.__name__


class Everything:
    """A port with each method of a protocol, and something of its own besides."""

    def __init__(self, names: set[str]) -> None:
        self.traits = "its traits"
        self.called: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        for name in (*names, "purge"):
            setattr(self, name, self._method(name))

    def _method(self, name: str) -> Any:
        def call(*given: Any, **named: Any) -> str:
            self.called.append((name, given, named))
            return name

        return call


@pytest.mark.parametrize("port", READS, ids=lambda port: port.__name__)
def test_a_port_for_reading_has_its_reads_and_nothing_else(port: type):
    real = Everything(_methods(port))
    wrapped: Any = reading(real, port)
    for name in READS[port]:
        assert getattr(wrapped, name)(1, two=2) == name
        assert real.called.pop() == (name, (1,), {"two": 2})
    assert wrapped.traits == "its traits"
    there = {name for name in dir(wrapped) if not name.startswith("__")}
    assert there == READS[port] | {"traits"}
    for name in (*WRITES[port], "purge"):
        with pytest.raises(AttributeError):
            getattr(wrapped, name)


def test_the_port_behind_cannot_be_reached_through_a_method():
    port = next(iter(READS))
    wrapped: Any = reading(Everything(_methods(port)), port)
    method = getattr(wrapped, next(iter(READS[port])))
    assert not hasattr(method, "__self__")
    assert not hasattr(wrapped, "__dict__")
