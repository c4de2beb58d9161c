"""When two web addresses are one page, however they are written. Pure."""

from __future__ import annotations

import contextlib
import re
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlsplit

# What says where a visitor came from, never what is shown.
_TRACKING = frozenset(
    [
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "fbclid",
        "msclkid",
        "yclid",
        "twclid",
        "igshid",
        "mc_cid",
        "mc_eid",
        "_hsenc",
        "_hsmi",
        "hsctatracking",
        "mkt_tok",
        "oly_anon_id",
        "oly_enc_id",
        "_ga",
        "_gl",
        "vero_id",
        "wickedid",
        "s_cid",
        "ref_src",
        "srsltid",
    ]
)
_TRACKING_PREFIX = ("utm_", "pk_", "mtm_", "hsa_")
_PORTS = {"http": 80, "https": 443}
# What a path may hold as it is (RFC 3986, 3.3); the rest is percent-encoded, in capitals.
_PATH = "-._~!$&'()*+,;=:@/"
_QUERY = "-._~!$'()*,;:@/?"
_LONGEST_HOST = 253
_DOTS = re.compile(r"/\.(?=/|$)")


def page_key(url: str) -> str:
    """The same for all spellings of one page's address; "" for what is no web address, or
    carries credentials.

    Without scheme, "www.", default port, fragment, slash at the end and tracking; the host
    in lower case and punycode, percent-encoding and the order of the query made one.
    """
    text = re.sub(r"[\t\r\n]", "", url).strip()
    if "://" not in text:
        text = f"http://{text.removeprefix('//')}"
    try:
        parts = urlsplit(text)
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in _PORTS or parts.username is not None:
        return ""
    if not host or " " in host or not host.isprintable():
        return ""
    there = host if port in {None, _PORTS[parts.scheme.lower()]} else f"{host}:{port}"
    query = _query(parts.query)
    # What comes after "#!" is shown as a page of its own.
    fragment = f"#{parts.fragment}" if parts.fragment.startswith("!") else ""
    return f"{there}{_path(parts.path)}{'?' + query if query else ''}{fragment}"


def same_page(one: str, other: str) -> bool:
    key = page_key(one)
    return bool(key) and key == page_key(other)


def host_of(url: str) -> str:
    """The host of an address as it is asked: without "www.", in punycode; "" for none."""
    return page_key(url).partition("/")[0].partition("?")[0].partition(":")[0]


def is_within(url: str, domain: str) -> bool:
    """Whether an address is at a domain or below it."""
    here, there = host_of(url), host_of(domain)
    return bool(there) and (here == there or here.endswith(f".{there}"))


def ascii_host(text: str) -> str:
    """A host in lower case and punycode, without "www." and the dot at its end."""
    host = text.strip().rstrip(".").lower()
    # Longer than any name is, and the codec takes the square of it.
    if host.isascii() or len(host) > _LONGEST_HOST:
        return host.removeprefix("www.") if host.count(".") > 1 else host
    with contextlib.suppress(UnicodeError):
        # Other scripts have full stops of their own, which become ours.
        host = host.encode("idna").decode("ascii").rstrip(".").lower()
    return host.removeprefix("www.") if host.count(".") > 1 else host


def _path(path: str) -> str:
    kept = _DOTS.sub("", path)
    segments: list[str] = []
    for segment in kept.split("/"):
        if segment != "..":
            segments.append(segment)
        elif len(segments) > 1:
            segments.pop()
    return quote(unquote_to_bytes("/".join(segments)), safe=_PATH).rstrip("/")


def _query(query: str) -> str:
    pairs = [
        (quote(name, safe=_QUERY), quote(value, safe=_QUERY))
        for name, value in parse_qsl(query, keep_blank_values=True, encoding="utf-8")
        if name.lower() not in _TRACKING and not name.lower().startswith(_TRACKING_PREFIX)
    ]
    return "&".join(f"{name}={value}" if value else name for name, value in sorted(pairs))
