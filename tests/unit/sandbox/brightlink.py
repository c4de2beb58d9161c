"""The shipped example, read as the command line reads it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from syncd.sandbox.example import Example
from syncd.settings.shipped import shipped
from syncd.settings.source import load_yaml


@cache
def brightlink() -> Example:
    files = sorted(shipped("sandbox/example").iterdir(), key=lambda file: file.name)
    return Example([load_yaml(file) for file in files if file.name.endswith(".yaml")])


def campaigns() -> list[Mapping[str, Any]]:
    """Its campaigns, those that stand in files of their own as well."""
    folder = shipped("sandbox/example/files")
    return [
        load_yaml(folder.joinpath(one["file"])) if "file" in one else one
        for one in brightlink().campaigns
    ]
