"""A person's way to a service's page and back to a port on this machine."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

from syncd.ports.verdicts import TryLater

# Known beforehand, because some services send people back only to addresses that were
# registered with them, and because a port that is forwarded must be one that is known.
DEFAULT_PORT = 8386
PATIENCE = 600.0

_BACK = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>syncd</title>
<p>That is all. You can close this page and go back to syncd.</p>"""


class LoopbackVisit:
    """Satisfies `syncd.ports.signin.Visit`. `show` is given the address to open."""

    def __init__(
        self, server: _Server, show: Callable[[str], None], *, browser: bool, patience: float
    ) -> None:
        self._server = server
        self._show = show
        self._browser = browser
        self._patience = patience
        # By name: HubSpot takes http for the name localhost, and for no number.
        self.port = server.server_port
        self.redirect = f"http://localhost:{self.port}/"

    def __call__(self, url: str) -> Mapping[str, str]:
        self._server.came.clear()
        self._show(url)
        if self._browser:
            webbrowser.open(url)
        if not self._server.came.wait(self._patience):
            raise TryLater(f"nobody came back from the page within {self._patience:.0f} seconds")
        return self._server.said


@contextmanager
def visiting(
    port: int, show: Callable[[str], None], *, browser: bool = True, patience: float = PATIENCE
) -> Iterator[LoopbackVisit]:
    """Listen on this machine while the block runs. Raises `OSError` where the port is taken."""
    with _Server(("127.0.0.1", port), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield LoopbackVisit(server, show, browser=browser, patience=patience)
        finally:
            server.shutdown()
            thread.join()


class _Server(HTTPServer):
    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type] # handed on as they came
        self.came = threading.Event()
        self.said: dict[str, str] = {}


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    # One at a time is served: whoever only connects must not keep the person out.
    timeout = 5.0

    def do_GET(self) -> None:
        said = dict(parse_qsl(urlsplit(self.path).query))
        # Browsers ask for an icon, too, and a curious neighbour for anything.
        asked = "state" in said and ("code" in said or "error" in said)
        self.send_response(200 if asked else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_BACK) if asked else 0))
        self.send_header("Connection", "close")
        self.end_headers()
        if asked:
            self.wfile.write(_BACK)
            self.server.said = said
            self.server.came.set()

    def log_message(self, *_args: object) -> None:
        """The code in the address is a secret for as long as it is good."""
