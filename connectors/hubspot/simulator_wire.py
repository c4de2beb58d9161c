"""How HubSpot looks on the wire: calls, answers, errors, times (facts/hubspot.md 2.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from syncd.ports.simulator import Answer, Request

ENFORCING = "2026-09"  # the version from which admins' validation rules refuse writes
DATED = (ENFORCING, "2026-03")
UNKNOWN = "resource not found"


@dataclass(frozen=True, slots=True)
class Call:
    """A request taken apart: `rest` are the path segments behind resource and version."""

    method: str
    version: str
    rest: tuple[str, ...]
    request: Request

    def body(self) -> dict[str, Any]:
        """The JSON object sent. Raises `Problem` as HubSpot words it."""
        given = self.json()
        if not isinstance(given, dict):
            raise Problem(400, "Invalid input JSON on line 1, column 1: an object was expected")
        return given

    def json(self) -> Any:
        if not self.request.body:
            raise Problem(400, "Invalid JSON input: a request body was expected, but none found")
        try:
            return json.loads(self.request.body)
        except ValueError as error:
            column = getattr(error, "colno", 1)
            words = f"Invalid input JSON on line 1, column {column}: malformed"
            raise Problem(400, words, category="") from error

    def inputs(self, most: int) -> list[dict[str, Any]]:
        """`inputs` of a batch. Raises `Problem` above `most` (facts 2.1, 2.5)."""
        given = self.body().get("inputs")
        if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
            raise Problem(400, "Invalid input JSON: Some required fields were not set: [inputs]")
        if len(given) > most:
            words = f"The maximum number of inputs in a batch request is {most}"
            raise Problem(400, f"{words}, {len(given)} were given")
        return given

    def flag(self, name: str) -> bool:
        return self.request.param(name).lower() == "true"

    def names(self, name: str) -> list[str]:
        """A list in the query, repeated or joined by commas."""
        given = [value for key, value in self.request.query if key == name]
        return [part for value in given for part in value.split(",") if part]

    def count(self, name: str, default: int, most: int) -> int:
        text = self.request.param(name)
        if not text:
            return default
        if not text.isdigit() or not 0 < int(text) <= most:
            raise Problem(400, f"Invalid {name} {text}: it must be between 1 and {most}")
        return int(text)


class Problem(Exception):
    """A refusal. Inside a batch it becomes one error of a 207."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        category: str = "VALIDATION_ERROR",
        sub_category: str = "",
        context: Mapping[str, list[str]] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        links: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.category = category
        self.sub_category = sub_category
        self.context = dict(context or {})
        self.errors = [dict(error) for error in errors]
        self.links = dict(links or {})

    def envelope(self, correlation: str) -> dict[str, Any]:
        """The body of a refused call."""
        body: dict[str, Any] = {"status": "error", "message": self.message}
        optional = {
            "correlationId": correlation,
            "context": self.context,
            "errors": self.errors,
            "links": self.links,
            "category": self.category,
            "subCategory": self.sub_category,
        }
        return body | {name: value for name, value in optional.items() if value}

    def item(self, trace: str = "") -> dict[str, Any]:
        """One entry of the `errors` of a 207."""
        context = dict(self.context)
        if trace:
            context["objectWriteTraceId"] = [trace]
        error: dict[str, Any] = {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": context,
            "errors": self.errors,
            "links": self.links,
        }
        if self.sub_category:
            error["subCategory"] = self.sub_category
        return error


def missing() -> Problem:
    """A record that is not there; no category for a numeric id (facts 2.2)."""
    return Problem(404, UNKNOWN, category="")


def answer(status: int, payload: object = None, headers: Mapping[str, str] | None = None) -> Answer:
    if payload is None:
        return Answer(status, b"", dict(headers or {}))
    sent = {"content-type": "application/json;charset=utf-8", **(headers or {})}
    return Answer(status, json.dumps(payload).encode(), sent)


def batch(
    now: datetime, results: Sequence[Mapping[str, Any]], errors: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A batch answer, with `numErrors` and `errors` when some items failed."""
    at = iso(now)
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": list(results),
        "startedAt": at,
        "completedAt": at,
    }
    if errors:
        body |= {"numErrors": len(errors), "errors": list(errors)}
    return body


def iso(moment: datetime) -> str:
    """`2026-11-23T09:00:00.000Z`, the form of createdAt and updatedAt."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def value_time(moment: datetime) -> str:
    """The form of datetime property values: milliseconds only where there are some."""
    return iso(moment).replace(".000Z", "Z")


_EPOCH_MS = re.compile(r"-?\d{1,15}")


def parse_time(text: str) -> datetime | None:
    """An instant written as ISO 8601 or as epoch milliseconds; None if neither."""
    try:
        if _EPOCH_MS.fullmatch(text):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
