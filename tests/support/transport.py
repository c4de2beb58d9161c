"""Simulators behind `requests` without a socket."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from syncd.ports.simulator import Answer, Request, Simulator

Fault = Callable[[Request], Answer | None]


class Wire(Protocol):
    """Where a test sees what a connector asks, and comes between it and the service."""

    calls: list[tuple[str, str, str]]
    before: Fault
    after: Callable[[Request, Answer], Answer]


class SimulatorTransport(BaseAdapter):
    """Routes by host name: `http://gmail.test/...` goes to the simulator named "gmail".

    `before` may raise (a lost request) or answer in the service's place; `after` may
    raise once the simulator has acted (a lost answer).
    """

    def __init__(self, simulators: Mapping[str, Simulator]) -> None:
        super().__init__()
        self._simulators = simulators
        self.calls: list[tuple[str, str, str]] = []
        self.before: Fault = lambda _request: None
        self.after: Callable[[Request, Answer], Answer] = lambda _request, answer: answer

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002
        timeout: Any = None,
        verify: Any = True,  # noqa: FBT002
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        name = (urlsplit(request.url or "").hostname or "").removesuffix(".test")
        asked = as_asked(request)
        self.calls.append((name, asked.method, asked.path))
        answer = self.before(asked)
        if answer is None:
            answer = self.after(asked, self._simulators[name].handle(asked))
        if not answer.status:
            raise requests.ConnectionError("the connection was reset")
        return as_response(request, answer)

    def close(self) -> None:
        """Nothing is held open."""


def as_asked(request: requests.PreparedRequest) -> Request:
    """A request of `requests` as a simulator is asked it."""
    parts = urlsplit(request.url or "")
    body = request.body or b""
    return Request(
        method=str(request.method),
        path=unquote(parts.path),
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        headers={key.lower(): str(value) for key, value in request.headers.items()},
        body=body.encode() if isinstance(body, str) else bytes(body),
    )


def as_response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    """A simulator's answer as `requests` gives it."""
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.raw = io.BytesIO(answer.body)
    response._content = answer.body
    response.url = request.url or ""
    response.request = request
    response.encoding = "utf-8"
    return response
