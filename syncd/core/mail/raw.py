"""From the bytes of a message to `Mail`. Takes any bytes at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32

from syncd.core.facts import Mail, Part
from syncd.core.mail.charsets import decode, unfolded, words

_REPORT_PARTS = frozenset(
    {
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/global-delivery-status",
        "message/global-disposition-notification",
        "text/rfc822-headers",
        "message/global-headers",
    }
)
_ENCLOSED = frozenset(
    {"message/rfc822", "message/global", "message/rfc822-headers", "message/news"}
)
_ENVELOPE_LINE = re.compile(rb"\A(?:\s*\r?\n)*(?:>?From [^\r\n]*\r?\n)?")
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_ENCODED = frozenset({"base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue"})
_NAMED_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_BLANK = re.compile(r"\r?\n[ \t]*\r?\n")
_EMPTY_RUN = b"\n" * 500
_MANY_EMPTY_LINES = re.compile(rb"\n{500,}")
_DEEPEST = 50
_WITH_PARAMETERS = frozenset({"content-type", "content-disposition", "content-transfer-encoding"})
_LONGEST_PARAMETERS = 5_000


class _Short(Compat32):
    """Cuts the headers whose parameters are told apart in the square of their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower() in _WITH_PARAMETERS:
            value = value[:_LONGEST_PARAMETERS]
        return name, value


_SHORT = _Short()


def from_bytes(raw: bytes) -> Mail:
    """The message in `raw`. Never raises: what cannot be read as MIME is plain text.

    An mbox "From " line and empty lines before the header are skipped.
    """
    raw = raw[_matched_end(raw) :]
    if _EMPTY_RUN in raw:  # the parser makes an object of every empty line of a report
        raw = _MANY_EMPTY_LINES.sub(b"\n\n", raw)
    try:
        message = message_from_bytes(raw, policy=_SHORT)
        parts = tuple(_leaves(message))
    except Exception:  # noqa: BLE001 - the parser's failures on hostile MIME are of any type
        return _flat(raw)
    return Mail(_headers(message), parts)


def _matched_end(raw: bytes) -> int:
    found = _ENVELOPE_LINE.match(raw)
    return found.end() if found else 0


def _flat(raw: bytes) -> Mail:
    """The message without its structure: the header, and the rest as one text."""
    cut = _BLANK_LINE.search(raw)
    head, body = (raw[: cut.start()], raw[cut.end() :]) if cut else (raw, b"")
    try:
        headers = _headers(message_from_bytes(head, policy=_SHORT))
    except Exception:  # noqa: BLE001 - as above
        headers = ()
    return Mail(headers, (Part("text/plain", decode(body), None, len(body)),))


def _headers(message: Message) -> tuple[tuple[str, str], ...]:
    charset = _charset(message)
    return tuple((unfolded(name), unfolded(value, charset)) for name, value in message.raw_items())


def _charset(message: Message) -> str | None:
    try:
        named = message.get_content_charset()
    except (LookupError, UnicodeError, ValueError, TypeError):
        named = None
    if named is None and "Content-Type" in message:  # separated by a space, not a semicolon
        found = _NAMED_CHARSET.search(str(message["Content-Type"]))
        named = found[1] if found else None
    return named


def _leaves(message: Message) -> Iterator[Part]:
    # Not Message.walk(): it enters enclosed messages, whose text is not this message's.
    pending: list[tuple[Message, int]] = [(message, 0)]
    while pending:
        part, depth = pending.pop()
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            if depth < _DEEPEST:
                children = [child for child in inner if isinstance(child, Message)]
                pending.extend((child, depth + 1) for child in reversed(children))
        else:
            yield _leaf(part)


def _leaf(part: Message) -> Part:
    mime_type = part.get_content_type().split(None, 1)[0]
    filename = _filename(part)
    if mime_type in _ENCLOSED or mime_type in _REPORT_PARTS:
        text = _report_text(part, first_block=mime_type in _ENCLOSED)
        return Part(mime_type, text, filename, len(text))
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if mime_type.startswith("text/"):
        return Part(mime_type, decode(data, _charset(part)), filename, len(data))
    if part.get_content_maintype() == "multipart":  # said to be, but has no parts
        return Part("text/plain", decode(data), filename, len(data))
    return Part(mime_type, None, filename, len(data))


def _filename(part: Message) -> str | None:
    try:
        name = part.get_filename()
    except (LookupError, UnicodeError, ValueError, TypeError):
        return None
    return words(unfolded(name)) if name else None


def _report_text(part: Message, *, first_block: bool) -> str:
    inner = part.get_payload()
    if not isinstance(inner, list):  # a text/* part
        data = part.get_payload(decode=True)
        text = decode(data, _charset(part)) if isinstance(data, bytes) else ""
        return _BLANK.split(text.strip(), maxsplit=1)[0] if first_block else text
    enclosed = [one for one in inner if isinstance(one, Message)]
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() in _ENCODED:
        # Not allowed there, and still sent: the parser has taken the encoded text for a body.
        return _decoded_again(part, enclosed, first_block=first_block)
    blocks = [_block(block) for block in enclosed]
    return blocks[0] if first_block and blocks else "\n\n".join(filter(None, blocks))


def _decoded_again(part: Message, inner: list[Message], *, first_block: bool) -> str:
    shell = Message()
    shell["Content-Transfer-Encoding"] = part["Content-Transfer-Encoding"]
    shell.set_payload("\n\n".join(block.as_string() for block in inner).strip())
    data = shell.get_payload(decode=True)
    text = decode(data) if isinstance(data, bytes) else ""
    return _BLANK.split(text.strip(), maxsplit=1)[0] if first_block else text


def _block(message: Message) -> str:
    lines = [f"{name}: {value}" for name, value in _headers(message)]
    if not lines:
        # A blank line too many has pushed the fields into the body.
        rest = message.get_payload()
        return rest.strip() if isinstance(rest, str) else ""
    return "\n".join(lines)
