"""A world that outlives the process under test: three simulated services and a clock.

`World.process()` is the daemon of the moment: real settings, real connectors, the real
store on disk. Kill it at a durable step, start another one on the same state.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import Connection, event
from sqlalchemy import Engine as Database

from syncd import wiring
from syncd.engine.context import Context, Ports, Run
from syncd.engine.rehearsal import rehearse
from syncd.engine.turn import Engine, Rest
from syncd.ports.manifest import Toolbox
from syncd.ports.simulator import Answer, Request
from syncd.settings.loading import read
from syncd.settings.phrases import phrases
from syncd.settings.settings import Settings
from syncd.store import homes
from syncd.store.database import Server, Store, Where
from tests.support.clock import START, DrivenClock
from tests.support.letters import delivery
from tests.support.sight import Sight
from tests.support.transport import SimulatorTransport

MAYA = "maya@brightlink.example"
TOM = "tom@brightlink.example"

SETTINGS = """
team: {{domains: [brightlink.example], timezone: Europe/London}}
connectors:
  mail: {{kind: gmail, service_account: {{file: key.json}}, mailboxes: [{mailboxes}],
          api_url: "http://gmail.test", units_per_minute: 100000000}}
  crm: {{kind: hubspot, token: {{file: token}}, api_url: "http://hubspot.test",
         calls_per_10_seconds: 100000}}
  board: {{kind: teamwork, url: "http://teamwork.test", api_key: {{file: key}},
           calls_per_minute: 100000}}
log: {{since: 2026-09-01, crm_logger: {crm_logger}{log}}}
follow_up:
  steps: [3 business days, 5 business days]
  then: nurture after 90 days
  board: {{project: Outreach, task_list: Follow-ups}}
campaigns:
  - id: acme
    name: ACME
    client: acme.example
    tags: [builders]
    match: {{any: [{{label: Campaigns/ACME}}, {{subject: "*builder guide*"}}]}}
"""


class Crash(BaseException):
    """The process is gone. BaseException, so no `except Exception` can survive it."""


class Budget:
    """Counts durable steps and pulls the plug at the chosen one.

    A step is a commit that changed the state, or a write that a service carried out. Being
    killed before one leaves the world as being killed after the step before it.
    """

    def __init__(self, crash_at: int | None = None) -> None:
        self.crash_at, self.steps = crash_at, 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.crash_at:
            raise Crash


class CrashingStore(Store):
    """The real store, with a plug to pull after every commit that changes it."""

    def __init__(self, where: Where, budget: Budget) -> None:
        self._budget = Budget()  # opening and migrating is not counted
        super().__init__(where)
        self._budget = budget

    def _opened(self) -> Database:
        return _kept(self.where) if isinstance(self.where, Server) else super()._opened()

    def close(self) -> None:
        if not isinstance(self.where, Server):
            super().close()

    @contextmanager
    def beside(self) -> Iterator[Connection]:
        with super().beside() as tx:
            before = _changes(tx)
            yield tx
            changed = _changes(tx) != before
        if changed:
            self._budget.step()


@functools.cache
def _kept(server: Server) -> Database:
    """Connecting takes as long as a turn, and compiling longer: both once for many processes."""
    engine = homes.home(server).engine()
    event.listen(engine, "after_cursor_execute", _count_changes)
    return engine


def _changes(tx: Connection) -> int:
    raw = tx.connection.driver_connection
    return int(raw.total_changes if hasattr(raw, "total_changes") else tx.info.get("changes", 0))


def _count_changes(tx: Connection, cursor: Any, *rest: Any) -> None:
    """PostgreSQL's driver keeps no count of its own."""
    context = rest[2]
    if context.isinsert or context.isupdate or context.isdelete:
        tx.info["changes"] = tx.info.get("changes", 0) + max(0, cursor.rowcount)


READS = re.compile(r"/batch/read$|/search$|^/token$|^/batch(/gmail|$)")


class World(Sight):
    """Everything outside the process. `faults` are answered in order, one a write call.

    The state is a file, or in a PostgreSQL of this process's own: `where` says "file" or
    "server", or what the tests are run for says so (SYNCD_TEST_STORE=server).
    """

    def __init__(
        self,
        folder: Path,
        *,
        where: str = "",
        mailboxes: tuple[str, ...] = (MAYA, TOM),
        start: datetime = START,
        crm_logger: str = "off",
        log: str = "",
    ) -> None:
        self.folder = folder
        self.where: Where = folder / "syncd.db"
        if (where or os.environ.get("SYNCD_TEST_STORE")) == "server":
            from tests.support.postgres import postgres

            self.where = postgres().state(self)
        self.clock = DrivenClock(start)
        self.simulators = wiring.simulators(self.clock)
        self.transport = SimulatorTransport(self.simulators)
        self.mailboxes = mailboxes
        self._read: dict[str, Settings] = {}
        self.text = SETTINGS.format(
            mailboxes=", ".join(mailboxes), crm_logger=crm_logger, log=log and f", {log}"
        )
        (folder / "key.json").write_text(_service_account())
        (folder / "token").write_text("pat-sandbox")
        (folder / "key").write_text("twp_sandbox")
        for mailbox in mailboxes:
            self.tell("gmail", "add_mailbox", address=mailbox)
            self.tell("hubspot", "add_owner", email=mailbox, name=mailbox)
            self.tell("teamwork", "add_person", email=mailbox, name=mailbox)

    def tell(self, simulator: str, command: str, **body: Any) -> dict[str, Any]:
        return self.simulators[simulator].control(command, body)

    def deliver(self, mailbox: str, raw: bytes, days_ago: float, *labels: str) -> dict[str, Any]:
        """A message reaches a mailbox, so many days before the world's clock."""
        at = self.clock.now() - timedelta(days=days_ago)
        return self.tell("gmail", "deliver", **delivery(mailbox, raw, at, *labels))

    @contextmanager
    def process(self, budget: Budget | None = None, *, dry: bool = False) -> Iterator[Engine]:
        """A process of the daemon. With a budget, one that can be killed at any step."""
        budget = budget or Budget()
        settings = self._settings()
        store = CrashingStore(settings.store, budget)
        self.transport.after = functools.partial(_after, budget)
        ports: Ports = wiring.connect(settings, Toolbox(self.clock, transport=self.transport))
        context = Context(
            store=store,
            ports=rehearse(ports) if dry else ports,
            rules=settings.rules(self.clock.now()),
            phrases=_phrases(),
            run=Run("test"),
        )
        try:
            yield Engine(context)
        finally:
            store.close()
            self.transport.after = lambda _request, answer: answer

    def _settings(self) -> Settings:
        """The settings as a process reads them; the same text is read once."""
        if self.text not in self._read:
            path = self.folder / "syncd.yaml"
            text = self.text + self.store_lines
            self._read[self.text] = read(text, path, wiring.kinds(), {}, secrets=True)
        return self._read[self.text]

    @property
    def store_lines(self) -> str:
        """What the settings say of the state, where it is not beside them."""
        if not isinstance(self.where, Server):
            return ""
        return f'store: {{url: "{self.where.url}", schema: {self.where.schema}}}\n'

    def run(self, budget: Budget | None = None) -> Rest:
        """A process that works until it is quiet."""
        with self.process(budget) as engine:
            rest = engine.until_quiet(give_up=_Patience(50))
            engine.finish()
            return rest

    def writes(self) -> int:
        """How many calls that could change something the services have answered."""
        return sum(
            1
            for _, method, path in self.transport.calls
            if method != "GET" and not READS.search(path)
        )

    def get(self, service: str, path: str, **query: Any) -> Any:
        """Ask a service as any client would."""
        token = {"hubspot": "Bearer pat-sandbox", "teamwork": "Bearer twp_sandbox"}
        answer = self.simulators[service].handle(
            Request(
                "GET",
                path,
                tuple((key, str(value)) for key, value in query.items()),
                {"authorization": token.get(service, "")},
            )
        )
        return json.loads(answer.body)


class _Patience:
    def __init__(self, turns: int) -> None:
        self._left = turns

    def __call__(self) -> bool:
        self._left -= 1
        assert self._left > 0, "the engine never came to rest"
        return False


def _is_write(request: Request) -> bool:
    return request.method != "GET" and not READS.search(request.path)


def _after(budget: Budget, request: Request, answer: Answer) -> Answer:
    if _is_write(request):
        budget.step()
    return answer


@functools.cache
def _phrases() -> Any:
    return phrases()


@functools.cache
def _service_account() -> str:
    # Small, because reading a key checks it, and every process under test reads one.
    key = rsa.generate_private_key(65537, key_size=1024)  # noqa: S505 - signs for a simulator
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "test",
            "private_key_id": "test",
            "private_key": pem.decode(),
            "client_email": "syncd@test.example",
            "client_id": "1",
            "token_uri": "http://gmail.test/token",
        }
    )
