"""uvicorn in a thread beside the loop: pages never wait for a turn, nor a turn for pages."""

from __future__ import annotations

import socket
import threading
from typing import Self

import uvicorn
from starlette.types import ASGIApp


class CannotListen(Exception):
    """The address cannot be listened on. The message says why."""


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
            http="h11",
            timeout_keep_alive=15,
            timeout_graceful_shutdown=2,
            limit_concurrency=100,
        )
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
    except OSError as error:
        made.close()
        raise CannotListen(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return made
