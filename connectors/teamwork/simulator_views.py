"""How Teamwork shows its records.

Field names and nulls follow the official Go SDK and recorded answers of a live site
(facts/teamwork.md 4.1): tasks are written with `dueAt` and read with `dueDate`, carry no
project id of their own, and have `tags: null` where there are none.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from connectors.teamwork.simulator_answers import relation, relations
from connectors.teamwork.simulator_site import Record, Site


def task(site: Site, row: Record) -> Record:
    tasklist = site.table("tasklists")[row["tasklistId"]]
    users = row["assigneeUserIds"]
    tags = row["tagIds"]
    due = row["dueDate"]
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "descriptionContentType": "TEXT",
        "priority": row["priority"],
        "progress": row["progress"],
        "startDate": row["startDate"] and f"{row['startDate']}T00:00:00Z",
        "dueDate": due and f"{due}T00:00:00Z",
        "originalDueDate": None,
        "estimateMinutes": row["estimateMinutes"],
        "accumulatedEstimatedMinutes": row["estimateMinutes"],
        "status": row["status"],
        "tasklistId": row["tasklistId"],
        "tasklist": {
            "id": row["tasklistId"],
            "type": "tasklists",
            "meta": {"name": tasklist["name"], "projectId": tasklist["projectId"]},
        },
        "parentTaskId": row["parentTaskId"],
        "parentTask": relation("tasks", row["parentTaskId"]),
        "assigneeUserIds": users or None,
        "assigneeTeamIds": None,
        "assigneeCompanyIds": None,
        "assigneeJobRoleIds": None,
        "assignees": relations("users", users),
        "assigneeUsers": relations("users", users),
        "assigneeTeams": [],
        "assigneeCompanies": [],
        "tagIds": tags or None,
        "tags": relations("tags", tags) if tags else None,
        "attachments": [],
        "changeFollowers": [],
        "commentFollowers": [],
        "completeFollowers": [],
        "workflowStages": [dict(one) for one in row.get("stages", ())],
        "isPrivate": row["isPrivate"],
        "hasReminders": False,
        "crmDealIds": None,
        "createdBy": row["createdBy"],
        "createdByUserId": row["createdBy"],
        "createdAt": row["createdAt"],
        "updatedBy": row["updatedBy"],
        "updatedAt": row["updatedAt"],
        "dateUpdated": row["updatedAt"],
        "completedBy": row["completedBy"],
        "completedAt": row["completedAt"],
        "deletedBy": row["deletedBy"],
        "deletedAt": row["deletedAt"],
        "isArchived": site.project_of(row)["archivedAt"] is not None,
        "userPermissions": {"canAddSubtasks": True, "canComplete": True, "canEdit": True},
    }


def task_included(site: Site, rows: Sequence[Record], wanted: Iterable[str]) -> Record:
    """The sideloads of task rows: maps by id as text, under the names asked for."""
    asked = {name.lower() for name in wanted}
    included: Record = {}
    lists = {row["tasklistId"]: site.table("tasklists")[row["tasklistId"]] for row in rows}
    if "tasklists" in asked:
        included["tasklists"] = {str(i): tasklist(site, each) for i, each in lists.items()}
    if "projects" in asked:
        projects = {each["projectId"] for each in lists.values()}
        included["projects"] = {
            str(i): project(site, site.table("projects")[i]) for i in sorted(projects)
        }
    if "users" in asked:
        people = {person for row in rows for person in row["assigneeUserIds"]}
        included["users"] = {str(i): person_view(site.table("people")[i]) for i in sorted(people)}
    if "tags" in asked:
        tags = {each for row in rows for each in row["tagIds"]} & site.table("tags").keys()
        included["tags"] = {str(i): tag(site.table("tags")[i]) for i in sorted(tags)}
    values = [value for row in rows for value in site.values_on(row["id"])]
    if asked & {"customfields", "includecustomfields"}:
        fields = {value["customfieldId"] for value in values}
        included["customfields"] = {
            str(i): custom_field(site.table("customfields")[i]) for i in sorted(fields)
        }
    if asked & {"customfieldtasks", "includecustomfields"}:
        included["customfieldTasks"] = {str(v["id"]): field_value(v) for v in values}
    return included


def project(site: Site, row: Record) -> Record:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "status": row["status"],
        "subStatus": "current",
        "type": "normal",
        "company": relation("companies", row["companyId"]),
        "companyId": row["companyId"],
        "projectOwner": relation("users", site.me["id"]),
        "projectOwnerId": site.me["id"],
        "tags": relations("tags", row["tagIds"]),
        "tagIds": row["tagIds"] or None,
        "startAt": None,
        "startDate": None,
        "endAt": None,
        "endDate": None,
        "completedAt": None,
        "completedBy": None,
        "archivedAt": row["archivedAt"],
        "deletedAt": row["deletedAt"],
        "createdBy": row["createdBy"],
        "createdAt": row["createdAt"],
        "updatedBy": row["updatedBy"],
        "updatedAt": row["updatedAt"],
        "isStarred": False,
        "isBillable": True,
    }


def tasklist(_site: Site, row: Record) -> Record:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "projectId": row["projectId"],
        "project": relation("projects", row["projectId"]),
        "milestoneId": row["milestoneId"],
        "milestone": relation("milestones", row["milestoneId"]),
        "status": row["status"],
        "displayOrder": row["id"],
        "isPinned": False,
        "isPrivate": False,
        "createdAt": row["createdAt"],
        "updatedAt": row["updatedAt"],
    }


def person_view(row: Record) -> Record:
    return {
        "id": row["id"],
        "firstName": row["firstName"],
        "lastName": row["lastName"],
        "title": "",
        "email": row["email"],
        "type": "account",
        "isAdmin": row["isAdmin"],
        "isClientUser": False,
        "isServiceAccount": False,
        "siteOwner": row["isAdmin"],
        "inOwnerCompany": True,
        "company": relation("companies", row["companyId"]),
        "companyId": row["companyId"],
        "companyRoleId": 0,
        "timezone": "Europe/London",
        "lengthOfDay": 8,
        "avatarUrl": "",
        "deleted": row["deleted"],
        "lastLogin": None,
        "createdAt": row["createdAt"],
        "updatedAt": row["updatedAt"],
    }


def tag(row: Record) -> Record:
    return {
        "id": row["id"],
        "name": row["name"],
        "color": row["color"],
        "projectId": row["projectId"] or 0,
        "project": relation("projects", row["projectId"]),
        "count": 0,
        "createdAt": row["createdAt"],
        "updatedAt": row["updatedAt"],
    }


def custom_field(row: Record) -> Record:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "type": row["type"],
        "entity": row["entity"],
        "required": row["required"],
        "options": row["options"],
        "formula": None,
        "currencyCode": None,
        "unitId": None,
        "projectId": row["projectId"],
        "project": relation("projects", row["projectId"]),
        "createdBy": row["createdBy"],
        "createdAt": row["createdAt"],
        "updatedBy": None,
        "updatedAt": row["updatedAt"],
        "deleted": False,
        "deletedAt": None,
        "deletedBy": None,
    }


def field_value(row: Record) -> Record:
    return {
        "id": row["id"],
        "value": row["value"],
        "customfieldId": row["customfieldId"],
        "customfield": relation("customfields", row["customfieldId"]),
        "taskId": row["taskId"],
        "task": relation("tasks", row["taskId"]),
        "countryCode": "",
        "currencySymbol": "",
        "createdBy": row["createdBy"],
        "createdAt": row["createdAt"],
        "updatedBy": row["createdBy"],
        "updatedAt": row["updatedAt"],
    }


def comment(site: Site, row: Record) -> Record:
    home = site.table(row["objectType"])[row["objectId"]]
    project_id = site.project_of(home)["id"] if row["objectType"] == "tasks" else home["projectId"]
    is_html = row["contentType"] == "HTML"
    return {
        "id": row["id"],
        "body": row["body"],
        "htmlBody": row["body"] if is_html else html.escape(row["body"]).replace("\n", "<br />"),
        "contentType": row["contentType"],
        "object": relation(row["objectType"], row["objectId"]),
        "objectType": row["objectType"].removesuffix("s"),
        "objectId": row["objectId"],
        "project": relation("projects", project_id),
        "projectId": project_id,
        "title": home.get("name", ""),
        "postedBy": row["postedBy"],
        "postedDateTime": row["createdAt"],
        "lastEditedBy": row["lastEditedBy"],
        "dateLastEdited": row["dateLastEdited"],
        "deleted": row["deleted"],
        "deletedBy": None,
        "dateDeleted": None,
        "files": [],
        "isPrivate": False,
    }


def milestone(row: Record) -> Record:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "deadline": f"{row['deadline']}T00:00:00Z",
        "originalDueDate": f"{row['deadline']}T00:00:00Z",
        "completed": row["completed"],
        "project": relation("projects", row["projectId"]),
        "projectId": row["projectId"],
        "tasklists": relations("tasklists", row["tasklistIds"]),
        "responsibleParties": relations("users", row["responsibleIds"]),
        "tagIds": row["tagIds"] or None,
        "status": "completed" if row["completed"] else "new",
        "createdAt": row["createdAt"],
        "updatedAt": row["updatedAt"],
    }


def notebook(row: Record) -> Record:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "type": row["type"],
        "contents": row["contents"],
        "project": relation("projects", row["projectId"]),
        "projectId": row["projectId"],
        "tagIds": row["tagIds"] or None,
        "version": row["version"],
        "locked": False,
        "createdAt": row["createdAt"],
        "updatedAt": row["updatedAt"],
    }


def message(row: Record) -> Record:
    return {
        "id": row["id"],
        "title": row["title"],
        "subject": row["title"],
        "body": row["body"],
        "htmlBody": row["body"],
        "status": "active",
        "project": relation("projects", row["projectId"]),
        "projectId": row["projectId"],
        "author": relation("users", row["createdBy"]),
        "createdAt": row["createdAt"],
        "updatedAt": row["updatedAt"],
    }
