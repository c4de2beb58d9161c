"""The command line in this process, with connectors small enough to see through."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from syncd.cli.main import main
from tests.unit.settings.kinds import KINDS


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@pytest.fixture
def syncd(monkeypatch, tmp_path, capsys) -> Callable[..., Ended]:
    """Run a command in an empty folder."""
    # The real ones bring the engine and every connector with them.
    wiring = types.ModuleType("syncd.wiring")
    wiring.kinds = lambda: KINDS  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "syncd.wiring", wiring)
    monkeypatch.setitem(sys.modules, "syncd.app", types.ModuleType("syncd.app"))
    for name in ("SYNCD_CONFIG", "SYNCD_DEBUG", "HUBSPOT_TOKEN", "TEAMWORK_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> Ended:
        capsys.readouterr()
        code = main(args)
        return Ended(code, *capsys.readouterr())

    return run
