"""A stand-in for a service: the whole of it is one function from request to answer.

Without sockets, threads or a clock of its own, so that tests drive it in-process through
a transport adapter and the sandbox serves it over HTTP, both the same code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """`path` starts with "/" and has no query; `query` keeps order and repeats."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes = b""

    def param(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.query if key == name), default)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Simulator(Protocol):
    name: str

    def handle(self, request: Request) -> Answer:
        """Serve one call. Called from one thread at a time."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """The whole state as JSON values, for comparing two ends and for saving."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Become the state of an earlier `snapshot`."""
        ...

    def control(self, command: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The sandbox's back door: seed, change as a person would, set faults.

        Raises `KeyError` for an unknown command. NOTES.md lists the commands.
        """
        ...
