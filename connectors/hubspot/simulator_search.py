"""CRM search: its limits, its operators and its late index (facts/hubspot.md 2.3)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from connectors.hubspot.simulator_kinds import Kind, kind_of
from connectors.hubspot.simulator_state import Portal, Record
from connectors.hubspot.simulator_wire import Call, Problem, answer, parse_time
from syncd.ports.simulator import Answer

PAGE, MOST, CAP, LONGEST_BODY = 10, 200, 10_000, 3_000
MOST_GROUPS, MOST_FILTERS, MOST_IN_ALL = 5, 6, 18
_UNFILTERABLE = {
    "": {"hs_body_preview_html"},
    "emails": {"hs_email_html", "hs_email_text", "hs_body_preview"},
}
_SEARCHED = {
    "contacts": ("email", "hs_additional_emails", "firstname", "lastname", "phone", "company"),
    "companies": ("name", "domain", "website", "phone"),
    "deals": ("dealname", "pipeline", "dealstage"),
    "tasks": ("hs_task_subject", "hs_task_body"),
    "notes": ("hs_note_body",),
    "emails": ("hs_email_subject",),
}
_OPERATORS = frozenset({
    "LT", "LTE", "GT", "GTE", "EQ", "NEQ", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY",
    "NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN",
})  # fmt: skip
_ASSOCIATED = "associations."

RecordJson = Callable[[Portal, Kind, Record, Call, "Sequence[str] | None"], dict[str, Any]]


def serve(portal: Portal, kind: Kind, call: Call, record_json: RecordJson) -> Answer:
    asked = call.body()
    if len(call.request.body) > LONGEST_BODY:
        raise Problem(400, f"The request body is longer than {LONGEST_BODY} characters.")
    groups = _groups(portal, kind, asked)
    limit, after = _window(asked)
    found = [
        row
        for row in _candidates(portal, kind, groups)
        if (not groups or any(_meets_all(portal, kind, row, group) for group in groups))
        and _answers_query(kind, row, str(asked.get("query") or ""))
    ]
    _sort(portal, kind, found, asked.get("sorts") or [])
    page = found[after : after + limit]
    body: dict[str, Any] = {
        "total": len(found),
        "results": [
            record_json(portal, kind, row, call, asked.get("properties") or None) for row in page
        ],
    }
    if after + limit < len(found):
        # Handed out even at the cap, where asking for it is refused.
        following = str(after + limit)
        body["paging"] = {"next": {"after": following, "link": f"?after={following}"}}
    return answer(200, body)


def _window(asked: Mapping[str, Any]) -> tuple[int, int]:
    limit, after = asked.get("limit", PAGE), str(asked.get("after") or "0")
    if not isinstance(limit, int) or not 0 <= limit <= MOST:
        raise Problem(400, f"The limit must be at most {MOST}.")
    if not after.isdigit():
        raise Problem(400, "The 'after' value must be an integer.")
    if int(after) >= CAP or int(after) + limit > CAP:
        raise Problem(400, f"Paging beyond {CAP} results is not possible.")
    return limit, int(after)


def _groups(portal: Portal, kind: Kind, asked: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    groups = [list(group.get("filters") or []) for group in asked.get("filterGroups") or []]
    if len(groups) > MOST_GROUPS:
        raise Problem(400, f"At most {MOST_GROUPS} filter groups are allowed.")
    if any(len(group) > MOST_FILTERS for group in groups):
        raise Problem(400, f"At most {MOST_FILTERS} filters are allowed in a group.")
    if sum(map(len, groups)) > MOST_IN_ALL:
        raise Problem(400, f"At most {MOST_IN_ALL} filters are allowed in all.")
    for one in (one for group in groups for one in group):
        _check_filter(portal, kind, one)
    return groups


def _check_filter(portal: Portal, kind: Kind, one: Mapping[str, Any]) -> None:
    name, operator = str(one.get("propertyName", "")), one.get("operator")
    if operator not in _OPERATORS:
        raise Problem(400, f"Invalid operator {operator}")
    if name in _UNFILTERABLE[""] | _UNFILTERABLE.get(kind.name, set()):
        raise Problem(400, f"The property {name} cannot be used in a filter.")
    known = kind_of(name.removeprefix(_ASSOCIATED)) if name.startswith(_ASSOCIATED) else None
    if known is None and name not in portal.definitions[kind.name]:
        raise Problem(400, f"There was a problem with the request: {name} does not exist")
    needed = {"IN": "values", "NOT_IN": "values", "BETWEEN": "highValue"}.get(str(operator))
    if needed is None and not str(operator).endswith("HAS_PROPERTY"):
        needed = "value"
    if needed and one.get(needed) in (None, ""):
        raise Problem(400, f"operator {operator} requires {needed}")


def _candidates(
    portal: Portal, kind: Kind, groups: Sequence[Sequence[Mapping[str, Any]]]
) -> Iterable[Record]:
    """Records as the index shows them; through an association or id where that is asked for."""
    stale = portal.index.stale(kind.name)
    table = portal.tables[kind.name]
    ids = _narrowed(portal, kind, groups)
    if ids is None:
        live: Iterable[Record] = table.after(0)
    else:
        live = (table.rows[one] for one in sorted(ids, key=int) if one in table.rows)
    for row in live:
        if row.id not in stale and not row.archived:
            yield row
    for record_id, properties in stale.items():
        if properties is not None:
            at = str(properties[kind.created])
            yield Record(record_id, dict(properties), at, str(properties[kind.modified]))


def _narrowed(
    portal: Portal, kind: Kind, groups: Sequence[Sequence[Mapping[str, Any]]]
) -> set[str] | None:
    """Ids that could match, when every group pins them down; None to look at everything."""
    ids: set[str] = set()
    for group in groups:
        pinned: set[str] | None = None
        for one in group:
            name, value = str(one["propertyName"]), str(one.get("value", ""))
            if one["operator"] != "EQ":
                continue
            if name == "hs_object_id":
                pinned = {value}
            elif name.startswith(_ASSOCIATED):
                other = kind_of(name.removeprefix(_ASSOCIATED))
                assert other is not None
                pinned = set(portal.links.of(other.name, value, kind.name))
        if pinned is None:
            return None
        ids |= pinned
    return ids if groups else None


def _meets_all(
    portal: Portal, kind: Kind, row: Record, filters: Sequence[Mapping[str, Any]]
) -> bool:
    return all(_meets(portal, kind, row, one) for one in filters)


def _meets(portal: Portal, kind: Kind, row: Record, one: Mapping[str, Any]) -> bool:
    name, operator = str(one["propertyName"]), str(one["operator"])
    if name.startswith(_ASSOCIATED):
        other = kind_of(name.removeprefix(_ASSOCIATED))
        assert other is not None
        linked = portal.links.of(kind.name, row.id, other.name)
        return (str(one.get("value")) in linked) == (operator == "EQ")
    definition = portal.definitions[kind.name][name]
    present = row.properties.get(name, "")
    match operator:
        case "HAS_PROPERTY":
            return present != ""
        case "NOT_HAS_PROPERTY":
            return present == ""
        case "EQ":
            return _equal(definition, present, str(one["value"]))
        case "NEQ":
            return not _equal(definition, present, str(one["value"]))
        case "IN" | "NOT_IN":
            return _is_in(definition, present, one["values"]) == (operator == "IN")
        case "CONTAINS_TOKEN" | "NOT_CONTAINS_TOKEN":
            return _has_token(present, str(one["value"])) == (operator == "CONTAINS_TOKEN")
    if present == "":
        return False
    here, bound = _rank(definition, present), _rank(definition, str(one["value"]))
    match operator:
        case "LT":
            return here < bound
        case "LTE":
            return here <= bound
        case "GT":
            return here > bound
        case "GTE":
            return here >= bound
    return bound <= here <= _rank(definition, str(one["highValue"]))


def _equal(definition: Mapping[str, Any], present: str, value: str) -> bool:
    if definition["type"] == "enumeration":
        # The one type that is compared with regard to case.
        return value in present.split(";")
    if definition["name"] == "hs_additional_emails":
        return value.lower() in present.lower().split(";")
    if definition["type"] in {"datetime", "number"} and present:
        return _rank(definition, present) == _rank(definition, value)
    return present.lower() == value.lower()


def _is_in(definition: Mapping[str, Any], present: str, values: Sequence[object]) -> bool:
    if definition["type"] == "enumeration":
        return any(str(value) in present.split(";") for value in values)
    # Strings are kept in lower case and IN does not fold the values given (facts 2.3).
    return present.lower() in [str(value) for value in values]


def _has_token(present: str, value: str) -> bool:
    wanted = value.lower()
    text = present.lower()
    tokens = [*re.split(r"[\s;,]+", text), *re.split(r"[^\w]+", text), text]
    return any(fnmatch.fnmatchcase(token, wanted) for token in tokens)


def _rank(definition: Mapping[str, Any], text: str) -> tuple[int, float, str]:
    """Something to compare by: instants and numbers by size, the rest as text."""
    if definition["type"] == "datetime":
        moment = parse_time(text)
        return (0, moment.timestamp() if moment else 0.0, "")
    if definition["type"] == "number":
        try:
            return (0, float(text), "")
        except ValueError:
            return (1, 0.0, text)
    return (1, 0.0, text.lower())


def _answers_query(kind: Kind, row: Record, query: str) -> bool:
    text = " ".join(row.properties.get(name, "") for name in _SEARCHED[kind.name]).lower()
    return all(word in text for word in query.lower().split())


def _sort(portal: Portal, kind: Kind, found: list[Record], sorts: Sequence[Any]) -> None:
    """One rule; without it the oldest come first."""
    if len(sorts) > 1:
        raise Problem(400, "Only one sort can be given.")
    if not sorts:
        found.sort(key=lambda row: int(row.id))
        return
    rule = sorts[0]
    if isinstance(rule, str):
        name, descending = rule.lstrip("-"), rule.startswith("-")
    else:
        name = str(rule.get("propertyName", ""))
        descending = rule.get("direction") == "DESCENDING"
    definition = portal.definitions[kind.name].get(name)
    if definition is None:
        raise Problem(400, f"There was a problem with the request: {name} does not exist")
    found.sort(key=lambda row: _rank(definition, row.properties.get(name, "")), reverse=descending)
