"""Creating, changing and deleting one record: checked first, then done (section 6.6-6.9).

Checking is apart from doing because a batch without trace ids is all or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connectors.hubspot.simulator_kinds import BY_NAME, LINKS_BY_ID, Kind, link_types
from connectors.hubspot.simulator_state import Portal, Record
from connectors.hubspot.simulator_values import Checked, check, derived, invalid, wrong
from connectors.hubspot.simulator_wire import ENFORCING, Problem

Claims = set[tuple[str, str]]  # unique values taken by earlier inputs of the same batch


@dataclass(slots=True)
class Draft:
    """A write found good. `row` None: a record to make."""

    row: Record | None
    checked: Checked
    links: list[tuple[str, int]] = field(default_factory=list)  # other id, type id
    trace: str = ""


def draft_create(
    portal: Portal, kind: Kind, given: Mapping[str, Any], *, version: str, claims: Claims
) -> Draft:
    properties = _properties(given)
    checked = check(portal, kind, properties, present={}, version=version)
    _require(portal, kind, checked.values, version)
    _check_pipeline(portal, kind, checked.values)
    _claim(portal, kind, checked.values, claims, own_id="")
    return Draft(
        None, checked, _links(portal, kind, given), str(given.get("objectWriteTraceId", ""))
    )


def draft_update(
    portal: Portal,
    kind: Kind,
    row: Record,
    given: Mapping[str, Any],
    *,
    version: str,
    claims: Claims,
) -> Draft:
    checked = check(portal, kind, _properties(given), present=row.properties, version=version)
    _check_conditions(portal, kind, {**row.properties, **checked.values}, version)
    _check_pipeline(portal, kind, {**row.properties, **checked.values})
    _claim(portal, kind, checked.values, claims, own_id=row.id)
    return Draft(row, checked, trace=str(given.get("objectWriteTraceId", "")))


def carry_out(portal: Portal, kind: Kind, draft: Draft, *, source: str = "INTEGRATION") -> Record:
    values = {**draft.checked.values, **derived(kind, draft.checked.values)}
    if draft.row is None:
        row = portal.insert(kind, values, source=source)
    else:
        row = draft.row
        portal.update(kind, row, values)
    for other_id, type_id in draft.links:
        portal.links.add(row.id, other_id, type_id)
    if draft.row is None:
        _await_company(portal, kind, row)
    return row


def find_live(portal: Portal, kind: Kind, record_id: str) -> Record | None:
    """By id; a contact merged away is found as its survivor (single calls only, facts 2.2)."""
    while record_id in portal.aliases and kind.name == "contacts":
        record_id = portal.aliases[record_id]
    return portal.get(kind, record_id)


def find_by(portal: Portal, kind: Kind, id_property: str, value: str) -> Record | None:
    """By a unique property; a contact's email also by its secondary addresses."""
    if kind.name == "contacts" and id_property == "email":
        return portal.get(kind, portal.identities.get(value.lower(), ""))
    if id_property not in portal.unique_names(kind):
        words = f"The property {id_property} of object type {kind.type_id} is not unique"
        raise Problem(400, words)
    return portal.get(kind, portal.holder(kind, id_property, value) or "")


def delete(portal: Portal, kind: Kind, row: Record) -> None:
    portal.remove(kind, row, permanent=kind.permanent)


def link_specs(kind: Kind, other: Kind, types: object) -> list[int]:
    """The type ids of one association, checked for direction (facts 2.5)."""
    if not isinstance(types, list) or not types:
        raise Problem(400, "Invalid input JSON: each association needs at least one type")
    found = []
    for spec in types:
        number = spec.get("associationTypeId") if isinstance(spec, dict) else None
        if not isinstance(spec, dict) or spec.get("associationCategory") != "HUBSPOT_DEFINED":
            raise Problem(400, "Invalid association category; only HUBSPOT_DEFINED exists here")
        one = LINKS_BY_ID.get(number) if isinstance(number, int) else None
        if one is None:
            raise Problem(400, f"No association type {number} exists")
        if one.source != kind.name:
            expected = BY_NAME[one.source].type_id
            words = f"invalid from object type {kind.type_id} for associations to be created."
            raise Problem(400, f"{words} expected: {expected}. For definition 0-{number}")
        if one.target != other.name:
            words = f"invalid to object type {other.type_id} for associations to be created."
            raise Problem(400, f"{words} expected: {BY_NAME[one.target].type_id}")
        found.append(one.id)
    return found


def check_cap(portal: Portal, kind: Kind, record_id: str, other: Kind) -> None:
    if len(portal.links.of(kind.name, record_id, other.name)) >= portal.switches["association_cap"]:
        words = f"{kind.word} {record_id} has reached its limit of {other.name}"
        raise Problem(400, words, sub_category="crm.associations.LIMIT_EXCEEDED")


def _properties(given: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = given.get("properties", {})
    if not isinstance(properties, dict):
        raise Problem(400, "Invalid input JSON: properties must be an object")
    return properties


def _require(portal: Portal, kind: Kind, values: Mapping[str, str], version: str) -> None:
    unset = [name for name in kind.required if not values.get(name)]
    if unset:
        raise Problem(
            400,
            f"Error creating {kind.word}. Some required properties were not set.",
            context={"properties": unset},
            errors=[_required(name) for name in unset],
        )
    if kind.one_of and not any(values.get(name) for name in kind.one_of):
        names = ", ".join(kind.one_of)
        raise Problem(400, f"At least one of the following properties must be set: {names}")
    if version == ENFORCING:
        asked = portal.switches["required"].get(kind.name, [])
        unset = [name for name in asked if not values.get(name)]
        if unset:
            words = "The property values provided are invalid"
            raise Problem(400, words, errors=[_required(name) for name in unset])
    _check_conditions(portal, kind, values, version)


def _required(name: str) -> dict[str, Any]:
    return {
        "message": f"A value for {name} must be provided",
        "code": "MISSING_REQUIRED_PROPERTY",
        "context": {"propertyName": [name]},
    }


def _check_conditions(portal: Portal, kind: Kind, values: Mapping[str, str], version: str) -> None:
    if version != ENFORCING:
        return
    for name, (ground, trigger) in portal.switches["conditional"].get(kind.name, {}).items():
        if values.get(ground) == trigger and not values.get(name):
            words = f"{name} is required because of a conditional property rule based on [{ground}]"
            raise Problem(
                400,
                "The property values provided are invalid",
                errors=[
                    {
                        "code": "MISSING_CONDITIONAL_REQUIRED_PROPERTY",
                        "message": words,
                        "context": {"propertyName": [name]},
                    }
                ],
            )


def _claim(
    portal: Portal, kind: Kind, values: Mapping[str, str], claims: Claims, *, own_id: str
) -> None:
    """Refuse what another record holds. Only values that pass are claimed."""
    claimed: Claims = set()
    address = values.get("email", "") if kind.name == "contacts" else ""
    if address:
        if address in portal.blocked:
            words = "email has been GDPR blacklisted"
            raise invalid([wrong(portal, "email", words, "INVALID_EMAIL")])
        holder = portal.identities.get(address, "")
        if (holder and holder != own_id) or ("email", address) in claims:
            context = {"existingId": [holder]} if holder else {}
            words = f"Contact already exists. Existing ID: {holder}".removesuffix("Existing ID: ")
            raise Problem(409, words.strip(), category="CONFLICT", context=context)
        claimed.add(("email", address))
    for name in portal.unique_names(kind):
        value = values.get(name, "")
        holder = portal.holder(kind, name, value) or "" if value else ""
        if (holder and holder != own_id) or (value and (name, value) in claims):
            words = (
                f"Cannot set PropertyValueCoordinates{{portalId={portal.switches['id']},"
                f" objectTypeId=ObjectTypeId{{legacyObjectType={kind.word}}},"
                f" propertyName={name}, value={value}}}. {holder} already has that value."
            )
            raise invalid([wrong(portal, name, words, "CONFLICTING_UNIQUE_VALUE")])
        if value:
            claimed.add((name, value))
    claims |= claimed


def _links(portal: Portal, kind: Kind, given: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The inline associations of a record to make."""
    asked = given.get("associations") or []
    if not isinstance(asked, list):
        raise Problem(400, "Invalid input JSON: associations must be a list")
    found: list[tuple[str, int]] = []
    for one in asked:
        types = one.get("types")
        first = types[0].get("associationTypeId") if types else None
        known = LINKS_BY_ID.get(first) if isinstance(first, int) else None
        other = BY_NAME[known.target] if known else kind
        numbers = link_specs(kind, other, types)
        other_id = str((one.get("to") or {}).get("id", ""))
        if portal.get(other, other_id) is None:
            raise invalid_association(other, other_id)
        check_cap(portal, other, other_id, kind)
        found += [(other_id, number) for number in numbers]
    return found


def invalid_association(other: Kind, other_id: str) -> Problem:
    return Problem(
        400,
        "One or more associations are invalid",
        context={
            "INVALID_OBJECT_IDS": [f"{other.word}={other_id} is not valid"],
            "objectId": [other_id],
            "objectType": [other.word],
        },
    )


def _check_pipeline(portal: Portal, kind: Kind, values: Mapping[str, str]) -> None:
    """A deal's stage must be one of its pipeline's (facts 2.8)."""
    if kind.name != "deals" or not values.get("dealstage"):
        return
    pipeline = portal.pipelines.get(values.get("pipeline") or "default")
    stages = [] if pipeline is None else [stage["id"] for stage in pipeline["stages"]]
    if values["dealstage"] not in stages:
        words = f"{values['dealstage']} was not one of the allowed options: {json.dumps(stages)}"
        raise invalid([wrong(portal, "dealstage", words, "INVALID_OPTION")])


def _await_company(portal: Portal, kind: Kind, row: Record) -> None:
    if kind.name == "contacts" and portal.switches["auto_company"]:
        delay = timedelta(seconds=float(portal.switches["auto_company_delay"]))
        portal.to_join.append((portal.clock.now() + delay, row.id))


def join_companies(portal: Portal) -> None:
    """The portal setting that ties new contacts to the company of their domain (facts 2.8).

    HubSpot does it in its own time, after the contact was answered for.
    """
    now = portal.clock.now()
    due = [contact for at, contact in portal.to_join if at <= now]
    portal.to_join = [(at, contact) for at, contact in portal.to_join if at > now]
    for contact in due:
        row = find_live(portal, BY_NAME["contacts"], contact)
        if row is not None:
            _associate_company(portal, row)


def _associate_company(portal: Portal, row: Record) -> None:
    domain = row.properties.get("hs_email_domain", "")
    for company in portal.tables["companies"].after(0):
        if domain and not company.archived and company.properties.get("domain") == domain:
            for one in link_types("contacts", "companies"):
                portal.links.add(row.id, company.id, one.id)
            return
