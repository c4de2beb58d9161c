"""Writing tasks on v3: create, change, delete, and their custom field values.

No request is idempotent: the same POST twice makes two tasks (facts/teamwork.md 0.2).
"""

from __future__ import annotations

from typing import Any

from connectors.teamwork import simulator_views as views
from connectors.teamwork.simulator_answers import (
    Call,
    Refusal,
    Route,
    day,
    invalid,
    ok,
    route,
    v3_error,
)
from connectors.teamwork.simulator_site import Record, Site
from syncd.ports.simulator import Answer

_PRIORITIES = {None, "none", "low", "medium", "high"}


def routes() -> list[Route]:
    return [
        route("POST", "/projects/api/v3/tasklists/#/tasks", create),
        route("POST", "/projects/api/v3/tasks/#/subtasks", create_below),
        route("PATCH", "/projects/api/v3/tasks/#", change),
        route("PUT", "/projects/api/v3/tasks/#", change),
        route("DELETE", "/projects/api/v3/tasks/#", delete),
        route("GET", "/projects/api/v3/tasks/#/customfields", values),
        route("POST", "/projects/api/v3/tasks/#/customfields", set_value),
        route("PATCH", "/projects/api/v3/tasks/#/customfields/#", change_value),
        route("DELETE", "/projects/api/v3/tasks/#/customfields/#", delete_value),
    ]


def create(call: Call) -> Answer:
    return _create(call, call.found("tasklists"), parent=None)


def create_below(call: Call) -> Answer:
    parent = call.found("tasks")
    return _create(call, call.site.table("tasklists")[parent["tasklistId"]], parent=parent["id"])


def _create(call: Call, tasklist: Record, parent: int | None) -> Answer:
    site, given = call.site, call.envelope("task")
    if not str(given.get("name") or "").strip():
        raise invalid("Task name is required")
    if site.table("projects")[tasklist["projectId"]]["archivedAt"]:
        raise invalid("The project is archived")
    above = parent or given.get("parentTaskId") or 0
    _same_list(site, above, tasklist["id"])
    fields = _fields(call, given, tasklist)
    fields["parentTaskId"] = above
    checked = _custom_fields(site, given.get("customFields") or [])
    inline = [_inline_tag(call, tag) for tag in call.json().get("tags") or []]
    fields["tagIds"] = [*fields.get("tagIds", []), *inline]
    fields["predecessors"] = _predecessors(call) or []
    task = site.add_task(call.actor, tasklist["id"], fields)
    for field, value in checked:
        site.set_value(task, field, value, call.actor)
    return ok({"task": views.task(site, task), "affected": {}, "included": {}, "meta": {}}, 201)


def change(call: Call) -> Answer:
    """Fields left out stay; `customFields`, when given, replace the whole set."""
    site, task, given = call.site, call.found("tasks"), call.envelope("task")
    target = site.table("tasklists")[task["tasklistId"]]
    moved = given.get("tasklistId")
    if moved and moved != task["tasklistId"]:
        target = _move_target(site, task, int(moved))
    fields = _fields(call, given, target)
    if "name" in fields and not fields["name"].strip():
        raise invalid("Task name is required")
    if given.get("parentTaskId") is not None:
        _same_list(site, given["parentTaskId"], target["id"])
        fields["parentTaskId"] = given["parentTaskId"]
    checked = _custom_fields(site, given.get("customFields") or [])
    if given.get("customFields") is not None:
        for value in site.values_on(task["id"]):
            site.drop_value(value)
        for field, content in checked:
            site.set_value(task, field, content, call.actor)
    if (order := _predecessors(call)) is not None:
        fields["predecessors"] = order
    if target["id"] != task["tasklistId"]:
        move(site, task, target["id"], call.actor)
    site.edit_task(task, call.actor, **fields)
    return ok({"task": views.task(site, task), "affected": {}, "included": {}, "meta": {}})


def delete(call: Call) -> Answer:
    """200 with a body, whatever the published schema says (facts/teamwork.md 3)."""
    gone = call.site.delete_task(call.found("tasks"), call.actor)
    return ok({"affected": {"taskIds": gone}})


def move(site: Site, task: Record, target: int, by: int, parent: int = 0) -> list[int]:
    """With its subtasks, below `parent`, else on its own. Returns the ids moved."""
    moved = [task, *site.subtasks(task["id"])]
    for each in moved:
        site.edit_task(each, by)
        site.in_list[each["tasklistId"]].pop(each["id"], None)
        each["tasklistId"] = target
        site.in_list[target][each["id"]] = None
        site.tell("MOVED", each, by)
    task["parentTaskId"] = parent
    return [each["id"] for each in moved]


def _predecessors(call: Call) -> list[Record] | None:
    """The tasks to come first, beside the task in the body; None where nothing is said."""
    given = call.json().get("predecessors")
    if given is None:
        return None
    for each in given:
        if each.get("type") not in {"start", "complete"}:
            raise invalid("a predecessor's type is start or complete")
        if call.site.find("tasks", int(each.get("id") or 0)) is None:
            raise invalid(f"predecessor {each.get('id')} does not exist")
    return [{"id": int(each["id"]), "type": each["type"]} for each in given]


def values(call: Call) -> Answer:
    held = call.site.values_on(call.found("tasks")["id"])
    page = {"pageOffset": 0, "pageSize": 50, "count": len(held), "hasMore": False}
    rows = [views.field_value(value) for value in held]
    return ok({"customfieldTasks": rows, "meta": {"page": page}, "included": {}})


def set_value(call: Call) -> Answer:
    task, given = call.found("tasks"), call.envelope("customfieldTask")
    [(field, content)] = _custom_fields(call.site, [given])
    value = call.site.set_value(task, field, content, call.actor)
    _touched(call, task)
    return ok({"customfieldTask": views.field_value(value)}, 201)


def change_value(call: Call) -> Answer:
    task, old = call.found("tasks"), call.found("values", 1)
    given = call.envelope("customfieldTask")
    content = given.get("value")
    value = call.site.set_value(task, old["customfieldId"], content, call.actor)
    _touched(call, task)
    return ok({"customfieldTask": views.field_value(value)})


def delete_value(call: Call) -> Answer:
    task = call.found("tasks")
    call.site.drop_value(call.found("values", 1))
    _touched(call, task)
    return Answer(204)


def _touched(call: Call, task: Record) -> None:
    """A value is no field of its task, but changing it changes the task."""
    call.site.edit_task(task, call.actor)
    call.site.tell("UPDATED", task, call.actor)


def _fields(call: Call, given: Record, tasklist: Record) -> Record:
    """What the writer's names mean in the record; written `dueAt` is read `dueDate`."""
    site, fields = call.site, Record()
    for name in ("name", "description"):
        if given.get(name) is not None:
            fields[name] = str(given[name])
    if "priority" in given:
        if given["priority"] not in _PRIORITIES:
            raise invalid(f"priority is not valid: {given['priority']!r}")
        fields["priority"] = None if given["priority"] == "none" else given["priority"]
    for written, kept in (("startAt", "startDate"), ("dueAt", "dueDate")):
        if written in given:
            fields[kept] = day(given[written], written)
    for written, kept in (("estimatedMinutes", "estimateMinutes"), ("progress", "progress")):
        if given.get(written) is not None:
            fields[kept] = int(given[written])
    if given.get("tagIds") is not None:
        fields["tagIds"] = [each for each in given["tagIds"] if each in site.table("tags")]
    users = (given.get("assignees") or {}).get("userIds")
    if users is not None:
        fields["assigneeUserIds"] = _assignees(call, users, tasklist)
    return fields


def _assignees(call: Call, users: list[Any], tasklist: Record) -> list[int]:
    """Invalid ones are dropped in silence unless `checkInvalidusers` is on."""
    site = call.site
    project = site.table("projects")[tasklist["projectId"]]
    good = [each for each in users if site.may_be_assigned(each, project)]
    strict = (call.json().get("taskOptions") or {}).get("checkInvalidusers")
    if strict and len(good) < len(users):
        raise invalid("One or more assignees are invalid users")
    return good


def _custom_fields(site: Site, given: list[Record]) -> list[tuple[int, Any]]:
    """`customFieldId` in a task, `customfieldId` in a value of its own; both are read."""
    checked = []
    for each in given:
        field_id = each.get("customFieldId", each.get("customfieldId"))
        field = site.table("customfields").get(field_id or 0)
        if field is None or field["entity"] not in {"task", "all"}:
            raise invalid(f"custom field {field_id} does not exist")
        if field["type"].startswith("text") and not isinstance(each.get("value"), str):
            raise invalid(f"the value of custom field {field_id} is not a string")
        checked.append((field["id"], each.get("value")))
    return checked


def _inline_tag(call: Call, given: Record) -> int:
    name = str(given.get("name", ""))
    known = call.site.tag_named(name)
    return int((known or call.site.add_tag(call.actor, name))["id"])


def _same_list(site: Site, parent: int, tasklist: int) -> None:
    if not parent:
        return
    above = site.find("tasks", parent)
    if above is None:
        raise invalid("parent task does not exist")
    if above["tasklistId"] != tasklist:
        raise invalid("parent task is in another list")


def _move_target(site: Site, task: Record, tasklist: int) -> Record:
    target = site.find("tasklists", tasklist)
    if target is None:
        raise invalid("the task list does not exist")
    if target["projectId"] != site.project_of(task)["id"]:
        detail = "a task cannot move to another project this way"
        raise Refusal(v3_error(422, "Unprocessable Entity", detail))
    return target
