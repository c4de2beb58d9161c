"""Getting a page, politely: robots.txt, pauses, redirects step by step, limits on everything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from connectors._kit.addresses import Forbidden, NoSuchHost, check_url
from connectors._kit.http import Session
from connectors._kit.pacing import Pacer
from connectors._kit.verdicts import retry_after
from connectors.webcheck.network import Deadline, PublicOnly
from connectors.webcheck.settings import WebcheckSettings
from syncd.core.facts import Hop, Trouble
from syncd.ports.manifest import Toolbox

SERVICE = "web"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65_536
_PATIENCE = 60.0  # seconds we wait for our turn at a host; longer is for another time
_LONGEST_REST = 3_600.0
_MOST_HOSTS = 10_000
_SILENCE = (10.0, 10.0)  # seconds to connect, and without a byte


@dataclass(frozen=True, slots=True)
class Answer:
    """What came, or the trouble that kept it from coming."""

    url: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=CaseInsensitiveDict)
    body: bytes = b""
    whole: bool = True
    trouble: Trouble = Trouble.NONE
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """`types`: what the content type must begin with for the body to be read; () for any."""

    size: int
    redirects: int
    types: tuple[str, ...] = ()


# What keeps us from asking for an address, None for nothing.
Forbids = Callable[[str], Answer | None]


class Visitor:
    """One request at a time to a host. Threads may share it."""

    def __init__(self, settings: WebcheckSettings, tools: Toolbox) -> None:
        self._settings = settings
        self._clock = tools.clock
        self._lock = threading.Lock()
        self._pacers: dict[str, Pacer] = {}
        # Where we looked is nobody's business but the team's, and would be endless labels.
        told = replace(tools, observe=lambda call: tools.observe(replace(call, path="")))
        self._session = session = Session(SERVICE, told, timeout=_SILENCE)
        if tools.transport is None:
            outside = HTTPAdapter() if settings.through else PublicOnly(settings.allow_private)
            session.mount("http://", outside)
            session.mount("https://", outside)
        # A proxy from the environment would look names up itself, behind our back.
        session.trust_env = False
        # Nothing a site gave at one visit is shown at the next, or to another site.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers.update(
            {
                "User-Agent": settings.user_agent,
                "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
                "Accept-Encoding": "gzip, deflate",
                # A connection kept for later would be one that no deadline watches.
                "Connection": "close",
            }
        )

    def journey(self, url: str, limits: Limits, forbids: Forbids) -> tuple[Answer, tuple[Hop, ...]]:
        """The answer for `url`, or for where redirects lead. `forbids` is asked before every step.

        Raises only `TryLater`, from our own pacing.
        """
        hops: list[Hop] = []
        seen: set[str] = set()
        while True:
            answer = _refused(url) or forbids(url) or self._get(url, limits)
            if answer.trouble or answer.status not in _REDIRECTS:
                return answer, tuple(hops)
            hops.append(Hop(url, answer.status))
            seen.add(url)
            location = answer.headers.get("Location", "")
            url = _joined(url, location)
            lost = ""
            if not location:
                lost = "it leads nowhere"
            elif url in seen:
                lost = "it goes in a circle"
            elif len(hops) > limits.redirects:
                lost = f"more than {limits.redirects} in a row"
            if lost:
                return replace(answer, trouble=Trouble.REDIRECTS, detail=lost), tuple(hops)

    def slow_down(self, url: str, seconds: float) -> None:
        """A pause of a host's own choosing, where it is longer than ours."""
        if seconds > self._settings.pause_seconds:
            self._pacer(url).set_rate(1 / min(seconds, _PATIENCE), 1)

    def _get(self, url: str, limits: Limits) -> Answer:
        """One request, redirects not followed."""
        self._pacer(url).take()
        deadline = Deadline(self._settings.seconds)
        try:
            with deadline:
                answer = self._ask(url, limits)
            # A connection cut by us looks like one that ended: half a page, or half a
            # header, must not pass for one without the link.
            return _slow(url) if deadline.passed else answer
        except Forbidden as why:
            return Answer(url, trouble=Trouble.FORBIDDEN, detail=str(why))
        except NoSuchHost as why:
            return Answer(url, trouble=Trouble.NOT_FOUND_HOST, detail=str(why))
        except requests.Timeout:
            return _slow(url)
        except (requests.RequestException, HTTPError, OSError, UnicodeError) as error:
            if deadline.passed:
                return _slow(url)
            return Answer(url, trouble=Trouble.UNREACHABLE, detail=_kind_of(error))

    def _ask(self, url: str, limits: Limits) -> Answer:
        with self._session.get(self._asked(url), stream=True) as response:
            headers, status = response.headers, response.status_code
            if status < 200:  # the transport's way to say that no answer came
                return Answer(url, trouble=Trouble.UNREACHABLE, detail="no answer")
            if status in {429, 503}:
                rest = retry_after(headers.get("Retry-After"), self._clock.now())
                self._pacer(url).pause(min(rest or 0.0, _LONGEST_REST))
            kind = headers.get("Content-Type", "").strip().lower()
            if not 200 <= status < 300 or not kind.startswith(limits.types or ("",)):
                return Answer(url, status, headers)
            body, whole = _body(response, limits.size)
            return Answer(url, status, headers, body, whole)

    def _asked(self, url: str) -> str:
        if self._settings.through is None:
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._settings.through}/{parts.scheme}/{parts.netloc}{parts.path or '/'}{query}"

    def _pacer(self, url: str) -> Pacer:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        with self._lock:
            if host not in self._pacers:
                while len(self._pacers) >= _MOST_HOSTS:
                    del self._pacers[next(iter(self._pacers))]
                rate = 1 / max(self._settings.pause_seconds, 0.001)
                pacer = Pacer(self._clock, per_second=rate, burst=1, patience=_PATIENCE)
                self._pacers[host] = pacer
            return self._pacers[host]


def _refused(url: str) -> Answer | None:
    try:
        check_url(url)
    except Forbidden as why:
        return Answer(url, trouble=Trouble.FORBIDDEN, detail=str(why))
    return None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location).partition("#")[0]
    except ValueError:
        return location  # refused where it is checked


def _body(response: requests.Response, most: int) -> tuple[bytes, bool]:
    """What was sent, unpacked, up to `most` bytes, and whether that was all of it."""
    raw = response.raw
    raw.decode_content = True
    kept = bytearray()
    # `read1` hands on what has come; `read` would sit out any number of slow drops to fill
    # the amount it was asked for. What is unpacked counts, or a small file could be a bomb.
    while chunk := raw.read1(_CHUNK):
        kept += chunk
        if len(kept) > most:
            return bytes(kept[:most]), False
    return bytes(kept), True


def _slow(url: str) -> Answer:
    return Answer(url, trouble=Trouble.TOO_SLOW, detail="no whole answer in time")


def _kind_of(error: Exception) -> str:
    """The kind of failure alone: the words of exceptions repeat whole addresses."""
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate or encryption is not accepted"
    return f"no connection, or it broke ({type(error).__name__})"
