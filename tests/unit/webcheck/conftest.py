from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from connectors.webcheck.adapter import WebLinkChecker
from connectors.webcheck.settings import WebcheckSettings
from syncd.ports.manifest import Toolbox
from tests.support.clock import DrivenClock

Script = Callable[[socket.socket], None]
PAGE = b'<a href="https://acme.example/guide">the guide</a>'
LOOPBACK = ("127.0.0.1/32",)


def answer(body: bytes = PAGE, *, status: str = "200 OK", **headers: str) -> bytes:
    """An HTTP answer as it goes over the wire. `Content_Type` names a header."""
    given = {"Content-Type": "text/html", "Content-Length": str(len(body)), "Connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


@dataclass
class Host:
    """A server on loopback that answers by a script for each path, 404 where there is none."""

    port: int = 0
    scripts: dict[str, bytes | Script] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    def url(self, path: str = "/", name: str = "127.0.0.1") -> str:
        return f"http://{name}:{self.port}{path}"

    def serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                more = connection.recv(65_536)
                if not more:
                    return
                head += more
            path = head.split(b" ")[1].decode()
            self.seen.append(path)
            self.heads.append(head.decode("latin-1"))
            script = self.scripts.get(path, answer(b"", status="404 Not Found"))
            if callable(script):
                script(connection)
            else:
                connection.sendall(script)


@pytest.fixture
def host() -> Iterator[Host]:
    served = Host()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served.port = listener.getsockname()[1]

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=served.serve, args=(connection,)))
                threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        yield served
        # Closing alone does not wake a thread that is accepting.
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
    for each in threads:
        each.join()


@pytest.fixture
def checker() -> Callable[..., WebLinkChecker]:
    def make(*, allow: tuple[str, ...] = LOOPBACK, **more: object) -> WebLinkChecker:
        given = {"kind": "webcheck", "allow_private": allow, **more}
        return WebLinkChecker(WebcheckSettings.model_validate(given), Toolbox(DrivenClock()))

    return make


@pytest.fixture
def names(monkeypatch) -> dict[str, list[list[str]]]:
    """Names and what they resolve to, look-up by look-up; the last answer is repeated."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def resolve(host, port, *args, **more):
        if host not in known:
            return real(host, port, *args, **more)
        answers = known[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [entry for one in found for entry in real(one, port, *args, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known
