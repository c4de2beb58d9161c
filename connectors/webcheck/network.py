"""Connections that go to the very address that was checked, and end in time.

A name is resolved once, its addresses are checked, and the socket is connected to one of
them: between check and use there is no second look-up that could answer otherwise. TLS
still verifies the name.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors._kit.addresses import Network, resolve

_CONNECT_SECONDS = 10.0
_MOST_TRIED = 3


class Deadline:
    """Cuts the connections made under it when the time is up.

    A timeout of silence is not enough: a server that sends a byte every few seconds, in the
    middle of the handshake or a header, would hold a worker for days.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._watched: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._outer = _current.set(self)
        self._timer.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        _current.reset(self._outer)
        with self._lock:
            for each in self._watched:
                each.close()
            self._watched.clear()

    def watch(self, connected: socket.socket) -> None:
        """A duplicate is kept: TLS takes the socket itself over."""
        with self._lock:
            self._watched.append(connected.dup())
        if self.passed:
            self._cut()

    def _cut(self) -> None:
        self.passed = True
        with self._lock:
            for each in self._watched:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class PublicOnly(HTTPAdapter):
    """A transport to public addresses, and to `allowed` networks."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = tuple(allowed)
        super().__init__(pool_connections=4, pool_maxsize=4)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = _pools(self._allowed)


def _pools(allowed: Sequence[Network]) -> dict[str, type[HTTPConnectionPool]]:
    """Pools whose connections resolve, check and connect in one step."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, allowed)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, allowed)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connected(wanted: HTTPConnection, allowed: Sequence[Network]) -> socket.socket:
    """Raises `Forbidden` and `NoSuchHost`, which pass through urllib3, and `OSError`."""
    port = wanted.port or wanted.default_port
    failure: OSError | None = None
    for address in resolve(wanted.host.strip("[]"), port, allowed)[:_MOST_TRIED]:
        try:
            connected = socket.create_connection((address, port), _CONNECT_SECONDS)
        except OSError as error:
            failure = error
            continue
        deadline = _current.get()
        if deadline is not None:
            deadline.watch(connected)
        return connected
    raise failure or OSError("no address")
