"""v3's own association batches: type names in the place of type ids (facts/hubspot.md 2.0).

Only old clients ask for them; the shapes are those of HubSpot's own client library.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.hubspot.simulator_associations import MOST_CREATED, MOST_READ
from connectors.hubspot.simulator_kinds import Kind, kind_of, link_types
from connectors.hubspot.simulator_state import Portal
from connectors.hubspot.simulator_wire import Call, Problem, answer, batch, missing
from connectors.hubspot.simulator_writes import check_cap, invalid_association
from syncd.ports.simulator import Answer


def serve(portal: Portal, call: Call) -> Answer:
    """`/crm/v3/associations/{from}/{to}/batch/{create,read,archive}`."""
    ends = [kind_of(text) for text in call.rest[:2]]
    if len(call.rest) != 4 or call.rest[2] != "batch" or call.method != "POST":
        raise missing()
    kind, other = ends
    if kind is None or other is None:
        raise Problem(400, f"Unable to infer object type from: {'/'.join(call.rest[:2])}")
    match call.rest[3]:
        case "read":
            return _read(portal, kind, other, call)
        case "create":
            return _create(portal, kind, other, call)
        case "archive":
            for one in call.inputs(MOST_CREATED):
                portal.links.remove(kind.name, _id(one, "from"), other.name, _id(one, "to"))
            return answer(204)
    raise missing()


def _read(portal: Portal, kind: Kind, other: Kind, call: Call) -> Answer:
    results, errors = [], []
    for one in call.inputs(MOST_READ):
        record_id = str(one.get("id", ""))
        linked = portal.links.of(kind.name, record_id, other.name)
        if linked:
            to = [{"id": each, "type": _word(kind, other)} for each in linked]
            results.append({"from": {"id": record_id}, "to": to})
            continue
        words = f"No {other.word.lower()} is associated with {kind.word.lower()} {record_id}."
        found = Problem(
            404,
            words,
            category="OBJECT_NOT_FOUND",
            sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
        )
        errors.append(found.item())
    return answer(207 if errors else 200, batch(portal.clock.now(), results, errors))


def _create(portal: Portal, kind: Kind, other: Kind, call: Call) -> Answer:
    results, errors = [], []
    for one in call.inputs(MOST_CREATED):
        try:
            results.append(_made(portal, kind, other, one))
        except Problem as problem:
            errors.append(problem.item())
    return answer(207 if errors else 201, batch(portal.clock.now(), results, errors))


def _made(portal: Portal, kind: Kind, other: Kind, one: Mapping[str, Any]) -> dict[str, Any]:
    here, there = _id(one, "from"), _id(one, "to")
    types = link_types(kind.name, other.name)
    if not types or str(one.get("type", "")) not in {_word(kind, other), str(types[0].id)}:
        raise Problem(400, f"{one.get('type')} is not a valid association type")
    for end, record_id in ((kind, here), (other, there)):
        if portal.get(end, record_id) is None:
            raise invalid_association(end, record_id)
    check_cap(portal, other, there, kind)
    portal.links.add(here, there, types[0].id)
    return {"from": {"id": here}, "to": {"id": there}, "type": _word(kind, other)}


def _word(kind: Kind, other: Kind) -> str:
    return f"{kind.word}_to_{other.word}".lower()


def _id(one: Mapping[str, Any], end: str) -> str:
    return str((one.get(end) or {}).get("id", ""))
