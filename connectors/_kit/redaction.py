"""Taking secrets out of words that may reach a log or a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

# After "basic" and "bearer" only what is long enough for a credential: "the basic plan" and
# "bearer token" are words a service uses in the very errors ops must be able to read.
_SECRETS = re.compile(
    r"(?i)((?:bearer|basic)\s+(?=[A-Za-z0-9._~+/=-]{12})|\bpat-|\btwp_|\bya29\."
    r"|client_secret\W+|refresh_token\W+|access_token\W+|api_key\W+|assertion=)"
    r"[A-Za-z0-9._~+/=-]+"
)
_PRIVATE_KEYS = re.compile(
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_LOGINS = re.compile(r"(?i)(https?://)[^/\s:@]+:[^/\s@]+@")


def redact(words: str) -> str:
    """`words` with anything that looks like a credential replaced by "***"."""
    for pattern in (_PRIVATE_KEYS, _SECRETS):
        words = pattern.sub(lambda found: found.group(1) + "***", words)
    return _LOGINS.sub(r"\1***@", words)


# A text as long as that is somebody's, and not a name; so much of it in a row is no accident.
_TEXT, _RUN = 24, 12
# More of what a service says is read by nobody.
_MOST = 4000


def without_echo(words: str, sent: object) -> str:
    """`words` of a service without what they repeat of the texts in what was sent (JSON values)."""
    words = words[:_MOST]
    places: dict[str, list[int]] = {}
    for start in range(len(words) - _RUN + 1):
        places.setdefault(words[start : start + _RUN], []).append(start)
    told = bytearray(len(words))
    for text in _texts(sent):
        for start in range(len(text) - _RUN + 1):
            for place in places.pop(text[start : start + _RUN], ()):
                told[place : place + _RUN] = b"\x01" * _RUN
    if not any(told):
        return words
    kept = "".join(one if not said else "\x00" for one, said in zip(words, told, strict=True))
    return re.sub("\x00+", "***", kept)


def _texts(sent: object) -> Iterator[str]:
    if isinstance(sent, str):
        if len(sent) >= _TEXT:
            yield sent
    elif isinstance(sent, dict):
        for value in sent.values():
            yield from _texts(value)
    elif isinstance(sent, list | tuple):
        for value in sent:
            yield from _texts(value)
