"""How Teamwork reads requests and words its answers, on the v3 and the v1 surface.

v3 answers with integers, camelCase and `errors`; v1 with string ids, `STATUS` and
`MESSAGE` (facts/teamwork.md 3 and 6).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from connectors.teamwork.simulator_site import Record, Site
from syncd.ports.simulator import Answer, Request

JSON = {"content-type": "application/json; charset=utf-8"}

# A query never sees past this many rows (facts/teamwork.md 5).
RECORD_CAP = 50_000


class Refusal(Exception):
    """The service says no. Carries the whole answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a route sees it: who asks, the ids in the path, the query, the body."""

    site: Site
    actor: int
    request: Request
    ids: tuple[int, ...]

    def text(self, name: str) -> str:
        return self.request.param(name).strip()

    def flag(self, name: str) -> bool:
        return self.request.param(name).lower() in {"true", "1"}

    def names(self, name: str) -> list[str]:
        return [part.strip() for part in self.request.param(name).split(",") if part.strip()]

    def numbers(self, name: str) -> list[int]:
        return [int(part) for part in self.names(name) if re.fullmatch(r"-?\d+", part)]

    def moment(self, name: str) -> datetime | None:
        """A time bound. A bare date means its midnight (facts/teamwork.md 5)."""
        given = self.text(name)
        if not given:
            return None
        try:
            if len(given) == 10:
                return datetime.combine(date.fromisoformat(given), time(), UTC)
            return datetime.fromisoformat(given).astimezone(UTC)
        except ValueError:
            raise invalid(f"{name} is not a date: {given!r}") from None

    def envelope(self, *keys: str) -> Record:
        """The object under the one key the body must have; 422 without it."""
        given = self.json()
        wanted = {plain(key) for key in keys}
        for key, value in given.items():
            if plain(key) in wanted and isinstance(value, dict):
                return value
        raise self.unreadable(f"expected an object {keys[0]!r}")

    def json(self) -> Record:
        try:
            given = json.loads(self.request.body or b"null")
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise self.unreadable("the body is not a JSON object")
        return given

    def unreadable(self, detail: str) -> Refusal:
        if self.request.path.startswith("/projects/api/"):
            return Refusal(v3_error(422, "Unprocessable Entity", detail))
        return Refusal(v1_error(422, detail))

    def found(self, table: str, position: int = 0) -> Record:
        """The record an id in the path names; 404 without a body when it is gone."""
        record = self.site.find(table, self.ids[position])
        if record is None:
            raise Refusal(Answer(404))
        return record


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: re.Pattern[str]
    handler: Handler


def route(method: str, pattern: str, handler: Handler) -> Route:
    """A route; `#` stands for an id. Clients send the .json suffix, so it is required."""
    expression = re.escape(pattern).replace(r"\#", r"(\d+)")
    return Route(method, re.compile(expression + r"\.json"), handler)


def plain(key: str) -> str:
    """v1 takes kebab-case and camelCase for the same key, snake_case for neither."""
    return key.replace("-", "").lower()


def v1_fields(given: Mapping[str, Any]) -> Record:
    return {plain(key): value for key, value in given.items()}


def ok(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    encoded = json.dumps(body, separators=(",", ":")).encode()
    return Answer(status, encoded, {**JSON, **(headers or {})})


def v1_created(record_id: int, key: str = "id") -> Answer:
    """v1 says ids as strings, in the body and in a header called id."""
    text = str(record_id)
    return ok({"STATUS": "OK", key: text}, 201, {"id": text})


def v1_ok(**more: Any) -> Answer:
    return ok({"STATUS": "OK", **more})


def v3_error(status: int, title: str, detail: str) -> Answer:
    code = title.upper().replace(" ", "_")
    error = {"id": f"{status}", "code": code, "title": title, "detail": detail, "meta": {}}
    return ok({"errors": [error]}, status)


def v1_error(status: int, message: str) -> Answer:
    return ok({"MESSAGE": message, "STATUS": "Error"}, status)


def invalid(detail: str) -> Refusal:
    return Refusal(v3_error(400, "Bad Request", detail))


def v1_invalid(message: str) -> Refusal:
    return Refusal(v1_error(400, message))


def listing(
    call: Call,
    key: str,
    rows: Sequence[Record],
    view: Callable[[Record], Record],
    *,
    included: Callable[[Sequence[Record]], Record] = lambda _rows: {},
    default_size: int = 50,
) -> Answer:
    """One v3 page: `page` from 1 in, `pageOffset` from 0 out, at most 500 rows."""
    page = max(1, next(iter(call.numbers("page")), 1))
    asked = next(iter(call.numbers("pageSize")), default_size)
    size = min(500, max(1, asked))
    rows = rows[:RECORD_CAP]
    shown = rows[(page - 1) * size : page * size]
    more = len(rows) > page * size
    count = page * size + 1 if more and call.flag("skipCounts") else len(rows)
    where = {"pageOffset": page - 1, "pageSize": size, "count": count, "hasMore": more}
    fields = call.names(f"fields[{key}]")
    return ok(
        {
            key: [sparse(view(row), fields) for row in shown],
            "meta": {"page": where},
            "included": included(shown),
        }
    )


def v1_listing(
    call: Call, key: str, rows: Sequence[Record], view: Callable[[Record], Record]
) -> Answer:
    """One v1 page: counts stand in headers, at most 250 rows."""
    page = max(1, next(iter(call.numbers("page")), 1))
    size = min(250, max(1, next(iter(call.numbers("pageSize")), 250)))
    shown = rows[(page - 1) * size : page * size]
    headers = {
        "x-page": str(page),
        "x-pages": str(-(-len(rows) // size)),
        "x-records": str(len(rows)),
    }
    return ok({"STATUS": "OK", key: [view(row) for row in shown]}, headers=headers)


def sparse(row: Record, fields: Iterable[str]) -> Record:
    """Only the fields asked for. An unknown name is ignored."""
    wanted = set(fields) & row.keys()
    return {key: row[key] for key in row if key in wanted} if wanted else row


def nulled(answer: Answer, request: Request, names: Sequence[str]) -> Answer:
    """A v3 answer with these fields of its records null, as any optional one may be."""
    if not names or not answer.body or not request.path.startswith("/projects/api/v3/"):
        return answer
    found = json.loads(answer.body, object_hook=lambda one: one | dict.fromkeys(one.keys() & names))
    return ok(found, answer.status, answer.headers)


def day(given: Any, name: str) -> str | None:
    """A date to keep: `YYYY-MM-DD`, or what stands before the T of a time."""
    if given in {None, ""}:
        return None
    try:
        return date.fromisoformat(str(given)[:10]).isoformat()
    except ValueError:
        raise invalid(f"{name} is not a date: {given!r}") from None


def v1_day(given: Any, name: str) -> str | None:
    """v1 takes `YYYYMMDD`."""
    if given in {None, ""}:
        return None
    try:
        return datetime.strptime(str(given), "%Y%m%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        raise v1_invalid(f"{name} is not a date of the form YYYYMMDD") from None


def relation(kind: str, record_id: int | None) -> Record | None:
    return None if not record_id else {"id": record_id, "type": kind, "meta": {}}


def relations(kind: str, ids: Iterable[int]) -> list[Record]:
    return [{"id": each, "type": kind, "meta": {}} for each in ids]
