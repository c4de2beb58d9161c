"""Text to be read, from what may be HTML."""

from __future__ import annotations

import re

from syncd.core.facts import Mail

_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]*|!--.*?--)>", re.DOTALL)
_BLANKS = re.compile(r"\n{3,}")
_LONGEST_HTML = 500_000


def plain_text(text: str) -> str:
    """HTML as text; text without tags unchanged."""
    if not _TAG.search(text) and "&" not in text:
        return text
    from inscriptis import get_text  # late: brings lxml

    try:
        read = get_text(text[:_LONGEST_HTML])
    except ValueError:
        read = _TAG.sub(" ", text)
    return _BLANKS.sub("\n\n", str(read)).strip()


def mail_text(mail: Mail) -> str:
    """What a person reads of a message: its text, else its HTML as text."""
    for wanted in ("text/plain", "text/html"):
        for part in mail.parts:
            if part.mime_type == wanted and part.text and not part.filename:
                return part.text if wanted == "text/plain" else plain_text(part.text)
    return ""
