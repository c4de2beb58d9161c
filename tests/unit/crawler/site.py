"""A site on loopback, served by a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    body: str | bytes = ""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Site:
    """`pages` by path. `asked`: paths with the time and the user agent, in order."""

    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, float, str]] = field(default_factory=list)
    url: str = ""

    def page(self, path: str, *links: str, more: str = "") -> None:
        listed = "".join(f'<p><a href="{link}">to {link}</a></p>' for link in links)
        self.pages[path] = Answer(f"<html><body><main>{listed}</main>{more}</body></html>")

    def put(self, path: str, body: str | bytes = "", **more: object) -> None:
        self.pages[path] = Answer(body, **more)  # type: ignore[arg-type] # fields by name

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


@contextmanager
def served(site: Site) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, time.monotonic(), self.headers["User-Agent"]))
            answer = site.pages.get(self.path, Answer(status=404))
            time.sleep(answer.seconds)
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_given: None  # type: ignore[method-assign] # who hangs up is no error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
