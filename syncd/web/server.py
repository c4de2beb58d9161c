"""uvicorn in a thread beside the loop: pages never wait for a turn, nor a turn for pages."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

# How long whoever asks may take to say what they want, and to hear all of the answer. Without
# an end to it a hundred that say a letter now and then would keep everybody else out.
ASKING_SECONDS = 30.0
ANSWER_SECONDS = 300.0
_LOOK_SECONDS = 2.0
_KEEP_ALIVE_SECONDS = 15


class CannotListen(Exception):
    """The address cannot be listened on. The message says why."""


class Impatient(H11Protocol):
    """One connection. uvicorn itself waits without end for a request, and for its reader."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as theirs
        super().connection_made(transport)
        self._since = self.loop.time()
        self._watch = self.loop.call_later(_LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        # None before the first request, whatever its type says.
        cycle: Any = self.cycle
        asking = cycle is None or cycle.response_complete or cycle.more_body
        if self.loop.time() - self._since > (ASKING_SECONDS if asking else ANSWER_SECONDS):
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(_LOOK_SECONDS, self._look)


class Served:
    """Serves from the moment it is made until `stop`. `address` is where."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._socket = _bound(host, port)
        number = self._socket.getsockname()[1]
        self.address = f"http://[{host}]:{number}" if ":" in host else f"http://{host}:{number}"
        config = uvicorn.Config(
            app,
            # Whose word for the caller's address is believed is ours to decide.
            proxy_headers=False,
            server_header=False,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            http=Impatient,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=2,
            limit_concurrency=100,
        )
        # It tells of every broken request: a log that strangers can write is no log.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._server = uvicorn.Server(config)
        # Signals are the loop's: uvicorn leaves them alone on any other than the main thread.
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="web", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=5)
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise CannotListen(f"cannot listen on {host}:{port}: {error.strerror}") from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        # Whoever comes before uvicorn is ready waits, and is not turned away.
        made.listen()
    except OSError as error:
        made.close()
        raise CannotListen(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return made
