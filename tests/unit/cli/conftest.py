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
    # The composition root brings the engine and every real connector with it.
    root = types.ModuleType("syncd.app")
    root.kinds = lambda: KINDS  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "syncd.app", root)
    for name in ("SYNCD_CONFIG", "SYNCD_DEBUG", "HUBSPOT_TOKEN", "TEAMWORK_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> Ended:
        capsys.readouterr()
        code = main(args)
        return Ended(code, *capsys.readouterr())

    return run
