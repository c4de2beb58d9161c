"""Where the time of a run goes: fetch, parse, decide, store, deliver, each without the others."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from requests import PreparedRequest, Session
from sqlalchemy import event

from syncd.engine.turn import Engine

# What is called, and the stage that its time belongs to. Within it another stage may begin.
_CALLED = {
    "syncd.engine.ingest.read": "parse",
    "syncd.engine.decide.messages": "decide",
    "syncd.engine.decide.conversations": "decide",
    "syncd.engine.decide.contacts": "decide",
    "syncd.engine.deliver.Delivery.deliver": "deliver",
}
# Of a mailbox's source.
_FETCHES = ("changes", "cursor", "fetch", "listing")
STAGES = ("fetch", "parse", "decide", "store", "deliver")


class Stages:
    """Seconds by stage on one thread. What is in no stage is "other"; waiting for an answer
    of a service is "wait for" it.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._open = ["other"]
        self._since = time.perf_counter()
        self._sql: dict[str, Callable[..., None]] = {
            "before_cursor_execute": lambda *_: self.enter("store"),
            "after_cursor_execute": lambda *_: self.leave(),
        }

    def enter(self, stage: str) -> None:
        self._book()
        self._open.append(stage)

    def leave(self) -> None:
        self._book()
        self._open.pop()

    def _book(self) -> None:
        now = time.perf_counter()
        self.seconds[self._open[-1]] += now - self._since
        self._since = now

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **more: Any) -> Any:
            self.enter(stage)
            try:
                return function(*args, **more)
            finally:
                self.leave()

        return call

    @contextmanager
    def watch(self, engine: Engine) -> Iterator[Stages]:
        with ExitStack() as patches:
            for name, stage in _CALLED.items():
                patches.enter_context(patch(name, self.timed(stage, _named(name))))
            for source in {id(one): one for one in engine.ctx.ports.mail.values()}.values():
                # An engine holds the methods themselves, as they were when it was made.
                for name in _FETCHES:
                    fetch = staticmethod(self.timed("fetch", getattr(source, name)))
                    patches.enter_context(patch.object(type(source), name, fetch))
            patches.enter_context(patch.object(Session, "send", self._sends(Session.send)))
            database = engine.ctx.store._engine
            commit = self.timed("store", database.dialect.do_commit)
            patches.enter_context(patch.object(database.dialect, "do_commit", commit))
            for name, listener in self._sql.items():
                event.listen(database, name, listener)
                patches.callback(event.remove, database, name, listener)
            self._since = time.perf_counter()
            yield self
            self._book()

    def _sends(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def timed(session: Session, request: PreparedRequest, **more: Any) -> Any:
            self.enter("wait for the services")
            try:
                return send(session, request, **more)
            finally:
                self.leave()

        return timed


def _named(name: str) -> Any:
    module, _, rest = name.partition(".")
    found: Any = __import__(module)
    for part in rest.split("."):
        if not hasattr(found, part):
            __import__(f"{found.__name__}.{part}")
        found = getattr(found, part)
    return found
