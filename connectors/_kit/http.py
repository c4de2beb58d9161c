"""The one transport: a `requests` session that runs under every SDK.

Timeouts, pacing, call counts and test doubles live here and nowhere else. It never
retries: a POST must not be repeated blindly, and whether and when to repeat is decided
by the engine from the verdict.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import DecodeError, HTTPError, ProtocolError

from connectors._kit.pacing import Pacer
from connectors._kit.reading import header_date
from syncd.ports.manifest import Call, Toolbox
from syncd.ports.verdicts import Refused

# Seconds to connect, and of silence while an answer is awaited.
TIMEOUT = (5.0, 30.0)
# A page of five hundred rows, each with a text as long as may be, is half as much, unpacked.
LARGEST = 64 * 1024 * 1024
# An answer that comes in drops holds a thread no longer than this.
LONGEST = 300.0
_CHUNK = 65_536
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

# Whether a POST to this path, with this body, changes nothing where it goes.
Asks = Callable[[str, bytes], bool]


class TooMuch(requests.RequestException):
    """An answer larger than any should be."""


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
        largest: int = LARGEST,
    ) -> None:
        super().__init__()
        self._service = service
        self._observe = tools.observe
        self._pacer = pacer
        if pacer is not None:
            tools.budget(service, "calls", pacer.budget)
        self._timeout = timeout
        self._largest = largest
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

        Raises what `requests` raises, also for an answer larger or slower than any should be,
        `TryLater` from pacing, and `Refused` for a write where nothing may be written.
        """
        by_piece = kwargs.pop("stream", None)
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
            response = super().send(request, stream=True, **kwargs)
            if not by_piece:
                _whole(response, self._largest, began + LONGEST)
            status, at = response.status_code, header_date(response.headers.get("Date"))
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

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - as it is asked
        """None: even when told not to follow, requests would read the whole body of a
        redirect, of any size, and stumble over a broken address in it.
        """
        return

    def _refuse_writes(self, request: requests.PreparedRequest, asks: Asks) -> None:
        method, path = str(request.method), urlsplit(request.url or "").path
        body = request.body or b""
        given = body.encode() if isinstance(body, str) else bytes(body)
        if method not in _READS and not (method == "POST" and asks(path, given)):
            raise Refused(f"read-only: {self._service} is not asked to {method} {path}")


def _whole(response: requests.Response, most: int, until: float) -> None:
    """Read the body, as `requests` would, but for what it weighs unpacked and when it ends."""
    body = bytearray()
    for piece in _pieces(response.raw):
        body += piece
        late = time.monotonic() > until
        if late or len(body) > most:
            response.close()
            if late:
                raise requests.ReadTimeout("an answer that does not end")
            raise TooMuch(f"an answer of more than {most // 2**20} MB")
    response._content = bytes(body)  # noqa: SLF001 - where `content` looks for what was read
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001 - likewise


def _pieces(raw: Any) -> Iterator[bytes]:
    """A body as it comes, unpacked; what breaks it off, as `requests` calls it."""
    if raw is None:  # an answer that was made, and not received
        return
    raw.decode_content = True
    try:
        # `read1` hands on what has come; `read` would sit out any number of slow drops to fill
        # the amount it was asked for.
        while piece := raw.read1(_CHUNK):
            yield piece
    except ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except HTTPError as error:
        raise requests.ConnectionError(error) from error


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
