"""Machine-readable reports: delivery status (RFC 3464), SES notices, the message reported on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from syncd.core.facts import Mail
from syncd.core.mail.addresses import normalise, parties

_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)$")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>;:,()\"'\[\]]{1,64}@[^\s<>;:,()\"'\[\]]{1,255}")
_MESSAGE_ID = re.compile(
    r"^[ \t>]*(?:original-)?message-id:\s*<?([^<>\s]+@?[^<>\s]*)>?", re.IGNORECASE | re.MULTILINE
)
_ENCLOSED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers",
             "message/rfc822-headers", "message/news")  # fmt: skip
_PASTED_CHARS = 8000
_PER_RECIPIENT = frozenset({"final-recipient", "original-recipient"})


@dataclass(frozen=True, slots=True)
class Recipient:
    """What happened to one recipient. `address` is the one written to where that is told."""

    address: str
    final: str
    action: str
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Report:
    recipients: tuple[Recipient, ...]
    message_id: str = ""


def delivery_report(mail: Mail) -> Report | None:
    """The delivery status in `mail`, None where there is no such part."""
    texts = [
        part.text
        for part in mail.parts
        if part.text
        and part.mime_type in ("message/delivery-status", "message/global-delivery-status")
    ]
    if not texts:
        return None
    recipients: list[Recipient] = []
    message_id = ""
    for fields in _records("\n\n".join(texts)):
        message_id = message_id or _bare_id(fields.get("x-original-message-id", ""))
        if _PER_RECIPIENT & fields.keys() or "action" in fields:
            recipients.append(_recipient(fields))
    return Report(tuple(recipients), message_id)


def _records(text: str) -> Iterable[dict[str, str]]:
    """Groups of fields. A second Final-Recipient starts a group even without an empty line."""
    fields: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if not line.strip():
            if fields:
                yield fields
            fields, last = {}, ""
        elif line[0] in " \t" and last:
            fields[last] += " " + line.strip()
        elif found := _FIELD.match(line):
            last = found[1].lower()
            if last in _PER_RECIPIENT and last in fields:
                yield fields
                fields = {}
            fields.setdefault(last, found[2].strip())
    if fields:
        yield fields


def _recipient(fields: dict[str, str]) -> Recipient:
    final = _typed_address(fields.get("final-recipient", ""))
    original = _typed_address(fields.get("original-recipient", ""))
    status = _STATUS.search(fields.get("status", ""))
    diagnostic = fields.get("diagnostic-code", "")
    said = _STATUS.search(diagnostic)
    # "5.0.0" and "4.0.0" say no more than the action; the server's own words often do.
    code = status.group() if status else ""
    if said and (not code or (code.endswith(".0.0") and said.group()[0] == code[0])):
        code = said.group()
    action = re.match(r"[a-z]+", fields.get("action", "").strip().lower())
    return Recipient(original or final, final, action.group() if action else "", code, diagnostic)


def _typed_address(value: str) -> str:
    """The address of "rfc822; a@b", also with brackets, quotes, or xtext's +3D left in."""
    found = _ADDRESS.search(value.partition(";")[2] or value)
    return normalise(found.group()) if found else ""


def _bare_id(value: str) -> str:
    return value.strip().strip("<>").strip()


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The reported message, as far as the report shows it."""

    message_id: str = ""
    recipients: tuple[str, ...] = ()
    complained: bool = False  # by a mailbox provider's feedback loop from before ARF


def enclosed(mail: Mail, body: str, pasted: str) -> Enclosed:
    """The message that a report returns: as a part of its own, or `pasted` into the body."""
    for part in mail.parts:
        if part.mime_type in _ENCLOSED and part.text:
            return _enclosed(part.text)
    found = _MESSAGE_ID.search(pasted) or _MESSAGE_ID.search(body)
    if not pasted and found:
        pasted = body[body.rfind("\n\n", 0, found.start()) + 1 :]
    return _enclosed(pasted[:_PASTED_CHARS]) if pasted or found else Enclosed()


def _enclosed(text: str) -> Enclosed:
    found = _MESSAGE_ID.search(text)
    recipients: list[str] = []
    for fields in _records(re.sub(r"^[ \t>]+(?=[A-Za-z-]{2,30}:)", "", text, flags=re.MULTILINE)):
        for name in ("to", "cc", "bcc"):
            recipients += [party.address for party in parties([fields.get(name, "")])]
        if recipients:
            break
    return Enclosed(
        found[1].strip("<>") if found else "",
        tuple(dict.fromkeys(recipients)),
        "x-hmxmroriginalrecipient" in text.lower(),
    )


@dataclass(frozen=True, slots=True)
class SesNotice:
    """Amazon SES's JSON notice, mailed by SNS. `kind`: bounce, complaint or delivery."""

    kind: str
    hard: bool
    recipients: tuple[str, ...]
    status: str
    message_id: str


def ses_notice(body: str) -> SesNotice | None:
    """The notice in a body that starts with one, else None.

    https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
    """
    found = _json_object(body)
    if isinstance(found.get("Message"), str):  # SNS's own envelope around it
        found = _json_object(found["Message"])
    kind = str(found.get("notificationType") or found.get("eventType") or "").lower()
    if kind not in {"bounce", "complaint", "delivery"}:
        return None
    event = found.get(kind)
    event = event if isinstance(event, dict) else {}
    recipients = [
        one if isinstance(one, dict) else {"emailAddress": one}
        for name in ("bouncedRecipients", "complainedRecipients", "recipients")
        for one in _listed(event.get(name))
    ]
    status = next((s for one in recipients if (s := str(one.get("status") or ""))), "")
    sent = found.get("mail")
    headers = sent.get("commonHeaders") if isinstance(sent, dict) else None
    message_id = headers.get("messageId") if isinstance(headers, dict) else ""
    return SesNotice(
        kind,
        str(event.get("bounceType", "")).lower() == "permanent",
        tuple(dict.fromkeys(normalise(str(one.get("emailAddress", ""))) for one in recipients)),
        status if _STATUS.fullmatch(status) else "",
        _bare_id(str(message_id or "")),
    )


def _json_object(text: str) -> dict[str, Any]:
    """The JSON object that `text` starts with, {} where it starts with none."""
    # Old relays break lines they find too long with "!", a new line and a space.
    text = text.replace("!\n ", "").lstrip()
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
