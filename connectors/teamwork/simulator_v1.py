"""The v1 surface at the site's root: what v3 does not cover.

Completing and reopening, comments, projects, task lists, milestones, messages, the trash
can, webhook registration, and the reads older clients use. Ids are strings.
"""

from __future__ import annotations

import html

from connectors.teamwork.simulator_answers import (
    Call,
    Refusal,
    Route,
    ok,
    route,
    v1_created,
    v1_day,
    v1_fields,
    v1_invalid,
    v1_listing,
    v1_ok,
)
from connectors.teamwork.simulator_site import Record, is_deleted
from connectors.teamwork.simulator_task_writes import move
from connectors.teamwork.simulator_v1_people import people_of
from syncd.ports.simulator import Answer


def routes() -> list[Route]:
    return [
        route("GET", "/projects", projects),
        route("POST", "/projects", add_project),
        route("GET", "/projects/#", project),
        route("PUT", "/projects/#", change_project),
        route("DELETE", "/projects/#", delete_project),
        route("GET", "/tasklists", tasklists),
        route("GET", "/projects/#/tasklists", tasklists),
        route("POST", "/projects/#/tasklists", add_tasklist),
        route("GET", "/tasklists/#", tasklist),
        route("PUT", "/tasklists/#", change_tasklist),
        route("PUT", "/tasklists/#/complete", complete_tasklist),
        route("PUT", "/tasklists/#/uncomplete", reopen_tasklist),
        route("DELETE", "/tasklists/#", delete_tasklist),
        route("GET", "/tags", tags),
        route("GET", "/tags/#", tag),
        route("GET", "/tasks", tasks),
        route("GET", "/tasklists/#/tasks", tasks),
        route("GET", "/projects/#/tasks", tasks),
        route("POST", "/tasklists/#/tasks", add_task),
        route("GET", "/tasks/#", task),
        route("PUT", "/tasks/#", change_task),
        route("DELETE", "/tasks/#", delete_task),
        route("PUT", "/tasks/#/complete", complete),
        route("PUT", "/tasks/#/uncomplete", reopen),
        route("PUT", "/tasks/#/move", move_task),
        route("PUT", "/trashcan/tasks/#/restore", restore_task),
    ]


# projects


def projects(call: Call) -> Answer:
    wanted = call.text("status").upper() or "ACTIVE"
    rows = [
        row
        for row in call.site.table("projects").values()
        if not is_deleted(row)
        and (wanted == "ALL" or (row["archivedAt"] is None) == (wanted == "ACTIVE"))
    ]
    return v1_listing(call, "projects", rows, _project)


def project(call: Call) -> Answer:
    return v1_ok(project=_project(call.found("projects")))


def add_project(call: Call) -> Answer:
    given = v1_fields(call.envelope("project"))
    name = str(given.get("name") or "").strip()
    if not name:
        raise v1_invalid("Project name is required")
    taken = [p["name"] for p in call.site.table("projects").values() if not is_deleted(p)]
    if name in taken:
        raise v1_invalid("Project name taken")
    text = str(given.get("description") or "")
    return v1_created(call.site.add_project(call.actor, name, description=text)["id"])


def change_project(call: Call) -> Answer:
    row, given = call.found("projects"), v1_fields(call.envelope("project"))
    changed: Record = {key: given[key] for key in ("name", "description") if key in given}
    status = str(given.get("status") or "").lower()
    if status in {"archived", "inactive"}:
        changed |= {"status": "inactive", "archivedAt": call.site.now_text()}
    elif status == "active":
        changed |= {"status": "active", "archivedAt": None}
    call.site.edit(row, call.actor, **changed)
    return v1_ok()


def delete_project(call: Call) -> Answer:
    row = call.found("projects")
    for each in list(call.site.table("tasklists").values()):
        if each["projectId"] == row["id"]:
            _delete_list(call, each)
    call.site.edit(row, call.actor, status="deleted", deletedAt=call.site.now_text())
    return v1_ok()


def _project(row: Record) -> Record:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "description": row["description"],
        "status": "archived" if row["archivedAt"] else "active",
        "created-on": row["createdAt"],
        "last-changed-on": row["updatedAt"],
    }


# task lists


def tasklists(call: Call) -> Answer:
    home = call.found("projects")["id"] if call.ids else None
    status = call.text("status") or "active"
    rows = [
        row
        for row in call.site.table("tasklists").values()
        if home in {None, row["projectId"]}
        and not is_deleted(row)
        and (status == "all" or (row["status"] == "completed") == (status == "completed"))
    ]
    return v1_listing(call, "tasklists", rows, _tasklist)


def tasklist(call: Call) -> Answer:
    return ok({"STATUS": "OK", "todo-list": _tasklist(call.found("tasklists"))})


def add_tasklist(call: Call) -> Answer:
    """The one id key in capitals (facts/teamwork.md 4.3)."""
    home, given = call.found("projects"), v1_fields(call.envelope("todo-list", "tasklist"))
    name = str(given.get("name") or "").strip()
    if not name:
        raise v1_invalid("the name of the task list is required")
    if home["archivedAt"]:
        raise v1_invalid("the project is archived")
    text = str(given.get("description") or "")
    made = call.site.add_tasklist(call.actor, home["id"], name, description=text)
    return v1_created(made["id"], "TASKLISTID")


def change_tasklist(call: Call) -> Answer:
    row, given = call.found("tasklists"), v1_fields(call.envelope("todo-list", "tasklist"))
    changed = {key: given[key] for key in ("name", "description") if key in given}
    call.site.edit(row, call.actor, **changed)
    return v1_ok()


def complete_tasklist(call: Call) -> Answer:
    call.site.edit(call.found("tasklists"), call.actor, status="completed")
    return v1_ok()


def reopen_tasklist(call: Call) -> Answer:
    call.site.edit(call.found("tasklists"), call.actor, status="reopened")
    return v1_ok()


def delete_tasklist(call: Call) -> Answer:
    _delete_list(call, call.found("tasklists"))
    return v1_ok()


def _delete_list(call: Call, row: Record) -> None:
    for each in list(call.site.in_list[row["id"]]):
        call.site.delete_task(call.site.table("tasks")[each], call.actor)
    call.site.edit(row, call.actor, deletedAt=call.site.now_text())


def _tasklist(row: Record) -> Record:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "description": row["description"],
        "projectId": str(row["projectId"]),
        "complete": row["status"] == "completed",
        "status": row["status"],
        "milestone-id": str(row["milestoneId"] or ""),
    }


# tags


def tags(call: Call) -> Answer:
    rows = list(call.site.table("tags").values())
    return v1_listing(call, "tags", rows, lambda row: _tag(call, row["id"]))


def tag(call: Call) -> Answer:
    return v1_ok(tag=_tag(call, call.found("tags")["id"]))


# tasks


def tasks(call: Call) -> Answer:
    lists = call.site.table("tasklists")
    in_list = "tasklists" in call.request.path
    hidden = not call.flag("includeCompletedTasks")
    rows = [
        row
        for row in call.site.table("tasks").values()
        if not is_deleted(row)
        and not (hidden and row["status"] == "completed")
        and (
            not call.ids
            or (row["tasklistId"] if in_list else lists[row["tasklistId"]]["projectId"])
            == call.ids[0]
        )
    ]
    return v1_listing(call, "todo-items", rows, lambda row: _task(call, row))


def task(call: Call) -> Answer:
    return ok({"STATUS": "OK", "todo-item": _task(call, call.found("tasks"))})


def add_task(call: Call) -> Answer:
    home, given = call.found("tasklists"), v1_fields(call.envelope("todo-item", "task"))
    if not str(given.get("content") or "").strip():
        raise v1_invalid("content is required")
    made = call.site.add_task(call.actor, home["id"], _task_fields(call, given))
    for each in given.get("customfields") or []:
        call.site.set_value(made, int(each["customFieldId"]), each.get("value"), call.actor)
    return v1_created(made["id"])


def change_task(call: Call) -> Answer:
    """A completed task can be changed only together with `completed: false`."""
    row, given = call.found("tasks"), v1_fields(call.envelope("todo-item", "task"))
    if row["status"] == "completed":
        if given.get("completed") is not False:
            raise v1_invalid("the task is completed")
        call.site.reopen_task(row, call.actor)
    call.site.edit_task(row, call.actor, **_task_fields(call, given))
    return v1_ok(affectedTaskIds=str(row["id"]))


def delete_task(call: Call) -> Answer:
    call.site.delete_task(call.found("tasks"), call.actor)
    return v1_ok()


def complete(call: Call) -> Answer:
    call.site.complete_task(call.found("tasks"), call.actor)
    return v1_ok()


def reopen(call: Call) -> Answer:
    call.site.reopen_task(call.found("tasks"), call.actor)
    return v1_ok()


def move_task(call: Call) -> Answer:
    """The one body without an envelope; it may cross projects."""
    row, given = call.found("tasks"), v1_fields(call.json())
    target = call.site.find("tasklists", int(given.get("tasklistid") or 0))
    if target is None:
        raise v1_invalid("taskListId is required")
    above = int(given.get("parenttaskid") or 0)
    parent = call.site.find("tasks", above)
    if above and (parent is None or parent["tasklistId"] != target["id"]):
        raise v1_invalid("parent task is in another list")
    before, left = row["tasklistId"], call.site.project_of(row)["id"]
    moved = move(call.site, row, target["id"], call.actor, parent=above)
    more = {}
    if left != target["projectId"]:
        more = {"affectedProjectIds": f"{left},{target['projectId']}"}
    return v1_ok(
        affectedTaskIds=",".join(map(str, moved)),
        affectedTaskListIds=f"{before},{target['id']}",
        **more,
    )


def restore_task(call: Call) -> Answer:
    row = call.site.table("tasks").get(call.ids[0])
    if row is None or not is_deleted(row):
        raise Refusal(Answer(404))
    call.site.restore_task(row, call.actor)
    return v1_ok()


def _task_fields(call: Call, given: Record) -> Record:
    fields: Record = {}
    for written, kept in (("content", "name"), ("description", "description")):
        if written in given:
            fields[kept] = str(given[written])
    for written, kept in (("duedate", "dueDate"), ("startdate", "startDate")):
        if written in given:
            fields[kept] = v1_day(given[written], written)
    if "priority" in given:
        fields["priority"] = given["priority"] or None
    if "responsiblepartyid" in given:
        fields["assigneeUserIds"] = people_of(call, str(given["responsiblepartyid"]))
    if "tagids" in given:
        tags = [int(each) for each in str(given["tagids"]).split(",") if each.strip()]
        fields["tagIds"] = [each for each in tags if each in call.site.table("tags")]
    return fields


def _tag(call: Call, tag: int) -> Record:
    held = call.site.table("tags")[tag]
    return {"id": str(tag), "name": held["name"], "color": held["color"]}


def _task(call: Call, row: Record) -> Record:
    """Unset dates are empty strings here, and completion is a flag."""
    home = call.site.project_of(row)
    lists = call.site.table("tasklists")
    return {
        "id": str(row["id"]),
        "content": row["name"],
        "description": row["description"],
        "completed": row["status"] == "completed",
        "status": row["status"],
        "priority": row["priority"] or "",
        "due-date": (row["dueDate"] or "").replace("-", ""),
        "start-date": (row["startDate"] or "").replace("-", ""),
        "project-id": str(home["id"]),
        "project-name": home["name"],
        "todo-list-id": str(row["tasklistId"]),
        "todo-list-name": lists[row["tasklistId"]]["name"],
        "parentTaskId": str(row["parentTaskId"] or ""),
        "responsible-party-ids": ",".join(map(str, row["assigneeUserIds"])),
        "creator-id": str(row["createdBy"]),
        "updater-id": str(row["updatedBy"]),
        "created-on": row["createdAt"],
        "last-changed-on": row["updatedAt"],
        "progress": row["progress"],
        "estimated-minutes": row["estimateMinutes"],
        "tags": [_tag(call, each) for each in row["tagIds"]],
        "userFollowingComments": False,
        "userFollowingChanges": False,
        "comments-count": len(call.site.comments_on("tasks", row["id"])),
        "content-html": html.escape(row["name"]),
    }
