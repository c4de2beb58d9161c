"""The sandbox itself: simulators and a control port, served over HTTP on loopback.

with Sandbox(simulators, clock) as sandbox:
    sandbox.url("gmail")  # http://127.0.0.1:PORT
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar

import uvicorn

from syncd.ports.simulator import Simulator
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.control import ControlApi
from syncd.sandbox.courier import Courier
from syncd.sandbox.example_world import Introducers
from syncd.sandbox.faults import Faults
from syncd.sandbox.index import Pages
from syncd.sandbox.native_logger import connect
from syncd.sandbox.serving import Connection, Receive, Scope, Send, Served, Traffic

HOST = "127.0.0.1"
DEFAULT_PORT = 4400
CONTROL = "control"
# Documented offsets from the control port; a connector from elsewhere comes after them.
_PORT_ORDER = ("gmail", "hubspot", "teamwork", "webcheck")
# Longer than a client thinks between two calls: a connection that closes under a client
# about to write would look like a fault nobody asked for.
_KEEP_ALIVE_SECONDS = 75
# For answers under way when it ends.
_GRACE_SECONDS = 2

T = TypeVar("T")


class PortTaken(Exception):
    """A port cannot be had. The message names it, whose it was to be, and the remedy."""


class Sandbox:
    """Serves `simulators` from `start` to `stop`, all in one thread of its own.

    `port` is the control port, the services follow in order; 0 takes any free ones.
    Until `start`, and through `call` after it, simulators may be used by the caller.
    """

    def __init__(
        self, simulators: Mapping[str, Simulator], clock: SandboxClock, *, port: int = 0
    ) -> None:
        ordered = [name for name in _PORT_ORDER if name in simulators]
        ordered += [name for name in simulators if name not in ordered]
        self.simulators: dict[str, Simulator] = {name: simulators[name] for name in ordered}
        connect(self.simulators.get("gmail"), self.simulators.get("hubspot"))
        self.clock = clock
        self.faults = Faults()
        self.traffic = Traffic()
        self._port = port
        self._sockets: dict[str, socket.socket] = {}
        self._ports: dict[str, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._served: list[Served] = []
        self._pages: Pages | None = None
        self.introducers: Introducers | None = None  # who answers what is sent from its pages

    @property
    def addresses(self) -> dict[str, str]:
        """Base URLs, "control" first, without a slash at the end. Known once bound."""
        return {name: f"http://{HOST}:{port}" for name, port in self._ports.items()}

    def url(self, name: str) -> str:
        return self.addresses[name]

    def bind(self) -> None:
        """Take the ports, before any long seeding. Raises `PortTaken`."""
        try:
            for offset, name in enumerate((CONTROL, *self.simulators)):
                port = self._port + offset if self._port else 0
                self._sockets[name] = _bound(name, port)
                self._ports[name] = self._sockets[name].getsockname()[1]
        except PortTaken:
            self._release()
            raise

    def start(self) -> None:
        """Bind if need be, and serve. Returns once connections are accepted."""
        if not self._sockets:
            self.bind()
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(ready,), name="sandbox", daemon=True
        )
        self._thread.start()
        ready.wait()
        if self._server is None or not self._server.started:
            self.stop()
            raise RuntimeError("the sandbox could not start serving; its thread said why")

    def stop(self) -> None:
        """Close every connection and end. Harmless when not started."""
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._ask_to_end)
            self._thread.join()
        self._thread = self._loop = self._server = None
        self._served = []
        self._release()

    def wait(self) -> None:
        """Block until SIGINT or SIGTERM. Only in the main thread."""
        asked = threading.Event()
        with _on_signal(asked.set):
            # An unbounded wait could not be interrupted on every platform.
            while not asked.wait(1.0):
                pass

    def call(self, work: Callable[[], T]) -> T:
        """Run `work` where the simulators are served, between two requests."""
        loop = self._loop
        if loop is None:
            return work()
        if self._pages is not None:
            self._pages.changed()
        done: concurrent.futures.Future[T] = concurrent.futures.Future()

        def run() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
                done.set_exception(error)

        loop.call_soon_threadsafe(run)
        return done.result()

    def control(
        self, simulator: str, command: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """A control command, as `POST /api/SIMULATOR/COMMAND` would give it."""
        return self.call(lambda: self.simulators[simulator].control(command, body or {}))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, ready: threading.Event) -> None:
        try:
            asyncio.run(self._serve(ready))
        finally:
            ready.set()  # whoever waits for a start that failed must not wait for ever

    async def _serve(self, ready: threading.Event) -> None:
        by_port = self._applications()

        async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
            await by_port[scope["server"][1]](scope, receive, send)

        config = uvicorn.Config(
            dispatch,
            interface="asgi3",
            http=Connection,
            ws="none",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            date_header=False,
            access_log=False,
            log_config=None,
            log_level="warning",
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            backlog=1024,
        )
        self._server = _Server(config, ready)
        self._loop = asyncio.get_running_loop()
        courier = asyncio.create_task(Courier(self.simulators).run())
        try:
            await self._server.serve(sockets=list(self._sockets.values()))
        finally:
            courier.cancel()

    def _applications(self) -> dict[int, Served]:
        self._pages = Pages(
            self.simulators, self.clock, self.addresses, self.traffic, self.introducers
        )
        control = ControlApi(
            self.simulators,
            self.clock,
            self.faults,
            self.traffic,
            addresses=self.addresses,
            pages=self._pages,
        )
        served = {self._ports[CONTROL]: Served(CONTROL, control, self.clock)}
        for name, simulator in self.simulators.items():
            served[self._ports[name]] = Served(
                name, simulator, self.clock, faults=self.faults, traffic=self.traffic
            )
        self._served = list(served.values())
        return served

    def _ask_to_end(self) -> None:
        for served in self._served:
            served.hang_up()
        if self._server is not None:
            self._server.should_exit = True

    def _release(self) -> None:
        for sock in self._sockets.values():
            sock.close()
        self._sockets.clear()


class _Server(uvicorn.Server):
    """Tells when it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()


def _bound(name: str, port: int) -> socket.socket:
    # Naming the protocol matters: asyncio turns Nagle's algorithm off only on sockets
    # that say they are TCP, and with it on every answer waits 40 ms for an ACK.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
        sock.listen(1024)
    except (OSError, OverflowError) as error:
        sock.close()
        why = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise PortTaken(
            f"port {port} (for {name}) on {HOST} cannot be had: {why}. "
            "Stop what uses it, choose another with --port N, or let --port 0 take free ones."
        ) from error
    return sock


@contextlib.contextmanager
def _on_signal(react: Callable[[], None]) -> Iterator[None]:
    def caught(_number: int, _frame: FrameType | None) -> None:
        react()

    before = {number: signal.signal(number, caught) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
