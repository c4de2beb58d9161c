"""What the beginning of a message resembles: a fingerprint that outlives its text.

Bodies leave the state, and people write by hand: that two first messages were written from one
template can only be told by a likeness kept when they were read. Nothing can be read back from
128 bits; that two texts are alike can.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from itertools import chain, islice

from syncd.core.mail.phrase_data import fold

# A paragraph or two: a longer stretch is more alike to itself, less of one is a greeting.
_MOST, _FEWEST = 90, 8
# Shorter words are the same in every text.
_LONG = 4
_BYTES = 16
# Addresses of pages and people differ from one message to the next.
_ADDRESS = re.compile(r"@|://|www\.|\w\.[a-z]{2,}")
_WORD = re.compile(r"[^\W\d_]+")
# Measured on pitches with names, titles and a subordinate clause filled in: those of one template
# differ in 17 bits, at most 30; those of two templates on one subject in 38 at least.
ALIKE = 33
# Each byte with its bits spread over eight bytes; a byte counts up to 255, and there are fewer
# words.
_SPREAD = [bytes((byte >> bit) & 1 for bit in range(8)) for byte in range(256)]


def fingerprint(text: str) -> str:
    """32 hex digits for what an author wrote, greeting and signature aside; "" for a line or two.

    Charikar's similarity hash over the longer words: the fewer bits two differ in, the more of
    their words are the same (`alike`).
    """
    written = (word for word in fold(text).split() if not _ADDRESS.search(word))
    words = islice(chain.from_iterable(map(_WORD.findall, written)), _MOST)
    telling = {word for word in words if len(word) >= _LONG}
    if len(telling) < _FEWEST:
        return ""
    sums = sum(map(_lanes, telling)).to_bytes(8 * _BYTES, "little")
    half = len(telling) // 2
    found = 0
    for count in sums:
        found = found << 1 | (count > half)
    return f"{found:032x}"


@lru_cache(maxsize=1 << 14)
def _lanes(word: str) -> int:
    """The bits of a word's digest, each in a byte of its own: a whole text's are one sum."""
    digest = hashlib.blake2b(word.encode(), digest_size=_BYTES).digest()
    return int.from_bytes(b"".join(_SPREAD[byte] for byte in digest), "little")


def alike(one: str, other: str) -> bool:
    """Whether two fingerprints are of the same template."""
    return (int(one, 16) ^ int(other, 16)).bit_count() <= ALIKE
