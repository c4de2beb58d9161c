"""From the bytes of a message to the payload tree that Gmail's API shows."""

from __future__ import annotations

import base64
import email
import email.header
import email.utils
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any

_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]*")
_TAGS = re.compile(r"(?is)<(script|style).*?</\1>|<[^>]*>")
_IDS = re.compile(r"<([^<>\s]+)>")
_SPECIAL = re.compile(r'[,;:@<>()\[\]"]')
_ADDRESSES = frozenset({"from", "to", "cc", "bcc", "reply-to", "sender"})
_REPORTS = frozenset(
    {"message/delivery-status", "message/disposition-notification", "message/feedback-report"}
)
_PREFIXES = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|sv|vs|vb|antw|tr|rv|res|enc|odp|ynt|ref|r|i)(?:\[\d+\])?\s*:\s*)+",
    re.IGNORECASE,
)
_SNIPPET = 200


@dataclass(frozen=True, slots=True)
class Threading:
    """What decides the thread of a message."""

    message_id: str
    references: tuple[str, ...]
    subject: str


def threading(raw: bytes) -> Threading:
    """Read from the header alone: this is done for every message, a payload for few."""
    fields = header_fields(raw, {"message-id", "references", "in-reply-to", "subject"})
    ids = _IDS.findall(fields.get("message-id", ""))
    references = _IDS.findall(fields.get("references", "") + " " + fields.get("in-reply-to", ""))
    subject = _words(fields.get("subject", ""))
    return Threading(ids[0] if ids else "", tuple(references), subject_key(subject))


def subject_key(subject: str) -> str:
    """A subject without its reply prefixes."""
    return " ".join(_PREFIXES.sub("", subject.strip()).split()).casefold()


def header_fields(raw: bytes, names: set[str]) -> dict[str, str]:
    """The first field of each of these (lower-case) names, unfolded."""
    end = _END_OF_HEADER.search(raw)
    block = _text(raw[: end.start()] if end else raw)
    found: dict[str, str] = {}
    for line in re.split(r"\r?\n(?![ \t])", block):
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if colon and key in names and key not in found:
            found[key] = _FOLD.sub(" ", value).strip()
    return found


def parsed(raw: bytes) -> Message:
    """The message; what no parser can read is one text part."""
    try:
        message = email.message_from_bytes(raw)
        for part in message.walk():
            part.get_content_type()
    except Exception:  # noqa: BLE001 - hostile MIME fails in any way it likes
        message = Message()
        message.set_payload(_text(raw))
    return message


def payload(message: Message, *, bare: bool) -> dict[str, Any]:
    """The tree of format "full". `bare` leaves the padding off base64url."""
    return _part(message, "", bare=bare)


def metadata(message: Message, names: set[str]) -> dict[str, Any]:
    """The payload of format "metadata": headers, of these names where any are given."""
    wanted = {name.lower() for name in names}
    headers = [each for each in _headers(message) if not wanted or each["name"].lower() in wanted]
    return {"mimeType": message.get_content_type(), "headers": headers}


def snippet(message: Message) -> str:
    """The beginning of the text, escaped for HTML as Gmail's is."""
    best = ""
    for _, part in leaves(message):
        kind = part.get_content_type()
        if kind == "text/plain" and not _filename(part):
            best = _shown(_data(part))
            break
        if kind == "text/html" and not best:
            best = html.unescape(_TAGS.sub(" ", _shown(_data(part))))
    line = " ".join(best[: _SNIPPET * 8].split())
    return html.escape(line if len(line) <= _SNIPPET else line[:_SNIPPET].rsplit(" ", 1)[0])


def text(message: Message) -> str:
    """Everything a search looks into, in lower case."""
    found = [f"{each['name']}: {each['value']}" for each in _headers(message)]
    for _, part in leaves(message):
        if part.get_content_maintype() == "text":
            found.append(_TAGS.sub(" ", _shown(_data(part))))
    return "\n".join(found).casefold()


def headers(message: Message, name: str) -> str:
    """All fields of a name in one line, decoded, in lower case."""
    wanted = name.lower()
    values = [each["value"] for each in _headers(message) if each["name"].lower() == wanted]
    return " ".join(values).casefold()


def has_attachment(message: Message) -> bool:
    return any(_filename(part) for _, part in leaves(message))


def attachment(message: Message, attachment_id: str) -> bytes | None:
    """The content behind an attachment id, None where there is no such attachment."""
    for part_id, part in leaves(message):
        if _attachment_id(part_id) == attachment_id:
            return _data(part)
    return None


def leaves(message: Message) -> Iterator[tuple[str, Message]]:
    """Leaves with their part ids, enclosed messages entered as Gmail enters them."""
    pending = [("", message)]
    while pending:
        part_id, part = pending.pop()
        inner = _inner(part)
        if part.get_content_maintype() == "multipart" and inner:
            children = [(_child(part_id, n), each) for n, each in enumerate(inner)]
            pending.extend(reversed(children))
            continue
        yield part_id, part


def encoded(data: bytes, *, bare: bool) -> str:
    found = base64.urlsafe_b64encode(data).decode()
    return found.rstrip("=") if bare else found


def _part(part: Message, part_id: str, *, bare: bool) -> dict[str, Any]:
    kind = part.get_content_type()
    shown: dict[str, Any] = {
        "partId": part_id,
        "mimeType": kind,
        "filename": _filename(part),
        "headers": _headers(part),
    }
    inner = _inner(part)
    if part.get_content_maintype() == "multipart" and inner:
        shown["body"] = {"size": 0}
        shown["parts"] = [
            _part(each, _child(part_id, n), bare=bare) for n, each in enumerate(inner)
        ]
        return shown
    data = _data(part)
    if kind == "message/rfc822" and inner:
        # An attachment, and its message taken apart beside it.
        shown["parts"] = [
            _part(each, _child(part_id, n), bare=bare) for n, each in enumerate(inner)
        ]
    if shown["filename"] or not (kind.startswith(("text/", "multipart/")) or kind in _REPORTS):
        shown["body"] = {"attachmentId": _attachment_id(part_id), "size": len(data)}
    elif data:
        shown["body"] = {"size": len(data), "data": encoded(data, bare=bare)}
    else:
        shown["body"] = {"size": 0}
    return shown


def _child(part_id: str, number: int) -> str:
    return f"{part_id}.{number}" if part_id else str(number)


def _attachment_id(part_id: str) -> str:
    return "ANGjdJ" + encoded(f"part:{part_id}".encode(), bare=True)


def _data(part: Message) -> bytes:
    """A leaf's content; text as UTF-8, as Gmail shows it whatever its header says.

    https://github.com/openclaw/gogcli/issues/446
    """
    try:
        if part.is_multipart():
            return b"\n".join(block.as_bytes() for block in _inner(part))
        data = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(data, bytes):
            return data.decode(part.get_content_charset() or "utf-8").encode()
    except Exception:  # noqa: BLE001 - labels that are no charsets, fields that are no text
        data = _raw(part)
    return data if isinstance(data, bytes) else b""


def _raw(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - as above
        return b""
    return data if isinstance(data, bytes) else b""


def _inner(part: Message) -> list[Message]:
    inner = part.get_payload() if part.is_multipart() else []
    return [each for each in inner if isinstance(each, Message)]


def _headers(part: Message) -> list[dict[str, str]]:
    return [{"name": name, "value": _value(name, str(value))} for name, value in part.raw_items()]


def _value(name: str, value: str) -> str:
    value = _text(_FOLD.sub(" ", value).strip().encode("utf-8", "surrogateescape"))
    if "=?" not in value:
        return value
    if name.lower() == "subject":
        return _words(value)
    if name.lower() in _ADDRESSES:
        return _named(value)
    return value


def _named(value: str) -> str:
    """An address header with its names decoded, and quoted where they then need it."""
    shown = []
    for name, address in email.utils.getaddresses([value]):
        if "@" not in address:
            return value
        decoded = _words(name)
        if _SPECIAL.search(decoded):
            decoded = '"' + decoded.replace("\\", "").replace('"', "") + '"'
        shown.append(f"{decoded} <{address}>" if decoded else address)
    return ", ".join(shown)


def _words(value: str) -> str:
    # The standard library garbles raw text beside encoded words.
    if "=?" not in value or not value.isascii():
        return value
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (LookupError, UnicodeError, ValueError):
        return value


def _filename(part: Message) -> str:
    try:
        name = part.get_filename()
    except (LookupError, UnicodeError, ValueError, TypeError):
        return ""
    if not name and part.get_content_disposition() == "attachment":
        return "noname"
    return _words(_text(str(name or "").encode("utf-8", "surrogateescape")))


def _shown(data: bytes) -> str:
    return _text(data[:20_000])


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
