"""What stands on a page: its links to given domains, and what it tells search engines. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from connectors.webcheck.signs import PLAIN, Instead, canonical_of, instead, refresh_of, title_of
from syncd.core.facts import Link

_MOST_LINKS = 500
_LONGEST_TEXT = 300
_MOST_TEXT = 20_000
_LONGEST_STYLE = 1_000
_LONGEST_HOST = 253
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0(?![.\d]*[1-9])",
    re.IGNORECASE,
)
# Never shown, or shown only where scripts are off.
_UNSHOWN = frozenset({"noscript", "template", "script", "style", "head"})
# Rules for every robot, and for the one whose opinion of a link matters.
_HEARD = frozenset({"", "robots", "googlebot"})
_AGENT = re.compile(r"^\s*([A-Za-z][\w-]*)\s*:\s*(?!\d)")
# Not a robot's name although a colon follows (developers.google.com, "X-Robots-Tag").
_DIRECTIVES = frozenset(
    {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
)


@dataclass(frozen=True, slots=True)
class Reading:
    """`refresh`: where the page sends its reader on, `canonical`: the address it gives as its
    own; both whole, "" for none. `instead`: what it is, where it shows no link.
    """

    links: tuple[Link, ...]
    noindex: bool
    title: str = ""
    canonical: str = ""
    refresh: str = ""
    instead: Instead = PLAIN


@dataclass(frozen=True, slots=True)
class Source:
    """A page as it came. `url` is its own, after redirects; `asked` the one before them."""

    body: bytes
    charset: str
    url: str
    robots_tag: str = ""
    asked: str = ""


def read(source: Source, targets: Sequence[str]) -> Reading | None:
    """None where there is no markup at all."""
    body, charset, url, robots_tag = source.body, source.charset, source.url, source.robots_tag
    text = _decoded(body, charset)
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    said = {*_header_words(robots_tag), *_meta_words(root)}
    closed = bool(said & {"nofollow", "none"})
    hosts = [host for target in targets if (host := ascii_host(target))]
    links = []
    base = _base(root, url)
    for element, address in _addresses(root, base):
        if any(_is_of(address, host) for host in hosts):
            links.append(_link(element, address, closed=closed))
        if len(links) == _MOST_LINKS:
            break
    title, canonical, refresh = title_of(root), canonical_of(root), refresh_of(root)
    return Reading(
        tuple(links),
        bool(said & {"noindex", "none"}),
        title,
        _joined(base, canonical) if canonical else "",
        _joined(base, refresh) if refresh else "",
        PLAIN if links else instead(root, text, title, source.asked or url, url),
    )


def ascii_host(text: str) -> str:
    """A host as addresses carry it: lower case, punycode, no dot at the end."""
    host = text.strip().rstrip(".").lower().removeprefix("www.")
    # Longer than any name is, and the codec takes the square of it.
    if host.isascii() or len(host) > _LONGEST_HOST:
        return host
    try:
        # Other scripts have full stops of their own, which become ours.
        return host.encode("idna").decode("ascii").rstrip(".").lower()
    except UnicodeError:
        return host


def _is_of(address: str, host: str) -> bool:
    """Whether an address is at a host or below it."""
    try:
        here = ascii_host(urlsplit(address).hostname or "")
    except ValueError:
        return False
    return here == host or here.endswith(f".{host}")


def _base(root: Any, url: str) -> str:
    """What the page's addresses start from."""
    for element in root.iter("base"):
        if element.get("href"):
            return _joined(url, element.get("href")) or url
    return url


def _addresses(root: Any, base: str) -> Iterator[tuple[Any, str]]:
    """Every link with the absolute address it leads to, in the page's order."""
    for element in root.iter("a", "area"):
        given = element.get("href")
        address = _joined(base, given) if given else ""
        if address.startswith(("http://", "https://")):
            yield element, address


def _joined(base: str, given: str) -> str:
    # Browsers drop line breaks and tabs inside an address, and spaces around it.
    try:
        return urljoin(base, re.sub(r"[\t\r\n]", "", given).strip())
    except ValueError:
        return ""


def _link(element: Any, address: str, *, closed: bool) -> Link:
    text = _shown(_text(element))
    image = element.tag == "area"
    if not text:
        images = list(element.iter("img"))
        image = image or bool(images)
        text = _shown(" ".join(one.get("alt") or "" for one in images) or element.get("alt") or "")
    rel = {*(element.get("rel") or "").lower().split(), *(["nofollow"] if closed else [])}
    return Link(address, text, tuple(sorted(rel)), image=image, hidden=_hidden(element))


def _text(element: Any) -> str:
    """What stands inside, as far as it can matter: broken markup may enclose a whole page."""
    parts, size = [], 0
    for part in element.itertext():
        parts.append(part)
        size += len(part)
        if size > _MOST_TEXT:
            break
    return "".join(parts)


def _shown(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_TEXT]


def _hidden(element: Any) -> bool:
    """As far as the markup itself says; style sheets and scripts are not looked at."""
    return any(
        one.tag in _UNSHOWN
        or one.get("hidden") is not None
        or _UNSEEN.search((one.get("style") or "")[:_LONGEST_STYLE]) is not None
        for one in (element, *element.iterancestors())
    )


def _meta_words(root: Any) -> Iterator[str]:
    for element in root.iter("meta"):
        if (element.get("name") or "").strip().lower() in _HEARD - {""}:
            yield from _words(element.get("content") or "")


def _header_words(robots_tag: str) -> Iterator[str]:
    """An X-Robots-Tag: "noindex, nofollow", or "googlebot: noindex, otherbot: none"."""
    agent = ""
    for part in robots_tag.split(","):
        named = _AGENT.match(part)
        rest = part
        if named and named[1].lower() not in _DIRECTIVES:
            agent, rest = named[1].lower(), part[named.end() :]
        if agent in _HEARD:
            yield from _words(rest)


def _words(text: str) -> Iterable[str]:
    return re.split(r"[\s,]+", text.strip().lower())


def _decoded(body: bytes, charset: str) -> str:
    """As browsers decide: the byte order mark, the header, the page's own word, a guess."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    said = _CHARSET.search(body[:2048])
    for name in (charset, said[1].decode("ascii") if said else ""):
        found = _codec(name)
        if found:
            return body.decode(found, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace")


def _codec(name: str) -> str:
    """A text codec of that name as the web means it, "" for none."""
    name = name.strip().strip("\"'").lower()
    if name in {"iso-8859-1", "latin1", "latin-1", "ascii", "us-ascii"}:
        return "windows-1252"
    try:
        # Not the codecs that turn bytes to bytes, of which one unpacks.
        return name if name and codecs.lookup(name)._is_text_encoding else ""  # noqa: SLF001 - the one way to ask
    except (LookupError, ValueError):
        return ""
