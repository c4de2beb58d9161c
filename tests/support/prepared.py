"""Worlds in which syncd was set up already, made once for each settings text."""

from __future__ import annotations

import functools
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
