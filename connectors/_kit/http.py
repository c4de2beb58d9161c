"""The one transport: a `requests` session that runs under every SDK.

Timeouts, pacing, call counts and test doubles live here and nowhere else. It never
retries: a POST must not be repeated blindly, and whether and when to repeat is decided
by the engine from the verdict.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from connectors._kit.pacing import Pacer
from syncd.ports.manifest import Call, Toolbox
from syncd.ports.verdicts import Refused

# Seconds to connect, and of silence while an answer is awaited.
TIMEOUT = (5.0, 30.0)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

# Whether a POST to this path, with this body, changes nothing where it goes.
Asks = Callable[[str, bytes], bool]


class Session(requests.Session):
    """A session to one service. `service` is the name calls are counted under.

    Where the toolbox is for reading only, nothing leaves but reads, and POSTs that `asks`
    knows to change nothing: whatever a connector does by mistake.
    """

    def __init__(
        self,
        service: str,
        tools: Toolbox,
        *,
        pacer: Pacer | None = None,
        timeout: tuple[float, float] = TIMEOUT,
        pool: int = 16,
        asks: Asks = lambda _path, _body: False,
    ) -> None:
        super().__init__()
        self._service = service
        self._observe = tools.observe
        self._pacer = pacer
        if pacer is not None:
            tools.budget(service, "calls", pacer.budget)
        self._timeout = timeout
        self._asks = asks if tools.read_only else None
        self._surroundings: dict[str, dict[str, Any]] = {}
        adapter = tools.transport or HTTPAdapter(pool_connections=4, pool_maxsize=pool)
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        # ~/.netrc must not replace the credentials in the settings.
        self.auth = _unchanged

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """Proxies and certificates as the environment names them, looked up once for each host.

        They do not change while a process runs, and requests goes through the whole
        environment at every call, which on a quick network is a tenth of what a call costs.
        """
        if proxies or (stream, verify, cert) != (None, None, None):
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        parts = urlsplit(str(url))
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._surroundings:
            found = super().merge_environment_settings(url, {}, None, None, None)
            self._surroundings[origin] = dict(found)
        return dict(self._surroundings[origin])

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Pace, send once, count; a redirect is an answer.

        Raises what `requests` raises, `TryLater` from pacing, and `Refused` for a write
        where nothing may be written.
        """
        if self._asks is not None:
            self._refuse_writes(request, self._asks)
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        # No API of ours redirects. Followed, a POST would arrive as a GET, and a request
        # would go to an address that nobody wrote into the settings.
        kwargs["allow_redirects"] = False
        if self._pacer is not None:
            self._pacer.take()
        began, status, at = time.monotonic(), 0, None
        try:
            response = super().send(request, **kwargs)
            status, at = response.status_code, date(response.headers.get("Date"))
        finally:
            path = urlsplit(request.url or "").path
            self._observe(
                Call(
                    self._service,
                    str(request.method or "GET"),
                    str(path),
                    status,
                    time.monotonic() - began,
                    at,
                )
            )
        return response

    def _refuse_writes(self, request: requests.PreparedRequest, asks: Asks) -> None:
        method, path = str(request.method), urlsplit(request.url or "").path
        body = request.body or b""
        given = body.encode() if isinstance(body, str) else bytes(body)
        if method not in _READS and not (method == "POST" and asks(path, given)):
            raise Refused(f"read-only: {self._service} is not asked to {method} {path}")


def date(header: str | None) -> datetime | None:
    """A Date header's time; None where it is absent, unreadable or of no zone."""
    try:
        at = parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
