"""Which of the secrets that the settings refer to are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from syncd.ports.secrets import MissingSecret, SecretRef
from syncd.settings.problems import Loc
from syncd.settings.settings import Settings
from syncd.store.server import Server


def absent_secrets(settings: Settings) -> Iterator[tuple[Loc, str]]:
    """Where each missing secret is referred to, and what to do about it."""
    for loc, secret in secret_references(settings):
        try:
            secret.read()
        except MissingSecret as error:
            yield loc, str(error)


def secret_references(settings: Settings) -> Iterator[tuple[Loc, SecretRef]]:
    """Every secret the settings refer to, and where."""
    for section in type(settings).model_fields:
        yield from _references(getattr(settings, section), (section,))


def _references(value: Any, loc: Loc) -> Iterator[tuple[Loc, SecretRef]]:
    if isinstance(value, SecretRef):
        yield loc, value
    elif isinstance(value, Server):
        yield from _references(value.password, (*loc, "password"))
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _references(getattr(value, name), (*loc, name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _references(item, (*loc, key))
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from _references(item, (*loc, at))
