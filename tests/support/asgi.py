"""A browser, as far as a server without scripts can tell: it keeps cookies and sends forms."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True)
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


@dataclass
class Visitor:
    """Asks an ASGI application without a socket. `peer`: where it calls from."""

    app: Any
    peer: str = "127.0.0.1"
    headers: dict[str, str] = field(default_factory=lambda: {"host": "localhost:8385"})
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, b"", headers)

    def follow(self, reply: Reply) -> Reply:
        assert reply.status == 303, reply.text
        return self.get(reply.header("location"))

    def send(self, page: str, action: str, **fields: str) -> Reply:
        """Send the form on `page` that leads to `action`, as a person presses its button."""
        form = re.search(
            rf'<form[^>]*action="{re.escape(action)}".*?</form>', self.get(page).text, re.DOTALL
        )
        assert form is not None, f"{page} has no form for {action}"
        assert "disabled" not in form[0]
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
        return self.post(action, **{**hidden, **fields})

    def post(self, path: str, **fields: str) -> Reply:
        return self.ask(
            "POST",
            path,
            urlencode(fields).encode(),
            {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"},
        )

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        sent = {**self.headers, **{name.replace("_", "-"): it for name, it in headers.items()}}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            sent["content-length"] = str(len(body))
        reply = asyncio.run(_ask(self.app, self.peer, method, path, sent, body))
        for key, value in reply.headers:
            if key == "set-cookie":
                name, _, rest = value.partition("=")
                self.cookies[name] = rest.partition(";")[0]
                if "Max-Age=0" in rest:
                    del self.cookies[name]
        return reply


async def _ask(
    app: Any, peer: str, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Reply:
    where, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": (peer, 50000),
        "server": ("localhost", 8385),
    }
    waiting = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(one for one in sent if one["type"] == "http.response.start")
    return Reply(
        start["status"],
        [(name.decode().lower(), value.decode()) for name, value in start["headers"]],
        b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body"),
    )
