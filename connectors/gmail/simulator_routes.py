"""The methods of the API: path, scopes as in the discovery document, and what they do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.gmail.simulator_access import Grant
from connectors.gmail.simulator_errors import GmailError, invalid
from connectors.gmail.simulator_mailbox import Mailbox
from connectors.gmail.simulator_world import World
from syncd.ports.simulator import Answer, Request

PREFIX = "/gmail/v1/users/{userId}"
_UPLOAD = "/upload"

READERS = "full metadata modify readonly"
WRITERS = "full modify"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call, let in: whose mailbox, with which grant, and the parts of its path."""

    world: World
    box: Mailbox
    grant: Grant
    request: Request
    path: Mapping[str, str]
    upload: bool

    @property
    def metadata_only(self) -> bool:
        return not self.grant.scopes & {"full", "modify", "readonly"}

    def json(self) -> dict[str, Any]:
        return json_object(self.request.body)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.request.query if key == name]

    def flag(self, name: str) -> bool:
        return self.request.param(name).lower() == "true"

    def page_size(self) -> int:
        """`maxResults`: 100 unless told, never more than 500 (facts/gmail.md A6)."""
        given = self.request.param("maxResults", "100")
        if not given.isdigit():
            raise invalid("Invalid value for maxResults")
        return min(int(given), 500) or 100


def json_object(body: bytes) -> dict[str, Any]:
    """A request's JSON. Raises 400."""
    if not body.strip():
        return {}
    try:
        said = json.loads(body)
    except ValueError as error:
        raise invalid("Invalid JSON payload received. Parse error") from error
    if not isinstance(said, dict):
        raise invalid("Invalid JSON payload received. Unknown name")
    return said


Function = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Method:
    name: str
    verb: str
    template: str
    scopes: frozenset[str]
    function: Function
    upload: bool
    pattern: re.Pattern[str]


class Methods:
    """The methods one module serves."""

    def __init__(self) -> None:
        self.all: list[Method] = []

    def serves(
        self, name: str, verb: str, path: str, scopes: str, *, upload: bool = False
    ) -> Callable[[Function], Function]:
        """Register a function as a method of the API; `scopes` by their short names."""

        def register(function: Function) -> Function:
            template = PREFIX + path
            pattern = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))
            allowed = frozenset(scopes.split())
            self.all.append(Method(name, verb, template, allowed, function, upload, pattern))
            return function

        return register


def route(request: Request, methods: Iterable[Method]) -> tuple[Method, dict[str, str], bool]:
    """The method, the parts of the path, whether it is an upload. Raises 404 and 405."""
    upload = request.path.startswith(_UPLOAD + "/")
    path = request.path.removeprefix(_UPLOAD) if upload else request.path
    known = False
    for each in methods:
        found = each.pattern.fullmatch(path)
        if found is None or (upload and not each.upload):
            continue
        if each.verb == request.method:
            return each, found.groupdict(), upload
        known = True
    if known:
        raise GmailError(405, "httpMethodNotAllowed", "Method Not Allowed")
    raise GmailError(404, "notFound", "Not Found")
