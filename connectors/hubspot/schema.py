"""What must stand in an account: properties, options, marks. Compared, then made one by one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.hubspot import handles as known
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.handles import MARK, Handles
from connectors.hubspot.mapping import property_name
from connectors.hubspot.segments import Segments
from syncd.ports.crm import SETS, CrmNeeds, Field
from syncd.ports.needs import Readiness, Requirement
from syncd.ports.verdicts import Changed, Done, Locked, Outcome, Refused, Verdict

GROUP_NAME, GROUP_LABEL = "syncd", "syncd"
LABELS = {
    Field.CAMPAIGNS: "Campaigns",
    Field.TAGS: "Campaign tags",
    Field.STAGE: "Outreach stage",
    Field.DO_NOT_CONTACT: "Do not contact",
    Field.INTRODUCED_BY: "Introduced by",
}
# Given although the documentation calls options optional: without them a checkbox made
# through the API has no values to filter by.
_YES_NO = {"true": "Yes", "false": "No"}
# The groups of HubSpot's own properties, where the listing does not name one.
_GROUP_OF = {"emails": "emailinformation", "tasks": "task_information"}

Definitions = dict[str, Mapping[str, Any]]


@dataclass(slots=True)
class _Found:
    handles: dict[str, str] = field(default_factory=dict)
    missing: list[Requirement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Schema:
    """Reads and makes definitions. When nothing is missing, `readiness` takes 3 or 4 reads."""

    def __init__(self, client: HubSpotClient) -> None:
        self._client = client
        self._names = client.settings.properties
        # Options are changed by writing the whole list just read: one writer at a time.
        self._changing = threading.Lock()

    def readiness(self, needs: CrmNeeds, handles: Handles) -> Readiness:
        found = _Found()
        self._account(found)
        self._contacts(needs, found)
        self._emails(handles, found)
        if needs.tasks:
            self._tasks(handles, found)
        found.notes += Segments(self._client).compare(needs.segments, found.handles, found.missing)
        return Readiness(found.handles, tuple(found.missing), tuple(found.notes))

    def provide(self, requirement: Requirement) -> Outcome:
        body = requirement.body
        try:
            match requirement.handle.partition(":")[0]:
                case "group":
                    return self._make_group()
                case "property":
                    return self._make_property(body)
                case "option":
                    return self._add_option(str(body["property"]), body)
                case "segment":
                    return Segments(self._client).make(str(body["segment"]))
                case known.EMAIL_MARK:
                    return self._try_mark("emails", body)
                case known.TASK_MARK:
                    return self._try_mark("tasks", body)
        except Verdict as verdict:
            return verdict
        return Refused(f"{requirement.handle} is nothing this connector makes")

    # comparing

    def _account(self, found: _Found) -> None:
        path = self._client.path("account-info", "details")
        reply = self._client.send("GET", path, writes=False)
        if reply.status == 403:
            # Only links and the time of the daily reset need it.
            found.notes.append("HubSpot does not tell this key its account number and time zone")
            return
        if not reply.good:
            raise self._client.verdict(reply, writes=False)
        found.handles[known.PORTAL] = str(reply.data.get("portalId", ""))
        found.handles[known.ZONE] = str(reply.data.get("timeZone", ""))

    def _contacts(self, needs: CrmNeeds, found: _Found) -> None:
        standing = self._definitions("contacts")
        absent = False
        wanted: dict[Field, Mapping[str, str]] = {
            Field.CAMPAIGNS: needs.campaigns,
            Field.TAGS: needs.tags,
            Field.STAGE: needs.stages,
            Field.DO_NOT_CONTACT: _YES_NO,
        }
        if needs.introductions:
            wanted[Field.INTRODUCED_BY] = {}
        for name, values in wanted.items():
            absent |= self._field(name, values, standing, found)
        if needs.favours:
            absent |= self._favours(standing, found)
        if absent:
            self._group(found)
        elif any(one.get("groupName") == GROUP_NAME for one in standing.values()):
            found.handles[known.GROUP] = GROUP_NAME

    def _field(
        self,
        name: Field,
        wanted: Mapping[str, str],
        standing: Definitions,
        found: _Found,
    ) -> bool:
        """Compare one contact property and its options; whether it is absent."""
        own, label = property_name(self._names, name), LABELS[name]
        value_type, shape = _shape(name)
        handle = known.property_handle(own)
        one = standing.get(own)
        if one is None:
            values = ", ".join(wanted.values()) or "no values yet"
            told = "" if value_type == "string" else f" with the values: {values}"
            found.missing.append(
                Requirement(
                    handle,
                    f"Contact property {own} ({label}){told}",
                    {
                        "name": own,
                        "label": label,
                        "groupName": GROUP_NAME,
                        "type": value_type,
                        "fieldType": shape,
                        "options": _options(wanted),
                    },
                )
            )
            return True
        if (one.get("type"), one.get("fieldType")) != (value_type, shape):
            found.notes.append(
                f"Contact property {own} is {one.get('type')}/{one.get('fieldType')}, syncd needs"
                f" {value_type}/{shape}: rename it in HubSpot, or set properties.{name.value} to"
                " another name"
            )
            return False
        found.handles[handle] = own
        if name is Field.DO_NOT_CONTACT:
            # Yes and no are all that HubSpot takes, whether it lists them or not.
            return False
        have = {str(option.get("value")) for option in one.get("options") or ()}
        for value, words in wanted.items():
            option = known.option_handle(own, value)
            if value in have:
                found.handles[option] = value
            else:
                found.missing.append(
                    Requirement(
                        option,
                        f"Value {words} ({value}) of the contact property {own}",
                        {"property": own, "value": value, "label": words},
                    )
                )
        return False

    def _favours(self, standing: Definitions, found: _Found) -> bool:
        """The number that people set; whether it is absent."""
        name = self._names.favours
        handle = known.property_handle(name)
        if name not in standing:
            definition = {
                "name": name,
                "label": "Favours",
                "description": "How many more favours we did them than they did us.",
                "groupName": GROUP_NAME,
                "type": "number",
                "fieldType": "number",
            }
            summary = f"Contact property {name} (Favours), a number that people set"
            found.missing.append(Requirement(handle, summary, definition))
            return True
        if standing[name].get("type") != "number":
            found.notes.append(f"Contact property {name} is no number, and tells of no favours")
        else:
            found.handles[handle] = name
        return False

    def _group(self, found: _Found) -> None:
        path = self._client.path("properties", "contacts", "groups")
        groups = self._client.call("GET", path, writes=False).data.get("results") or ()
        if any(group.get("name") == GROUP_NAME for group in groups):
            found.handles[known.GROUP] = GROUP_NAME
        else:
            # First in line: the properties are made inside it.
            found.missing.insert(
                0, Requirement(known.GROUP, f"Group {GROUP_LABEL} for the contact properties")
            )

    def _emails(self, handles: Handles, found: _Found) -> None:
        try:
            standing = self._definitions("emails")
        except Locked as verdict:
            # The scope is a luxury: without it emails carry no mark of ours and are
            # told by time and subject.
            found.handles |= {
                known.EMAIL_MARK: "none",
                known.EMAIL_MESSAGE_ID: "read_only",
                known.EMAIL_THREAD_ID: "read_only",
            }
            found.notes.append(f"Emails cannot carry syncd's mark: {verdict}. {verdict.remedy}")
            return
        message_id = known.written(standing.get("hs_email_message_id"))
        found.handles[known.EMAIL_MESSAGE_ID] = message_id
        found.handles[known.EMAIL_THREAD_ID] = known.written(standing.get("hs_email_thread_id"))
        second_best = _second_best(Handles(found.handles))
        tried = handles.values.get(known.EMAIL_MARK) in {"message_id", "none"}
        if _is_unique(standing.get(MARK)):
            found.handles[known.EMAIL_MARK] = "property"
        elif tried or MARK in standing or self._client.settings.mark_emails == "never":
            found.handles[known.EMAIL_MARK] = second_best
        else:
            found.missing.append(
                Requirement(
                    known.EMAIL_MARK,
                    f"Unique property {MARK} on emails, if HubSpot allows it",
                    self._mark("emails", standing, "hs_email_subject", second_best),
                )
            )

    def _tasks(self, handles: Handles, found: _Found) -> None:
        standing = self._definitions("tasks")
        if _is_unique(standing.get(MARK)):
            found.handles[known.TASK_MARK] = "property"
        elif handles.values.get(known.TASK_MARK) == "body" or MARK in standing:
            found.handles[known.TASK_MARK] = "body"
        else:
            found.missing.append(
                Requirement(
                    known.TASK_MARK,
                    f"Unique property {MARK} on tasks, if HubSpot allows it",
                    self._mark("tasks", standing, "hs_task_subject", "body"),
                )
            )

    def _definitions(self, kind: str) -> Definitions:
        path = self._client.path("properties", kind)
        results = self._client.call("GET", path, writes=False).data.get("results") or ()
        return {str(one.get("name")): one for one in results}

    def _mark(
        self, kind: str, standing: Definitions, neighbour: str, otherwise: str
    ) -> dict[str, object]:
        """The property to try, and what serves as the mark when it is refused."""
        # Beside one of HubSpot's own: the name of their group is not the same everywhere.
        group = standing.get(neighbour, {}).get("groupName") or _GROUP_OF[kind]
        definition = {
            "name": MARK,
            "label": "syncd key",
            "description": "How syncd recognises what it wrote. Do not change.",
            "groupName": group,
            "type": "string",
            "fieldType": "text",
            "hasUniqueValue": True,
            "formField": False,
        }
        return {"definition": definition, "otherwise": otherwise}

    # making

    def _make_group(self) -> Outcome:
        path = self._client.path("properties", "contacts", "groups")
        body = {"name": GROUP_NAME, "label": GROUP_LABEL}
        return self._post(path, body, GROUP_NAME)

    def _make_property(self, body: Mapping[str, object]) -> Outcome:
        name = str(body["name"])
        path = self._client.path("properties", "contacts", name)
        present = self._client.send("GET", path, writes=False)
        if present.good:
            return Done(name, found=True)
        if present.status != 404:
            return self._client.verdict(present, writes=False)
        return self._post(self._client.path("properties", "contacts"), body, name)

    def _post(self, path: str, body: Mapping[str, object], name: str) -> Outcome:
        reply = self._client.send("POST", path, body, writes=True)
        if reply.good:
            return Done(name)
        if reply.status == 409:
            return Done(name, found=True)
        return self._client.verdict(reply, writes=True)

    def _add_option(self, name: str, body: Mapping[str, object]) -> Outcome:
        """PATCH replaces the whole list (facts/hubspot.md 2.6): what is there is sent along."""
        value, label = str(body["value"]), str(body["label"])
        if ";" in value:
            return Refused(f"{value}: a value of {name} cannot contain a semicolon")
        path = self._client.path("properties", "contacts", name)
        with self._changing:
            standing = self._client.call("GET", path, writes=False).data.get("options") or []
            if any(option.get("value") == value for option in standing):
                return Done(value, found=True)
            labels = {str(option.get("label")) for option in standing}
            # Two campaigns may have the same name; two options may not.
            shown = f"{label} ({value})" if label in labels else label
            place = max((int(option.get("displayOrder") or 0) for option in standing), default=-1)
            new = {"value": value, "label": shown, "displayOrder": place + 1, "hidden": False}
            options = {"options": [*standing, new]}
            kept = self._client.call("PATCH", path, options, writes=True).data.get("options") or []
        if all(option.get("value") != value for option in kept):
            return Changed(f"HubSpot did not keep the value {value} of {name}")
        return Done(value)

    def _try_mark(self, kind: str, body: Mapping[str, Any]) -> Outcome:
        """A refusal is an answer, not an error: this account does without."""
        otherwise = str(body["otherwise"])
        path = self._client.path("properties", kind)
        reply = self._client.send("POST", path, body["definition"], writes=True)
        if reply.status == 409:
            reply = self._client.send(
                "GET", self._client.path("properties", kind, MARK), writes=False
            )
            if reply.good and not _is_unique(reply.data):
                return Done(otherwise, note=f"{MARK} exists but is not unique")
        if reply.good:
            return Done("property")
        verdict = self._client.verdict(reply, writes=True)
        if reply.status in {400, 403}:
            return Done(otherwise, note=f"not allowed here: {verdict}")
        return verdict


def _shape(name: Field) -> tuple[str, str]:
    """The type and field type of a contact property (facts/hubspot.md 2.9)."""
    if name is Field.DO_NOT_CONTACT:
        return "bool", "booleancheckbox"
    if name is Field.INTRODUCED_BY:
        return "string", "text"
    return "enumeration", "checkbox" if name in SETS else "select"


def _second_best(handles: Handles) -> str:
    return "message_id" if handles.message_id_is_writable else "none"


def _is_unique(one: Mapping[str, Any] | None) -> bool:
    return one is not None and bool(one.get("hasUniqueValue"))


def _options(wanted: Mapping[str, str]) -> list[dict[str, object]]:
    labels = list(wanted.values())
    return [
        {
            "value": value,
            "label": label if labels.count(label) == 1 else f"{label} ({value})",
            "displayOrder": place,
            "hidden": False,
        }
        for place, (value, label) in enumerate(wanted.items())
    ]
