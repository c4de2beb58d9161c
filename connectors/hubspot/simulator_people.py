"""What happens in the account without us: people, and HubSpot's own mail logger (facts 5)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.hubspot.simulator_contacts import merge
from connectors.hubspot.simulator_kinds import BY_NAME, kind_of, link_types
from connectors.hubspot.simulator_state import Portal, Record
from connectors.hubspot.simulator_wire import iso, parse_time, value_time
from connectors.hubspot.simulator_writes import (
    carry_out,
    delete,
    draft_create,
    draft_update,
    find_by,
    find_live,
    join_companies,
)

_REPLY = re.compile(r"^\s*((re|aw|fwd?|sv|antw)\s*:\s*)+", re.IGNORECASE)
# `inboxes`: the mailboxes connected to HubSpot; None: all.
LOGGER: dict[str, Any] = {"mode": "off", "delay": 0.0, "inboxes": None}
_RECYCLED = timedelta(days=90)
_CONTACTS, _EMAILS = BY_NAME["contacts"], BY_NAME["emails"]


class People:
    """The back door's commands that change records."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.logger: dict[str, Any] = dict(LOGGER)
        self._heard: list[tuple[datetime, dict[str, Any]]] = []

    def add_owner(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._portal.add_owner(str(body["email"]), str(body.get("name", "")))

    def remove_owner(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A teammate leaves; records keep the owner id, new ones are refused with it."""
        wanted = {str(body.get("id", "")), str(body.get("email", "")).lower()}
        for one in self._portal.owners.values():
            if {one["id"], one["email"]} & wanted:
                one["archived"] = True
                return one
        raise ValueError(f"no owner {body}")

    def add_contact(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`email` or `properties` with one; optionally `name`, `additional` addresses."""
        first, _, last = str(body.get("name", "")).partition(" ")
        given = {"email": body.get("email", ""), "firstname": first, "lastname": last}
        given |= body.get("properties", {})
        draft = draft_create(
            self._portal, _CONTACTS, {"properties": given}, version="v3", claims=set()
        )
        additional = [str(address).lower() for address in body.get("additional", ())]
        with self._portal.index.indexed_already():
            row = carry_out(self._portal, _CONTACTS, draft, source="CRM_UI")
            if additional:
                self._portal.update(_CONTACTS, row, {"hs_additional_emails": ";".join(additional)})
        return {"id": row.id}

    def person_sets(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A person edits a record: `contact` (id or address) or `type` and `id`; `properties`."""
        kind, row = self._row(body)
        draft = draft_update(
            self._portal,
            kind,
            row,
            {"properties": body["properties"]},
            version="v3",
            claims=set(),
        )
        carry_out(self._portal, kind, draft)
        return {"id": row.id, "properties": dict(row.properties)}

    def person_deletes(self, body: Mapping[str, Any]) -> dict[str, Any]:
        kind, row = self._row(body)
        delete(self._portal, kind, row)
        return {"id": row.id}

    def person_restores(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`type` and `id`: out of the recycle bin, within 90 days. Emails are never in it."""
        kind = kind_of(str(body.get("type", "contacts")))
        row = None if kind is None else self._portal.tables[kind.name].rows.get(str(body["id"]))
        if kind is None or row is None or not row.archived:
            raise ValueError(f"nothing to restore: {dict(body)}")
        gone = parse_time(row.updated)
        if gone is not None and self._portal.clock.now() - gone > _RECYCLED:
            raise ValueError("nothing is kept for more than 90 days")
        if any(address in self._portal.identities for address in self._portal.addresses(row)):
            raise ValueError("the address belongs to another contact by now")
        self._portal.revive(kind, row)
        return {"id": row.id}

    def merge(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`primary` and `other`, each an id or an address."""
        given = {
            name: self._row({"contact": body[key]})[1].id
            for name, key in (("primaryObjectId", "primary"), ("objectIdToMerge", "other"))
        }
        return {"id": merge(self._portal, _CONTACTS, given).id}

    def native_logger(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set what `native_hears` does: `mode` off, all or replies; `delay` in seconds;
        `inboxes`, the mailboxes connected to HubSpot (null: all).
        """
        mode = str(body.get("mode", self.logger["mode"]))
        if mode not in {"off", "all", "replies"}:
            raise ValueError(f"mode {mode} is none of off, all, replies")
        delay = float(body.get("delay", self.logger["delay"]))
        inboxes = body.get("inboxes", self.logger["inboxes"])
        if inboxes is not None:
            inboxes = [str(each).lower() for each in inboxes]
        self.logger = {"mode": mode, "delay": delay, "inboxes": inboxes}
        return dict(self.logger)

    def native_hears(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A message passes a connected inbox; logged or not by the mode and the portal's rules.

        Fields as in `native_log`.
        """
        if self.logger["mode"] == "off":
            return {"heard": False}
        due = self._portal.clock.now() + timedelta(seconds=self.logger["delay"])
        self._heard.append((due, dict(body)))
        self.catch_up()
        return {"heard": True}

    def native_log(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """HubSpot's own logger writes an engagement now, whatever its mode.

        `contacts` (addresses), `subject`, `at`, `direction` (sent, received, or HubSpot's own
        words), `message_id`; optionally `text`, `from`, `to`, `thread_id`. Only for known
        contacts; without any, nothing is logged.
        """
        known = self._known(body.get("contacts", ()))
        return {"id": self._write(body, known).id if known else None}

    def catch_up(self) -> None:
        """Do what HubSpot has had time to do: companies joined, mail logged."""
        join_companies(self._portal)
        now = self._portal.clock.now()
        due = [body for at, body in self._heard if at <= now]
        if due:
            self._heard = [(at, body) for at, body in self._heard if at > now]
        for body in due:
            known = self._known(
                address for address in body.get("contacts", ()) if not self._never(str(address))
            )
            if known and self._wanted(body, known):
                self._write(body, known)

    def snapshot(self) -> dict[str, Any]:
        return {
            "logger": dict(self.logger),
            "heard": [[iso(at), dict(body)] for at, body in self._heard],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self.logger = {**LOGGER, **state["logger"]}
        heard = ((parse_time(at), dict(body)) for at, body in state["heard"])
        self._heard = [(at, body) for at, body in heard if at is not None]

    def _row(self, body: Mapping[str, Any]) -> tuple[Any, Record]:
        kind = kind_of(str(body.get("type", "contacts")))
        key = str(body.get("contact", body.get("id", "")))
        row = None
        if kind is not None:
            row = find_live(self._portal, kind, key)
            if row is None and "@" in key and kind is _CONTACTS:
                row = find_by(self._portal, kind, "email", key)
        if kind is None or row is None:
            raise ValueError(f"no record {dict(body)}")
        return kind, row

    def _known(self, addresses: Any) -> list[str]:
        found = (self._portal.identities.get(str(address).lower()) for address in addresses)
        return list(dict.fromkeys(one for one in found if one))

    def _never(self, address: str) -> bool:
        rules = self._portal.switches["never_log"]
        return address.lower() in rules or address.lower().rpartition("@")[2] in rules

    def _wanted(self, body: Mapping[str, Any], contacts: Sequence[str]) -> bool:
        """Replies-only: incoming, to a conversation of the same subject that is logged."""
        if self.logger["mode"] == "all":
            return True
        if _direction(body) != "INCOMING_EMAIL":
            return False
        subject = _REPLY.sub("", str(body.get("subject", ""))).strip()
        emails = self._portal.tables["emails"].rows
        return any(
            _REPLY.sub("", emails[one].properties.get("hs_email_subject", "")).strip() == subject
            for contact in contacts
            for one in self._portal.links.of("contacts", contact, "emails")
        )

    def _write(self, body: Mapping[str, Any], contacts: Sequence[str]) -> Record:
        at = parse_time(str(body["at"]))
        if at is None:
            raise ValueError(f"no time: {body['at']}")
        sender, to = str(body.get("from", "")), body.get("to", ())
        to = [to] if isinstance(to, str) else list(to)
        headers = {"from": {"email": sender}, "to": [{"email": one} for one in to]}
        values = {
            "hs_timestamp": value_time(at),
            "hs_email_direction": _direction(body),
            "hs_email_status": "SENT",
            "hs_email_subject": str(body.get("subject", "")),
            "hs_email_text": str(body.get("text", "")),
            "hs_email_message_id": str(body.get("message_id", "")),
            "hs_email_thread_id": str(body.get("thread_id", "")),
            "hs_email_headers": json.dumps(headers),
            "hs_email_from_email": sender,
            "hs_email_to_email": ";".join(to),
            "hs_email_logged_from": "GMAIL",
        }
        row = self._portal.insert(_EMAILS, values, source="EMAIL")
        number = link_types("emails", "contacts")[0].id
        for contact in contacts:
            self._portal.links.add(row.id, contact, number)
        return row


def _direction(body: Mapping[str, Any]) -> str:
    given = str(body.get("direction", "sent"))
    return {"sent": "EMAIL", "received": "INCOMING_EMAIL"}.get(given.lower(), given.upper())
