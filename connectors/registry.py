"""Connectors by kind: those built in, and those other packages bring.

Another package brings a connector through the entry-point group `syncd.connectors`:

    [project.entry-points."syncd.connectors"]
    basecamp = "syncd_basecamp:MANIFEST"

A connector that does not load is reported and never hides the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from syncd.ports.manifest import Manifest

GROUP = "syncd.connectors"
BUILT_IN = ("crawler", "gmail", "hubspot", "screaming_frog", "teamwork", "webcheck")


@dataclass(frozen=True, slots=True)
class Problem:
    """A connector that cannot be used. `kind` is what the settings would call it."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Registry:
    manifests: Mapping[str, Manifest] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def manifests() -> dict[str, Manifest]:
    """Every connector that loads, by kind. `discover` also tells which do not."""
    return dict(discover().manifests)


def discover() -> Registry:
    """Load every manifest. Never raises; what is wrong stands in `problems`."""
    found: dict[str, Manifest] = {}
    problems: list[Problem] = []
    for kind in BUILT_IN:
        loaded = _built_in(kind)
        if isinstance(loaded, Manifest):
            found[kind] = loaded
        else:
            problems.append(loaded)
    brought: dict[str, list[tuple[str, Manifest]]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, _source(entry))):
        outside = _outside(entry)
        if isinstance(outside, Manifest):
            brought.setdefault(outside.kind, []).append((_source(entry), outside))
        else:
            problems.append(outside)
    for kind, rivals in brought.items():
        if kind not in BUILT_IN and len(rivals) == 1:
            found[kind] = rivals[0][1]
        else:
            problems.extend(_clash(kind, [source for source, _ in rivals]))
    return Registry(found, tuple(problems))


def _built_in(kind: str) -> Manifest | Problem:
    module = f"connectors.{kind}"
    return _loaded(kind, f"syncd's own {module}", lambda: import_module(module).MANIFEST)


def _outside(entry: EntryPoint) -> Manifest | Problem:
    return _loaded(entry.name, _source(entry), entry.load)


def _loaded(kind: str, source: str, load: Callable[[], Any]) -> Manifest | Problem:
    try:
        manifest = load()
    except Exception as error:  # noqa: BLE001 - code of other packages may raise anything
        words = f"connector {kind!r} of {source} does not load: {type(error).__name__}: {error}"
        return Problem(kind, words)
    if isinstance(manifest, Manifest):
        return manifest
    words = f"connector {kind!r} of {source} is a {type(manifest).__name__}, not a Manifest"
    return Problem(kind, words)


def _clash(kind: str, sources: list[str]) -> Iterator[Problem]:
    """Neither is taken: which code gets a customer's keys must not hang on sorting."""
    if kind in BUILT_IN:
        for source in sources:
            words = f"{source} brings a connector of kind {kind!r}, which is syncd's own"
            yield Problem(kind, f"{words}; it must choose another kind, or be uninstalled")
        return
    words = f"{' and '.join(sources)} both bring a connector of kind {kind!r}"
    yield Problem(kind, f"{words}; neither is used, uninstall one")


def _source(entry: EntryPoint) -> str:
    dist = entry.dist
    return f"{dist.name} {dist.version}" if dist is not None else f"entry point {entry.value!r}"
