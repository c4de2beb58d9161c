"""Data files that come with syncd: the top-level `config` folder, wherever syncd was installed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import syncd


def shipped(relative: str) -> Traversable:
    """The shipped file or folder `config/<relative>`. Raises `FileNotFoundError`."""
    # A wheel carries the folder inside the package; a checkout has it beside the package.
    for root in (files(syncd) / "_config", Path(syncd.__file__).parent.parent / "config"):
        found = root.joinpath(*relative.split("/"))
        if found.is_file() or found.is_dir():
            return found
    raise FileNotFoundError(f"config/{relative} does not come with this syncd")


def contents(file: Traversable) -> Any:
    """What a YAML file of ours says, as YAML 1.2 has it: only `true` and `false` are no words.

    Read by libyaml, in a tenth of the time that a reader takes which keeps lines and finds a key
    given twice. Tests read the same files with that one.
    """
    return _yaml()(file.read_bytes())


@cache
def _yaml() -> Callable[[bytes], Any]:
    # Here, because what only looks at settings does without.
    import yaml

    quick = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    loader: Any = type("Loader", (quick,), {"__doc__": "Text, and what else our files have."})
    for name, pattern, first, value in (
        ("bool", r"true|false", "tf", "true".__eq__),
        ("int", r"[0-9]+", "0123456789", int),
    ):
        tag = f"tag:yaml.org,2002:{name}"
        loader.add_implicit_resolver(tag, re.compile(rf"^(?:{pattern})$"), list(first))
        loader.add_constructor(tag, lambda _loader, node, value=value: value(node.value))
    return lambda text: yaml.load(text, loader)  # noqa: S506 - it builds nothing but those
