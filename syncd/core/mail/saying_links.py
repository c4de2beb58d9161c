"""Pages and sums of money that someone names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from syncd.core.mail.addresses import domain_of, is_free_mail, registrable
from syncd.core.mail.saying_words import Text

_SIGNS = frozenset("$\u20ac\u00a3\u00a5\u20b9")
_MANY = frozenset(
    {
        "million", "millions", "billion", "m", "mio", "mrd", "bn", "mn", "millionen", "millones",
        "milioni", "milhoes", "miljoen", "miljoner", "millioner", "miljoonaa",
    }
)  # fmt: skip
# What a site says of itself is no page that a link could be on.
_NO_ARTICLE = re.compile(
    r"write[-_]?for|guest[-_]?post|guideline|contribut|contact|kontakt|contatt|contatto|about"
    r"|advertis|werb|mediadaten|media[-_]?kit|rate[-_]?card|pricing|price|tarif|privacy"
    r"|datenschutz|impressum|imprint|legal|terms|unsubscribe|login|wp-admin",
    re.IGNORECASE,
)


def site_of(url: str) -> str:
    """The registrable domain a URL stands on, "" where there is none. Never raises."""
    try:
        host = urlsplit(url if "//" in url else f"https://{url}").hostname or ""
    except ValueError:
        return ""
    return registrable(host)


def sites(domains: Iterable[str], sender: str) -> tuple[frozenset[str], str]:
    """The sites of `domains` (or URLs), and the sender's own: "" for a free-mail address."""
    domain = domain_of(sender)
    own = "" if not domain or is_free_mail(domain) else registrable(domain)
    return frozenset(filter(None, (site_of(one.strip()) for one in domains))), own


def pages(urls: Iterable[str], of: Collection[str]) -> tuple[str, ...]:
    """The URLs that stand on one of these sites, with a scheme, once each."""
    found = (url if "//" in url else f"https://{url}" for url in urls if site_of(url) in of)
    return tuple(dict.fromkeys(found))


def is_article(url: str) -> bool:
    """Whether a URL may be a page with a link: no front page, no "write for us"."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.path.strip("/") != "" and _NO_ARTICLE.search(parts.path) is None


def amounts(text: Text, money: Collection[str]) -> list[tuple[int, int]]:
    """Where sums of money are named: the first word and the end of each, nothing free."""
    found = []
    words = text.words
    for place, word in enumerate(words):
        if not word[0].isdecimal() or not word.strip("0.,"):
            continue
        following = words[place + 1] if place + 1 < len(words) else ""
        if following in _MANY:
            continue
        if following in _SIGNS or following in money:
            found.append((place, place + 2))
        elif place and (words[place - 1] in _SIGNS or words[place - 1] in money):
            found.append((place - 1, place + 1))
    return found
