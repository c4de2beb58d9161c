"""POST /batch: many calls in one body (facts/gmail.md A2)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.gmail.simulator_errors import GmailError
from connectors.gmail.simulator_multipart import head_and_body, split
from syncd.ports.simulator import Answer, Request

PATHS = frozenset({"/batch", "/batch/gmail/v1"})
MOST_PARTS = 100

_REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 401: "Unauthorized"} | {
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def serve(request: Request, one: Callable[[Request], Answer]) -> Answer:
    """Answer every part by `one`, in order. A part without a token has the batch's."""
    parts = split(request.headers.get("content-type", ""), request.body)
    if len(parts) > MOST_PARTS:
        raise GmailError(
            400, "batchSizeTooLarge", f"The batch request has too many parts: {len(parts)} > 100"
        )
    answers = []
    for fields, body in parts:
        inner = _request(body, request)
        answers.append((fields.get("content-id", ""), one(inner)))
    boundary = "batch_simulated"
    # No part may hold the delimiter, whatever a message holds.
    while any(boundary.encode() in each.body for _, each in answers):
        boundary += "_"
    return Answer(
        200,
        b"".join(_part(boundary, *each) for each in answers) + f"--{boundary}--\r\n".encode(),
        {"content-type": f"multipart/mixed; boundary={boundary}"},
    )


def _request(body: bytes, outer: Request) -> Request:
    line, _, rest = body.lstrip().partition(b"\r\n")
    words = line.decode("latin-1").split(" ")
    if len(words) < 2:
        raise GmailError(400, "badRequest", "Failed to parse batch request")
    fields, content = head_and_body(rest)
    if "authorization" not in fields and "authorization" in outer.headers:
        fields["authorization"] = outer.headers["authorization"]
    target = urlsplit(words[1])
    return Request(
        words[0].upper(),
        unquote(target.path),
        tuple(parse_qsl(target.query, keep_blank_values=True)),
        fields,
        content,
    )


def _part(boundary: str, content_id: str, answered: Answer) -> bytes:
    head = [f"--{boundary}", "Content-Type: application/http"]
    if content_id:
        # <uuid + 1> comes back as <response-uuid + 1>.
        head.append("Content-ID: <response-" + content_id.strip().removeprefix("<"))
    status = f"HTTP/1.1 {answered.status} {_REASONS.get(answered.status, 'Unknown')}"
    fields = [f"{name.title()}: {value}" for name, value in answered.headers.items()]
    fields.append(f"Content-Length: {len(answered.body)}")
    lines = "\r\n".join([*head, "", status, *fields, "", ""])
    return lines.encode() + answered.body + b"\r\n"
