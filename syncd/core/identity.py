"""Names that come out the same every time: effect keys and message identities."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable


def effect_key(*parts: str) -> str:
    """Name an effect by promise, object and the version of the object that was seen.

    Planned again after a crash, the same decision must produce the same key: the
    ledger's primary key is what turns a second plan into a no-op. Without the version,
    a decision could be taken only once in the object's life.

    Returns 20 hexadecimal characters, short enough for any service's text field.
    """
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()


# What stands where an address was that is to be forgotten.
TAKEN_OUT = "[removed]"


def without_address(text: str, addresses: Iterable[str], instead: str = TAKEN_OUT) -> str:
    """`text` with something else in the place of these addresses, in whatever case.

    Only whole ones: "ada@site.example" is no part of "nada@site.example.org". As part of a
    web address, too, where "@" is written otherwise.
    """
    for address in addresses:
        if _maybe_named(text, address):
            text = _whole(address).sub(lambda _found: instead, text)
    return text


def names_address(text: str, address: str) -> bool:
    """Whether an address stands in a text, as a whole."""
    return _maybe_named(text, address) and _whole(address).search(text) is not None


def spellings(address: str) -> tuple[str, str]:
    """How an address stands in texts: as it is, and as part of a web address."""
    return address, address.replace("@", "%40")


def times_named(text: str, address: str) -> int:
    """How often an address stands in a text, as a whole."""
    return len(_whole(address).findall(text))


def _maybe_named(text: str, address: str) -> bool:
    lower = text.lower()
    return any(one.lower() in lower for one in spellings(address))


def _whole(address: str) -> re.Pattern[str]:
    spelled = "|".join(map(re.escape, spellings(address)))
    # In a web address what stands before it may be an escape ("%3C") that ends in a letter.
    before = r"(?:(?<![\w.+-])|(?<=%[0-9a-f]{2}))"
    return re.compile(rf"{before}(?:{spelled})(?![\w-]|\.\w)", re.IGNORECASE)
