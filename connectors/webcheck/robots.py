"""What a site's robots.txt lets us look at (RFC 9309)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from connectors.webcheck.visiting import Answer, Limits, Visitor
from syncd.core.facts import Trouble
from syncd.ports.clock import Clock

# The RFC's own numbers: 500 KiB are read, five redirects followed, a day it may be kept.
_LIMITS = Limits(size=500 * 1024, redirects=5)
_KEPT = timedelta(hours=24)
# What could not be had is asked for again before long.
_KEPT_TROUBLE = timedelta(minutes=10)
_MOST_SITES = 2_000


@dataclass(frozen=True, slots=True)
class _Rules:
    until: datetime
    parsed: Protego | None = None  # None: everything may be looked at
    trouble: Trouble = Trouble.NONE
    detail: str = ""


class Robots:
    """The rules of the sites visited, by origin. Threads may share it."""

    def __init__(self, visitor: Visitor, clock: Clock, product: str) -> None:
        self._visitor = visitor
        self._clock = clock
        self._product = product
        self._lock = threading.Lock()
        self._known: dict[str, _Rules] = {}

    def forbid(self, url: str) -> Answer | None:
        """Why `url` must not be asked for, None where it may. Raises `TryLater`."""
        parts = urlsplit(url)
        rules = self._rules(f"{parts.scheme}://{parts.netloc}")
        if rules.trouble:
            return Answer(url, trouble=rules.trouble, detail=rules.detail)
        if rules.parsed is not None and not rules.parsed.can_fetch(url, self._product):
            return Answer(url, trouble=Trouble.ROBOTS, detail="its robots.txt asks us not to")
        return None

    def _rules(self, origin: str) -> _Rules:
        now = self._clock.now()
        with self._lock:
            known = self._known.get(origin)
        if known is not None and now < known.until:
            return known
        read = self._read(origin, now)
        with self._lock:
            while len(self._known) >= _MOST_SITES:
                del self._known[next(iter(self._known))]
            self._known[origin] = read
        return read

    def _read(self, origin: str, now: datetime) -> _Rules:
        answer, _ = self._visitor.journey(f"{origin}/robots.txt", _LIMITS, lambda _url: None)
        soon = now + _KEPT_TROUBLE
        if answer.trouble and answer.trouble is not Trouble.REDIRECTS:
            # The page itself would fare no better, and the cause is the same.
            return _Rules(soon, None, answer.trouble, answer.detail)
        if answer.status == 429 or answer.status >= 500:
            # A site in trouble, or one that wants to be left alone: the RFC says keep out.
            words = f"its robots.txt cannot be had just now ({answer.status})"
            return _Rules(soon, None, Trouble.ROBOTS, words)
        if not 200 <= answer.status < 300:
            return _Rules(now + _KEPT)
        parsed = Protego.parse(answer.body.decode("utf-8-sig", "replace"))
        delay = parsed.crawl_delay(self._product)
        if delay is not None:
            self._visitor.slow_down(origin, delay)
        return _Rules(now + _KEPT, parsed)
