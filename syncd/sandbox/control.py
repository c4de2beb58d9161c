"""The control port: a JSON interface to the simulators' back doors, and the index pages.

| | |
|---|---|
| `GET /api/` | what there is: simulators, addresses, commands of this interface |
| `POST /api/SIMULATOR/COMMAND` | `Simulator.control(COMMAND, body)` |
| `GET /api/SIMULATOR/stats` | the simulator's own counts |
| `GET /api/snapshot`, `POST /api/restore` | the whole state, out and in again |
| `GET /api/clock`, `POST /api/clock` | `{advance: seconds}`, `{set: ISO time}`, `{frozen: true}` |
| `GET /api/faults`, `POST`, `DELETE` | what is to go wrong: `fault_plan` says it |
| `GET /api/requests` | calls counted by service, and the latest of them |
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from syncd.ports.simulator import Answer, Request, Simulator
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.fault_plan import FaultPlan
from syncd.sandbox.faults import BadRule, Faults
from syncd.sandbox.index import Pages
from syncd.sandbox.serving import Traffic

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_COMMANDS = ("snapshot", "restore", "clock", "faults", "requests")


class _Bad(Exception):
    """The request cannot be served: a status and what to say."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer = _json({"error": message, **more}, status)


class ControlApi:
    """Answers the control port. `pages` serves whatever is not under /api/."""

    def __init__(
        self,
        simulators: Mapping[str, Simulator],
        clock: SandboxClock,
        faults: Faults,
        traffic: Traffic,
        *,
        addresses: Mapping[str, str],
        pages: Pages,
    ) -> None:
        self._simulators = simulators
        self._clock = clock
        self._faults = faults
        self._traffic = traffic
        self._addresses = addresses
        self._pages = pages
        self._routes: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", ""): lambda _request: _json(self._listing()),
            ("GET", "snapshot"): lambda _request: _json(self._snapshot()),
            ("POST", "restore"): self._restore,
            ("GET", "clock"): lambda _request: _json(self._time()),
            ("POST", "clock"): self._set_time,
            ("GET", "faults"): lambda _request: _json(self._faults.describe()),
            ("POST", "faults"): self._set_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "requests"): self._requests,
        }

    def handle(self, request: Request) -> Answer:
        try:
            _refuse_strangers(request)
            method = "GET" if request.method == "HEAD" else request.method
            if request.path == "/api" or request.path.startswith("/api/"):
                return self._api(method, request.path.removeprefix("/api").strip("/"), request)
            if method not in {"GET", "POST"}:
                return _json({"error": "pages are only read; commands are under /api/"}, 405)
            return self._pages.handle(request)
        except _Bad as bad:
            return bad.answer

    def _api(self, method: str, what: str, request: Request) -> Answer:
        route = self._routes.get((method, what))
        if route is not None:
            return route(request)
        others = sorted(known for known, name in self._routes if name == what)
        if others:
            raise _Bad(405, f"/api/{what} takes {', '.join(others)}")
        simulator, _, command = what.partition("/")
        if simulator not in self._simulators:
            raise _Bad(404, f"nothing here is called {simulator!r}", **self._listing())
        return self._command(method, simulator, command, request)

    def _command(self, method: str, name: str, command: str, request: Request) -> Answer:
        simulator = self._simulators[name]
        if method == "GET" and command == "stats":
            body: Mapping[str, Any] = {}
        elif method == "POST" and command:
            body = _object(request)
        else:
            raise _Bad(
                405 if command else 404,
                f"POST /api/{name}/COMMAND with a JSON object",
                known=_known_commands(simulator),
            )
        self._pages.changed()
        try:
            return _json(simulator.control(command, body))
        except KeyError as missing:
            if missing.args == (command,):
                known = _known_commands(simulator)
                raise _Bad(404, f"{name} has no command {command!r}", known=known) from None
            raise _Bad(400, f"{name} {command}: {missing} is missing, or not known") from missing
        except (ValueError, TypeError, LookupError) as error:
            raise _Bad(400, f"{name} {command}: {error}") from error

    def _listing(self) -> dict[str, Any]:
        return {
            "simulators": {
                name: {
                    "address": self._addresses.get(name, ""),
                    "commands": _known_commands(simulator),
                    "requests": self._traffic.total(name),
                }
                for name, simulator in self._simulators.items()
            },
            "commands": list(_COMMANDS),
            "clock": self._time(),
        }

    def _snapshot(self) -> dict[str, Any]:
        return {
            "clock": self._time()["now"],
            "simulators": {name: each.snapshot() for name, each in self._simulators.items()},
        }

    def _restore(self, request: Request) -> Answer:
        body = _object(request)
        states = body.get("simulators")
        if not isinstance(states, Mapping):
            raise _Bad(400, 'expected what GET /api/snapshot gave: {"simulators": {...}}')
        unknown = sorted(set(states) - set(self._simulators))
        if unknown:
            raise _Bad(400, f"no simulator is called {unknown[0]!r}")
        if "clock" in body:
            self._clock.set(_moment(body["clock"]))
        self._pages.changed()
        for name, state in states.items():
            self._simulators[name].restore(state)
        return _json({"restored": sorted(states)})

    def _time(self) -> dict[str, Any]:
        return {"now": self._clock.now().isoformat(), "frozen": self._clock.frozen}

    def _set_time(self, request: Request) -> Answer:
        body = _object(request)
        unknown = sorted(set(body) - {"advance", "set", "frozen"})
        if unknown or not body:
            raise _Bad(
                400, "expected one of advance (seconds), set (ISO time), frozen (true, false)"
            )
        advance = body.get("advance", 0)
        if isinstance(advance, bool) or not isinstance(advance, int | float):
            raise _Bad(400, "advance is a number of seconds")
        if "set" in body:
            self._clock.set(_moment(body["set"]))
        if advance:
            try:
                self._clock.advance(advance)
            except OverflowError:
                raise _Bad(400, "that is beyond the end of the calendar") from None
        if "frozen" in body:
            (self._clock.freeze if body["frozen"] else self._clock.run)()
        return _json(self._time())

    def _set_faults(self, request: Request) -> Answer:
        self._pages.changed()
        try:
            plan = FaultPlan.read(_object(request), self._simulators)
            plan.apply(self._faults, self._simulators)
        except BadRule as bad:
            raise _Bad(400, str(bad)) from bad
        return _json(self._faults.describe())

    def _clear_faults(self, _request: Request) -> Answer:
        self._faults.clear()
        return _json(self._faults.describe())

    def _requests(self, request: Request) -> Answer:
        limit = request.param("limit", "100")
        if not limit.isdecimal():
            raise _Bad(400, "limit is a whole number")
        return _json(self._traffic.describe(int(limit)))


def _refuse_strangers(request: Request) -> None:
    """Only programs and pages of this machine may steer the sandbox.

    A web page elsewhere can make a browser send requests here (and, by a name that it
    points at 127.0.0.1, read the answers); the Host and Origin headers give it away.
    """
    host = request.headers.get("host", "127.0.0.1")
    if urlsplit(f"//{host}").hostname not in _LOOPBACK_NAMES:
        raise _Bad(403, "the control port answers to 127.0.0.1 and localhost only")
    origin = request.headers.get("origin", "")
    if origin and urlsplit(origin).hostname not in _LOOPBACK_NAMES:
        raise _Bad(403, "the control port does not serve pages from elsewhere")


def _object(request: Request) -> Mapping[str, Any]:
    if not request.body.strip():
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, UnicodeDecodeError) as error:
        raise _Bad(400, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise _Bad(400, "the body must be a JSON object")
    return body


def _moment(text: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise _Bad(400, f"not an ISO time: {text}") from error
    if at.tzinfo is None:
        raise _Bad(400, f"{text} has no time zone; write it with Z or an offset")
    return at


def _known_commands(simulator: Simulator) -> list[str]:
    """What a simulator says it can be told; the port does not oblige it to say."""
    return sorted(getattr(simulator, "commands", ()))


def _json(value: Any, status: int = 200) -> Answer:
    body = json.dumps(value, ensure_ascii=False, default=str).encode()
    return Answer(status, body, {"content-type": "application/json; charset=utf-8"})
