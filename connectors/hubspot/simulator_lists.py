"""Segments (lists) that people or programs fill by hand (facts/hubspot.md 2.9, section 6.12)."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.simulator_kinds import BY_NAME
from connectors.hubspot.simulator_state import Portal
from connectors.hubspot.simulator_wire import Call, Problem, answer, missing
from syncd.ports.simulator import Answer

MOST_READ = 250


def serve(portal: Portal, call: Call) -> Answer:
    match (call.method, *call.rest):
        case ("POST",):
            return answer(200, {"list": _shown(_create(portal, call.body()))})
        case ("POST", "search"):
            query = str(call.body().get("query") or "").lower()
            found = [one for one in portal.lists.values() if query in one["name"].lower()]
            shown = [_hit(one) for one in found]
            return answer(
                200, {"lists": shown, "total": len(shown), "hasMore": False, "offset": len(shown)}
            )
        case ("GET", "object-type-id", _, "name", name):
            for one in portal.lists.values():
                if one["name"] == name:
                    return answer(200, {"list": _shown(one)})
            raise _unknown(name)
        case ("GET",):
            asked = call.names("listIds")
            held = [portal.lists[one] for one in asked if one in portal.lists]
            return answer(200, {"lists": [_shown(one) for one in held]})
        case ("PUT", list_id, "update-list-name"):
            return answer(200, {"updatedList": _shown(_renamed(portal, list_id, call))})
        case ("GET", "records", _, record_id, "memberships"):
            return answer(200, _lists_of(portal, record_id))
        case ("GET", list_id):
            return answer(200, {"list": _shown(_existing(portal, list_id))})
        case ("DELETE", list_id):
            del portal.lists[_existing(portal, list_id)["listId"]]
            return answer(204)
        case (_, list_id, "memberships", *rest):
            return _memberships(portal, list_id, call, rest)
    raise missing()


def _memberships(portal: Portal, list_id: str, call: Call, rest: list[str]) -> Answer:
    one = _existing(portal, list_id)
    match (call.method, *rest):
        case ("GET",):
            return _members(one, call, sorted(one["members"], key=int))
        case ("GET", "join-order"):
            return _members(one, call, list(one["members"]))
        case ("DELETE",):
            _change(portal, list_id, [], list(one["members"]))
            return answer(204)
        case ("PUT", "add-from", source_id):
            _change(portal, list_id, list(_existing(portal, source_id)["members"]), [])
            return answer(204)
        case ("PUT", "add"):
            return _change(portal, list_id, call.json(), [])
        case ("PUT", "remove"):
            return _change(portal, list_id, [], call.json())
        case ("PUT", "add-and-remove"):
            given = call.body()
            add, remove = given.get("recordIdsToAdd", []), given.get("recordIdsToRemove", [])
            return _change(portal, list_id, add, remove)
    raise missing()


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    fields = {key: value for key, value in one.items() if key != "members"}
    return {**fields, "size": len(one["members"])}


def _hit(one: dict[str, Any]) -> dict[str, Any]:
    """As search shows it: the size stands elsewhere, and is text."""
    fields = _shown(one)
    size = str(fields.pop("size"))
    return {**fields, "additionalProperties": {"hs_list_size": size}}


def _renamed(portal: Portal, list_id: str, call: Call) -> dict[str, Any]:
    one, name = _existing(portal, list_id), call.request.param("listName")
    if not name:
        raise Problem(400, "Invalid listName: it must not be empty")
    _refuse_taken(portal, name, but=list_id)
    one |= {"name": name, "updatedAt": portal.now_text()}
    return one


def _refuse_taken(portal: Portal, name: str, *, but: str = "") -> None:
    others = (one["name"].lower() for key, one in portal.lists.items() if key != but)
    if name.lower() in others:
        raise Problem(400, f"A list named '{name}' already exists.", sub_category="DUPLICATE_NAME")


def _lists_of(portal: Portal, record_id: str) -> dict[str, Any]:
    found = [
        {
            "listId": one["listId"],
            "listVersion": one["listVersion"],
            "firstAddedTimestamp": one["members"][record_id],
            "lastAddedTimestamp": one["members"][record_id],
        }
        for one in portal.lists.values()
        if record_id in one["members"]
    ]
    return {"results": found, "total": len(found)}


def _create(portal: Portal, given: dict[str, Any]) -> dict[str, Any]:
    name = str(given.get("name", ""))
    if not name or given.get("objectTypeId") != "0-1" or "processingType" not in given:
        raise Problem(400, "Invalid input JSON: Some required fields were not set")
    _refuse_taken(portal, name)
    list_id, at = portal.next_id(), portal.now_text()
    portal.lists[list_id] = {
        "listId": list_id,
        "listVersion": 1,
        "name": name,
        "objectTypeId": "0-1",
        "processingType": given["processingType"],
        "processingStatus": "COMPLETE",
        "createdAt": at,
        "updatedAt": at,
        "members": {},
    }
    return portal.lists[list_id]


def _existing(portal: Portal, list_id: str) -> dict[str, Any]:
    if list_id not in portal.lists:
        raise _unknown(list_id)
    return portal.lists[list_id]


def _unknown(name: str) -> Problem:
    return Problem(404, f"List {name} does not exist.", category="OBJECT_NOT_FOUND")


def _change(portal: Portal, list_id: str, add: Any, remove: Any) -> Answer:
    one = _existing(portal, list_id)
    if one["processingType"] == "DYNAMIC":
        raise Problem(400, "Records cannot be added to or removed from a DYNAMIC list.")
    members: dict[str, str] = one["members"]
    absent, added = [], []
    for record_id in map(str, add):
        if portal.get(BY_NAME["contacts"], record_id) is None:
            absent.append(record_id)
        elif record_id not in members:
            members[record_id] = portal.now_text()
            added.append(record_id)
    removed = [one for one in map(str, remove) if members.pop(one, None) is not None]
    # The first name is misspelt by HubSpot itself (facts 2.9).
    body = {"recordsIdsAdded": added, "recordIdsMissing": absent, "recordIdsRemoved": removed}
    return answer(200, body)


def _members(one: dict[str, Any], call: Call, ids: list[str]) -> Answer:
    limit, after = call.count("limit", 100, MOST_READ), call.request.param("after")
    page = ids[ids.index(after) + 1 :] if after in ids else ids
    body: dict[str, Any] = {
        "total": len(ids),
        "results": [
            {"recordId": record_id, "membershipTimestamp": one["members"][record_id]}
            for record_id in page[:limit]
        ],
    }
    if len(page) > limit:
        body["paging"] = {"next": {"after": page[limit - 1]}}
    return answer(200, body)
