"""Worlds in which syncd was set up already, made once for each settings text."""

from __future__ import annotations

import functools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.world import World


def set_up(world: World) -> None:
    """Give a fresh world the services and the state that `syncd setup` leaves behind."""
    services, state = _prepared(world.text, world.mailboxes)
    for name, snapshot in services.items():
        world.simulators[name].restore(snapshot)
    (world.folder / "syncd.db").write_bytes(state)


@functools.cache
def _prepared(text: str, mailboxes: tuple[str, ...]) -> tuple[dict[str, dict[str, Any]], bytes]:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), mailboxes=mailboxes)
        world.text = text
        with world.process() as engine:
            assert engine.set_up()
            engine.finish()
        services = {name: it.snapshot() for name, it in world.simulators.items()}
        return services, (world.folder / "syncd.db").read_bytes()
