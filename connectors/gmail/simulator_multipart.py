"""Multipart bodies cut by their boundary. Line ends become CRLF, as Gmail stores them."""

from __future__ import annotations

import email
from email.message import Message

from connectors.gmail.simulator_errors import GmailError


def split(content_type: str, body: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Header fields (lower-case names) and content of each part. Raises 400."""
    shell = Message()
    shell["Content-Type"] = content_type
    boundary = shell.get_boundary()
    if not boundary or not content_type.lower().startswith("multipart/"):
        raise GmailError(400, "badRequest", "Missing multipart boundary")
    # The line break before a delimiter belongs to the delimiter.
    chunks = (b"\r\n" + body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")).split(
        b"\r\n--" + boundary.encode()
    )
    if len(chunks) < 3 or not chunks[-1].startswith(b"--"):
        raise GmailError(400, "badRequest", "Failed to parse batch request")
    return [head_and_body(chunk.lstrip(b" \t").removeprefix(b"\r\n")) for chunk in chunks[1:-1]]


def head_and_body(chunk: bytes) -> tuple[dict[str, str], bytes]:
    """The fields before the first empty line, and what follows it."""
    if chunk.startswith(b"\r\n"):
        return {}, chunk[2:]
    head, _, rest = chunk.partition(b"\r\n\r\n")
    fields = email.message_from_bytes(head)
    return {name.lower(): str(value) for name, value in fields.items()}, rest
