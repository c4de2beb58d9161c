"""As much of JSON Schema 2020-12 as our schema uses, for asking it what an editor would say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
# Which values a bound is about, what of them it measures, and whether it is the most or the least.
_BOUNDS: dict[str, tuple[Any, Callable[[Any], float], bool]] = {
    "minLength": (str, len, False),
    "maxLength": (str, len, True),
    "minItems": (list, len, False),
    "maxItems": (list, len, True),
    "minProperties": (dict, len, False),
    "maxProperties": (dict, len, True),
    "minimum": ((int, float), float, False),
    "maximum": ((int, float), float, True),
}
_SAID_ELSEWHERE = {"description", "title", "default", "examples", "format", "$schema", "$defs"}


class Judge:
    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema

    def complaints(self, value: Any) -> list[str]:
        return list(self._against(self._schema, value, "$"))

    def _against(self, schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
        for word, rule in schema.items():
            if word in _BOUNDS:
                about, measure, most = _BOUNDS[word]
                size = measure(value) if isinstance(value, about) else rule
                if (size > rule) if most else (size < rule):
                    yield f"{at} is out of bounds"
            elif word not in _SAID_ELSEWHERE:
                yield from getattr(self, "_" + word.lstrip("$"))(schema, rule, value, at)

    def _holds(self, schema: dict[str, Any], value: Any) -> bool:
        return not list(self._against(schema, value, ""))

    def _ref(self, _schema, rule, value, at):
        yield from self._against(self._schema["$defs"][rule.removeprefix("#/$defs/")], value, at)

    def _type(self, _schema, rule, value, at):
        if not isinstance(value, _TYPES[rule]) or (rule != "boolean" and value is True):
            yield f"{at} is no {rule}"

    def _enum(self, _schema, rule, value, at):
        if value not in rule:
            yield f"{at} is none of {rule}"

    def _const(self, _schema, rule, value, at):
        if value != rule:
            yield f"{at} is not {rule}"

    def _anyOf(self, _schema, rule, value, at):  # noqa: N802 - the schema's own word
        if not any(self._holds(part, value) for part in rule):
            yield f"{at} fits nothing"

    def _allOf(self, _schema, rule, value, at):  # noqa: N802
        for part in rule:
            yield from self._against(part, value, at)

    def _if(self, schema, rule, value, at):
        if self._holds(rule, value):
            yield from self._against(schema["then"], value, at)

    def _then(self, *_):
        return ()

    def _properties(self, _schema, rule, value, at):
        for key, part in rule.items() if isinstance(value, dict) else ():
            if key in value:
                yield from self._against(part, value[key], f"{at}.{key}")

    def _patternProperties(self, _schema, rule, value, at):  # noqa: N802
        for pattern, part in rule.items() if isinstance(value, dict) else ():
            for key in value:
                if re.search(pattern, key):
                    yield from self._against(part, value[key], f"{at}.{key}")

    def _additionalProperties(self, schema, rule, value, at):  # noqa: N802
        assert rule is False
        yield from (
            f"{at}.{key} is unknown"
            for key in (value if isinstance(value, dict) else ())
            if key not in schema.get("properties", {})
        )

    def _required(self, _schema, rule, value, at):
        yield from (f"{at}.{key} is missing" for key in rule if key not in value)

    def _items(self, _schema, rule, value, at):
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from self._against(rule, item, f"{at}[{index}]")

    def _pattern(self, _schema, rule, value, at):
        if isinstance(value, str) and not re.search(rule, value):
            yield f"{at} does not look right"
