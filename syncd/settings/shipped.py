"""Data files that come with syncd: the top-level `config` folder, wherever syncd was installed."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import syncd


def shipped(relative: str) -> Traversable:
    """The shipped file or folder `config/<relative>`. Raises `FileNotFoundError`."""
    # A wheel carries the folder inside the package; a checkout has it beside the package.
    for root in (files(syncd) / "_config", Path(syncd.__file__).parent.parent / "config"):
        found = root.joinpath(*relative.split("/"))
        if found.is_file() or found.is_dir():
            return found
    raise FileNotFoundError(f"config/{relative} does not come with this syncd")
