"""What a connector says of itself. One manifest per kind, found by `connectors.registry`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from requests.adapters import BaseAdapter

from syncd.ports.clock import Clock
from syncd.ports.simulator import Simulator


class Role(StrEnum):
    """The port a connector can fill, and what each must satisfy."""

    MAIL = "mail"  # syncd.ports.mail.MailSource
    CRM = "crm"  # syncd.ports.crm.Crm
    BOARD = "board"  # syncd.ports.board.TaskBoard


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP exchange, for metrics and budgets. `status` 0: no answer came."""

    service: str
    method: str
    path: str
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What the daemon lends to a connector.

    `transport` stands in for the network when given (tests); `observe` is told of every
    HTTP exchange.
    """

    clock: Clock
    observe: Callable[[Call], None] = lambda _call: None
    transport: BaseAdapter | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a probe: `ok` False needs the `remedy`."""

    check: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`ports`: for each role, how to make the port from settings and toolbox.

    Factories import their SDKs inside, so that a manifest costs nothing to look at.
    `simulator` makes a stand-in for the service; `probe` answers "would this work?".
    """

    kind: str
    title: str
    settings: type[BaseModel]
    ports: Mapping[Role, Callable[[Any, Toolbox], Any]]
    probe: Callable[[Any, Toolbox], list[Finding]] | None = None
    simulator: Callable[[Clock], Simulator] | None = None
    extras: Mapping[str, str] = field(default_factory=dict)
