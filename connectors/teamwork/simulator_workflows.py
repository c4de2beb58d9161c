"""Teams, cloned projects, workflows and their stages (facts/teamwork.md 3, 4.2).

The routes whose status codes are unlike the others': a team and a clone are made with 200,
and moving tasks between stages answers 204.
"""

from __future__ import annotations

from connectors.teamwork.simulator_answers import (
    Call,
    Route,
    invalid,
    listing,
    ok,
    relation,
    relations,
    route,
    v1_fields,
    v1_invalid,
    v1_listing,
    v1_ok,
)
from connectors.teamwork.simulator_site import Record, is_deleted
from syncd.ports.simulator import Answer

V3 = "/projects/api/v3"


def routes() -> list[Route]:
    return [
        route("GET", "/teams", teams),
        route("POST", "/teams", add_team),
        route("GET", "/teams/#", team),
        route("DELETE", "/teams/#", delete_team),
        route("POST", "/projects/#/clone", clone),
        route("GET", f"{V3}/workflows", workflows),
        route("POST", f"{V3}/workflows", add_workflow),
        route("GET", f"{V3}/workflows/#", workflow),
        route("GET", f"{V3}/workflows/#/stages", stages),
        route("POST", f"{V3}/workflows/#/stages", add_stage),
        route("POST", f"{V3}/projects/#/workflows", link),
        route("PATCH", f"{V3}/tasks/#/workflows/#", move_one),
        route("POST", f"{V3}/workflows/#/stages/#/tasks", move_many),
    ]


# teams


def teams(call: Call) -> Answer:
    rows = [row for row in call.site.table("teams").values() if not is_deleted(row)]
    return v1_listing(call, "teams", rows, _team)


def team(call: Call) -> Answer:
    return v1_ok(team=_team(call.found("teams")))


def add_team(call: Call) -> Answer:
    given = v1_fields(call.envelope("team"))
    name = str(given.get("name") or "").strip()
    if not name:
        raise v1_invalid("the name of the team is required")
    people = str(given.get("userids") or "").split(",")
    members = [int(one) for one in people if one.strip().isdigit()]
    row = {"name": name, "description": str(given.get("description") or ""), "deleted": False}
    made = call.site.add("teams", {**row, "memberIds": members})
    return ok({"STATUS": "OK", "id": str(made["id"])})


def delete_team(call: Call) -> Answer:
    call.site.edit(call.found("teams"), call.actor, deleted=True)
    return v1_ok()


def _team(row: Record) -> Record:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "description": row["description"],
        "memberCount": len(row["memberIds"]),
    }


# projects made of others


def clone(call: Call) -> Answer:
    """The lists and the open tasks of a project, in a new one; comments stay behind."""
    source, given = call.found("projects"), v1_fields(call.json())
    name = str(given.get("name") or "").strip()
    if not name:
        raise v1_invalid("Project name is required")
    if any(row["name"] == name for row in call.site.table("projects").values()):
        raise v1_invalid("Project name taken")
    made = call.site.add_project(call.actor, name, description=source["description"])
    for old in list(call.site.table("tasklists").values()):
        if old["projectId"] != source["id"] or is_deleted(old):
            continue
        fresh = call.site.add_tasklist(call.actor, made["id"], old["name"])
        for each in list(call.site.in_list[old["id"]]):
            _copied(call, call.site.table("tasks")[each], fresh["id"])
    call.site.tell("COPIED", made, call.actor)
    return v1_ok(id=str(made["id"]), projectId=str(made["id"]))


def _copied(call: Call, task: Record, tasklist: int) -> None:
    if is_deleted(task) or task["status"] == "completed":
        return
    kept = ("name", "description", "priority", "estimateMinutes", "assigneeUserIds", "tagIds")
    fields = {name: task[name] for name in kept}
    call.site.add_task(call.actor, tasklist, {**fields, "tagIds": list(fields["tagIds"])})


# workflows


def workflows(call: Call) -> Answer:
    rows = list(call.site.table("workflows").values())
    return listing(call, "workflows", rows, lambda row: _workflow(call, row))


def workflow(call: Call) -> Answer:
    return ok({"workflow": _workflow(call, call.found("workflows")), "included": {}})


def add_workflow(call: Call) -> Answer:
    given = call.envelope("workflow")
    name = str(given.get("name") or "").strip()
    if not name:
        raise invalid("the name of the workflow is required")
    made = call.site.add("workflows", {"name": name, "projectIds": [], "createdBy": call.actor})
    return ok({"workflow": _workflow(call, made)}, 201)


def stages(call: Call) -> Answer:
    return listing(call, "stages", _stages(call, call.found("workflows")["id"]), _stage)


def add_stage(call: Call) -> Answer:
    home, given = call.found("workflows"), call.envelope("stage")
    name = str(given.get("name") or "").strip()
    if not name:
        raise invalid("the name of the stage is required")
    row = {"name": name, "workflowId": home["id"], "createdBy": call.actor}
    return ok({"stage": _stage(call.site.add("stages", row))}, 201)


def link(call: Call) -> Answer:
    """{"workflow": {"id"}}: 200, though something is made."""
    project, given = call.found("projects"), call.envelope("workflow")
    found = call.site.find("workflows", int(given.get("id") or 0))
    if found is None:
        raise invalid("the workflow does not exist")
    ids = [*found["projectIds"], *([] if project["id"] in found["projectIds"] else [project["id"]])]
    call.site.edit(found, call.actor, projectIds=ids)
    return ok({"workflow": _workflow(call, found)})


def move_one(call: Call) -> Answer:
    _place(call, call.found("tasks"), call.found("workflows", 1), call.json().get("stageId"))
    return Answer(204)


def move_many(call: Call) -> Answer:
    home, stage = call.found("workflows"), call.found("stages", 1)
    tasks = [call.site.find("tasks", each) for each in call.json().get("taskIds") or []]
    if not tasks or None in tasks:
        raise invalid("taskIds must name tasks")
    for task in tasks:
        assert task is not None
        _place(call, task, home, stage["id"])
    return Answer(204)


def _place(call: Call, task: Record, home: Record, stage: object) -> None:
    if stage not in [row["id"] for row in _stages(call, home["id"])]:
        raise invalid("the stage does not belong to the workflow")
    if call.site.project_of(task)["id"] not in home["projectIds"]:
        raise invalid("the workflow is not used in the task's project")
    others = [row for row in task.get("stages", ()) if row["workflowId"] != home["id"]]
    placed = [*others, {"workflowId": home["id"], "stageId": stage}]
    call.site.edit_task(task, call.actor, stages=placed)


def _stages(call: Call, home: int) -> list[Record]:
    return [row for row in call.site.table("stages").values() if row["workflowId"] == home]


def _workflow(call: Call, row: Record) -> Record:
    held = [each["id"] for each in _stages(call, row["id"])]
    return {
        "id": row["id"],
        "name": row["name"],
        "status": "active",
        "projectIds": row["projectIds"],
        "projects": relations("projects", row["projectIds"]),
        "stages": relations("stages", held),
        "createdAt": row["createdAt"],
        "updatedAt": row["updatedAt"],
    }


def _stage(row: Record) -> Record:
    return {
        "id": row["id"],
        "name": row["name"],
        "workflow": relation("workflows", row["workflowId"]),
        "createdAt": row["createdAt"],
        "updatedAt": row["updatedAt"],
    }
