"""HubSpot's own Python client against the stand-in, and a strict eye on every answer it gets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from inspect import getsource
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.hubspot.simulator import HubSpotSimulator
from syncd.ports.simulator import Request

# Untyped: taken as it is.
HubSpot: Any = import_module("hubspot").HubSpot
PACKAGES = (
    "crm.associations",
    "crm.associations.v4",
    "crm.companies",
    "crm.contacts",
    "crm.deals",
    "crm.lists",
    "crm.objects",
    "crm.objects.emails",
    "crm.objects.notes",
    "crm.objects.tasks",
    "crm.owners",
    "crm.pipelines",
    "crm.properties",
    "oauth",
)
_ROUTE = re.compile(r'call_api\(\s*"([^"]+)",\s*"(\w+)"')
_NATIVE = {"str": str, "int": int, "bool": bool, "float": float}
# Written since the client was: version 2026-03 and later have them.
_LATER = {"url", "warnings", "dataSensitivity", "hub_id", "scopes", "token_use", "user_id"}


# Where a class's v3 and v4 paths stand in the dated versions (facts/hubspot.md 2.0).
_DATED = re.compile(
    r"/crm/(?:v3/(objects|properties|owners|pipelines|lists)|v4/(objects|associations))(?=/|$)"
)


class Server(ThreadingHTTPServer):
    """`version`: the dated one that every call is led to, "" for the client's own."""

    daemon_threads = True
    simulator: HubSpotSimulator
    version = ""

    def path(self, asked: str) -> str:
        if not self.version:
            return asked
        asked = asked.replace("/oauth/v1/token", f"/oauth/{self.version}/token")
        return _DATED.sub(lambda found: f"/crm/{found[1] or found[2]}/{self.version}", asked)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: apart, the second waits for an ACK
    server: Server

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        asked = Request(
            method=self.command,
            path=self.server.path(unquote(parts.path)),
            query=tuple(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("content-length") or 0)),
        )
        answer = self.server.simulator.handle(asked)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - http.server's names

    def log_message(self, *_args: object) -> None:
        """Silence."""


def connected(server: Server, token: str) -> Any:
    address = f"http://127.0.0.1:{server.server_port}"
    return HubSpot(access_token=token, host=address, base_url=address)


class Held:
    """A client whose API objects are made once: it makes another at each look (facts 1)."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found) and not name.endswith("_api"):
            found = Held(found)
        setattr(self, name, found)
        return found


def offered(package: str) -> set[str]:
    """What the classes of a package can ask for: "GET /crm/v3/owners/"."""
    module = import_module(f"hubspot.{package}")
    classes = [getattr(module, name) for name in dir(module) if name.endswith("Api")]
    found = (_ROUTE.findall(getsource(each)) for each in classes)
    return {f"{method} {path}" for pairs in found for path, method in pairs}


class Watched:
    """What was asked through the client's classes, and where answers depart from its models."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.departures: list[str] = []

    def install(self, monkeypatch: Any) -> None:
        for package in PACKAGES:
            module = import_module(f"hubspot.{package}.api_client")
            models = import_module(f"hubspot.{package}.models")
            self._watch(monkeypatch, module.ApiClient, models)

    def _watch(self, monkeypatch: Any, client: Any, models: ModuleType) -> None:
        call_api, deserialize = client.call_api, client.deserialize

        def asks(one: Any, path: str, method: str, *more: Any, **named: Any) -> Any:
            self.asked.add(f"{method} {path}")
            return call_api(one, path, method, *more, **named)

        def reads(one: Any, response: Any, kind: str) -> Any:
            self.departures += departures(json.loads(response.data), kind, models, kind)
            return deserialize(one, response, kind)

        monkeypatch.setattr(client, "call_api", asks)
        monkeypatch.setattr(client, "deserialize", reads)


def departures(value: Any, kind: str, models: ModuleType, where: str) -> list[str]:
    """Where a JSON value is not what the client's model of it says. Required fields must be
    there, types must fit as they are (the client itself would convert), enums must hold.
    """
    if kind == "object":
        return []
    if kind.startswith("list["):
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        inner = kind[5:-1]
        return [each for one in value for each in departures(one, inner, models, f"{where}[]")]
    if kind.startswith("dict["):
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no object"]
        inner = kind.partition(", ")[2][:-1]
        # Property values are text or null (facts/hubspot.md 2.1).
        named = ((name, one) for name, one in value.items() if one is not None)
        return [d for name, one in named for d in departures(one, inner, models, f"{where}.{name}")]
    if kind == "datetime":
        return [] if _is_time(value) else [f"{where}: {value!r} is no time"]
    if kind in _NATIVE:
        return [] if type(value) is _NATIVE[kind] else [f"{where}: {value!r} is no {kind}"]
    return _of_model(value, getattr(models, kind), models, where)


def _of_model(value: Any, model: Any, models: ModuleType, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no object"]
    known = set(model.attribute_map.values()) | _LATER
    found = [f"{where}.{name}: unknown" for name in value if name not in known]
    blank = model.__new__(model)
    package = models.__name__.removesuffix("models")
    blank.local_vars_configuration = import_module(f"{package}configuration").Configuration()
    # HubSpot ships its client with this off; the setters know what is required all the same.
    blank.local_vars_configuration.client_side_validation = True
    for attribute, name in model.attribute_map.items():
        given = value.get(name)
        if given is not None:
            found += departures(given, model.openapi_types[attribute], models, f"{where}.{name}")
        try:
            setattr(blank, attribute, given)
        except ValueError as wrong:
            found.append(f"{where}.{name}: {wrong}")
    return found


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def each_page(api: Any, **asked: Any) -> Iterator[Any]:
    """Everything a paged method gives, as its users page."""
    while True:
        page = api(**asked)
        yield from page.results
        if page.paging is None or page.paging.next is None:
            return
        asked["after"] = page.paging.next.after
