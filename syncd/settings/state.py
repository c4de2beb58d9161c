"""Where the state is kept, by whom it is worked on, and for how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import (
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)

from syncd.core.calendar import Span, Unit
from syncd.ports.secrets import SecretRef
from syncd.settings.fields import SPAN_WORDS, Unfit, base_of, did_you_mean, span_of
from syncd.settings.section import Section
from syncd.store.server import SCHEMA, Server

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_KEYS = ("url", "schema", "password")
_NOT_HERE = (
    "holds a password; leave it out and write password: {env: NAME} or {file: PATH} beside url"
)
# Shorter than any wait somebody would write down, and something is forgotten that matters.
_LEAST_DAYS = 90


class WrongRuntime(Exception):
    """The command is that of another `runtime`. The message says which is the right one."""


class Runtime(StrEnum):
    """Who does the work."""

    EMBEDDED = "embedded"
    CLUSTER = "cluster"


def _store(given: Any, info: ValidationInfo) -> Path | Server:
    if isinstance(given, Server):
        return given
    if isinstance(given, Path):
        return base_of(info) / given
    if isinstance(given, Mapping):
        return _server(given, info)
    if not isinstance(given, str) or not given.strip():
        raise Unfit("should be the path of a file, e.g. syncd.db, or postgresql://user@host/name")
    if "://" in given:
        return Server(_url(given))
    return base_of(info) / given.strip()


def _server(given: Mapping[Any, Any], info: ValidationInfo) -> Server:
    for key in given:
        if key not in _KEYS:
            raise Unfit(f"has no key {key!r}{did_you_mean(key, _KEYS)}")
    schema, password = given.get("schema", SCHEMA), given.get("password")
    if not isinstance(schema, str) or not _NAME.fullmatch(schema):
        raise Unfit("should have as its schema a name of small letters, digits and _, e.g. syncd")
    try:
        secret = (
            None
            if password is None
            else SecretRef.model_validate(password, context=info.context or {})
        )
    except ValidationError:
        # Not repeated: it may be the password itself.
        raise Unfit(
            "should have as its password a reference, {env: NAME} or {file: PATH}"
        ) from None
    return Server(_url(given.get("url")), schema, secret)


def _url(given: Any) -> str:
    """The address, in no message: it may hold a password that does not belong there."""
    parts = urlsplit(given.strip()) if isinstance(given, str) else None
    if parts is None or parts.scheme not in {"postgresql", "postgres"} or len(parts.path) < 2:
        raise Unfit(
            "should be the path of a file, e.g. syncd.db, or an address such as "
            "postgresql://user@host/name"
        )
    told = {name for name, _ in parse_qsl(parts.query)}
    if parts.password is not None or "password" in told:
        raise Unfit(_NOT_HERE)
    if "options" in told:
        raise Unfit("has options of its own, which syncd sets itself; leave them out")
    return parts._replace(scheme="postgresql").geturl()


def where_of(given: str) -> Path | Server:
    """A state as the command line names it. Raises `Unfit`, a `ValueError`."""
    return Server(_url(given)) if "://" in given else Path(given)


def _keep(given: Any) -> Span | None:
    if given is None or isinstance(given, Span):
        return given
    # YAML 1.1 tools, and a %YAML 1.1 line, turn a bare no into false.
    if given is False or (isinstance(given, str) and given.strip().lower() in {"off", "for ever"}):
        return None
    span = span_of(given)
    if span.unit is Unit.BUSINESS_DAY or span.delta.days < _LEAST_DAYS:
        raise Unfit(f"should be at least {_LEAST_DAYS} days, e.g. 400 days, or for ever")
    return span


def _shown(value: Path | Server) -> str:
    return str(value)


_SECRET: dict[str, Any] = SecretRef.model_json_schema()
StoreField = Annotated[
    Path | Server,
    PlainValidator(_store),
    PlainSerializer(_shown),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "examples": ["syncd.db", "postgresql://syncd@db.example/syncd"]},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["url"],
                    "properties": {
                        "url": {
                            "type": "string",
                            "description": "The server's address, without a password.",
                        },
                        "schema": {
                            "type": "string",
                            "default": SCHEMA,
                            "description": "The schema that the tables are in.",
                        },
                        "password": {
                            **_SECRET,
                            "description": "The password, by reference. Left out, libpq looks "
                            "for one: PGPASSWORD, ~/.pgpass.",
                        },
                    },
                },
            ]
        }
    ),
]
Keep = Annotated[
    Span | None,
    PlainValidator(_keep),
    PlainSerializer(lambda value: "for ever" if value is None else str(value)),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^\s*({SPAN_WORDS}|for ever|off)\s*$",
            "default": "for ever",
        }
    ),
]


class KeepSection(Section):
    """How long the state keeps what the promises do not need any more. `syncd prune`, and the
    nightly look at everything, forget the rest.
    """

    facts: Keep = Field(
        default=None,
        validate_default=True,
        description="Messages of conversations that have ended: what they said, who was in them. "
        "That they were logged, and whom we know, is kept.",
    )
    journal: Keep = Field(
        default=None,
        validate_default=True,
        description="What syncd wrote, and what stood there before. Older runs cannot be undone.",
    )

    def spans(self) -> dict[str, timedelta]:
        """What is kept for a time, and for how long."""
        named = {"facts": self.facts, "journal": self.journal}
        return {name: span.delta for name, span in named.items() if span is not None}
