"""The settings as syncd understands them, for people: defaults filled in, secrets hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from syncd.ports.secrets import SecretRef
from syncd.settings.lists import ProspectFile
from syncd.settings.settings import Settings

Rows = list[tuple[str, str]]
# Of a longer list the first few, and how many there are.
_SHOWN = 12


def understood(settings: Settings) -> list[tuple[str, Rows]]:
    """Each section with its keys, dotted, and their values in words."""
    sections: list[tuple[str, Rows]] = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if name == "connectors":
            sections += [(f"connectors: {one}", list(_rows(it))) for one, it in value.items()]
        elif name == "campaigns":
            sections += [(f"campaign: {one.name or one.id}", list(_rows(one))) for one in value]
        elif isinstance(value, BaseModel):
            sections.append((name, list(_rows(value))))
        else:
            sections.append((name, [(name, _words(value))]))
    return sections


def _rows(value: BaseModel, above: str = "") -> Iterator[tuple[str, str]]:
    for name in type(value).model_fields:
        yield from _row(getattr(value, name), f"{above}{name}")


def _row(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, SecretRef):
        yield name, f"a secret, from {value}"
    elif isinstance(value, BaseModel):
        yield from _rows(value, f"{name}.")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _row(item, f"{name}.{key}")
    else:
        yield name, _words(value)


def _words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, SecretRef):
        return f"a secret, from {value}"
    if isinstance(value, ProspectFile):
        return f"{value.name} ({len(value.members):,} entries)"
    if isinstance(value, BaseModel):
        said = {name: getattr(value, name) for name in value.model_fields_set}
        return ", ".join(f"{name}: {_words(one)}" for name, one in said.items())
    if isinstance(value, list | tuple | set | frozenset) and not hasattr(value, "_fields"):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
        shown = "; ".join(_words(one) for one in items[:_SHOWN])
        more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
        return (shown + more) or "none"
    return str(value)
