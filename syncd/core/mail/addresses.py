"""Addresses as people and machines write them, brought to one form."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from email.utils import getaddresses
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from syncd.core.facts import Party
from syncd.core.mail.charsets import words
from syncd.core.mail.free_mail import FREE_MAIL

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_LONGEST_ADDRESS = 254
_LONGEST_LOCAL_PART = 64
_LONGEST_DOMAIN = 253
_LONGEST_SINGLE = 1000
_LONGEST_HEADER = 100_000

_ONE_ADDRESS = re.compile(
    r"""\s*(?:"(?P<quoted>[^"\\<>]*)"|(?P<plain>[^"\\<>@,;:()]*?))\s*"""
    r"""<(?P<angled>[^<>\s@,;:"()]{1,80}@[^<>\s@,;:"()]{1,255})>\s*"""
)
_BARE_ADDRESS = re.compile(r"""\s*([^<>\s@,;:"'()\[\]]{1,80}@[A-Za-z0-9.-]{1,255})\s*""")
_LOOKS_LIKE_ONE = re.compile(r"""[^<>\s@,;:"'()\[\]]{1,80}@[^<>\s@,;:"'()\[\]]{1,255}""")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_AROUND = " <>'\u00a0"
_SCHEME = re.compile(r"\b(?:smtp|mailto):\s*$", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;\n]")
_LOCAL_PART = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.\u00a1-\U0010ffff-]+", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")

_ROBOT = re.compile(
    r"""(?:^|[._+=-])(?:
        mailer[._-]?daemon | mail[._-]?daemon | postmaster
      | auto[._-]?mailer | auto[._-]?re(?:ply|sponder?)
      | (?:no|not|dont|do[._-]?not|never)[._-]?re(?:ply|spond) | unattended | unmonitored
      | ne[._-]?pas[._-]?repondre | pas[._-]?de[._-]?reponse
      | nicht[._-]?antworten | keine[._-]?antwort
      | no[._-]?(?:responder|responda|contestar) | nao[._-]?(?:responda|responder)
      | non?[._-]?rispondere | geen[._-]?antwoord | niet[._-]?beantwoorden
      | nie[._-]?odpowiada[jc] | svara[._-]?(?:inte|ej) | svar[._-]?ikke | ei[._-]?vastausta
    )(?:$|[._+=-])
    | ^(?:bounces?|notifications?|notify|daemon|majordomo|listserv|mailman|nobody|undisclosed)
      (?:$|[+=-])
    """,
    re.VERBOSE,
)


# The same few addresses stand in message after message, several times in each.
@lru_cache(maxsize=1 << 14)
def normalise(address: str) -> str:
    """The form in which addresses are compared: lower case, bare, domain in ASCII.

    Never raises; what is no address comes back trimmed and in lower case.
    """
    bare = _CONTROL.sub("", address).lower().strip(_AROUND)
    while bare.startswith("mailto:"):
        bare = bare[7:].strip(_AROUND)
    local, at, domain = bare.rpartition("@")
    if not at:
        return bare
    local = local.strip()
    if len(local) > 1 and local[0] == local[-1] == '"' and _LOCAL_PART.fullmatch(local[1:-1]):
        local = local[1:-1]
    return f"{local.strip()}@{_ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    domain = domain.strip().strip(".")
    # The codec's cost grows with the square of the length.
    if domain.isascii() or len(domain) > _LONGEST_DOMAIN:
        return domain
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain


def canonical(address: str, own: Collection[str] = ()) -> str:
    """The mailbox behind an address where that is known: "+tag" and Gmail's dots folded.

    Only for gmail.com, googlemail.com and the domains in `own`: elsewhere a plus or a dot
    may tell two people apart. Never show or write to the result.
    """
    address = normalise(address)
    local, at, domain = address.rpartition("@")
    if not at or (domain not in _GMAIL and domain not in own):
        return address
    local = local.partition("+")[0] or local
    if domain in _GMAIL:
        return f"{local.replace('.', '') or local}@gmail.com"
    return f"{local}@{domain}"


def domain_of(address: str) -> str:
    """The domain of an address in any form, "" where there is none."""
    return normalise(address).rpartition("@")[2] if "@" in address else ""


@lru_cache(maxsize=1 << 16)
def registrable(domain: str) -> str:
    """The part of a domain that someone registered: "mail.acme.co.uk" gives "acme.co.uk".

    A site on a shared host (`jane.blogspot.com`) is its own. What has none (a public
    suffix, an IP address, a bare name) comes back as it is, so nothing is thrown together.
    """
    name = _ascii_domain(domain.strip().lower())
    if not name or name.replace(".", "").isdigit():
        return name
    return _suffixes().privatesuffix(name) or name


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def is_free_mail(domain: str) -> bool:
    """Whether anyone can have an address there, so that sharing it says nothing."""
    name = _ascii_domain(domain.strip().lower())
    while name:
        if name in FREE_MAIL:
            return True
        name = name.partition(".")[2]
    return False


def is_robot(address: str) -> bool:
    """Whether nobody reads that address: mailer-daemon, postmaster, no-reply and the like."""
    return _ROBOT.search(normalise(address).rpartition("@")[0]) is not None


def valid(address: str) -> bool:
    """Whether a service would accept `address` as an e-mail address on the public net."""
    local, at, domain = normalise(address).rpartition("@")
    if not at or len(local) + len(domain) >= _LONGEST_ADDRESS or len(local) > _LONGEST_LOCAL_PART:
        return False
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    labels = domain.split(".")
    return (
        _LOCAL_PART.fullmatch(local) is not None
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )


def parties(values: Iterable[str]) -> tuple[Party, ...]:
    """Everyone named by raw address headers, once each, in order. Never raises.

    Takes what senders really write: encoded words, groups, commas in bare names,
    semicolons, missing quotes and brackets.
    """
    found: dict[str, Party] = {}
    for value in values:
        for name, raw in _pairs(value):
            address = normalise(raw)
            if address not in found:
                found[address] = Party(address, _shown(name, address))
    return tuple(found.values())


def _pairs(value: str) -> list[tuple[str, str]]:
    value = value[:_LONGEST_HEADER]
    if len(value) < _LONGEST_SINGLE:
        one = _ONE_ADDRESS.fullmatch(value)
        if one is not None and "=?" not in one["angled"]:
            return [(one["quoted"] or one["plain"] or "", one["angled"])]
        bare = _BARE_ADDRESS.fullmatch(value)
        if bare is not None:
            return [("", bare[1])]
    if ";" not in value or ":" in value:
        try:
            pairs = getaddresses([value])
        except (RecursionError, IndexError):  # comments in comments; a quote at the end
            return _scan(words(value))
        groups = value.count(";")
        real = [pair for pair in pairs if pair != ("", "")]
        # An empty pair stands for an empty group or for something the parser gave up on.
        if len(pairs) - len(real) <= groups and all(_is_whole(raw) for _, raw in real):
            return real
    return _scan(words(value))


def _is_whole(raw: str) -> bool:
    local, _, domain = raw.rpartition("@")
    return bool(local and domain) and "=?" not in raw and "<" not in raw and "\n" not in raw


def _scan(value: str) -> list[tuple[str, str]]:
    """Addresses in a value that is no address list, with the words before each as its name."""
    pairs = []
    name = ""
    for chunk in _BETWEEN.split(value.replace('"', " ")):
        end = 0
        for found in _LOOKS_LIKE_ONE.finditer(chunk):
            before = chunk[end : found.start()]
            before = _SCHEME.sub("", before)
            pairs.append((f"{name} {before}".strip(" <>,'[]()"), found.group()))
            name, end = "", found.end()
        if end == 0:
            name = f"{name} {chunk.strip()}," if chunk.strip() else name
    return pairs


def _shown(name: str, address: str) -> str:
    name = words(name)
    while len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return "" if normalise(name) == address else name
