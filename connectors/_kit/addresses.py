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
# All that is routed in IPv6 lies in here (RFC 4291, 2.4): what does not is local, or one of
# the many ways to write an IPv4 address, of which `_within` knows those in use.
_ROUTED = ip_network("2000::/3")
# What Python's own list (`is_global`) lets through, or older versions of it do: addresses for
# protocols, where Oracle's cloud tells its secrets; Azure's door to the host of a machine;
# the old relays to IPv6; examples for books.
_LOCAL = tuple(map(ip_network, ("192.0.0.0/24", "168.63.129.16/32", "192.88.99.0/24", "3fff::/20")))
# Where other protocols listen, as browsers have it (https://fetch.spec.whatwg.org/#port-blocking):
# a request that a mail server reads as commands is not a look at a page.
_NO_WEB = frozenset(
    [
        *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95),
        *(101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161),
        *(179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563),
        *(587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060),
        *(5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    ]
)


class Forbidden(Exception):
    """We do not go there; the words say why."""


class NoSuchHost(Exception):
    """The name does not exist."""


def check_url(url: str) -> None:
    """Raises `Forbidden` for what can be told without looking the host up."""
    try:
        parts = urlsplit(url)
        named, port = parts.hostname, parts.port
    except ValueError:
        raise Forbidden("not a web address") from None
    if parts.scheme not in {"http", "https"}:
        raise Forbidden(f"{parts.scheme or 'no scheme'}: only http and https are followed")
    if not named:
        raise Forbidden("no host in the address")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("the address carries credentials")
    if port in _NO_WEB:
        raise Forbidden(f"port {port} is none that web pages are at")
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
    return _is_public(inner)


def _is_public(address: _Address) -> bool:
    routed = address.version == 4 or address in _ROUTED
    local = address.is_multicast or any(address in each for each in _LOCAL)
    return routed and address.is_global and not local


def _within(address: _Address) -> _Address:
    """The IPv4 address an IPv6 one stands for: mapped, translated or tunnelled."""
    if isinstance(address, IPv4Address):
        return address
    mapped = address.ipv4_mapped or address.sixtofour
    if mapped is None and address in _NAT64:
        mapped = IPv4Address(int(address) & 0xFFFFFFFF)
    return mapped or address
