"""From Gmail's JSON to facts. Pure, and takes whatever it is given: nothing here raises.

Field types as in the library's bundled gmail.v1.json; numbers and text may be missing,
of another type or too large all the same.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import Message
from typing import Any

from syncd.core.facts import Mail, MailItem, Part
from syncd.core.mail.charsets import decode, unfolded

EPOCH = datetime.fromtimestamp(0, tz=UTC)

# Labels whose bearers are not messages (DESIGN.md 6). Gmail's own ids, which are names too.
NOT_MAIL = frozenset({"DRAFT", "SPAM", "TRASH", "CHAT", "SCHEDULED"})

_REPORTS = frozenset(
    {
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/global-delivery-status",
        "message/global-disposition-notification",
    }
)
_ENCLOSED = frozenset({"message/rfc822", "message/global", "message/news"})
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
# As large as a number in any database of ours may be.
_LARGEST = 2**31 - 1
_LONGEST_TYPE = 2_000
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9_-]")
_AMBIGUOUS = re.compile(rb"[\x00\x1b]")


def item(mailbox: str, message: Mapping[str, Any], names: Mapping[str, str]) -> MailItem:
    """A message as messages.get gives it in the format "full".

    `names` maps label ids to names; an id it does not hold stands for itself.
    """
    payload = _dict(message.get("payload"))
    return MailItem(
        mailbox=mailbox,
        remote_id=_text(message.get("id")),
        thread_id=_text(message.get("threadId")),
        labels=frozenset(names.get(each, each) for each in label_ids(message)),
        received_at=_time(message.get("internalDate")),
        mail=Mail(_headers(payload), tuple(_leaves(payload))),
        # Gmail escapes the snippet for HTML.
        snippet=unfolded(html.unescape(_text(message.get("snippet")))),
        size=_number(message.get("sizeEstimate")),
    )


def label_ids(message: Mapping[str, Any]) -> tuple[str, ...]:
    """The label ids of a message or of a history entry, in order."""
    return tuple(_text(each) for each in items(message.get("labelIds")))


def is_mail(labels: frozenset[str] | tuple[str, ...]) -> bool:
    """Whether a message under these labels is one that was sent or received."""
    return NOT_MAIL.isdisjoint(labels)


def items(given: object) -> list[Any]:
    """`given` where it is a list; Gmail leaves empty lists out."""
    return given if isinstance(given, list) else []


def objects(given: object) -> list[dict[str, Any]]:
    """The objects of a list that may be missing."""
    return [each for each in items(given) if isinstance(each, dict)]


def _leaves(payload: dict[str, Any]) -> Iterator[Part]:
    # A list, not recursion: a hostile message may nest as deep as JSON allows.
    pending = [payload] if payload else []
    while pending:
        part = pending.pop()
        inner = objects(part.get("parts"))
        if inner and not _mime_type(part).startswith("message/"):
            pending.extend(reversed(inner))
        else:
            yield _leaf(part, inner)


def _leaf(part: dict[str, Any], inner: list[dict[str, Any]]) -> Part:
    mime_type = _mime_type(part)
    if mime_type.startswith("multipart/"):
        mime_type = "text/plain"  # said to have parts and has none
    body = _dict(part.get("body"))
    text: str | None = None
    if mime_type in _ENCLOSED:
        text = _enclosed_header(part, body, inner)
    elif mime_type in _REPORTS:
        text = _report(part, body, inner)
    elif mime_type.startswith("text/"):
        text = _body_text(part, body)
    filename = unfolded(_text(part.get("filename"))) or None
    return Part(mime_type, text, filename, _number(body.get("size")))


def _body_text(part: dict[str, Any], body: dict[str, Any]) -> str | None:
    """The text of a part whose content came along; None where it would have to be fetched."""
    encoded = body.get("data")
    if not isinstance(encoded, str):
        # An empty part has no data, an attachment a handle in its place.
        return None if body.get("attachmentId") else ""
    data = _bytes(encoded)
    # Gmail turns bodies into UTF-8 and leaves the old charset in the part's header
    # (https://github.com/openclaw/gogcli/issues/446), so the label is asked second. Seven-bit
    # Japanese and UTF-16 pass for UTF-8 too: for those it is asked first.
    if not _AMBIGUOUS.search(data):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return decode(data, _charset(part))


def _charset(part: dict[str, Any]) -> str | None:
    shell = Message()
    said = (value for name, value in _headers(part) if name.lower() == "content-type")
    # The library takes the square of the length to tell parameters apart.
    shell["Content-Type"] = next(said, "text/plain")[:_LONGEST_TYPE]
    try:
        return shell.get_content_charset()
    except (LookupError, UnicodeError, ValueError, TypeError):
        return None


def _report(part: dict[str, Any], body: dict[str, Any], inner: list[dict[str, Any]]) -> str | None:
    # Seen both ways: as data, and taken apart into one part per block of fields.
    text = _body_text(part, body)
    if text or not inner:
        return text
    return "\n\n".join(filter(None, (_block(each) for each in inner))) or text


def _enclosed_header(
    part: dict[str, Any], body: dict[str, Any], inner: list[dict[str, Any]]
) -> str | None:
    # Usually an attachment whose message is taken apart beside it, header fields included.
    for each in inner:
        found = _block(each)
        if found:
            return found
    text = _body_text(part, body)
    return _BLANK_LINE.split(text.lstrip(), maxsplit=1)[0] if text else text


def _block(part: dict[str, Any]) -> str:
    fields = "\n".join(f"{name}: {value}" for name, value in _headers(part))
    return fields or _body_text(part, _dict(part.get("body"))) or ""


def _headers(part: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (unfolded(_text(each.get("name"))), unfolded(_text(each.get("value"))))
        for each in objects(part.get("headers"))
    )


def _bytes(encoded: str) -> bytes:
    """base64url with or without padding (facts/gmail.md A2), and with whatever else is in it."""
    clean = _NOT_BASE64.sub("", encoded.replace("+", "-").replace("/", "_"))
    if len(clean) % 4 == 1:
        clean = clean[:-1]  # a lone character carries no byte
    return base64.urlsafe_b64decode(clean + "=" * (-len(clean) % 4))


def _mime_type(part: dict[str, Any]) -> str:
    # Some senders break the line before the parameters instead of writing a semicolon.
    words = _text(part.get("mimeType")).replace(";", " ").split()
    return words[0].lower() if words else "application/octet-stream"


def _time(given: object) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(given)) / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return EPOCH


def _number(given: object) -> int:
    try:
        return min(max(0, int(str(given))), _LARGEST)
    except ValueError:
        return 0


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""


def _dict(given: object) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}
