"""Taking secrets out of words that may reach a log or a page."""

from __future__ import annotations

import re

_SECRETS = re.compile(
    r"(?i)(bearer\s+|basic\s+|pat-|twp_|ya29\.|client_secret\W+|refresh_token\W+|access_token\W+"
    r"|assertion=)[A-Za-z0-9._~+/=-]+"
)


def redact(words: str) -> str:
    """`words` with anything that looks like a credential replaced by "***"."""
    return _SECRETS.sub(lambda found: found.group(1) + "***", words)
