"""Worlds in which syncd was set up already, made once for each settings text."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from syncd.store.database import Server, Store
from syncd.store.moving import copy_rows
from tests.support.postgres import postgres
from tests.support.world import World


def set_up(world: World) -> None:
    """Give a fresh world the services and the state that `syncd setup` leaves behind."""
    services, state = _prepared(world.text, world.mailboxes)
    for name, snapshot in services.items():
        world.simulators[name].restore(snapshot)
    put(world, state)


@dataclass(frozen=True)
class Moment:
    """What a world had come to: its services, its state, its time and its settings."""

    services: dict[str, dict[str, Any]]
    state: bytes | Server
    now: datetime
    text: str


def moment(world: World) -> Moment:
    """As it is now, between two processes. What takes long to come to is made once."""
    services = {name: it.snapshot() for name, it in world.simulators.items()}
    state: bytes | Server
    if isinstance(world.where, Server):
        state = postgres().fresh()
        Store(state).close()
        postgres().fill(state, world.where)
    else:
        state = world.where.read_bytes()
    return Moment(services, state, world.clock.now(), world.text)


def go_to(world: World, there: Moment) -> None:
    """Make of a world with the same kind of state what another one had come to."""
    for name, snapshot in there.services.items():
        world.simulators[name].restore(snapshot)
    world.clock.advance((there.now - world.clock.now()).total_seconds())
    world.text = there.text
    if isinstance(there.state, bytes):
        put(world, there.state)
    else:
        assert isinstance(world.where, Server)
        postgres().empty(world.where)
        postgres().fill(world.where, there.state)


def put(world: World, state: bytes) -> None:
    """Give a world the state that is in this file of SQLite."""
    if not isinstance(world.where, Server):
        world.where.write_bytes(state)
        return
    postgres().fill(world.where, _template(state))


@functools.cache
def _template(state: bytes) -> Server:
    """A state on the server to copy others from, which there is quick."""
    server = postgres().fresh()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "state.db"
        file.write_bytes(state)
        source, target = Store(file), Store(server)
        try:
            copy_rows(source, target)
        finally:
            source.close()
            target.close()
    return server


@functools.cache
def _prepared(text: str, mailboxes: tuple[str, ...]) -> tuple[dict[str, dict[str, Any]], bytes]:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), mailboxes=mailboxes, where="file")
        world.text = text
        with world.process() as engine:
            assert engine.set_up()
            engine.finish()
        services = {name: it.snapshot() for name, it in world.simulators.items()}
        return services, (world.folder / "syncd.db").read_bytes()
