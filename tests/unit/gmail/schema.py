"""Gmail's discovery document, and where an answer departs from it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from googleapiclient.discovery_cache import get_static_doc

DOCUMENT: dict[str, Any] = json.loads(get_static_doc("gmail", "v1"))  # untyped
_STATUSES = {
    400: {"INVALID_ARGUMENT", "FAILED_PRECONDITION"},
    401: {"UNAUTHENTICATED"},
    403: {"PERMISSION_DENIED"},
    404: {"NOT_FOUND"},
    409: {"ABORTED"},
    429: {"RESOURCE_EXHAUSTED"},
}


def departures(answer: Any, schema: Mapping[str, Any], where: str = "") -> list[str]:
    """Where an answer is not what a schema of the document says: fields, types, enums."""
    if "$ref" in schema:
        schema = DOCUMENT["schemas"][schema["$ref"]]
    kind = schema["type"]
    if kind == "object":
        if not isinstance(answer, dict):
            return [f"{where}: {answer!r} is no object"]
        known = schema.get("properties", {})
        found = [f"{where}.{name}: unknown" for name in answer if name not in known]
        for name in answer.keys() & known.keys():
            found += departures(answer[name], known[name], f"{where}.{name}")
        return found
    if kind == "array":
        if not isinstance(answer, list):
            return [f"{where}: {answer!r} is no list"]
        return [each for one in answer for each in departures(one, schema["items"], f"{where}[]")]
    expected = {"string": str, "integer": int, "boolean": bool}[kind]
    if type(answer) is not expected:
        return [f"{where}: {answer!r} is no {kind}"]
    if schema.get("format") in {"int64", "uint64"} and not str(answer).isdigit():
        return [f"{where}: {answer!r} is no {schema['format']}"]
    if schema.get("format") == "byte" and re.fullmatch(r"[\w-]*={0,2}", str(answer)) is None:
        return [f"{where}: {str(answer)[:20]!r} is no base64url"]
    if "enum" in schema and answer not in schema["enum"]:
        return [f"{where}: {answer!r} is not one of {schema['enum']}"]
    return []


def described(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The methods of the document by name, "messages.get"."""
    found = {
        each["id"].removeprefix("gmail.users."): each
        for each in resource.get("methods", {}).values()
    }
    for inner in resource.get("resources", {}).values():
        found |= described(inner)
    return found


def departures_of(method: str, path: str, status: int, answer: Any) -> list[str]:
    """Of one call: a success by its method's schema, a refusal by Google's envelope."""
    if status >= 400:
        return _envelope(status, answer)
    for wanted, pattern, schema in _routes():
        if wanted == method and pattern.fullmatch(path):
            if not schema:
                return [] if answer is None else [f"{path}: {answer!r} where nothing is said"]
            return departures(answer, schema, path)
    return []


@cache
def _routes() -> list[tuple[str, re.Pattern[str], Mapping[str, Any]]]:
    return [
        (
            each["httpMethod"],
            re.compile("/" + re.sub(r"\{\w+\}", "[^/]+", each["path"])),
            each.get("response", {}),
        )
        for each in described(DOCUMENT).values()
    ]


def _envelope(status: int, answer: Any) -> list[str]:
    """facts/gmail.md A5."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return [f"{status}: {answer!r} is no error"]
    found = [] if error.get("code") == status else [f"{status}: code {error.get('code')}"]
    if status in _STATUSES and error.get("status") not in _STATUSES[status]:
        found.append(f"{status}: status {error.get('status')}")
    for one in error.get("errors") or [{}]:
        found += [
            f"{status}: no {name}" for name in ("message", "domain", "reason") if not one.get(name)
        ]
    return found
