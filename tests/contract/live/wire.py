"""Our end of the wire to a real service: seen, and cut, where a test wants it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from syncd.ports.manifest import Call
from syncd.ports.simulator import Answer, Request
from syncd.sandbox.clock import SandboxClock
from tests.support.transport import Fault, as_asked, as_response


class LiveWire:
    """Satisfies `tests.support.transport.Wire`. `noted` is shown every answer that came,
    also one that a test then loses: what was made must be cleaned up.

    The clock is the real one. Advanced, it is ahead: pauses a service asked for are over.
    """

    def __init__(self, clock: SandboxClock, *, direct: bool = True) -> None:
        self.clock = clock
        self.calls: list[tuple[str, str, str]] = []
        self.before: Fault = lambda _request: None
        self.after: Callable[[Request, Answer], Answer] = lambda _request, answer: answer
        self.noted: Callable[[Request, Answer], None] = lambda _request, _answer: None
        self.adapter = _Adapter(self) if direct else None

    def observe(self, call: Call) -> None:
        if self.adapter is None:
            self.calls.append((call.service, call.method, call.path))

    def fault(self, **how: Any) -> None:
        """The next calls suffer, as `TroubledCalls` says."""
        trouble = TroubledCalls(**how)
        self.before, self.after = trouble.before, trouble.after


class _Adapter(HTTPAdapter):
    def __init__(self, wire: LiveWire) -> None:
        super().__init__()
        self._wire = wire

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        wire, asked = self._wire, as_asked(request)
        wire.calls.append(("", asked.method, asked.path))
        instead = wire.before(asked)
        if instead is not None:
            return self._answered(request, instead)
        response = super().send(request, *args, **kwargs)
        headers = {name.lower(): value for name, value in response.headers.items()}
        came = Answer(response.status_code, response.content, headers)
        wire.noted(asked, came)
        # What was read here would be empty for the session, which reads the wire itself.
        return self._answered(request, wire.after(asked, came))

    def _answered(self, request: requests.PreparedRequest, answer: Answer) -> requests.Response:
        if not answer.status:
            raise requests.ConnectionError("the connection was reset")
        return as_response(request, answer)


@dataclass
class TroubledCalls:
    """What befalls the next `count` calls whose method matches, in the words of Teamwork's
    simulator: `kind` is answer (in the service's place), answer_after (it acted),
    lose_request, lose_answer or half_answer.
    """

    kind: str = "answer"
    count: int = 1
    method: str = ".*"
    status: int = 500
    body: Any = None
    headers: Mapping[str, str] | None = None
    _struck: bool = False

    def before(self, request: Request) -> Answer | None:
        self._struck = bool(self.count and re.fullmatch(self.method, request.method))
        self.count -= self._struck
        if self._struck and self.kind in {"answer", "lose_request"}:
            return Answer(0) if self.kind == "lose_request" else self._own()
        return None

    def after(self, _request: Request, answer: Answer) -> Answer:
        match self.kind if self._struck else "":
            case "lose_answer":
                return Answer(0)
            case "half_answer":
                return replace(answer, body=answer.body[: len(answer.body) // 2])
            case "answer_after":
                return self._own()
        return answer

    def _own(self) -> Answer:
        body = self.body if isinstance(self.body, str) else json.dumps(self.body or {})
        return Answer(self.status, body.encode(), dict(self.headers or {}))
