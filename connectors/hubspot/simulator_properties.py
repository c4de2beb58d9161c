"""The properties API: definitions, groups, options (facts/hubspot.md 2.6, 2.9, section 6.11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.hubspot.simulator_definitions import definition, options
from connectors.hubspot.simulator_kinds import Kind, kind_of
from connectors.hubspot.simulator_state import Portal
from connectors.hubspot.simulator_wire import Call, Problem, answer, batch, missing
from syncd.ports.simulator import Answer

MOST_UNIQUE = 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_SHAPES = {
    "string": {"text", "textarea", "phonenumber", "html", "file"},
    "enumeration": {"checkbox", "select", "radio", "booleancheckbox"},
    "number": {"number"},
    "bool": {"booleancheckbox"},
    "date": {"date"},
    "datetime": {"date"},
    "phone_number": {"phonenumber"},
}


def serve(portal: Portal, call: Call) -> Answer:
    kind = kind_of(call.rest[0])
    if kind is None:
        raise Problem(400, f"Unable to infer object type from: {call.rest[0]}")
    match (call.method, *call.rest[1:]):
        case ("GET",):
            archived = call.flag("archived")
            found = [
                _shown(portal, kind, one)
                for one in portal.definitions[kind.name].values()
                if one["archived"] == archived
            ]
            return answer(200, {"results": found})
        case ("POST",):
            return answer(201, _shown(portal, kind, _create(portal, kind, call.body())))
        case (_, "groups", *rest):
            return _groups(portal, kind, call, rest)
        case ("POST", "batch", operation):
            return _batch(portal, kind, call, operation)
        case ("GET", name):
            return answer(200, _shown(portal, kind, _existing(portal, kind, name)))
        case ("PATCH", name):
            return answer(200, _shown(portal, kind, _change(portal, kind, name, call.body())))
        case ("DELETE", name):
            _archive(portal, kind, name)
            return answer(204)
    raise missing()


def read_only(portal: Portal, kind: Kind, one: Mapping[str, Any]) -> bool:
    """Whether values are refused; for mailbox identity this is a switch (facts section 7)."""
    if kind.name == "emails" and one["name"] in {"hs_email_message_id", "hs_email_thread_id"}:
        return bool(portal.switches["email_message_id"] != "writable")
    return bool(one["modificationMetadata"]["readOnlyValue"])


def _shown(portal: Portal, kind: Kind, one: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {**one["modificationMetadata"], "readOnlyValue": read_only(portal, kind, one)}
    return {**one, "modificationMetadata": metadata}


def _existing(portal: Portal, kind: Kind, name: str) -> dict[str, Any]:
    found = portal.definitions[kind.name].get(name)
    if found is None or found["archived"]:
        raise Problem(
            404,
            f"Property '{name}' does not exist for object type '{kind.type_id}'.",
            category="OBJECT_NOT_FOUND",
        )
    return found


def _create(portal: Portal, kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    wanted = [
        key for key in ("groupName", "name", "label", "type", "fieldType") if key not in given
    ]
    if wanted:
        words = f"Invalid input JSON: Some required fields were not set: [{', '.join(wanted)}]"
        raise Problem(400, words)
    if kind.name == "emails" and portal.switches["email_properties"] != "allowed":
        raise scopes_missing("crm.schemas.emails.write")
    name = str(given["name"])
    if not _NAME.fullmatch(name):
        raise Problem(400, f"Property name '{name}' is invalid.")
    if given["fieldType"] not in _SHAPES.get(str(given["type"]), ()):
        words = f"fieldType {given['fieldType']} is not valid for type {given['type']}"
        raise Problem(400, words)
    if given["groupName"] not in portal.groups[kind.name]:
        raise Problem(400, f"Property group '{given['groupName']}' does not exist.")
    standing = portal.definitions[kind.name].get(name)
    if standing is not None and not standing["archived"]:
        raise Problem(
            409,
            f"A property named '{name}' already exists.",
            category="OBJECT_ALREADY_EXISTS",
            sub_category="Properties.PROPERTY_WITH_NAME_EXISTS",
        )
    if given.get("hasUniqueValue"):
        if given["type"] not in {"string", "number"}:
            raise Problem(400, f"Properties of type {given['type']} cannot have unique values.")
        if len(portal.unique_names(kind)) >= MOST_UNIQUE:
            raise Problem(400, f"At most {MOST_UNIQUE} properties can have unique values.")
    _check_options(given.get("options", ()))
    made = definition(given, portal.now_text())
    portal.definitions[kind.name][name] = made
    return made


def _change(portal: Portal, kind: Kind, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    one = _existing(portal, kind, name)
    if one["hubspotDefined"] and "options" in given:
        raise Problem(400, f"Property '{name}' is read only.")
    if "hasUniqueValue" in given and given["hasUniqueValue"] != one["hasUniqueValue"]:
        raise Problem(400, "hasUniqueValue cannot be changed.")
    for key in ("label", "description", "groupName", "displayOrder", "hidden", "formField"):
        if key in given:
            one[key] = given[key]
    if "options" in given:
        # The list is replaced, not added to: what is not sent is gone.
        _check_options(given["options"])
        one["options"] = options(given["options"])
    one["updatedAt"] = portal.now_text()
    return one


def _archive(portal: Portal, kind: Kind, name: str) -> None:
    one = _existing(portal, kind, name)
    if one["hubspotDefined"]:
        raise Problem(400, f"Property '{name}' is read only.")
    one["archived"] = True
    portal.tables[kind.name].unique.pop(name, None)


def _check_options(given: Any) -> None:
    values = [str(one.get("value", "")) for one in given]
    labels = [str(one.get("label", "")) for one in given]
    if not all(values) or not all(labels):
        raise Problem(400, "Every option needs a label and a value.")
    for words, texts in (("values", values), ("labels", labels)):
        twice = sorted({text for text in texts if texts.count(text) > 1})
        if twice:
            raise Problem(400, f"Property option {words} must be unique: {', '.join(twice)}")


def _groups(portal: Portal, kind: Kind, call: Call, rest: list[str]) -> Answer:
    groups = portal.groups[kind.name]
    match (call.method, *rest):
        case ("GET",):
            return answer(200, {"results": list(groups.values())})
        case ("GET" | "PATCH" | "DELETE", name):
            return _group(portal, kind, call, name)
        case ("POST",):
            given = call.body()
            name = str(given.get("name", ""))
            if not _NAME.fullmatch(name) or not given.get("label"):
                raise Problem(400, "Invalid input JSON: Some required fields were not set")
            if name in groups:
                raise Problem(
                    409,
                    f"A property group named '{name}' already exists.",
                    category="OBJECT_ALREADY_EXISTS",
                )
            groups[name] = {
                "name": name,
                "label": str(given["label"]),
                "displayOrder": int(given.get("displayOrder", -1)),
                "archived": False,
            }
            return answer(201, groups[name])
    raise missing()


def _group(portal: Portal, kind: Kind, call: Call, name: str) -> Answer:
    groups = portal.groups[kind.name]
    if name not in groups:
        raise missing()
    if call.method == "GET":
        return answer(200, groups[name])
    if call.method == "PATCH":
        given = call.body()
        known = ("label", "displayOrder")
        groups[name] |= {key: given[key] for key in known if key in given}
        return answer(200, groups[name])
    held = [one for one in portal.definitions[kind.name].values() if one["groupName"] == name]
    if any(not one["archived"] for one in held):
        raise Problem(400, f"Property group '{name}' still has properties.")
    del groups[name]
    return answer(204)


def _batch(portal: Portal, kind: Kind, call: Call, operation: str) -> Answer:
    given = call.inputs(100)
    now = portal.clock.now()
    if operation == "create":
        made = [_shown(portal, kind, _create(portal, kind, one)) for one in given]
        return answer(201, batch(now, made))
    if operation == "archive":
        for one in given:
            _archive(portal, kind, str(one.get("name")))
        return answer(204)
    if operation == "read":
        found, errors = [], []
        for one in given:
            try:
                found.append(_shown(portal, kind, _existing(portal, kind, str(one.get("name")))))
            except Problem as problem:
                errors.append(problem.item())
        return answer(207 if errors else 200, batch(now, found, errors))
    raise missing()


def scopes_missing(*scopes: str) -> Problem:
    """403 as in facts/hubspot.md 2.11."""
    return Problem(
        403,
        "This app hasn't been granted all required scopes to make this call. Read more about"
        " required scopes here: https://developers.hubspot.com/scopes.",
        category="MISSING_SCOPES",
        errors=[
            {
                "message": "All of the following scopes are required.",
                "context": {"requiredGranularScopes": list(scopes)},
            }
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )
