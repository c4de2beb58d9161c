"""The one transport: a `requests` session that runs under every SDK.

Timeouts, pacing, call counts and test doubles live here and nowhere else. It never
retries: a POST must not be repeated blindly, and whether and when to repeat is decided
by the engine from the verdict.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from connectors._kit.pacing import Pacer
from syncd.ports.manifest import Call, Toolbox

# Seconds to connect, and of silence while an answer is awaited.
TIMEOUT = (5.0, 30.0)


class Session(requests.Session):
    """A session to one service. `service` is the name calls are counted under."""

    def __init__(
        self,
        service: str,
        tools: Toolbox,
        *,
        pacer: Pacer | None = None,
        timeout: tuple[float, float] = TIMEOUT,
        pool: int = 16,
    ) -> None:
        super().__init__()
        self._service = service
        self._observe = tools.observe
        self._pacer = pacer
        self._timeout = timeout
        adapter = tools.transport or HTTPAdapter(pool_connections=4, pool_maxsize=pool)
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        # ~/.netrc must not replace the credentials in the settings.
        self.auth = _unchanged

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Pace, send once, count; a redirect is an answer.

        Raises what `requests` raises, and `TryLater` from pacing.
        """
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        # No API of ours redirects. Followed, a POST would arrive as a GET, and a request
        # would go to an address that nobody wrote into the settings.
        kwargs["allow_redirects"] = False
        if self._pacer is not None:
            self._pacer.take()
        began, status = time.monotonic(), 0
        try:
            response = super().send(request, **kwargs)
            status = response.status_code
        finally:
            path = urlsplit(request.url or "").path
            self._observe(
                Call(
                    self._service,
                    str(request.method or "GET"),
                    str(path),
                    status,
                    time.monotonic() - began,
                )
            )
        return response


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
