"""The shipped example, read as the command line reads it."""

from __future__ import annotations

from functools import cache

from syncd.sandbox.example import Example
from syncd.settings.shipped import shipped
from syncd.settings.source import load_yaml


@cache
def brightlink() -> Example:
    files = sorted(shipped("sandbox/example").iterdir(), key=lambda file: file.name)
    return Example([load_yaml(file) for file in files])
