"""Where the settings name a person: in the file itself, a campaign's file, or a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from syncd.core.identity import names_address
from syncd.ports.secrets import SecretRef
from syncd.settings.lists import ProspectFile
from syncd.settings.settings import Settings


def mentions(settings: Settings, addresses: Iterable[str]) -> list[str]:
    """The places that hold one of the addresses, as `campaigns[0].match.any[1]`; no secrets."""
    wanted = list(addresses)
    return sorted(
        {
            place
            for place, words in _leaves(settings, "")
            if any(names_address(words, who) for who in wanted)
        }
    )


def _leaves(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if value is None or isinstance(value, SecretRef):
        return
    parts = _parts(value, place)
    if parts is None:
        yield place, str(value)
        return
    for where, part in parts:
        yield from _leaves(part, where)


def _parts(value: Any, place: str) -> list[tuple[str, Any]] | None:
    """What a value is made of, each with its place; None where it is of one piece."""
    if isinstance(value, BaseModel):
        names = type(value).model_fields
        return [(f"{place}.{name}" if place else name, getattr(value, name)) for name in names]
    if isinstance(value, Mapping):
        return [(f"{place}.{key}", one) for key, item in value.items() for one in (str(key), item)]
    if isinstance(value, ProspectFile):
        return [(f"{place}, the list {value.name}", one) for one in value.members]
    if isinstance(value, set | frozenset):
        return [(place, one) for one in value]
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [(f"{place}[{number}]", one) for number, one in enumerate(value)]
    return None
