"""What HubSpot refuses, normalises and derives when property values are written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.hubspot.simulator_kinds import Kind
from connectors.hubspot.simulator_properties import read_only
from connectors.hubspot.simulator_state import Portal
from connectors.hubspot.simulator_wire import ENFORCING, Problem, parse_time, value_time

LONGEST = 65_536
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s.,;<>]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class Checked:
    """`values` as they will be stored; "" clears. `errors` refuse the whole record."""

    values: dict[str, str] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)


def check(
    portal: Portal,
    kind: Kind,
    given: Mapping[str, Any],
    *,
    present: Mapping[str, str],
    version: str,
) -> Checked:
    """Check the properties of one record. `present` are the values it has now.

    Raises `Problem` with every error there is, in the form of facts/hubspot.md 2.2.
    """
    checking = _Checking(portal, kind, present, version)
    for name, value in given.items():
        checking.take(name, value)
    if checking.checked.errors:
        raise invalid(checking.checked.errors)
    return checking.checked


def invalid(errors: list[dict[str, Any]]) -> Problem:
    return Problem(
        400,
        f"Property values were not valid: {json.dumps(errors)}",
        errors=[
            {
                "message": error["message"],
                "code": error["error"],
                "context": {"propertyName": [error["name"]]},
            }
            for error in errors
        ],
    )


def wrong(portal: Portal, name: str, message: str, code: str) -> dict[str, Any]:
    """One entry of the list inside "Property values were not valid"."""
    return {
        "isValid": False,
        "message": message,
        "error": code,
        "name": name,
        "localizedErrorMessage": message,
        "portalId": int(portal.switches["id"]),
    }


def derived(kind: Kind, values: Mapping[str, str]) -> dict[str, str]:
    """What HubSpot fills in by itself from the values written."""
    if kind.name == "emails" and "hs_email_headers" in values:
        return _people(values["hs_email_headers"])
    if kind.name == "contacts" and "email" in values:
        return {"hs_email_domain": values["email"].rpartition("@")[2]}
    return {}


@dataclass(slots=True)
class _Checking:
    portal: Portal
    kind: Kind
    present: Mapping[str, str]
    version: str
    checked: Checked = field(default_factory=Checked)

    def take(self, name: str, value: object) -> None:
        one = self.portal.definitions[self.kind.name].get(name)
        if one is None or one["archived"]:
            self._refuse(name, f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST")
        elif isinstance(value, dict | list):
            self._refuse(name, f"{name} was not valid JSON text", "INVALID_JSON")
        elif read_only(self.portal, self.kind, one):
            if self.portal.switches["read_only_writes"] == "refused":
                words = f'"{name}" is a read only property; its value cannot be set.'
                self._refuse(name, words, "READ_ONLY_VALUE")
        else:
            self._take_text(one, _text(value))

    def _take_text(self, one: Mapping[str, Any], value: str) -> None:
        name = one["name"]
        if value == "":
            self.checked.values[name] = ""
        elif len(value) > LONGEST:
            self._refuse(name, f"{name} is longer than {LONGEST}", "VALUE_TOO_LONG")
        elif name in _BY_NAME:
            _BY_NAME[name](self, name, value)
        elif one["type"] == "datetime":
            self._time(name, value)
        elif one["type"] == "number":
            if re.fullmatch(r"-?\d+(\.\d+)?", value):
                self.checked.values[name] = value
            else:
                self._refuse(name, f"{value} was not a valid number.", "INVALID_INTEGER")
        elif one["type"] == "enumeration":
            self._options(one, value)
        else:
            self.checked.values[name] = value

    def email(self, name: str, value: str) -> None:
        if _ADDRESS.fullmatch(value):
            self.checked.values[name] = value.lower()
        else:
            self._refuse(name, f"Email address {value} is invalid", "INVALID_EMAIL")

    def additional_emails(self, name: str, value: str) -> None:
        """Accepted and not stored (facts 2.2: "doesn't add")."""

    def headers(self, name: str, value: str) -> None:
        if _is_json_object(value):
            self.checked.values[name] = value
        else:
            self._refuse(name, f"{name} was not valid JSON text", "INVALID_JSON")

    def owner(self, name: str, value: str) -> None:
        owner = self.portal.owners.get(value)
        if owner is None or owner["archived"]:
            self._refuse(name, f"Owner {value} does not exist", "INVALID_OWNER_ID")
        else:
            self.checked.values[name] = value

    def _options(self, one: Mapping[str, Any], value: str) -> None:
        name = one["name"]
        allowed = [option["value"] for option in one["options"]]
        several = one["fieldType"] == "checkbox"
        chosen = [part for part in value.split(";") if part] if several else [value]
        for choice in chosen:
            if choice not in allowed:
                labels = ", ".join(option["label"] for option in one["options"])
                words = f"{choice} was not one of the allowed options: [{labels}]"
                self._refuse(name, words, "INVALID_OPTION")
                return
        if several and value.startswith(";"):
            # A leading semicolon adds to what is ticked; anything else replaces it (facts 2.9).
            ticked = [part for part in self.present.get(name, "").split(";") if part]
            chosen = [*ticked, *chosen]
        self.checked.values[name] = ";".join(dict.fromkeys(chosen))

    def _time(self, name: str, value: str) -> None:
        moment = parse_time(value)
        if moment is None or (_DATE.fullmatch(value) and self.version != ENFORCING):
            self._refuse(name, f"{value} was not a valid long.", "INVALID_LONG")
            return
        self.checked.values[name] = value_time(moment)
        if _DATE.fullmatch(value):
            self.checked.warnings.append(
                {
                    "category": "PROPERTY_VALUE_NORMALIZED",
                    "message": f"{name} was normalized",
                    "context": {
                        "propertyName": [name],
                        "rawValue": [value],
                        "normalizedValue": [self.checked.values[name]],
                    },
                }
            )

    def _refuse(self, name: str, message: str, code: str) -> None:
        self.checked.errors.append(wrong(self.portal, name, message, code))


_BY_NAME: Mapping[str, Callable[[_Checking, str, str], None]] = {
    "email": _Checking.email,
    "hs_additional_emails": _Checking.additional_emails,
    "hs_email_headers": _Checking.headers,
    "hubspot_owner_id": _Checking.owner,
}


def _people(headers: str) -> dict[str, str]:
    """The from/to/cc/bcc properties of an email, read from `hs_email_headers` (facts 2.4)."""
    given = json.loads(headers)
    found: dict[str, str] = {}
    for role in ("from", "sender", "to", "cc", "bcc"):
        people = given.get(role) or []
        people = [people] if isinstance(people, dict) else people
        for part, key in (("email", "email"), ("firstname", "firstName"), ("lastname", "lastName")):
            texts = [str(person.get(key) or "") for person in people if isinstance(person, dict)]
            found[f"hs_email_{role}_{part}"] = ";".join(text for text in texts if text)
    # Empty ones too: whoever is taken out of the headers is taken out of these.
    return found


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
