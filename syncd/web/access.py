"""Who is let in, as what, and how often one may guess.

Three ways in: a token (a browser's login or a program's bearer), a proxy that names the
person, or, where neither is set up, being on this machine.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

SESSION_SECONDS = 12 * 3600
MOST_SESSIONS = 1000
# Wrong tokens from one peer, and from all together, before everybody there must wait.
GUESSES, ALL_GUESSES, WINDOW = 5, 100, 300.0
MOST_PEERS = 10_000
# Requests a second that one peer may make, and how many at once: a page and all on it, a
# scrape, several people behind one proxy. More is somebody trying doors.
REQUESTS, AT_ONCE = 30.0, 300.0

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Role(StrEnum):
    VIEWER = "viewer"  # may look
    OPERATOR = "operator"  # may look and act


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was let in. `program`: by a header no browser adds by itself."""

    name: str
    role: Role
    program: bool = False

    @property
    def may_act(self) -> bool:
        return self.role is Role.OPERATOR


class TooManyGuesses(Exception):
    """Too many wrong tokens came from there. `after`: seconds until one may try again."""

    def __init__(self, after: float) -> None:
        super().__init__(f"too many wrong tokens; try again in {after:.0f} s")
        self.after = after


@dataclass(frozen=True, slots=True)
class Doors:
    """`tokens`: the role of each token that lets in. `proxy_header` is believed only from
    `proxy_from`; the `operators` it names may act. Without tokens and proxy everybody who
    reaches us is an operator: the settings see to it that only this machine does.
    """

    tokens: Sequence[tuple[str, Role]] = ()
    proxy_header: str = ""
    proxy_from: Sequence[Network] = ()
    operators: frozenset[str] = frozenset()

    @property
    def open(self) -> bool:
        return not self.tokens and not self.proxy_header


@dataclass(slots=True)
class Access:
    doors: Doors
    clock: Callable[[], float] = time.monotonic
    _sessions: dict[str, tuple[Person, float]] = field(default_factory=dict)
    _let_in: dict[str, None] = field(default_factory=dict)  # places that knew a token
    _guesses: dict[str, deque[float]] = field(default_factory=dict)
    _allowances: dict[str, tuple[float, float]] = field(default_factory=dict)
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def change(self, doors: Doors) -> None:
        """Other ways in, from now on. Who came in by what is no way in any more is out."""
        if doors != self.doors:
            self.doors = doors
            self._sessions.clear()
            self._let_in.clear()

    def admits(self, peer: str) -> bool:
        """Whether a peer may ask for one more thing now."""
        peer, now = _place(peer), self.clock()
        left, since = self._allowances.pop(peer, (AT_ONCE, now))
        left = min(AT_ONCE, left + (now - since) * REQUESTS)
        while len(self._allowances) >= MOST_PEERS:
            del self._allowances[next(iter(self._allowances))]
        self._allowances[peer] = (left - 1 if left >= 1 else left, now)
        return left >= 1

    def who(self, peer: str, headers: Mapping[str, str], cookie: str) -> Person | None:
        """Who calls; None: nobody we know. Raises `TooManyGuesses`."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.doors.tokens:
            role = self._role(peer, token.strip())
            return None if role is None else Person("token", role, program=True)
        if self.doors.proxy_header and self.is_proxy(peer):
            name = headers.get(self.doors.proxy_header.lower(), "").strip()
            if name:
                may_act = name.lower() in self.doors.operators
                return Person(name, Role.OPERATOR if may_act else Role.VIEWER)
        if self.doors.open:
            return Person("this machine", Role.OPERATOR)
        person, until = self._sessions.get(_digest(cookie), (None, 0.0))
        return person if self.clock() < until else None

    def log_in(self, peer: str, token: str) -> str | None:
        """A new session's cookie for whoever knows a token. Raises `TooManyGuesses`."""
        role = self._role(peer, token)
        if role is None:
            return None
        cookie, now = secrets.token_urlsafe(32), self.clock()
        for old in [key for key, (_, until) in self._sessions.items() if until <= now]:
            del self._sessions[old]
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[_digest(cookie)] = (Person(role.value, role), now + SESSION_SECONDS)
        return cookie

    def log_out(self, cookie: str) -> None:
        self._sessions.pop(_digest(cookie), None)

    def is_proxy(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.doors.proxy_from)

    def form_token(self, cookie: str) -> str:
        """What a form must send back with this cookie, to prove that it came from our page."""
        return hmac.new(self._secret, cookie.encode(), hashlib.sha256).hexdigest()

    def is_form_token(self, cookie: str, given: str) -> bool:
        return bool(cookie) and hmac.compare_digest(
            self.form_token(cookie).encode(), given.encode()
        )

    def _role(self, peer: str, token: str) -> Role | None:
        peer, now = _place(peer), self.clock()
        mine = self._recent(peer, now)
        everybody = self._recent("", now)
        for guesses, most in ((mine, GUESSES), (everybody, ALL_GUESSES)):
            # Guesses from all over the world must not shut out those who know.
            if len(guesses) >= most and not (guesses is everybody and peer in self._let_in):
                raise TooManyGuesses(guesses[0] + WINDOW - now)
        found = None
        # Every token is compared, and in constant time: how long it takes tells nothing.
        for known, role in self.doors.tokens:
            if hmac.compare_digest(_digest(known), _digest(token)) and found is None:
                found = role
        if found is None:
            mine.append(now)
            everybody.append(now)
        elif peer not in self._let_in:
            while len(self._let_in) >= MOST_PEERS:
                del self._let_in[next(iter(self._let_in))]
            self._let_in[peer] = None
        return found

    def _recent(self, peer: str, now: float) -> deque[float]:
        if peer not in self._guesses and len(self._guesses) >= MOST_PEERS:
            del self._guesses[next(one for one in self._guesses if one)]
        guesses = self._guesses.setdefault(peer, deque())
        while guesses and guesses[0] <= now - WINDOW:
            guesses.popleft()
        return guesses


def _place(peer: str) -> str:
    """Where a peer calls from: in IPv6 its network, of whose addresses one machine has all."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _digest(words: str) -> str:
    # Of one length whatever is given, and a dump of the memory shows no session.
    return hashlib.sha256(words.encode()).hexdigest()
