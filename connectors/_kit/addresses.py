"""Where we do not go: anything that is not plain http(s) to a public address.

The pages to look at come out of mail and off sites, that is, from strangers. What they name
must not lead into the network syncd runs in, whether directly, by a redirect, or by a name
that resolves to one address when checked and another when used.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address

_LONGEST = 2_000
_NAT64 = ip_network("64:ff9b::/96")
# Local networks that older versions of Python's own list (`is_global`) do not know.
_LOCAL = (ip_network("64:ff9b:1::/48"), ip_network("fec0::/10"))


class Forbidden(Exception):
    """We do not go there; the words say why."""


class NoSuchHost(Exception):
    """The name does not exist."""


def check_url(url: str) -> None:
    """Raises `Forbidden` for what can be told without looking the host up."""
    try:
        parts = urlsplit(url)
        named, _ = parts.hostname, parts.port
    except ValueError:
        raise Forbidden("not a web address") from None
    if parts.scheme not in {"http", "https"}:
        raise Forbidden(f"{parts.scheme or 'no scheme'}: only http and https are followed")
    if not named:
        raise Forbidden("no host in the address")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("the address carries credentials")
    if len(url) > _LONGEST:
        raise Forbidden(f"the address is longer than {_LONGEST} characters")


def resolve(host: str, port: int, allowed: Sequence[Network]) -> list[str]:
    """The addresses of a host, in the resolver's order, every one of them fit to go to.

    One that is not fit spoils all: a name that mixes public and private addresses is either
    broken or a trick. Raises `NoSuchHost`, `Forbidden`, `OSError`.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
            raise
        raise NoSuchHost(f"{host} does not exist") from error
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    for address in addresses:
        if not fit(address, allowed):
            raise Forbidden(f"{host} is {address}, which is not a public address")
    return addresses


def fit(text: str, allowed: Sequence[Network] = ()) -> bool:
    """Whether an address is public, or in a network that is allowed all the same."""
    address: _Address = ip_address(text)
    inner = _within(address)
    if any(one in network for one in (address, inner) for network in allowed):
        return True
    return all(
        one.is_global and not one.is_multicast and not any(one in each for each in _LOCAL)
        for one in (address, inner)
    )


def _within(address: _Address) -> _Address:
    """The IPv4 address an IPv6 one stands for: mapped, translated or tunnelled."""
    if isinstance(address, IPv4Address):
        return address
    mapped = address.ipv4_mapped or address.sixtofour
    if mapped is None and address in _NAT64:
        mapped = IPv4Address(int(address) & 0xFFFFFFFF)
    return mapped or address
