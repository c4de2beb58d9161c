"""Names that come out the same every time: effect keys and message identities."""

from __future__ import annotations

import hashlib


def effect_key(*parts: str) -> str:
    """Name an effect by promise, object and the version of the object that was seen.

    Planned again after a crash, the same decision must produce the same key: the
    ledger's primary key is what turns a second plan into a no-op. Without the version,
    a decision could be taken only once in the object's life.

    Returns 20 hexadecimal characters, short enough for any service's text field.
    """
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()
