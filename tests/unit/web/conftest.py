"""A daemon that has taken a turn, and the pages about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from syncd import app
from syncd.cli.running import Daemon, Dials
from syncd.runtime.loop import Loop
from syncd.web.app import make_app
from tests.support.asgi import Visitor
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

HOSTILE = '<script>alert("x")</script> & "quotes"'


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Ada Stone <{ADA}>", 6, "p1@brightlink.example", subject="Builder guide")
    office.wrote(f"Bob <{BOB}>", 7, "p2@brightlink.example", subject="Other words")
    office.got(f"Bob <{BOB}>", 2, "r2@x", subject=HOSTILE, answers="p2@brightlink.example")
    return office


class Running:
    """The daemon's parts without its loop; `visitor` comes with the headers given."""

    def __init__(self, office: Office, stack: ExitStack, **wishes: Any) -> None:
        self.office = office
        config = office.folder / "syncd.yaml"
        config.write_text(office.text)
        dials = Dials.of(office.clock)
        wish = app.Wish(
            "run",
            office.clock,
            observe=dials.called,
            **{"transport": office.transport, **wishes},
            budget=dials.metrics.budget,
            told=dials.metrics.outcome,
        )
        settings = office.settings
        self.works = stack.enter_context(app.engine(settings, wish))
        self.dials = dials
        dials.pulse.begin()
        self.daemon = Daemon(config, settings, self.works, wish, dials, loop=Loop)
        dials.metrics.watch(self.daemon._view)
        stack.callback(self.daemon._view.close)
        self.house = self.daemon._house()
        self.app = make_app(self.house)

    def turn(self) -> None:
        self.works.turn()
        self.dials.pulse.turned()
        self.daemon._turned(1.0)

    def visitor(self, peer: str = "127.0.0.1", **headers: str) -> Visitor:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Visitor(self.app, peer, {"host": "localhost:8385", **named})


@pytest.fixture
def runs(office: Office) -> Iterator[Callable[..., Running]]:
    with ExitStack() as stack:

        def start(**env: str) -> Running:
            for name, words in env.items():
                (office.folder / name).write_text(words)
            running = Running(office, stack)
            running.turn()
            return running

        yield start


@pytest.fixture
def running(runs: Callable[..., Running]) -> Running:
    return runs()
