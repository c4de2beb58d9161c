"""What the parts of the engine share."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from syncd.core.mail.phrases import Phrases
from syncd.core.mail.reading import Own
from syncd.core.rules import Rules
from syncd.ports.board import TaskBoard
from syncd.ports.clock import Clock
from syncd.ports.crawl import LinkSource
from syncd.ports.crm import Crm
from syncd.ports.mail import MailSource
from syncd.ports.verdicts import Changed, CursorLost, Locked, Verdict
from syncd.ports.web import LinkChecker
from syncd.store import mailboxes, notes
from syncd.store.database import Store, Tx

T = TypeVar("T")

log: structlog.stdlib.BoundLogger = structlog.get_logger("syncd")

# Why no task is opened for the time being, in words: the board shows none of those it had.
BOARD_EMPTY = "board_empty"
# While a service refuses our credentials it is asked again this often.
LOCKED_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Ports:
    """`mail`: the source of each mailbox. `board` None: nothing is followed up.

    `web` None: no page is looked at. `crawls`: crawlers, by the name people call them by.
    `read_only`: they have no methods that write.
    """

    mail: Mapping[str, MailSource]
    crm: Crm
    board: TaskBoard | None
    clock: Clock
    web: LinkChecker | None = None
    crawls: Mapping[str, LinkSource] = field(default_factory=dict)
    read_only: bool = False

    def of(self, role: str) -> Any:
        return {"crm": self.crm, "board": self.board}[role]


@dataclass(slots=True)
class Run:
    """One run, written down when it first plans something: idle turns leave no trace.

    `undoes`: the run that this one takes back.
    """

    command: str
    id: int | None = None
    undoes: int | None = None

    def number(self, tx: Tx, now: datetime) -> int:
        if self.id is None:
            self.id = notes.begin_run(tx, self.command, now, undoes=self.undoes)
        return self.id


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long piece of work is: `what` names it, e.g. the mailbox being read."""

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Day:
    """What was planned, by kind, in the day until a moment; how many tasks were open at its
    beginning.
    """

    until: datetime
    planned: Counter[str]
    open_tasks: int


@dataclass(slots=True)
class AtMost:
    """How many effects, by kind, were planned since a moment, at the most.

    What was withdrawn again, or rolled back, is still counted.
    """

    since: datetime
    planned: Counter[str]


@dataclass(slots=True)
class Context:
    """`paused`: roles that may not be called before a time. `done`: effects by kind.

    `failing`: what could not be done when it was last tried, by role, in words.
    `turn_began`, `day`: the guard's limits are for a turn and a day, not for the life of a
    daemon. `in_turn`: what the turn has planned.
    `readers`: how many threads read mailboxes in a turn. With one, turns come out the same each
    time, call by call.
    `came`: mail has come in since the last round began; a backlog waits until it is decided.
    `stop` asks long work to end at the next safe place; `progress` is told how far it is;
    `told` hears how sending each effect went: its kind, and the outcome's name; `logged` the
    keys of messages that now are in the CRM, without those of a backlog.
    """

    store: Store
    ports: Ports
    rules: Rules
    phrases: Phrases
    run: Run
    paused: MutableMapping[str, datetime] = field(default_factory=dict)
    failing: MutableMapping[str, str] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    turn_began: datetime | None = None
    readers: int = 1
    day: Day | None = None
    in_turn: AtMost | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)
    came: threading.Event = field(default_factory=threading.Event)
    progress: Callable[[Progress], None] = lambda _progress: None
    told: Callable[[str, str], None] = lambda _kind, _outcome: None
    logged: Callable[[Sequence[str]], None] = lambda _messages: None

    def now(self) -> datetime:
        return self.ports.clock.now()

    @property
    def targets(self) -> frozenset[str]:
        """The domains of the sites we want links to."""
        return frozenset(campaign.client for campaign in self.rules.campaigns)

    def own(self, tx: Tx) -> Own:
        """Our addresses, as far as the mailboxes have told them."""
        known = {box.address: box.aliases for box in mailboxes.every(tx)}
        return Own.of(
            {address: known.get(address, ()) for address in self.ports.mail},
            self.rules.team.domains,
        )

    def is_failing(self, mailbox: str) -> bool:
        return f"mailbox:{mailbox}" in self.failing

    def is_paused(self, role: str) -> bool:
        until = self.paused.get(role)
        return until is not None and self.now() < until

    def pause(self, role: str, words: str, remedy: str) -> None:
        """A service refuses us: stop asking for a while; tell ops once."""
        if role not in self.paused:
            log.error("service_locked", service=role, words=words, remedy=remedy)
        self.paused[role] = self.now() + LOCKED_PAUSE
        self.failing[role] = f"{words}; {remedy}" if remedy else words

    def tried(self, role: str, work: Callable[[], T]) -> T | None:
        """What the CRM or the board answers; None where it does not, which is told and kept.

        That a cursor is lost, or what was asked for has gone, is an answer: it is raised.
        """
        try:
            answer = work()
        except (CursorLost, Changed):
            raise
        except Locked as verdict:
            self.pause(role, str(verdict), verdict.remedy)
            return None
        except Verdict as verdict:
            if role == "board":
                log.warning("board_later", words=str(verdict))
            else:
                log.warning("crm_later", words=str(verdict))
            self.failing[role] = str(verdict)
            return None
        self.resume(role)
        return answer

    def resume(self, role: str) -> None:
        self.failing.pop(role, None)
        if self.paused.pop(role, None) is not None:
            log.info("service_unlocked", service=role)
