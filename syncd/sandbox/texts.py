"""Text to be read, from what may be HTML."""

from __future__ import annotations

import re

from syncd.core.facts import Mail, Part
from syncd.core.mail.bodies import text_of

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&#?\w+;")


def plain_text(text: str) -> str:
    """HTML as text; text without markup unchanged."""
    if not _MARKUP.search(text):
        return text
    return text_of(Mail((), (Part("text/html", text),)))
