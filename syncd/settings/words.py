"""What pydantic found, in words for people who write YAML and no Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from syncd.settings.fields import did_you_mean, shown
from syncd.settings.names import description_at, elsewhere, keys_at

# By pydantic's error type; {…} are its own details.
_WORDS = {
    "bool_parsing": "should be true or false",
    "bool_type": "should be true or false",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_parsing_size": "is too large a number",
    "int_from_float": "should be a whole number",
    "float_type": "should be a number",
    "float_parsing": "should be a number",
    "finite_number": "should be a finite number",
    "greater_than": "should be more than {gt:g}",
    "greater_than_equal": "should be at least {ge:g}",
    "less_than": "should be less than {lt:g}",
    "less_than_equal": "should be at most {le:g}",
    "string_too_short": "should not be empty",
    "string_too_long": "is longer than {max_length} characters; shorten it",
    "list_type": "should be a list; write [a, b] or one item a line, each after '- '",
    "tuple_type": "should be a list; write [a, b] or one item a line, each after '- '",
    "set_type": "should be a list; write [a, b] or one item a line, each after '- '",
    "frozen_set_type": "should be a list; write [a, b] or one item a line, each after '- '",
    "dict_type": "should be keys with values, each on a line of its own",
    "mapping_type": "should be keys with values, each on a line of its own",
    "model_type": "should be keys with values, each on a line of its own",
    "model_attributes_type": "should be keys with values, each on a line of its own",
    "too_short": "should not be empty; give at least {min_length}",
    "too_long": "has too many items; give at most {max_length}",
    "invalid_key": "a key should be text; put it in quotes",
    "path_type": "should be a path",
    "union_tag_not_found": "`kind` is missing; say which service this is",
}
_SECRETIVE = (("connectors",), ("web", "token"), ("web", "viewer_token"), ("alarms", "webhook"))
# A word that may be repeated although a secret might have been put there by mistake:
# secrets have digits.
_SAYABLE = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}")
_HOST_OR_ADDRESS = re.compile(r"(https?://)?[A-Za-z-]+([.@][A-Za-z-]+)+/?")


def secretive(path: Sequence[str | int]) -> bool:
    """Whether what stands at `path` may be a secret, and is therefore never repeated."""
    return any(tuple(path[: len(place)]) == place for place in _SECRETIVE)


def sayable(word: object, path: Sequence[str | int]) -> bool:
    return not secretive(path) or _SAYABLE.fullmatch(str(word)) is not None


def plainly(error: ErrorDetails, path: tuple[str | int, ...], shape: type[BaseModel]) -> str:
    """The message for one error at `path` in settings of `shape`."""
    given, details = error["input"], error.get("ctx", {})
    match error["type"]:
        case "missing":
            words = _missing(description_at(shape, error["loc"]))
        case "extra_forbidden":
            words = _unknown_key(error["loc"], path, shape)
        case "string_type":
            words = _not_text(given)
        case "enum" | "literal_error":
            words = _choice(str(details["expected"]), given, path)
        case "union_tag_invalid":
            words = _unknown_kind(str(details["tag"]), str(details["expected_tags"]), path)
        case "value_error" | "assertion_error":
            words = _hushed(str(details["error"]), given, path)
        case kind if kind in _WORDS:
            words = _WORDS[kind].format_map(details)
        case _:
            words = _hushed(_lower(error["msg"].removeprefix("Input ")), given, path)
    return words


def _missing(purpose: str) -> str:
    return f"is missing: {_lower(purpose)}" if purpose else "is missing; add it"


def _unknown_kind(tag: str, expected: str, path: tuple[str | int, ...]) -> str:
    kinds = re.findall(r"'([^']+)'", expected)
    among = f"; there are {', '.join(kinds)}"
    if not sayable(tag, path):
        return f"no connector has this kind{among}"
    return f"no connector has the kind {shown(tag)}{did_you_mean(tag, kinds) or among}"


def _unknown_key(
    loc: tuple[str | int, ...], path: tuple[str | int, ...], shape: type[BaseModel]
) -> str:
    key = str(loc[-1])
    if not sayable(key, path):
        return "a key here is not known; for a secret write {env: NAME} or {file: PATH}"
    choices = keys_at(shape, loc[:-1])
    # A key of that very name goes before one that only looks like it.
    section = elsewhere(shape, key)
    near = f"; it belongs under {section}" if section else did_you_mean(key, choices)
    return f"is not known here{near or '; known are ' + ', '.join(choices)}"


def _not_text(given: object) -> str:
    if given is None:
        return "is empty; write a value or leave the key out"
    if isinstance(given, Mapping | Sequence):
        return "should be text, not a list or mapping"
    return "should be text; put it in quotes"


def _choice(expected: str, given: object, path: tuple[str | int, ...]) -> str:
    choices = re.findall(r"'([^']+)'", expected)
    near = did_you_mean(given, choices) if isinstance(given, str) and sayable(given, path) else ""
    return f"should be {expected.replace(chr(39), '')}{near}"


def _hushed(words: str, given: Any, path: tuple[str | int, ...]) -> str:
    """`words` without anything of `given` where that may be a secret in the wrong place."""
    if not secretive(path):
        return words
    for scalar in sorted(_scalars(given), key=len, reverse=True):
        if len(scalar) > 3 and not _HOST_OR_ADDRESS.fullmatch(scalar.strip("'\"")):
            words = words.replace(scalar, "…")
    return words


def _scalars(given: Any, depth: int = 0) -> set[str]:
    if depth < 8 and isinstance(given, Mapping):
        return {it for part in given.values() for it in _scalars(part, depth + 1)}
    if depth < 8 and isinstance(given, list | tuple | set | frozenset):
        return {it for part in given for it in _scalars(part, depth + 1)}
    return {str(given), str(given).strip(), repr(given)}


def _lower(words: str) -> str:
    """Ready to follow a colon; "CRM" and such stay."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]
