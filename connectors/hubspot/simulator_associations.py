"""The association endpoints, dated and v4 (facts/hubspot.md 2.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connectors.hubspot.simulator_kinds import LINKS_BY_ID, Kind, kind_of, link_types
from connectors.hubspot.simulator_state import Portal
from connectors.hubspot.simulator_wire import Call, Problem, answer, batch, missing
from connectors.hubspot.simulator_writes import (
    check_cap,
    find_live,
    invalid_association,
    link_specs,
)
from syncd.ports.simulator import Answer

MOST_READ, MOST_CREATED = 1000, 2000


@dataclass(frozen=True, slots=True)
class _Ends:
    """Two records, seen from the first."""

    kind: Kind
    id: str
    other: Kind
    other_id: str = ""

    def check(self, portal: Portal) -> None:
        for kind, record_id in ((self.kind, self.id), (self.other, self.other_id)):
            if portal.get(kind, record_id) is None:
                raise invalid_association(kind, record_id)


def serve(portal: Portal, call: Call) -> Answer:
    """`/crm/associations/{v}/{from}/{to}/...`."""
    if len(call.rest) < 3:
        raise missing()
    kind, other = _kind(call.rest[0]), _kind(call.rest[1])
    match (call.method, *call.rest[2:]):
        case ("GET", "labels"):
            found = [_spec(one.id) for one in link_types(kind.name, other.name)]
            return answer(200, {"results": found})
        case ("POST", "batch", "read"):
            return _batch_read(portal, kind, other, call)
        case ("POST", "batch", "create"):
            return _batch_create(portal, kind, other, call)
        case ("POST", "batch", "associate", "default"):
            return _batch_default(portal, kind, other, call)
        case ("POST", "batch", "labels", "archive"):
            for one in call.inputs(MOST_CREATED):
                _unlabel(portal, _Ends(kind, _id(one, "from"), other, _id(one, "to")), one)
            return answer(204)
        case ("POST", "batch", "archive"):
            for one in call.inputs(MOST_CREATED):
                ends = one.get("to", [])
                for end in ends if isinstance(ends, list) else [ends]:
                    portal.links.remove(kind.name, _id(one, "from"), other.name, str(end.get("id")))
            # v4 answered without a body; the dated versions answer like any batch.
            if call.version == "v4":
                return answer(204)
            return answer(200, batch(portal.clock.now(), []))
    raise missing()


def serve_one(
    portal: Portal, kind: Kind, record_id: str, rest: Sequence[str], call: Call
) -> Answer:
    """`/crm/objects/{v}/{type}/{id}/associations/...`."""
    row = find_live(portal, kind, record_id)
    if row is None:
        raise missing()
    match (call.method, *rest):
        case ("GET", to):
            limit = call.count("limit", 500, 500)
            window = (call.request.param("after"), limit)
            results, paging = _page(portal, _Ends(kind, row.id, _kind(to)), window)
            return answer(200, {"results": results, **paging})
        case ("PUT", "default", to, other_id):
            results = _associate_default(portal, _Ends(kind, row.id, _kind(to), other_id))
            return answer(200, batch(portal.clock.now(), results))
        case ("PUT", to, other_id):
            ends = _Ends(kind, row.id, _kind(to), other_id)
            _associate(portal, ends, call.json())
            return answer(201, _pair(portal, ends))
        case ("DELETE", to, other_id):
            portal.links.remove(kind.name, row.id, _kind(to).name, other_id)
            return answer(204)
    raise missing()


def _kind(text: str) -> Kind:
    kind = kind_of(text)
    if kind is None:
        raise Problem(400, f"Unable to infer object type from: {text}")
    return kind


def _id(one: Mapping[str, Any], end: str) -> str:
    return str((one.get(end) or {}).get("id", ""))


def _spec(type_id: int) -> dict[str, Any]:
    label = LINKS_BY_ID[type_id].label
    return {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": label}


def _page(
    portal: Portal, ends: _Ends, window: tuple[str, int]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    linked = portal.links.of(ends.kind.name, ends.id, ends.other.name)
    after, limit = window
    limit = min(limit, portal.switches["association_page"])
    start = int(after) if after.isdigit() else 0
    results = [
        {"toObjectId": other_id, "associationTypes": [_spec(number) for number in linked[other_id]]}
        for other_id in islice(linked, start, start + limit)
    ]
    if start + limit >= len(linked):
        return results, {}
    following = str(start + limit)
    return results, {"paging": {"next": {"after": following, "link": f"?after={following}"}}}


def _batch_read(portal: Portal, kind: Kind, other: Kind, call: Call) -> Answer:
    results, errors = [], []
    for one in call.inputs(MOST_READ):
        record_id = str(one.get("id", ""))
        after = str(one.get("after") or "")
        found, paging = _page(portal, _Ends(kind, record_id, other), (after, 500))
        if found:
            results.append({"from": {"id": record_id}, "to": found, **paging})
        else:
            words = f"No {other.word.lower()} is associated with {kind.word.lower()} {record_id}."
            problem = Problem(
                404,
                words,
                category="OBJECT_NOT_FOUND",
                sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
                context={"fromObjectId": [record_id]},
            )
            errors.append(problem.item())
    return answer(207 if errors else 200, batch(portal.clock.now(), results, errors))


def _batch_create(portal: Portal, kind: Kind, other: Kind, call: Call) -> Answer:
    def associate(one: Mapping[str, Any]) -> list[dict[str, Any]]:
        ends = _Ends(kind, _id(one, "from"), other, _id(one, "to"))
        _associate(portal, ends, one.get("types"))
        return [_pair(portal, ends)]

    return _each(portal, call, 201, associate)


def _batch_default(portal: Portal, kind: Kind, other: Kind, call: Call) -> Answer:
    return _each(
        portal,
        call,
        200,
        lambda one: _associate_default(
            portal, _Ends(kind, _id(one, "from"), other, _id(one, "to"))
        ),
    )


def _each(
    portal: Portal,
    call: Call,
    status: int,
    associate: Callable[[Mapping[str, Any]], list[dict[str, Any]]],
) -> Answer:
    results, errors = [], []
    for one in call.inputs(MOST_CREATED):
        try:
            results += associate(one)
        except Problem as problem:
            errors.append(problem.item())
    return answer(207 if errors else status, batch(portal.clock.now(), results, errors))


def _associate(portal: Portal, ends: _Ends, types: object) -> None:
    numbers = link_specs(ends.kind, ends.other, types)
    ends.check(portal)
    check_cap(portal, ends.other, ends.other_id, ends.kind)
    # Labels not sent again are gone: a PUT replaces them (facts 2.5).
    portal.links.remove(ends.kind.name, ends.id, ends.other.name, ends.other_id)
    for number in numbers:
        portal.links.add(ends.id, ends.other_id, number)


def _unlabel(portal: Portal, ends: _Ends, one: Mapping[str, Any]) -> None:
    """Take some types off a pair; without any left it is no pair any more."""
    gone = link_specs(ends.kind, ends.other, one.get("types"))
    held = portal.links.of(ends.kind.name, ends.id, ends.other.name).get(ends.other_id, ())
    kept = [number for number in held if number not in gone]
    portal.links.remove(ends.kind.name, ends.id, ends.other.name, ends.other_id)
    for number in kept:
        portal.links.add(ends.id, ends.other_id, number)


def _associate_default(portal: Portal, ends: _Ends) -> list[dict[str, Any]]:
    types = link_types(ends.kind.name, ends.other.name)
    if not types:
        words = f"No default association from {ends.kind.type_id} to {ends.other.type_id}"
        raise Problem(400, words)
    ends.check(portal)
    one = types[0]
    portal.links.add(ends.id, ends.other_id, one.id)
    return [
        {
            "from": {"id": here},
            "to": {"id": there},
            "associationSpec": {
                "associationCategory": "HUBSPOT_DEFINED",
                "associationTypeId": number,
            },
        }
        for here, there, number in (
            (ends.id, ends.other_id, one.id),
            (ends.other_id, ends.id, one.reverse),
        )
    ]


def _pair(portal: Portal, ends: _Ends) -> dict[str, Any]:
    numbers = portal.links.of(ends.kind.name, ends.id, ends.other.name)[ends.other_id]
    return {
        "fromObjectTypeId": ends.kind.type_id,
        "fromObjectId": ends.id,
        "toObjectTypeId": ends.other.type_id,
        "toObjectId": ends.other_id,
        "labels": [label for number in numbers if (label := LINKS_BY_ID[number].label)],
    }
