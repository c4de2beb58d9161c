"""The command line in this process, with the real connectors and simulated services."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from syncd import app, wiring
from syncd.cli.main import main
from syncd.ports.manifest import Toolbox
from syncd.settings.settings import Settings
from tests.unit.engine.office import Office


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Ended]


def wire(office: Office, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Command:
    """Commands that work on the office's state and services."""
    real = wiring.connect

    def wired(settings: Settings, tools: Toolbox, **more: Any) -> Any:
        return real(
            settings, replace(tools, clock=office.clock, transport=office.transport), **more
        )

    monkeypatch.setattr(app, "connect", wired)

    def run(*args: str) -> Ended:
        (office.folder / "syncd.yaml").write_text(office.text + office.store_lines)
        capsys.readouterr()
        code = main([*args, "--config", str(office.folder / "syncd.yaml")])
        return Ended(code, *capsys.readouterr())

    return run
