"""Google's public keys, which it changes every few days: kept as long as Google says."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta

import requests

from connectors._kit import verdicts as http
from connectors._kit.http import Session
from connectors._kit.reading import parsed
from connectors.gmail.verdicts import SERVICE
from syncd.ports.manifest import Toolbox
from syncd.ports.verdicts import TryLater

# The sender waits for our answer meanwhile.
_TIMEOUT = (2.0, 3.0)
_USUAL = timedelta(hours=1)
# A key that is not known has us ask again, and anybody can name one.
_PAUSE = timedelta(minutes=1)
_MAX_AGE = re.compile(r"max-age=(\d{1,6})")


class Certificates:
    """Certificates by key id, as PEM. Threads may share it; one of them asks at a time."""

    def __init__(self, url: str, tools: Toolbox) -> None:
        self._url = url
        self._clock = tools.clock
        self._session = Session(SERVICE, tools, timeout=_TIMEOUT)
        self._lock = threading.Lock()
        self._kept: dict[str, str] = {}
        self._good_until: datetime | None = None
        self._asked: datetime | None = None

    def of(self, key: str) -> str | None:
        """None where Google has no such key. Raises `TryLater` where it cannot be asked."""
        with self._lock:
            now = self._clock.now()
            fresh = self._good_until is not None and now < self._good_until
            if fresh and key in self._kept:
                return self._kept[key]
            if self._asked is None or now - self._asked >= _PAUSE:
                self._asked = now
                self._ask(now)
            elif not fresh:
                raise TryLater(f"{SERVICE}: Google's keys were asked for just now, in vain")
            return self._kept.get(key)

    def _ask(self, now: datetime) -> None:
        try:
            answer = self._session.get(self._url)
        except requests.RequestException as error:
            raise http.of_exception(error, service=SERVICE, writes=False) from error
        try:
            found = parsed(answer.content) if answer.status_code == 200 else None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise TryLater(f"{SERVICE}: no keys at certs_url ({answer.status_code})")
        told = _MAX_AGE.search(answer.headers.get("cache-control", ""))
        self._kept = {str(key): str(pem) for key, pem in found.items()}
        self._good_until = now + (timedelta(seconds=int(told[1])) if told else _USUAL)
