"""The server on loopback: who does not come to the point does not keep others out."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from syncd.web import server
from syncd.web.server import Served

WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def _echo(_scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive()
    while message.get("more_body"):
        message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"well"})


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(server, "ASKING_SECONDS", 0.3)
    monkeypatch.setattr(server, "_LOOK_SECONDS", 0.05)
    with Served(_echo, "127.0.0.1", 0) as served:
        yield "127.0.0.1", int(served.address.rpartition(":")[2])


def _said(connection: socket.socket) -> bytes:
    """All that comes until the other side ends it."""
    connection.settimeout(10)
    heard = b""
    try:
        while piece := connection.recv(4096):
            heard += piece
    except ConnectionResetError:
        pass
    return heard


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: loc",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf",
        WHOLE + b"GET / HTTP/1.1\r\nHo",
    ],
)
def test_a_request_that_does_not_end_is_cut_off(address: Any, begun: bytes):
    with socket.create_connection(address) as connection:
        connection.sendall(begun)
        assert _said(connection).count(b"well") == begun.count(b"GET / HTTP/1.1\r\nHost: localhost")


def test_a_hundred_that_say_nothing_keep_nobody_out_for_long(address: Any):
    with ExitStack() as stack:
        for _ in range(120):
            stack.enter_context(socket.create_connection(address))
        until = time.monotonic() + 10
        while True:
            with socket.create_connection(address) as connection:
                connection.sendall(WHOLE.replace(b"Host", b"Connection: close\r\nHost"))
                if b"200" in _said(connection):
                    break
            assert time.monotonic() < until
