"""Names are looked up once, every address is judged, and the connection goes to one of those.

Twisted asks this resolver for every connection it makes, for pages, redirects and robots.txt
alike, also where a host is an address already; there is no second look-up in between that
could answer otherwise.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Any

from connectors._kit.addresses import Forbidden, Network, NoSuchHost, resolve


@dataclass(slots=True)
class State:
    """What the process knows. `refused`: why a host was not gone to, by its name; Twisted
    hands on no more than that there was nothing.
    """

    allowed: list[Network] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    installed: bool = False


state = State()


class PublicOnly:
    """For Scrapy's setting, whatever it is called in this version (`setting`)."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    @classmethod
    def from_crawler(cls, _crawler: Any, reactor: Any) -> PublicOnly:
        return cls(reactor)

    def install_on_reactor(self) -> None:
        from twisted.internet._resolver import GAIResolver

        asks: Any = checked
        self._reactor.installNameResolver(GAIResolver(self._reactor, getaddrinfo=asks))
        state.installed = True


def setting() -> str:
    """What Scrapy calls the setting of a resolver; one that it ignores would let all through."""
    from scrapy.settings import default_settings

    newer = "TWISTED_DNS_RESOLVER"
    return newer if hasattr(default_settings, newer) else "DNS_RESOLVER"


def checked(host: Any, port: Any, family: int = 0, kind: int = 0, *_more: int) -> Any:
    """As `socket.getaddrinfo`, but no answer at all where one of the addresses is not fit."""
    name = host.decode("ascii") if isinstance(host, bytes) else str(host)
    try:
        addresses = resolve(name, port, state.allowed)
    except (Forbidden, NoSuchHost) as why:
        state.refused[name] = str(why)
        raise socket.gaierror(socket.EAI_NONAME, str(why)) from why
    # The judged ones in a form that needs no look-up, by the very function that knows forms.
    found: list[Any] = []
    for address in addresses:
        found += socket.getaddrinfo(address, port, family, kind, flags=socket.AI_NUMERICHOST)
    return found
