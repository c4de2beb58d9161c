"""The files under deploy/, and the tools that can judge them where they are installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.arch.checkout import ROOT

DEPLOY = ROOT / "deploy"
# What .ci/tools installs beside the checkout's own Python.
TOOLS = Path(sys.executable).parents[1] / "tools" / "bin"


def read(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def parsed(name: str) -> Any:
    """A YAML file as plain values."""
    return YAML(typ="safe").load(read(name))


def tool(name: str, why: str) -> str:
    """The program's path; the test is skipped, saying why, where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path=str(TOOLS))
    if found is None:
        pytest.skip(f"{name} is not installed here: {why}")
    return found


def run(*command: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **more)
