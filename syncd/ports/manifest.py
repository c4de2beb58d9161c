"""What a connector says of itself. One manifest per kind, found by `connectors.registry`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from requests.adapters import BaseAdapter

from syncd.ports.budgets import Purse
from syncd.ports.clock import Clock
from syncd.ports.signin import SignIn
from syncd.ports.simulator import Simulator

if TYPE_CHECKING:
    from syncd.ports.hints import Hints


class Role(StrEnum):
    """The port a connector can fill, and what each must satisfy."""

    MAIL = "mail"  # syncd.ports.mail.MailSource
    CRM = "crm"  # syncd.ports.crm.Crm
    BOARD = "board"  # syncd.ports.board.TaskBoard
    WEB = "web"  # syncd.ports.web.LinkChecker; never demanded
    CRAWL = "crawl"  # syncd.ports.crawl.LinkSource; never demanded


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP exchange, for metrics and budgets. `status` 0: no answer came.

    `at`: what the service's own clock said when it answered, to the second; None where it
    told no time.
    """

    service: str
    method: str
    path: str
    status: int
    seconds: float
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """How many calls may go out now: `left` of at most `size`; `per_second` flow back.

    `left` is below zero while callers wait their turn.
    """

    left: float
    size: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What the daemon lends to a connector.

    `transport` stands in for the network when given (tests); `observe` is told of every
    HTTP exchange; `budget` takes what is asked how much of a service's limit is left: the
    service, what the limit is for ("calls", "searches", a mailbox), and the question. `purse`
    gives where the tokens of a limit are kept, by a name like "hubspot calls"; None: here.
    `read_only`: nothing may be asked of a service that could change it.
    """

    clock: Clock
    observe: Callable[[Call], None] = lambda _call: None
    transport: BaseAdapter | None = None
    budget: Callable[[str, str, Callable[[], Budget]], None] = lambda _service, _what, _ask: None
    purse: Callable[[str], Purse | None] = lambda _name: None
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Wants:
    """What the settings want of a service, so that a probe asks for that and nothing else.

    `crm_logger_seconds`: how long a message waits for the CRM's own mail logger, None where
    that is said to be off. `crm_tasks`: follow-up tasks go on CRM contacts too. `segments`: lists
    are kept in the CRM.
    """

    crm_logger_seconds: float | None = None
    crm_tasks: bool = False
    segments: bool = False


class State(StrEnum):
    """How a check came out. SKIPPED: not asked, and the words say why."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a probe.

    `name` is the question's, for programs, and stays the same ("gmail.access"); `subject`
    is what was asked about: a mailbox, a feature. WARN and FAIL need the `remedy`.
    """

    name: str
    state: State
    words: str
    subject: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`ports`: for each role, how to make the port from settings and toolbox.

    Factories import their SDKs inside, so that a manifest costs nothing to look at.
    `simulator` makes a stand-in for the service; `probe` answers "would this work?", by
    reads alone. `sign_in` is for services to which a person lets us in by consent; it gives
    None where the settings use a key instead. `hints` gives what makes syncd hear of things
    sooner, None where the settings do not ask for it.
    """

    kind: str
    title: str
    settings: type[BaseModel]
    ports: Mapping[Role, Callable[[Any, Toolbox], Any]]
    probe: Callable[[Any, Toolbox, Wants], list[Finding]] | None = None
    sign_in: Callable[[Any, Toolbox], SignIn | None] | None = None
    hints: Callable[[Any, Toolbox], Hints | None] | None = None
    simulator: Callable[[Clock], Simulator] | None = None
    extras: Mapping[str, str] = field(default_factory=dict)
