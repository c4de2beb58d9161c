"""A person in a browser: goes where they are sent, and comes back as the service sends them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from syncd.ports.simulator import Request, Simulator


class Person:
    """Satisfies `syncd.ports.signin.Visit`. `says`, where given, is what they come back with."""

    redirect = "http://localhost:8386/"

    def __init__(self, service: Simulator, says: Mapping[str, str] | None = None) -> None:
        self._service = service
        self._says = says
        self.asked: dict[str, str] = {}

    def __call__(self, url: str) -> Mapping[str, str]:
        parts = urlsplit(url)
        query = parse_qsl(parts.query)
        self.asked = dict(query)
        answer = self._service.handle(Request("GET", parts.path, tuple(query)))
        assert answer.status == 302, answer.body
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == self.redirect
        return {**dict(parse_qsl(back.query)), **(self._says or {})}
