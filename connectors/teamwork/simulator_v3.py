"""The rest of the v3 surface: people, projects, lists, tags, custom fields, notebooks, reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from connectors.teamwork import simulator_views as views
from connectors.teamwork.simulator_answers import (
    Call,
    Refusal,
    Route,
    invalid,
    listing,
    ok,
    route,
    v3_error,
)
from connectors.teamwork.simulator_site import Record, Site, is_deleted
from syncd.ports.simulator import Answer

V3 = "/projects/api/v3"

FIELD_TYPES = {
    *("text-short", "text-long", "number-integer", "number-decimal", "dropdown", "multiselect"),
    *("checkbox", "url", "date", "email", "phone", "status", "user", "rating", "percentage"),
    *("financial", "tw-url"),
}


def routes() -> list[Route]:
    return [
        route("GET", f"{V3}/me", me),
        route("GET", f"{V3}/people", people),
        route("GET", f"{V3}/people/#", person),
        route("GET", f"{V3}/projects/#/people", members),
        route("PUT", f"{V3}/projects/#/people", add_members),
        route("GET", f"{V3}/projects", projects),
        route("GET", f"{V3}/projects/#", project),
        route("GET", f"{V3}/tasklists", tasklists),
        route("GET", f"{V3}/projects/#/tasklists", tasklists_of),
        route("GET", f"{V3}/tasklists/#", tasklist),
        route("GET", f"{V3}/tags", tags),
        route("POST", f"{V3}/tags", add_tag),
        route("GET", f"{V3}/tags/#", tag),
        route("PATCH", f"{V3}/tags/#", change_tag),
        route("DELETE", f"{V3}/tags/#", delete_tag),
        route("POST", f"{V3}/tags/bulk/delete", delete_tags),
        route("GET", f"{V3}/customfields", fields),
        route("POST", f"{V3}/customfields", add_field),
        route("GET", f"{V3}/customfields/#", field),
        route("PATCH", f"{V3}/customfields/#", change_field),
        route("DELETE", f"{V3}/customfields/#", delete_field),
        route("GET", f"{V3}/comments/#", comment),
        route("GET", f"{V3}/tasks/#/comments", comments_of_task),
        *_reads("milestones", views.milestone, "name"),
        *_reads("messages", views.message, "title"),
        *_reads("notebooks", views.notebook, "name"),
        route("POST", f"{V3}/projects/#/notebooks", add_notebook),
        route("PATCH", f"{V3}/notebooks/#", change_notebook),
        route("DELETE", f"{V3}/notebooks/#", delete_notebook),
    ]


# people


def me(call: Call) -> Answer:
    person = views.person_view(call.site.table("people")[call.actor])
    return ok({"person": person | {"installationId": 1, "userType": "account"}})


def people(call: Call) -> Answer:
    return _people(call, call.site.table("people").values())


def members(call: Call) -> Answer:
    ids = call.found("projects")["memberIds"]
    return _people(call, [call.site.table("people")[each] for each in ids])


def _people(call: Call, candidates: Iterable[Record]) -> Answer:
    """There is no filter by address: `searchTerm` looks in names and addresses."""
    term, ids = call.text("searchTerm").lower(), call.numbers("ids")
    rows = [
        row
        for row in candidates
        if (call.flag("showDeleted") or not row["deleted"])
        and (not ids or row["id"] in ids)
        and term in f"{row['firstName']} {row['lastName']} {row['email']}".lower()
    ]
    return listing(call, "people", rows, views.person_view)


def person(call: Call) -> Answer:
    row = call.site.table("people").get(call.ids[0])
    if row is None:
        raise Refusal(Answer(404))
    return ok({"person": views.person_view(row), "included": {}})


def add_members(call: Call) -> Answer:
    project, given = call.found("projects"), call.json().get("userIds") or []
    known = [each for each in given if each in call.site.table("people")]
    added = [each for each in known if each not in project["memberIds"]]
    call.site.edit(project, call.actor, memberIds=[*project["memberIds"], *added])
    return ok({"usersAdded": added, "usersAlreadyInProject": [e for e in known if e not in added]})


# projects and lists


def projects(call: Call) -> Answer:
    term, ids = call.text("searchTerm").lower(), call.numbers("projectIds")
    archived, only = call.flag("includeArchivedProjects"), call.flag("onlyArchivedProjects")
    rows = [
        row
        for row in call.site.table("projects").values()
        if (call.flag("showDeleted") or not is_deleted(row))
        and (archived or only or row["archivedAt"] is None)
        and (not only or row["archivedAt"] is not None)
        and (not ids or row["id"] in ids)
        and term in row["name"].lower()
    ]
    rows.sort(key=lambda row: row["name"].lower())
    return listing(call, "projects", rows, lambda row: views.project(call.site, row))


def project(call: Call) -> Answer:
    return ok({"project": views.project(call.site, call.found("projects")), "included": {}})


def tasklists(call: Call) -> Answer:
    return _tasklists(call, call.numbers("projectIds"))


def tasklists_of(call: Call) -> Answer:
    return _tasklists(call, [call.found("projects")["id"]])


def _tasklists(call: Call, project_ids: list[int]) -> Answer:
    """Completed lists are hidden unless `showCompleted` (facts/teamwork.md 0.5)."""
    term = call.text("searchTerm").lower()
    rows = [
        row
        for row in call.site.table("tasklists").values()
        if not is_deleted(row)
        and (call.flag("showCompleted") or row["status"] != "completed")
        and (not project_ids or row["projectId"] in project_ids)
        and term in row["name"].lower()
    ]
    return listing(call, "tasklists", rows, lambda row: views.tasklist(call.site, row))


def tasklist(call: Call) -> Answer:
    return ok({"tasklist": views.tasklist(call.site, call.found("tasklists")), "included": {}})


# tags: creating an existing name answers the existing tag with 200


def tags(call: Call) -> Answer:
    term, project_ids = call.text("searchTerm").lower(), call.numbers("projectIds")
    rows = [
        row
        for row in call.site.table("tags").values()
        if term in row["name"].lower() and (not project_ids or row["projectId"] in project_ids)
    ]
    return listing(call, "tags", rows, views.tag, default_size=500)


def add_tag(call: Call) -> Answer:
    given = call.envelope("tag")
    name = _tag_name(given)
    where = given.get("projectId") or None
    known = call.site.tag_named(name, where)
    if known is not None:
        return ok({"tag": views.tag(known)})
    made = call.site.add_tag(call.actor, name, given.get("color") or "#66c033", where)
    return ok({"tag": views.tag(made)}, 201)


def tag(call: Call) -> Answer:
    return ok({"tag": views.tag(call.found("tags")), "included": {}})


def change_tag(call: Call) -> Answer:
    row, given = call.found("tags"), call.envelope("tag")
    name = _tag_name(given) if "name" in given else row["name"]
    call.site.edit(row, call.actor, name=name, color=given.get("color") or row["color"])
    return ok({"tag": views.tag(row)})


def delete_tag(call: Call) -> Answer:
    drop_tag(call.site, call.found("tags")["id"])
    return Answer(204)


def delete_tags(call: Call) -> Answer:
    for each in call.json().get("ids") or []:
        drop_tag(call.site, each)
    return Answer(204)


def drop_tag(site: Site, tag_id: int) -> None:
    site.table("tags").pop(tag_id, None)
    site.version += 1
    for task in site.table("tasks").values():
        if tag_id in task["tagIds"]:
            task["tagIds"].remove(tag_id)


def _tag_name(given: Record) -> str:
    name = str(given.get("name") or "").strip()
    if not name or len(name) >= 50:
        raise invalid("the tag name must have between 1 and 49 characters")
    return name


# custom fields: gated by plan and permission


def fields(call: Call) -> Answer:
    _gate(call)
    entities = set(call.names("entities"))
    wanted = {*entities, "all"} if entities else None
    term = call.text("searchTerm").lower()
    rows = [
        row
        for row in call.site.table("customfields").values()
        if (wanted is None or row["entity"] in wanted) and term in row["name"].lower()
    ]
    return listing(call, "customfields", rows, views.custom_field)


def add_field(call: Call) -> Answer:
    _gate(call)
    given = call.envelope("customfield")
    name = str(given.get("name") or "").strip()
    if not name:
        raise invalid("the name of a custom field is required")
    if given.get("type") not in FIELD_TYPES:
        raise invalid(f"type is not valid: {given.get('type')!r}")
    if given.get("entity") not in {"task", "project", "company", "user", "all"}:
        raise invalid(f"entity is not valid: {given.get('entity')!r}")
    row = {
        "name": name,
        "description": given.get("description") or "",
        "type": given["type"],
        "entity": given["entity"],
        "required": bool(given.get("required")),
        "options": given.get("options"),
        "projectId": given.get("projectId"),
        "createdBy": call.actor,
    }
    return ok({"customfield": views.custom_field(call.site.add("customfields", row))}, 201)


def field(call: Call) -> Answer:
    return ok({"customfield": views.custom_field(call.found("customfields")), "included": {}})


def change_field(call: Call) -> Answer:
    row, given = call.found("customfields"), call.envelope("customfield")
    allowed = {key: given[key] for key in ("name", "description", "options") if key in given}
    call.site.edit(row, call.actor, **allowed)
    return ok({"customfield": views.custom_field(row)})


def delete_field(call: Call) -> Answer:
    row = call.found("customfields")
    for value in list(call.site.table("values").values()):
        if value["customfieldId"] == row["id"]:
            call.site.drop_value(value)
    del call.site.table("customfields")[row["id"]]
    return Answer(204)


def _gate(call: Call) -> None:
    allowed = call.site.knobs["custom_fields"]
    if allowed != "allowed":
        raise Refusal(v3_error(int(allowed), "Not Allowed", "custom fields are not on your plan"))


# comments are read here and written on v1


def comment(call: Call) -> Answer:
    """One comment, under the plural key all the same."""
    return ok({"comments": views.comment(call.site, call.found("comments")), "included": {}})


def comments_of_task(call: Call) -> Answer:
    task, term = call.found("tasks"), call.text("searchTerm").lower()
    after = call.moment("updatedAfter")
    rows = [
        row
        for row in call.site.comments_on("tasks", task["id"])
        if (call.flag("showDeleted") or not row["deleted"])
        and term in row["body"].lower()
        and (after is None or row["updatedAt"] > after.strftime("%Y-%m-%dT%H:%M:%SZ"))
    ]
    return listing(call, "comments", rows, lambda row: views.comment(call.site, row))


# milestones, messages and notebooks


def _reads(table: str, view: Callable[[Record], Record], searched: str) -> list[Route]:
    """The three read routes that these kinds share."""

    def rows(call: Call, project_ids: list[int]) -> Answer:
        term = call.text("searchTerm").lower()
        found = [
            row
            for row in call.site.table(table).values()
            if not is_deleted(row)
            and (not project_ids or row["projectId"] in project_ids)
            and term in row[searched].lower()
        ]
        newest_first = call.text("orderMode").lower() == "desc"
        found.sort(key=lambda row: (row["createdAt"], row["id"]), reverse=newest_first)
        return listing(
            call,
            table,
            found,
            lambda row: shown(call, row),
            included=lambda rows: users(call, rows),
        )

    def users(call: Call, rows: Sequence[Record]) -> Record:
        if table != "messages" or "users" not in call.names("include"):
            return {}
        people = call.site.table("people")
        return {
            "users": {
                str(one["createdBy"]): views.person_view(people[one["createdBy"]]) for one in rows
            }
        }

    def shown(call: Call, row: Record) -> Record:
        whole = view(row)
        if table == "notebooks" and not call.flag("includeContents"):
            del whole["contents"]
        return whole

    def one(call: Call) -> Answer:
        return ok({table.removesuffix("s"): view(call.found(table)), "included": {}})

    return [
        route("GET", f"{V3}/{table}", lambda call: rows(call, call.numbers("projectIds"))),
        route(
            "GET",
            f"{V3}/projects/#/{table}",
            lambda call: rows(call, [call.found("projects")["id"]]),
        ),
        route("GET", f"{V3}/{table}/#", one),
    ]


def add_notebook(call: Call) -> Answer:
    home, given = call.found("projects"), call.envelope("notebook")
    if not str(given.get("name") or "").strip():
        raise invalid("the notebook name is required")
    row: dict[str, Any] = {
        "name": given["name"],
        "description": given.get("description") or "",
        "contents": given.get("contents") or "",
        "type": given.get("type") or "MARKDOWN",
        "tagIds": given.get("tagIds") or [],
        "projectId": home["id"],
        "version": 1,
        "createdBy": call.actor,
        "deletedAt": None,
    }
    made = call.site.add("notebooks", row)
    call.site.tell("CREATED", made, call.actor)
    return ok({"notebook": views.notebook(made)}, 201)


def change_notebook(call: Call) -> Answer:
    row, given = call.found("notebooks"), call.envelope("notebook")
    kept = ("name", "description", "contents", "type", "tagIds")
    changed = {key: given[key] for key in kept if given.get(key) is not None}
    newer = row["version"] + (1 if given.get("newVersion") else 0)
    call.site.edit(row, call.actor, version=newer, **changed)
    return ok({"notebook": views.notebook(row)})


def delete_notebook(call: Call) -> Answer:
    call.site.edit(call.found("notebooks"), call.actor, deletedAt=call.site.now_text())
    return Answer(204)
