"""A small office whose mail, records and tasks the engine keeps in step."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from syncd import app, wiring
from syncd.engine.turn import Engine, Rest
from syncd.settings.loading import read
from syncd.settings.settings import Settings
from syncd.store import overview, tally
from syncd.store.database import Store
from tests.support.letters import letter
from tests.support.prepared import set_up
from tests.support.transport import SimulatorTransport
from tests.support.world import MAYA, TOM, World

ADA = "ada@site.example"
BOB = "bob@other.example"
ACME = "Campaigns/ACME"

__all__ = ["ACME", "ADA", "BOB", "MAYA", "TOM", "Office"]


class Wires(SimulatorTransport):
    """What the simulators are reached by; services in `down` cannot be reached.

    Simulators serve one call at a time, the daemon makes several: they queue here.
    """

    def __init__(self, simulators: Any) -> None:
        super().__init__(simulators)
        self.down: set[str] = set()
        self._meanwhile: list[tuple[str, Callable[[], object]]] = []
        self.lock = threading.RLock()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            if any(f"//{name}.test" in (request.url or "") for name in self.down):
                raise requests.ConnectionError("nobody answers")
            answer = super().send(request, *args, **kwargs)
            for waiting in list(self._meanwhile):
                if waiting[0] in (request.url or ""):
                    self._meanwhile.remove(waiting)
                    waiting[1]()
            return answer

    def meanwhile(self, path: str, happens: Callable[[], object]) -> None:
        """Something happens in the world once a call to that path was answered."""
        self._meanwhile.append((path, happens))


class Office(World):
    """`log`: further keys of the log section; `follow_up`: lines of that section; `more`: of
    the file, e.g. further campaigns. `ready`: syncd was set up before.
    """

    def __init__(
        self,
        folder: Path,
        *,
        mailboxes: tuple[str, ...] = (MAYA,),
        crm_logger: str = "off",
        log: str = "",
        follow_up: Iterable[str] = (),
        more: str = "",
        ready: bool = True,
    ) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(folder, mailboxes=mailboxes, crm_logger=crm_logger, log=log)
        lines = "".join(f"  {line}\n" for line in follow_up)
        self.text = self.text.replace("follow_up:\n", f"follow_up:\n{lines}") + more
        self.transport: Wires = Wires(self.simulators)
        if ready:
            set_up(self)

    # what happens outside

    def wrote(
        self,
        to: str,
        days_ago: float,
        key: str,
        *,
        mailbox: str = MAYA,
        labels: Iterable[str] = (ACME,),
        **more: Any,
    ) -> str:
        """One of us wrote a message. Returns its id in the mailbox."""
        return self._arrived(mailbox, f"Us <{mailbox}>", to, days_ago, key, ("SENT", *labels), more)

    def got(
        self,
        sender: str,
        days_ago: float,
        key: str,
        *,
        mailbox: str = MAYA,
        labels: Iterable[str] = ("INBOX", "UNREAD"),
        **more: Any,
    ) -> str:
        """A message came in. Returns its id in the mailbox."""
        return self._arrived(mailbox, sender, f"Us <{mailbox}>", days_ago, key, labels, more)

    def _arrived(
        self,
        mailbox: str,
        sender: str,
        to: str,
        days_ago: float,
        key: str,
        labels: Iterable[str],
        more: dict[str, Any],
    ) -> str:
        at = self.clock.now() - timedelta(days=days_ago)
        raw = letter(sender, to, at, key=key, **more)
        return str(self.deliver(mailbox, raw, days_ago, *labels)["id"])

    def person(self, does: str, **more: Any) -> None:
        """A person acts on the only task there is."""
        [task] = self.tasks()
        self.tell("teamwork", f"person_{does}", task=task["id"], by=MAYA, **more)

    # the daemon

    @property
    def settings(self) -> Settings:
        text = self.text + self.store_lines
        return read(text, self.folder / "syncd.yaml", wiring.kinds(), {}, secrets=True)

    def wish(self, command: str) -> app.Wish:
        return app.Wish(command, self.clock, transport=self.transport)

    @contextmanager
    def works(self) -> Iterator[Engine]:
        with app.engine(self.settings, self.wish("once")) as engine:
            yield engine

    def turn(self) -> Rest:
        """What `syncd once` does."""
        with self.works() as engine:
            rest = engine.turn()
            engine.finish()
            return rest

    def did(self) -> Counter[tuple[str, str]]:
        """A turn, as what it did: (kind, summary)."""
        with self.works() as engine:
            engine.turn()
            engine.finish()
            return _told(engine)

    def plan(self) -> Counter[tuple[str, str]]:
        """What `syncd plan` shows."""
        with app.dry_engine(self.settings, self.wish("plan")) as engine:
            engine.turn()
            return _told(engine)

    def nightly(self) -> Rest:
        with self.works() as engine:
            engine.start()
            rest = engine.reconcile()
            engine.finish()
            return rest

    # what can be seen

    @contextmanager
    def state(self) -> Iterator[Any]:
        """A look into the state between two runs."""
        store = Store.reading(self.settings.store)
        try:
            with store.begin() as tx:
                yield tx
        finally:
            store.close()

    def coverage(self) -> dict[tuple[str, str], int]:
        """How many copies came to (outcome, reason), over all mailboxes."""
        counted: Counter[tuple[str, str]] = Counter()
        with self.state() as tx:
            for row in overview.coverage(tx):
                counted[row.outcome, row.reason] += row.number
        return dict(counted)

    def states(self, kind: str) -> dict[str, int]:
        """How many effects of a kind are in each state."""
        with self.state() as tx:
            return {state: n for (one, state), n in tally.states(tx).items() if one == kind}

    def calls(self, service: str, method: str = "", path: str = "") -> list[str]:
        return [
            f"{how} {where}"
            for name, how, where in self.transport.calls
            if name == service and method in {"", how} and path in where
        ]

    def since(self) -> None:
        """Count calls from here on."""
        self.transport.calls.clear()

    def emails(self) -> list[str]:
        """The subjects in the CRM, one for each engagement."""
        return sorted(row["hs_email_subject"] or "" for row in self.objects("emails"))

    def people(self) -> list[str]:
        return sorted(row["email"] for row in self.objects("contacts"))

    def board(self) -> list[tuple[str, str]]:
        return sorted((row["name"], row["status"]) for row in self.tasks())

    def open_tasks(self) -> list[str]:
        return [name for name, status in self.board() if status in {"new", "reopened"}]


def _told(engine: Engine) -> Counter[tuple[str, str]]:
    return Counter((effect.action.kind, effect.summary) for effect in engine.planned())
