"""Taking secrets out of words that may reach a log or a page."""

from __future__ import annotations

import re

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
