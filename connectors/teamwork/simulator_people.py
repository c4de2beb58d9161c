"""The sandbox's back door: seeding, and people who work on the board by hand.

Commands are functions of the site and a JSON body; NOTES.md lists them. Tasks are named by
id, people by address, lists by id or as "Project/List".
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

from connectors.teamwork.simulator_site import Record, Site, ids_in, is_deleted
from connectors.teamwork.simulator_task_writes import move
from connectors.teamwork.simulator_v3 import drop_tag

Command = Callable[[Site, Mapping[str, Any]], dict[str, Any]]


def add_person(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{email, name, admin?, client?}: a user of the site, a client's user may only look and
    comment; adding one twice changes nothing.
    """
    known = site.person_by_email(body["email"])
    name = body.get("name") or body["email"].partition("@")[0].title()
    person = known or site.add_person(body["email"], name, admin=bool(body.get("admin")))
    if known is None and body.get("client"):
        person["client"] = True
    return {"id": person["id"], "api_key": f"twp_{person['id']}"}


def add_project(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{name, lists?: [name]}."""
    by = _person(site, body)
    project = site.add_project(by, body["name"])
    lists = [site.add_tasklist(by, project["id"], name) for name in body.get("lists", ())]
    return {"id": project["id"], "lists": {each["name"]: each["id"] for each in lists}}


def add_task(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{list, name, by, due?, description?, assign?}: a task of a person's own."""
    fields = {
        "name": body["name"],
        "description": body.get("description", ""),
        "dueDate": body.get("due"),
        "assigneeUserIds": [_by_email(site, body["assign"])] if body.get("assign") else [],
    }
    return {"id": site.add_task(_person(site, body), _list(site, body["list"]), fields)["id"]}


def person_completes(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{task, by}."""
    return _acted(site.complete_task(_task(site, body), _person(site, body)))


def person_reopens(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{task, by}."""
    return _acted(site.reopen_task(_task(site, body), _person(site, body)))


def person_moves(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{task, by, due?: date or null, list?}: to another day, another list, or both."""
    task, by = _task(site, body), _person(site, body)
    if "list" in body:
        move(site, task, _list(site, body["list"]), by)
    if "due" in body:
        site.edit_task(task, by, dueDate=body["due"])
    return _acted(task)


def person_reassigns(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{task, by, to: address or null}."""
    task, to = _task(site, body), body.get("to")
    people = [_by_email(site, to)] if to else []
    return _acted(site.edit_task(task, _person(site, body), assigneeUserIds=people))


def person_renames(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{task, by, name}."""
    task = _task(site, body)
    return _acted(site.edit_task(task, _person(site, body), name=body["name"]))


def person_describes(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{task, by, description}."""
    task, text = _task(site, body), body["description"]
    return _acted(site.edit_task(task, _person(site, body), description=text))


def person_comments(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{task, by, body}."""
    task, text = _task(site, body), html.escape(body["body"])
    return {"id": site.add_comment(_person(site, body), "tasks", task["id"], text, "HTML")["id"]}


def person_deletes(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{task, by}: into the trash can, with its subtasks."""
    return {"ids": site.delete_task(_task(site, body), _person(site, body))}


def person_restores(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{task, by}."""
    task = _task(site, body)
    if not is_deleted(task):
        raise ValueError(f"task {task['id']} is not in the trash can")
    return _acted(site.restore_task(task, _person(site, body)))


def person_tags(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{task, by, add?: [name], remove?: [name]}."""
    task, by = _task(site, body), _person(site, body)
    off = {tag["id"] for name in body.get("remove", ()) if (tag := site.tag_named(name))}
    on = [site.tag_named(name) or site.add_tag(by, name) for name in body.get("add", ())]
    kept = [each for each in task["tagIds"] if each not in off]
    added = [each for each in ids_in(on) if each not in kept]
    return _acted(site.edit_task(task, by, tagIds=kept + added))


def person_edits(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{in: projects | milestones | tasklists | notebooks, id, by, name?, description?,
    deadline?, contents?, completed?}.
    """
    record = _record(site, body)
    names = ("name", "description", "deadline", "contents", "completed")
    changed = {name: body[name] for name in names if name in body}
    site.edit(record, _person(site, body), **changed)
    return {"id": record["id"]}


def person_removes(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{in, id, by}: into the trash can; a list or project with its tasks."""
    record, by = _record(site, body), _person(site, body)
    lists = site.table("tasklists")
    gone = [record["id"]] if body["in"] == "tasklists" else []
    if body["in"] == "projects":
        gone = [each["id"] for each in lists.values() if each["projectId"] == record["id"]]
    for each in gone:
        for task in list(site.in_list[each]):
            site.delete_task(site.table("tasks")[task], by)
        site.edit(lists[each], by, deletedAt=site.now_text())
    site.edit(record, by, deletedAt=site.now_text())
    return {"id": record["id"]}


def person_posts(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{project: id or name, by, title, body?}: a message to the others of a project."""
    project = _named(site, "projects", body["project"])
    row = {"title": body["title"], "body": body.get("body", ""), "projectId": project["id"]}
    made = site.add("messages", row | {"createdBy": _person(site, body), "deletedAt": None})
    return {"id": made["id"]}


def delete_tag(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{name}: off the site and off every task."""
    tag = site.tag_named(body["name"])
    if tag is None:
        raise ValueError(f"there is no tag {body['name']!r}")
    drop_tag(site, tag["id"])
    return {"id": tag["id"]}


def archive_project(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{project: id or name, archived?: true}."""
    project = _named(site, "projects", body["project"])
    at = site.now_text() if body.get("archived", True) else None
    status = "inactive" if at else "active"
    site.edit(project, _person(site, body), archivedAt=at, status=status)
    return {"id": project["id"]}


def complete_list(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{list, completed?: true}."""
    tasklist = site.table("tasklists")[_list(site, body["list"])]
    status = "completed" if body.get("completed", True) else "reopened"
    site.edit(tasklist, _person(site, body), status=status)
    return {"id": tasklist["id"]}


def deactivate_person(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """{email}: leaves the team; what was assigned to them stays so."""
    person = site.table("people")[_by_email(site, body["email"])]
    site.edit(person, _person(site, body), deleted=True)
    return {"id": person["id"]}


def board(site: Site, _body: Mapping[str, Any]) -> dict[str, Any]:
    """What a person sees: projects, their lists, their tasks that are not in the trash."""
    people = site.table("people")
    marks = {v["taskId"]: v["value"] for v in site.table("values").values()}
    tags = site.table("tags")

    def shown(task: Record) -> Record:
        return {
            "id": task["id"],
            "name": task["name"],
            "description": task["description"],
            "done": task["status"] == "completed",
            "priority": task["priority"],
            "due": task["dueDate"],
            "assignees": [people[each]["email"] for each in task["assigneeUserIds"]],
            "tags": [tags[each]["name"] for each in task["tagIds"]],
            "mark": marks.get(task["id"]),
            "after": [each["id"] for each in task.get("predecessors") or ()],
            "comments": [
                {"by": people[c["postedBy"]]["email"], "body": c["body"], "at": c["createdAt"]}
                for c in site.comments_on("tasks", task["id"])
                if not c["deleted"]
            ],
        }

    def tasks(tasklist: int) -> list[Record]:
        held = (site.table("tasks")[each] for each in sorted(site.in_list[tasklist]))
        return [shown(task) for task in held if not is_deleted(task)]

    projects = []
    for project in site.table("projects").values():
        lists = [
            {"id": each["id"], "name": each["name"], "tasks": tasks(each["id"])}
            for each in site.table("tasklists").values()
            if each["projectId"] == project["id"] and not is_deleted(each)
        ]
        projects.append({"id": project["id"], "name": project["name"], "lists": lists})
    return {"projects": projects}


COMMANDS: dict[str, Command] = {
    command.__name__: command
    for command in (
        add_person,
        add_project,
        add_task,
        person_completes,
        person_reopens,
        person_moves,
        person_reassigns,
        person_renames,
        person_describes,
        person_comments,
        person_deletes,
        person_restores,
        person_tags,
        person_edits,
        person_removes,
        person_posts,
        delete_tag,
        archive_project,
        complete_list,
        deactivate_person,
        board,
    )
}


def _acted(task: Record) -> dict[str, Any]:
    return {"id": task["id"], "updatedAt": task["updatedAt"]}


def _task(site: Site, body: Mapping[str, Any]) -> Record:
    task = site.table("tasks").get(int(body["task"]))
    if task is None:
        raise ValueError(f"there is no task {body['task']}")
    return task


def _record(site: Site, body: Mapping[str, Any]) -> Record:
    row = site.table(body["in"]).get(int(body["id"]))
    if row is None:
        raise ValueError(f"there is no {body['id']} among the {body['in']}")
    return row


def _person(site: Site, body: Mapping[str, Any]) -> int:
    return _by_email(site, body["by"]) if body.get("by") else int(site.me["id"])


def _by_email(site: Site, email: str) -> int:
    person = site.person_by_email(email)
    if person is None:
        raise ValueError(f"there is no person {email}")
    return int(person["id"])


def _named(site: Site, table: str, wanted: Any) -> Record:
    for row in site.table(table).values():
        if wanted in {row["id"], row["name"]} and row.get("deletedAt") is None:
            return row
    raise ValueError(f"there is no {wanted!r} among the {table}")


def _list(site: Site, wanted: Any) -> int:
    if isinstance(wanted, int) and wanted in site.table("tasklists"):
        return wanted
    project, _, name = str(wanted).partition("/")
    home = _named(site, "projects", project)
    for row in site.table("tasklists").values():
        if (row["projectId"], row["name"]) == (home["id"], name) and row["deletedAt"] is None:
            return int(row["id"])
    raise ValueError(f"there is no list {wanted!r}")
