"""Settings that have a short form, a word or a sentence, and a long one with keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


@dataclass(frozen=True)
class OrWords:
    """Says in the JSON Schema that a text with `pattern` will do as well."""

    pattern: str
    examples: tuple[str, ...] = ()

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        words = {"type": "string", "pattern": self.pattern}
        shown = {"examples": list(self.examples)} if self.examples else {}
        long = handler(schema)
        parts = long.get("anyOf", [long])
        return {"anyOf": [words | shown, *(part for part in parts if part != {"type": "null"})]}


def keyed(given: Any, key: str) -> Any:
    """The long form: anything but keys with values is the value of `key`."""
    return given if isinstance(given, Mapping) else {key: given}


def is_none(given: Any) -> bool:
    return isinstance(given, str) and given.strip().lower() == "none"
