"""Between syncd's words and HubSpot's properties. Pure (facts/hubspot.md 2.2, 2.4, 2.7, 2.9)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.hubspot import places
from connectors.hubspot.handles import MARK, Handles
from connectors.hubspot.settings import PropertyNames
from syncd.core.facts import Contact, Direction, Party, Person
from syncd.core.mail.addresses import normalise
from syncd.ports.crm import (
    SETS,
    ContactChange,
    CrmTask,
    CrmTaskChange,
    EmailRecord,
    Field,
    Logged,
    NewContact,
)

_LARGEST = 2**31 - 1  # as a number in any database of ours may be
LIMIT = 65_536  # characters a property may have
EMAIL_TO_CONTACT, TASK_TO_CONTACT = 198, 204  # facts/hubspot.md 2.5
OWN_MESSAGE_ID = "@syncd.invalid"
_BODY_MARK = re.compile(r"syncd-ref: ([0-9A-Za-z_-]+)\s*$")
_DIRECTIONS = {Direction.SENT: "EMAIL", Direction.RECEIVED: "INCOMING_EMAIL"}


# contacts


_STANDARD = (
    "email",
    "hs_additional_emails",
    "firstname",
    "lastname",
    "hs_merged_object_ids",
    "hs_timezone",
    "country",
    "hs_country_region_code",
    "hs_email_optout",
    "hubspot_owner_id",
)


def property_name(names: PropertyNames, field: Field) -> str:
    return str(getattr(names, field.value))


def contact_properties(names: PropertyNames) -> list[str]:
    """What is asked of every contact that is read."""
    own = [property_name(names, field) for field in Field]
    return [*_STANDARD, *own, names.favours]


def contact(record: Mapping[str, Any], names: PropertyNames) -> Contact:
    values = record.get("properties") or {}
    addresses = [values.get("email") or "", *split(values.get("hs_additional_emails"))]
    name = f"{values.get('firstname') or ''} {values.get('lastname') or ''}".strip()
    own = {
        field.value: text
        for field in Field
        if (text := _value(field, values.get(property_name(names, field))))
    }
    # Two flags, of which either is a no: ours, and "unsubscribed from all email".
    flags = (own.get(Field.DO_NOT_CONTACT), values.get("hs_email_optout"))
    return Contact(
        id=str(record["id"]),
        addresses=tuple(dict.fromkeys(normalise(one) for one in addresses if one)),
        name=name,
        values=own,
        timezone=places.zone(values.get("hs_timezone")),
        country=places.country(values.get("hs_country_region_code"), values.get("country")),
        do_not_contact="true" in flags,
        owner=values.get("hubspot_owner_id") or "",
        favours=_whole(values.get(names.favours)),
    )


def _whole(text: str | None) -> int:
    """A number as a person typed it into a number field, without its fraction."""
    try:
        return min(max(-_LARGEST, int(float(text or 0))), _LARGEST)
    except (ValueError, OverflowError):
        return 0


def new_contact(one: NewContact) -> dict[str, Any]:
    first, last = split_name(one.name)
    properties = {
        "email": one.address,
        "firstname": fit(first),
        "lastname": fit(last),
        "hubspot_owner_id": one.owner_id or "",
    }
    return {
        "properties": {name: value for name, value in properties.items() if value},
        "objectWriteTraceId": one.key,
    }


def split_name(name: str) -> tuple[str, str]:
    """First and last name of a display name; nothing where it is an address."""
    name = " ".join(name.split())
    if "@" in name:
        return "", ""
    last, comma, first = name.partition(", ")
    if comma and first and "," not in first:
        return first, last
    first, _, last = name.partition(" ")
    return first, last


def fold(
    values: Mapping[str, str], change: ContactChange
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The values of a contact after a change, and what was left as a person has it."""
    after, left = dict(values), []
    for field in sorted(SETS):
        have = split(after.get(field.value))
        wanted = change.add.get(field, ())
        left += [f"{field.value}={value}" for value in wanted if value in have]
        kept = [value for value in have if value not in change.remove.get(field, ())]
        after[field.value] = joined([*kept, *wanted])
    for field, value in change.put.items():
        present = after.get(field.value, "")
        if present == change.expect.get(field, ""):
            after[field.value] = value
        elif present != value:
            left.append(field.value)
    return after, tuple(left)


def difference(
    before: Mapping[str, str], after: Mapping[str, str], names: PropertyNames
) -> dict[str, str]:
    """The properties to write.

    Values that only come are appended (";a"), so that a box a person ticks at the same
    moment stays ticked. Taking one away means writing the whole set just read.
    """
    written: dict[str, str] = {}
    for field in Field:
        had, has = before.get(field.value, ""), after.get(field.value, "")
        if had == has:
            continue
        come = [value for value in split(has) if value not in split(had)]
        only_adds = field in SETS and set(split(had)) <= set(split(has))
        written[property_name(names, field)] = f";{joined(come)}" if only_adds else has
    return written


# emails


def email(record: EmailRecord, handles: Handles) -> tuple[dict[str, Any], str]:
    """An engagement to make, and a note on what did not fit."""
    headers, left_out = _headers(record)
    properties = {
        "hs_timestamp": timestamp(record.at),
        "hs_email_direction": _DIRECTIONS[record.direction],
        "hs_email_status": "SENT",
        "hs_email_subject": fit(record.subject),
        "hs_email_text": fit(record.text),
        "hs_email_html": fit(record.html),
        "hs_email_headers": headers,
        "hubspot_owner_id": record.owner_id or "",
        MARK: record.key if handles.emails_have_property else "",
    }
    if handles.message_id_is_writable:
        # A stranger may have given their message an id that looks like a mark of ours.
        theirs = "" if record.message_id.endswith(OWN_MESSAGE_ID) else record.message_id
        own = theirs or f"{record.key}{OWN_MESSAGE_ID}"
        properties["hs_email_message_id"] = fit(f"<{own}>")
    if handles.thread_id_is_writable:
        properties["hs_email_thread_id"] = fit(record.thread_key)
    note = f"{left_out} recipients did not fit" if left_out else ""
    return associated(properties, record.key, record.contact_ids, EMAIL_TO_CONTACT), note


EMAIL_PROPERTIES = (
    "hs_email_message_id",
    "hs_timestamp",
    "hs_email_subject",
    "hs_object_source",
    "hs_email_direction",
)


def logged(record: Mapping[str, Any], contact_ids: Iterable[str]) -> Logged:
    values = record.get("properties") or {}
    message_id = (values.get("hs_email_message_id") or "").strip().strip("<>")
    mark = values.get(MARK) or None
    if message_id.endswith(OWN_MESSAGE_ID):
        mark, message_id = mark or message_id.removesuffix(OWN_MESSAGE_ID), ""
    return Logged(
        id=str(record["id"]),
        mark=mark,
        message_id=message_id,
        at=moment(values.get("hs_timestamp")),
        subject=values.get("hs_email_subject") or "",
        source=values.get("hs_object_source") or "",
        ours=mark is not None,
        contact_ids=tuple(contact_ids),
    )


# tasks


def task(one: CrmTask, handles: Handles) -> dict[str, Any]:
    body = one.body
    if not handles.tasks_have_property:
        body = f"{body}\n<p>syncd-ref: {one.key}</p>"
    properties = {
        "hs_timestamp": timestamp(one.due),
        "hs_task_subject": fit(one.subject),
        "hs_task_body": body,
        "hs_task_status": "NOT_STARTED",
        "hs_task_type": "TODO",
        "hubspot_owner_id": one.owner_id or "",
        MARK: one.key if handles.tasks_have_property else "",
    }
    return associated(properties, one.key, (one.contact_id,), TASK_TO_CONTACT)


def moved_task(one: CrmTaskChange) -> dict[str, Any]:
    return {
        "id": one.task_id,
        "properties": {"hs_timestamp": timestamp(one.due)},
        "objectWriteTraceId": one.key,
    }


def task_mark(values: Mapping[str, Any]) -> str | None:
    """The mark of a task, from its property or from the last line of its body."""
    if values.get(MARK):
        return str(values[MARK])
    found = _BODY_MARK.search(re.sub(r"<[^<>]*>", " ", values.get("hs_task_body") or "").rstrip())
    return found[1] if found else None


# owners


def person(owner: Mapping[str, Any]) -> Person:
    return Person(
        id=str(owner["id"]),
        address=normalise(owner.get("email") or ""),
        name=f"{owner.get('firstName') or ''} {owner.get('lastName') or ''}".strip(),
        active=not owner.get("archived", False),
    )


# values


def split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def joined(values: Iterable[str]) -> str:
    """Several values as syncd knows them: sorted, so that the same set is the same text."""
    return ";".join(sorted(set(values)))


def timestamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str | None) -> datetime | None:
    """A datetime property: ISO 8601, or epoch milliseconds."""
    if not text:
        return None
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def fit(text: str) -> str:
    """Text as HubSpot can store it: whole characters, at most `LIMIT` as Java counts them."""
    units = text.replace("\x00", "").encode("utf-16-le", "replace")
    if len(units) <= 2 * LIMIT:
        return units.decode("utf-16-le")
    # Half a surrogate pair at the cut is dropped.
    return units[: 2 * LIMIT].decode("utf-16-le", "ignore")


def _value(field: Field, text: str | None) -> str:
    if field in SETS:
        return joined(split(text))
    return (text or "").lower() if field is Field.DO_NOT_CONTACT else (text or "")


def associated(
    properties: Mapping[str, str], trace: str, contact_ids: Sequence[str], type_id: int
) -> dict[str, Any]:
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    return {
        "properties": {name: value for name, value in properties.items() if value},
        "associations": [
            {"to": {"id": contact_id}, "types": [kind]} for contact_id in dict.fromkeys(contact_ids)
        ],
        "objectWriteTraceId": trace,
    }


@dataclass(slots=True)
class _Room:
    left: int

    def take(self, parties: Iterable[Party]) -> list[dict[str, str]]:
        """As many people as there is room for."""
        taken = []
        for party in parties:
            shown = _party(party)
            size = len(fit(json.dumps(shown, ensure_ascii=False)).encode("utf-16-le")) // 2 + 2
            if size > self.left:
                break
            self.left -= size
            taken.append(shown)
        return taken


def _headers(record: EmailRecord) -> tuple[str, int]:
    """The JSON text HubSpot reads the people from, and how many did not fit.

    A string, never an object: that is refused (facts/hubspot.md 2.4).
    """
    room = _Room(LIMIT - 200)
    people: dict[str, Any] = {}
    if record.sender is not None and record.sender.address:
        people["from"] = (room.take([record.sender]) or [{}])[0]
    asked = 0
    for role, parties in (("to", record.to), ("cc", record.cc), ("bcc", record.bcc)):
        named = [party for party in parties if party.address]
        asked += len(named)
        people[role] = room.take(named)
    left_out = asked - sum(len(people[role]) for role in ("to", "cc", "bcc"))
    return fit(json.dumps(people, ensure_ascii=False)), left_out


def _party(party: Party) -> dict[str, str]:
    first, last = split_name(party.name)
    shown = {"email": party.address, "firstName": first, "lastName": last}
    return {key: value for key, value in shown.items() if value}
