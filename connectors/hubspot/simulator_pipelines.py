"""Deal pipelines and their stages (facts/hubspot.md 2.8, section 6.13)."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.simulator_kinds import kind_of
from connectors.hubspot.simulator_state import Portal
from connectors.hubspot.simulator_wire import Call, Problem, answer, missing
from syncd.ports.simulator import Answer

MOST_STAGES = 100
_SALES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)


def default_pipelines(at: str) -> dict[str, dict[str, Any]]:
    stages = [
        _stage(stage_id, label, place, {"probability": probability}, at)
        for place, (stage_id, label, probability) in enumerate(_SALES)
    ]
    return {"default": _pipeline("default", "Sales Pipeline", 0, stages, at)}


def serve(portal: Portal, call: Call) -> Answer:
    kind = kind_of(call.rest[0]) if call.rest else None
    if kind is None or kind.name != "deals":
        raise missing()
    match (call.method, *call.rest[1:]):
        case ("GET",):
            return answer(200, {"results": list(portal.pipelines.values())})
        case ("POST",):
            return answer(201, _create(portal, call.body()))
        case ("GET", name):
            return answer(200, _existing(portal, name))
        case ("PATCH" | "PUT", name):
            return answer(200, _change(portal, name, call))
        case ("DELETE", name):
            _delete(portal, name, check=call.flag("validateReferencesBeforeDelete"))
            return answer(204)
        case (_, name, "stages", *rest):
            return _stages(portal, _existing(portal, name), call, rest)
    raise missing()


def _stages(portal: Portal, pipeline: dict[str, Any], call: Call, rest: list[str]) -> Answer:
    stages: list[dict[str, Any]] = pipeline["stages"]
    if not rest and call.method == "GET":
        return answer(200, {"results": stages})
    if not rest and call.method == "POST":
        made = _drafted(portal, call.body(), len(stages))
        if len(stages) >= MOST_STAGES:
            raise Problem(400, f"A pipeline can have at most {MOST_STAGES} stages.")
        stages.append(made)
        return answer(201, made)
    one = next((stage for stage in stages if rest == [stage["id"]]), None)
    if one is None:
        raise missing()
    match call.method:
        case "GET":
            return answer(200, one)
        case "PATCH" | "PUT":
            given = call.body()
            known = ("label", "displayOrder", "metadata")
            one |= {key: given[key] for key in known if key in given}
            one["updatedAt"] = portal.now_text()
            return answer(200, one)
        case "DELETE":
            # Whether or not the caller asks: a stage that holds deals stays.
            _refuse_in_use(portal, {one["id"]})
            stages.remove(one)
            return answer(204)
    raise missing()


def _change(portal: Portal, name: str, call: Call) -> dict[str, Any]:
    """PATCH what is given; PUT label, order and every stage."""
    one, given = _existing(portal, name), call.body()
    if call.method == "PUT":
        stages = given.get("stages")
        if not isinstance(stages, list) or not stages or not given.get("label"):
            raise Problem(400, "Invalid input JSON: Some required fields were not set")
        _refuse_in_use(portal, {stage["id"] for stage in one["stages"]})
        one["stages"] = [_drafted(portal, stage, place) for place, stage in enumerate(stages)]
    one |= {key: given[key] for key in ("label", "displayOrder") if key in given}
    one["updatedAt"] = portal.now_text()
    return one


def _drafted(portal: Portal, given: dict[str, Any], place: int) -> dict[str, Any]:
    if not given.get("label"):
        raise Problem(400, "Invalid input JSON: Some required fields were not set: [label]")
    metadata = given.get("metadata", {})
    order = int(given.get("displayOrder", place))
    return _stage(portal.next_id(), str(given["label"]), order, metadata, portal.now_text())


def _pipeline(
    name: str, label: str, order: int, stages: list[dict[str, Any]], at: str
) -> dict[str, Any]:
    return {
        "id": name,
        "label": label,
        "displayOrder": order,
        "stages": stages,
        "archived": False,
        "createdAt": at,
        "updatedAt": at,
    }


def _stage(name: str, label: str, order: int, metadata: dict[str, Any], at: str) -> dict[str, Any]:
    return {
        "id": name,
        "label": label,
        "displayOrder": order,
        "metadata": metadata,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        "archived": False,
        "createdAt": at,
        "updatedAt": at,
    }


def _existing(portal: Portal, name: str) -> dict[str, Any]:
    if name not in portal.pipelines:
        raise missing()
    return portal.pipelines[name]


def _create(portal: Portal, given: dict[str, Any]) -> dict[str, Any]:
    stages, label = given.get("stages"), str(given.get("label", ""))
    if not label or not isinstance(stages, list) or not stages:
        raise Problem(400, "Invalid input JSON: Some required fields were not set")
    if len(stages) > MOST_STAGES:
        raise Problem(400, f"A pipeline can have at most {MOST_STAGES} stages.")
    if any(one["label"] == label for one in portal.pipelines.values()):
        raise Problem(409, f"A pipeline labelled '{label}' already exists.", category="CONFLICT")
    at, name = portal.now_text(), portal.next_id()
    made = [_drafted(portal, one, place) for place, one in enumerate(stages)]
    portal.pipelines[name] = _pipeline(name, label, int(given.get("displayOrder", -1)), made, at)
    return portal.pipelines[name]


def _delete(portal: Portal, name: str, *, check: bool) -> None:
    stages = {stage["id"] for stage in _existing(portal, name)["stages"]}
    if check:
        _refuse_in_use(portal, stages)
    del portal.pipelines[name]


def _refuse_in_use(portal: Portal, stages: set[str]) -> None:
    deals = portal.tables["deals"].after(0)
    if any(row.properties.get("dealstage") in stages for row in deals if not row.archived):
        raise Problem(
            400, "A stage is still in use by deals.", sub_category="PipelineError.STAGE_ID_IN_USE"
        )
