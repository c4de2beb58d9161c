"""The checkout as it is tracked, and what its documents name."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md"),
    "deploy/RUNBOOK.md",
)

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file git knows, or would take: what a commit of everything would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a document in this language."""
    return [body for kind, body in _FENCED.findall(text(name)) if kind == language]


def spans(name: str) -> list[str]:
    """What a document shows as code: inline, and each line of its blocks."""
    fenced = [line for _, body in _FENCED.findall(text(name)) for line in body.splitlines()]
    return fenced + _SPAN.findall(_FENCED.sub("", text(name)))
