"""The object endpoints: one record, lists and batches of every kind (facts/hubspot.md 2.1, 2.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from connectors.hubspot import simulator_search
from connectors.hubspot.simulator_associations import serve_one as serve_association
from connectors.hubspot.simulator_contacts import gdpr_delete, merge
from connectors.hubspot.simulator_kinds import Kind, kind_of
from connectors.hubspot.simulator_state import Portal, Record
from connectors.hubspot.simulator_wire import (
    DATED,
    ENFORCING,
    Call,
    Problem,
    answer,
    batch,
    missing,
)
from connectors.hubspot.simulator_writes import (
    Claims,
    Draft,
    carry_out,
    delete,
    draft_create,
    draft_update,
    find_by,
    find_live,
)
from syncd.ports.simulator import Answer

PAGE, MOST = 10, 100


def serve(portal: Portal, call: Call) -> Answer:
    kind = kind_of(call.rest[0])
    if kind is None:
        raise Problem(400, f"Unable to infer object type from: {call.rest[0]}")
    if call.version == "v4" and "associations" not in call.rest:
        raise missing()
    match (call.method, *call.rest[1:]):
        case ("GET",):
            return _list(portal, kind, call)
        case ("POST",):
            return _create(portal, kind, call)
        case ("POST", "search"):
            return simulator_search.serve(portal, kind, call, record_json)
        case ("POST", "merge") if kind.name == "contacts":
            row = merge(portal, kind, call.body())
            return answer(200, record_json(portal, kind, row, call, None))
        case ("POST", "gdpr-delete") if kind.name == "contacts":
            gdpr_delete(portal, kind, call.body())
            return answer(204)
        case ("POST", "batch", operation):
            return _batch(portal, kind, call, operation)
        case (_, record_id, "associations", *rest) if call.version != "v3":
            return serve_association(portal, kind, record_id, rest, call)
        case ("GET" | "PATCH" | "DELETE", record_id):
            return _one(portal, kind, call, record_id)
    raise missing()


def record_json(
    portal: Portal, kind: Kind, row: Record, call: Call, names: Sequence[str] | None
) -> dict[str, Any]:
    """A record with the properties asked for (None: the default ones).

    Asked for and undefined: left out; defined and empty: null (facts 2.1).
    """
    defined = portal.definitions[kind.name]
    shown = set(kind.shown)
    if names is not None:
        shown = {"hs_object_id", kind.created, kind.modified}
        shown.update(name for name in names if name in defined)
    body: dict[str, Any] = {
        "id": row.id,
        "properties": {name: row.properties.get(name) for name in sorted(shown)},
        "createdAt": row.created,
        "updatedAt": row.updated,
        "archived": row.archived,
    }
    if row.archived:
        body["archivedAt"] = row.updated
    if call.version in DATED:
        place = f"{portal.switches['id']}/record/{kind.type_id}/{row.id}"
        body["url"] = f"https://app.hubspot.com/contacts/{place}"
    return body


def _written(
    portal: Portal, kind: Kind, row: Record, call: Call, draft: Draft, *, sent: Iterable[str]
) -> dict[str, Any]:
    """A record as a write answers it: what was sent and the default properties."""
    body = record_json(portal, kind, row, call, [*kind.shown, *sent])
    if draft.trace and portal.switches["echo_trace"]:
        body["objectWriteTraceId"] = draft.trace
    if draft.checked.warnings and call.version == ENFORCING:
        body["warnings"] = draft.checked.warnings
    return body


def _list(portal: Portal, kind: Kind, call: Call) -> Answer:
    limit = call.count("limit", PAGE, MOST // 2 if call.names("propertiesWithHistory") else MOST)
    after = call.request.param("after") or "0"
    if not after.isdigit():
        raise Problem(400, f"Invalid after: {after}")
    names = call.names("properties") or None
    archived = call.flag("archived")
    results: list[dict[str, Any]] = []
    paging: dict[str, Any] = {}
    for row in portal.tables[kind.name].after(int(after)):
        if row.archived != archived:
            continue
        if len(results) == limit:
            last = results[-1]["id"]
            paging = {"paging": {"next": {"after": last, "link": f"?after={last}"}}}
            break
        body = record_json(portal, kind, row, call, names)
        results.append(body | _associations(portal, kind, row, call))
    return answer(200, {"results": results, **paging})


def _associations(portal: Portal, kind: Kind, row: Record, call: Call) -> dict[str, Any]:
    """`associations` of a GET, for the kinds asked for that have any."""
    found: dict[str, Any] = {}
    for text in call.names("associations"):
        other = kind_of(text)
        linked = portal.links.of(kind.name, row.id, other.name) if other else {}
        if other and linked:
            word = f"{kind.word}_to_{other.word}".lower()
            found[other.name] = {"results": [{"id": one, "type": word} for one in linked]}
    return {"associations": found} if found else {}


def _create(portal: Portal, kind: Kind, call: Call) -> Answer:
    given = call.body()
    draft = draft_create(portal, kind, given, version=call.version, claims=set())
    row = carry_out(portal, kind, draft)
    body = _written(portal, kind, row, call, draft, sent=given["properties"])
    return answer(201, body, {"location": f"{call.request.path}/{row.id}"})


def _one(portal: Portal, kind: Kind, call: Call, record_id: str) -> Answer:
    id_property = call.request.param("idProperty")
    row = (
        find_by(portal, kind, id_property, record_id)
        if id_property
        else find_live(portal, kind, record_id)
    )
    if call.method == "GET":
        if row is None and call.flag("archived"):
            row = portal.tables[kind.name].rows.get(record_id)
        if row is None:
            raise missing()
        body = record_json(portal, kind, row, call, call.names("properties") or None)
        return answer(200, body | _associations(portal, kind, row, call))
    if call.method == "DELETE":
        if row is not None:
            delete(portal, kind, row)
        return answer(204)
    if row is None:
        raise missing()
    given = call.body()
    draft = draft_update(portal, kind, row, given, version=call.version, claims=set())
    carry_out(portal, kind, draft)
    return answer(200, _written(portal, kind, row, call, draft, sent=given["properties"]))


def _batch(portal: Portal, kind: Kind, call: Call, operation: str) -> Answer:
    given = call.inputs(MOST)
    match operation:
        case "read":
            return _batch_read(portal, kind, call, given)
        case "archive":
            for one in given:
                row = portal.get(kind, str(one.get("id")))
                if row is not None:
                    delete(portal, kind, row)
            return answer(204)
        case "create":
            return _batch_write(portal, kind, call, given, _drafted_create)
        case "update":
            _refuse_twins(given)
            return _batch_write(portal, kind, call, given, _drafted_update)
        case "upsert":
            _refuse_twins(given)
            return _batch_write(portal, kind, call, given, _drafted_upsert)
    raise missing()


def _refuse_twins(given: Sequence[Mapping[str, Any]]) -> None:
    ids = [str(one.get("id")) for one in given]
    if len(set(ids)) < len(ids):
        raise Problem(400, "duplicate ids found in batch input")


def _batch_read(
    portal: Portal, kind: Kind, call: Call, given: Sequence[Mapping[str, Any]]
) -> Answer:
    _refuse_twins(given)
    body = call.body()
    id_property = body.get("idProperty")
    archived = call.flag("archived")
    found: dict[str, Record] = {}
    absent: list[str] = []
    for one in given:
        key = str(one.get("id"))
        if id_property and id_property != "hs_object_id":
            row = find_by(portal, kind, str(id_property), key)
        else:
            # Unlike a single GET, a batch does not know ids that were merged away.
            row = portal.tables[kind.name].rows.get(key)
            row = row if row is not None and row.archived == archived else None
        if row is None:
            absent.append(key)
        else:
            found[row.id] = row
    names = body.get("properties") or None
    results = [record_json(portal, kind, row, call, names) for row in found.values()]
    if not absent:
        return answer(200, batch(portal.clock.now(), results))
    errors = [not_found(kind, absent).item()]
    return answer(207, batch(portal.clock.now(), results, errors))


def not_found(kind: Kind, ids: list[str]) -> Problem:
    words = (
        f"Could not get some {kind.word} objects, they may be deleted or not exist."
        " Check that ids are valid."
    )
    return Problem(404, words, category="OBJECT_NOT_FOUND", context={"ids": ids})


_Drafting = Callable[[Portal, Kind, Mapping[str, Any], str, Claims], Draft]


def _drafted_create(
    portal: Portal, kind: Kind, one: Mapping[str, Any], version: str, claims: Claims
) -> Draft:
    return draft_create(portal, kind, one, version=version, claims=claims)


def _drafted_update(
    portal: Portal, kind: Kind, one: Mapping[str, Any], version: str, claims: Claims
) -> Draft:
    id_property = str(one.get("idProperty") or "hs_object_id")
    if kind.name == "contacts" and id_property == "email":
        words = "Unable to perform update/upsert by non-unique 0-1 property email in portal ID"
        raise Problem(400, f"{words} {portal.switches['id']}")
    key = str(one.get("id"))
    if id_property == "hs_object_id":
        row = portal.get(kind, key)
    else:
        row = find_by(portal, kind, id_property, key)
    if row is None:
        raise not_found(kind, [key])
    return draft_update(portal, kind, row, one, version=version, claims=claims)


def _drafted_upsert(
    portal: Portal, kind: Kind, one: Mapping[str, Any], version: str, claims: Claims
) -> Draft:
    id_property = str(one.get("idProperty") or "")
    key = str(one.get("id"))
    if not id_property:
        raise Problem(400, "Invalid input JSON: idProperty must be set")
    row = find_by(portal, kind, id_property, key)
    sent = {**one, "properties": {id_property: key, **one.get("properties", {})}}
    # Inline associations are not part of an upsert input (facts, ten facts, 8).
    sent.pop("associations", None)
    if row is not None:
        if kind.name == "contacts" and id_property == "email":
            sent["properties"].pop("email")
        return draft_update(portal, kind, row, sent, version=version, claims=claims)
    return draft_create(portal, kind, sent, version=version, claims=claims)


def _spoil(portal: Portal, given: Mapping[str, Any]) -> None:
    """Refuse an input that a switch chose, by what it contains."""
    for bad in portal.bad_items:
        if bad["n"] != 0 and bad["containing"] in json.dumps(given, ensure_ascii=False):
            if bad["n"] is not None:
                bad["n"] -= 1
            raise Problem(int(bad["status"]), str(bad["message"]), category=str(bad["category"]))


def _batch_write(
    portal: Portal,
    kind: Kind,
    call: Call,
    given: Sequence[Mapping[str, Any]],
    drafted: _Drafting,
) -> Answer:
    """All or nothing, unless every input has a trace id of its own: then 207 (section 6.6)."""
    traces = [str(one.get("objectWriteTraceId") or "") for one in given]
    each_alone = all(traces) and len(set(traces)) == len(traces)
    claims: Claims = set()
    drafts: list[tuple[Mapping[str, Any], Draft]] = []
    errors: list[dict[str, Any]] = []
    upsert = drafted is _drafted_upsert
    for one, trace in zip(given, traces, strict=True):
        try:
            _spoil(portal, one)
            drafts.append((one, drafted(portal, kind, one, call.version, claims)))
        except Problem as problem:
            # An upsert whose address belongs to another contact takes everything down.
            if not each_alone or (upsert and problem.status == 409):
                raise
            errors.append(problem.item(trace))
    results = []
    for one, draft in drafts:
        new = draft.row is None
        row = carry_out(portal, kind, draft)
        sent = () if upsert else one.get("properties", {})
        body = _written(portal, kind, row, call, draft, sent=sent)
        results.append(body | ({"new": new} if upsert else {}))
    status = 207 if errors else 201 if drafted is _drafted_create else 200
    return answer(status, batch(portal.clock.now(), results, errors))
