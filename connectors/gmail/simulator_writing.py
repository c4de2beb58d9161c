"""drafts, and the ways of putting a message into a mailbox, of the simulated API."""

from __future__ import annotations

import base64
import binascii
import email.utils
from typing import Any

from connectors.gmail import simulator_mime as mime
from connectors.gmail.simulator_errors import GmailError, answer, invalid, missing
from connectors.gmail.simulator_mailbox import SYSTEM, Mailbox, Stored
from connectors.gmail.simulator_messages import (
    EMPTY,
    brief,
    form_of,
    page_place,
    page_token,
    searched,
    shown,
)
from connectors.gmail.simulator_multipart import split
from connectors.gmail.simulator_routes import Asked, Methods, json_object
from connectors.gmail.simulator_world import fits, shown_labels
from syncd.ports.simulator import Answer

API = Methods()

_COMPOSERS = "full modify compose addons.current.action.compose"
_DRAFT_READERS = "full modify compose readonly"


@API.serves("messages.send", "POST", "/messages/send", _COMPOSERS + " send", upload=True)
def send_message(asked: Asked) -> Answer:
    body, raw = _given(asked)
    if not _recipients(raw):
        raise invalid("Recipient address required")
    thread = asked.world.joined(asked.box, raw, str(body.get("threadId") or ""))
    return answer(_placed(asked.world.send(asked.box, raw, thread)))


@API.serves("messages.insert", "POST", "/messages", "full modify insert", upload=True)
@API.serves("messages.import", "POST", "/messages/import", "full modify insert", upload=True)
def insert_message(asked: Asked) -> Answer:
    body, raw = _given(asked)
    labels = [str(each) for each in body.get("labelIds") or []]
    for label_id in labels:
        if label_id not in asked.box.labels and label_id not in SYSTEM:
            raise invalid(f"Invalid label: {label_id}")
    at = None
    if asked.request.param("internalDateSource") == "dateHeader":
        at = _date(raw)
    thread = asked.world.joined(asked.box, raw, str(body.get("threadId") or ""))
    return answer(_placed(asked.world.deliver(asked.box, raw, labels, at, thread)))


@API.serves("drafts.create", "POST", "/drafts", _COMPOSERS, upload=True)
def create_draft(asked: Asked) -> Answer:
    return _saved(asked, "")


@API.serves("drafts.update", "PUT", "/drafts/{id}", _COMPOSERS, upload=True)
def update_draft(asked: Asked) -> Answer:
    _draft(asked.box, asked.path["id"])
    return _saved(asked, asked.path["id"])


@API.serves("drafts.get", "GET", "/drafts/{id}", _DRAFT_READERS)
def get_draft(asked: Asked) -> Answer:
    form = form_of(asked)
    stored = _draft(asked.box, asked.path["id"])
    return answer({"id": asked.path["id"], "message": shown(asked.world, stored, form)})


@API.serves("drafts.list", "GET", "/drafts", _DRAFT_READERS)
def list_drafts(asked: Asked) -> Answer:
    size = asked.page_size()
    names = {message_id: draft_id for draft_id, message_id in asked.box.drafts.items()}
    horizon = asked.world.horizon(asked.box)
    found: list[Stored] = []
    more = False
    for stored in searched(asked).found(asked.box, page_place(asked), horizon):
        if stored.id not in names:
            continue
        if len(found) == size:
            more = True
            break
        found.append(stored)
    body: dict[str, Any] = {}
    if found:
        body["drafts"] = [{"id": names[each.id], "message": brief(each)} for each in found]
    if more:
        body["nextPageToken"] = page_token(found[-1].place)
    body["resultSizeEstimate"] = len(found)
    return answer(body)


@API.serves("drafts.send", "POST", "/drafts/send", _COMPOSERS, upload=True)
def send_draft(asked: Asked) -> Answer:
    body = asked.json()
    draft = _draft(asked.box, str(body.get("id") or ""))
    given = (body.get("message") or {}).get("raw")
    raw = _decoded(str(given)) if given else draft.raw
    if not _recipients(raw):
        raise invalid("Recipient address required")
    # Sending makes a new message of it (facts/gmail.md A6, "drafts").
    sent = asked.world.send(asked.box, raw, draft.thread)
    asked.box.delete(draft, asked.world.seconds())
    return answer(_placed(sent))


@API.serves("drafts.delete", "DELETE", "/drafts/{id}", _COMPOSERS)
def delete_draft(asked: Asked) -> Answer:
    asked.box.delete(_draft(asked.box, asked.path["id"]), asked.world.seconds())
    asked.world.notify(asked.box)
    return EMPTY


def _saved(asked: Asked, draft_id: str) -> Answer:
    body, raw = _given(asked)
    thread = asked.world.joined(asked.box, raw, str(body.get("threadId") or ""))
    fits(raw)
    raw = asked.world.completed(asked.box, raw)
    made = asked.box.save_draft(raw, asked.world.seconds(), thread, draft_id)
    asked.world.notify(asked.box)
    return answer({"id": made, "message": _placed(_draft(asked.box, made))})


def _draft(box: Mailbox, draft_id: str) -> Stored:
    if draft_id not in box.drafts:
        raise missing()
    return box.messages[box.drafts[draft_id]]


def _placed(stored: Stored) -> dict[str, Any]:
    return brief(stored) | {"labelIds": shown_labels(stored)}


def _given(asked: Asked) -> tuple[dict[str, Any], bytes]:
    """The resource and the message's bytes: from JSON, or from an upload's body."""
    if not asked.upload:
        body = asked.json()
        message = body.get("message") or body
        return message, _decoded(str(message.get("raw") or ""))
    kind = asked.request.param("uploadType")
    if kind == "media":
        return {}, asked.request.body
    if kind != "multipart":
        raise GmailError(400, "badRequest", f"Unsupported uploadType: {kind}")
    parts = split(asked.request.headers.get("content-type", ""), asked.request.body)
    if len(parts) != 2:
        raise GmailError(400, "badRequest", "Malformed multipart body.")
    body = json_object(parts[0][1])
    return body.get("message") or body, parts[1][1]


def _decoded(given: str) -> bytes:
    try:
        plain = given.rstrip("=").replace("-", "+").replace("_", "/")
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed") from (
            error
        )
    if not raw:
        raise invalid(
            "'raw' RFC822 payload message string or uploading message via /upload/* URL required"
        )
    return raw


def _recipients(raw: bytes) -> bool:
    return any(mime.header_fields(raw, {"to", "cc", "bcc"}).values())


def _date(raw: bytes) -> int | None:
    try:
        at = email.utils.parsedate_to_datetime(mime.header_fields(raw, {"date"}).get("date", ""))
        return round(at.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
