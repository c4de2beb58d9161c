"""A Teamwork site as data: JSON values in tables, and the few ways they change.

The API routes and the scripted people both change the site through here, so that what a
person does and what a client does leave the same traces.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.teamwork.simulator_events import THINGS, event
from syncd.ports.clock import Clock

Record = dict[str, Any]

TABLES = (
    "companies",
    "people",
    "projects",
    "tasklists",
    "tasks",
    "tags",
    "customfields",
    "values",
    "comments",
    "milestones",
    "notebooks",
    "messages",
    "replies",
    "webhooks",
    "files",
    "teams",
    "workflows",
    "stages",
)

OWNER_KEY = "twp_sandbox"

KNOBS: Record = {
    "lag": 0,  # seconds before lists show a change
    "custom_fields": "allowed",  # or the status their creation and listing are refused with
    "membership": "everyone",  # or "creator": who belongs to a new project
    "webhooks": False,  # nothing can be registered before a site admin enables them
    "nulls": [],  # fields that v3 answers show as null
    "revoked": [],  # people whose keys are worthless; "*": everybody's
}


def stamp(moment: datetime) -> str:
    """A time as Teamwork writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Site:
    """The tables of one installation, with the indexes that keep 50,000 tasks quick."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Who is told what happens, as webhooks name it; nobody while `quiet`.
        self.heard: Callable[[str, Record, int], None] | None = None
        self.quiet = False
        self.restore({})
        company = self.add("companies", {"name": "Sandbox", "isOwner": True})
        self.me = self.add_person("syncd@sandbox.example", "syncd Bot", admin=True)
        self.people_of(company["id"])

    def now(self) -> datetime:
        return self._clock.now()

    def now_text(self) -> str:
        return stamp(self.now())

    # tables

    def table(self, name: str) -> dict[int, Record]:
        return self._tables[name]

    def add(self, table: str, fields: Mapping[str, Any]) -> Record:
        """A new record with the next id. Ids are never reused, nor shared between kinds."""
        self._counter += 1
        now = self.now_text()
        record = {"id": self._counter, "createdAt": now, "updatedAt": now, **fields}
        self._tables[table][record["id"]] = record
        self.version += 1
        return record

    def edit(self, record: Record, by: int, **fields: Any) -> None:
        before = {name: record.get(name) for name in fields}
        record.update(fields, updatedAt=self.now_text(), updatedBy=by)
        self.version += 1
        if what := event(before, fields):
            self.tell(what, record, by)

    def tell(self, what: str, record: Record, by: int) -> None:
        """Something happened to a record, for whoever asked to be told."""
        if self.heard is None or self.quiet or not self._tables["webhooks"]:
            return
        table = next(name for name in TABLES if record["id"] in self._tables[name])
        if table in THINGS:
            self.heard(f"{THINGS[table]}.{what}", record, by)

    def find(self, table: str, record_id: int) -> Record | None:
        """A record that exists and is not deleted."""
        record = self._tables[table].get(record_id)
        return None if record is None or is_deleted(record) else record

    # people and places

    def add_person(self, email: str, name: str, *, admin: bool = False) -> Record:
        first, _, last = name.partition(" ")
        company = min(self._tables["companies"])
        person = self.add(
            "people",
            {
                "email": email,
                "firstName": first,
                "lastName": last,
                "isAdmin": admin,
                "companyId": company,
                "deleted": False,
            },
        )
        for project in self._tables["projects"].values():
            project["memberIds"].append(person["id"])
        self.tell("CREATED", person, person["id"])
        return person

    def people_of(self, company: int) -> list[int]:
        return [
            person["id"]
            for person in self._tables["people"].values()
            if person["companyId"] == company and not person["deleted"]
        ]

    def person_by_email(self, email: str) -> Record | None:
        wanted = email.lower()
        return next(
            (p for p in self._tables["people"].values() if p["email"].lower() == wanted), None
        )

    def add_project(self, by: int, name: str, **fields: Any) -> Record:
        everyone = self.knobs["membership"] == "everyone"
        members = self.people_of(min(self._tables["companies"])) if everyone else [by]
        record = {
            "name": name,
            "description": "",
            "status": "active",
            "archivedAt": None,
            "companyId": min(self._tables["companies"]),
            "memberIds": members,
            "tagIds": [],
            "createdBy": by,
            "updatedBy": by,
            "deletedAt": None,
        }
        made = self.add("projects", record | fields)
        self.tell("CREATED", made, by)
        return made

    def add_tasklist(self, by: int, project: int, name: str, **fields: Any) -> Record:
        record = {
            "name": name,
            "description": "",
            "projectId": project,
            "milestoneId": None,
            "status": "new",
            "createdBy": by,
            "updatedBy": by,
            "deletedAt": None,
        }
        made = self.add("tasklists", record | fields)
        self.in_list[made["id"]] = {}
        self.tell("CREATED", made, by)
        return made

    def project_of(self, task: Record) -> Record:
        return self._tables["projects"][self._tables["tasklists"][task["tasklistId"]]["projectId"]]

    def may_be_assigned(self, person: int, project: Record) -> bool:
        known = self._tables["people"].get(person)
        return known is not None and not known["deleted"] and person in project["memberIds"]

    # tasks

    def add_task(self, by: int, tasklist: int, fields: Mapping[str, Any]) -> Record:
        now = self.now_text()
        task = self.add(
            "tasks",
            {
                "name": "",
                "description": "",
                "priority": None,
                "progress": 0,
                "startDate": None,
                "dueDate": None,
                "estimateMinutes": 0,
                "parentTaskId": 0,
                "assigneeUserIds": [],
                "tagIds": [],
                "isPrivate": 0,
                **fields,
                "tasklistId": tasklist,
                "status": "new",
                "createdBy": by,
                "updatedBy": by,
                "updatedAt": now,
                "completedBy": None,
                "completedAt": None,
                "deletedBy": None,
                "deletedAt": None,
            },
        )
        self._index(task)
        self.tell("CREATED", task, by)
        return task

    def edit_task(self, task: Record, by: int, **fields: Any) -> Record:
        self.in_list[task["tasklistId"]].pop(task["id"], None)
        self.edit(task, by, **fields)
        self._index(task)
        return task

    def complete_task(self, task: Record, by: int) -> Record:
        if task["status"] != "completed":
            now = self.now_text()
            self.edit_task(task, by, status="completed", completedAt=now, completedBy=by)
        return task

    def reopen_task(self, task: Record, by: int) -> Record:
        if task["status"] == "completed":
            self.edit_task(task, by, status="reopened", completedAt=None, completedBy=None)
        return task

    def delete_task(self, task: Record, by: int) -> list[int]:
        """Into the trash can, with its subtasks. Returns the ids that went."""
        gone = []
        for each in [task, *self.subtasks(task["id"])]:
            if not is_deleted(each):
                before = each["status"]
                now = self.now_text()
                self.edit_task(each, by, status="deleted", deletedAt=now, deletedBy=by)
                each["statusBefore"] = before
                gone.append(each["id"])
        return gone

    def restore_task(self, task: Record, by: int) -> Record:
        status = task.pop("statusBefore", "new")
        return self.edit_task(task, by, status=status, deletedAt=None, deletedBy=None)

    def subtasks(self, task: int) -> Iterator[Record]:
        """All the way down."""
        for child in [t for t in self._tables["tasks"].values() if t["parentTaskId"] == task]:
            yield child
            yield from self.subtasks(child["id"])

    def newest_first(self) -> Iterator[Record]:
        """Tasks by when they last changed, so that a delta looks at what changed only."""
        tasks = self._tables["tasks"]
        return (tasks[task] for task in reversed(self._recency))

    # tags and custom fields

    def tag_named(self, name: str, project: int | None = None) -> Record | None:
        wanted = name.lower()
        return next(
            (
                tag
                for tag in self._tables["tags"].values()
                if tag["name"].lower() == wanted and tag["projectId"] == project
            ),
            None,
        )

    def add_tag(
        self, by: int, name: str, color: str = "#66c033", project: int | None = None
    ) -> Record:
        fields = {"name": name, "color": color, "projectId": project, "createdBy": by}
        return self.add("tags", fields)

    def set_value(self, task: Record, field: int, value: Any, by: int) -> Record:
        """Put a custom field value on a task, replacing the one it has."""
        for old in self.values_on(task["id"]):
            if old["customfieldId"] == field:
                self.drop_value(old)
        record = {"customfieldId": field, "taskId": task["id"], "value": value, "createdBy": by}
        record = self.add("values", record)
        self._value_ids.setdefault(task["id"], []).append(record["id"])
        self.tasks_with.setdefault((field, str(value)), {})[task["id"]] = None
        return record

    def drop_value(self, value: Record) -> None:
        del self._tables["values"][value["id"]]
        self._value_ids[value["taskId"]].remove(value["id"])
        del self.tasks_with[value["customfieldId"], str(value["value"])][value["taskId"]]
        self.version += 1

    def values_on(self, task: int) -> list[Record]:
        return [self._tables["values"][each] for each in self._value_ids.get(task, ())]

    # comments

    def add_comment(
        self, by: int, kind: str, object_id: int, body: str, content_type: str
    ) -> Record:
        fields = {
            "objectType": kind,
            "objectId": object_id,
            "body": body,
            "contentType": content_type,
            "postedBy": by,
            "deleted": False,
            "lastEditedBy": None,
            "dateLastEdited": None,
        }
        comment = self.add("comments", fields)
        self._comment_ids.setdefault((kind, object_id), []).append(comment["id"])
        if kind == "tasks":
            self.edit_task(self._tables["tasks"][object_id], by)
        self.tell("CREATED", comment, by)
        return comment

    def comments_on(self, kind: str, object_id: int) -> list[Record]:
        ids = self._comment_ids.get((kind, object_id), ())
        return [self._tables["comments"][each] for each in ids]

    # saving

    def snapshot(self) -> Record:
        """Tables and knobs as JSON values, cut loose from this site."""
        state = {"counter": self._counter, "knobs": self.knobs, "tables": self._tables}
        copied: Record = json.loads(json.dumps(state))
        return copied

    def restore(self, state: Mapping[str, Any]) -> None:
        saved = json.loads(json.dumps(dict(state)))
        self._counter: int = saved.get("counter", 1000)
        self.knobs: Record = KNOBS | saved.get("knobs", {})
        tables = saved.get("tables", {})
        self._tables: dict[str, dict[int, Record]] = {
            name: {int(key): record for key, record in tables.get(name, {}).items()}
            for name in TABLES
        }
        # Answers kept from before must not pass for answers about the restored tables.
        self.version: int = getattr(self, "version", 0) + 1
        self.in_list: dict[int, dict[int, None]] = {each: {} for each in self._tables["tasklists"]}
        self.tasks_with: dict[tuple[int, str], dict[int, None]] = {}
        self._recency: dict[int, None] = {}
        self._value_ids: dict[int, list[int]] = {}
        self._comment_ids: dict[tuple[str, int], list[int]] = {}
        for task in sorted(self._tables["tasks"].values(), key=lambda t: (t["updatedAt"], t["id"])):
            self._index(task)
        for value in self._tables["values"].values():
            self._value_ids.setdefault(value["taskId"], []).append(value["id"])
            key = (value["customfieldId"], str(value["value"]))
            self.tasks_with.setdefault(key, {})[value["taskId"]] = None
        for comment in self._tables["comments"].values():
            place = (comment["objectType"], comment["objectId"])
            self._comment_ids.setdefault(place, []).append(comment["id"])
        if self._tables["people"]:
            self.me = self._tables["people"][min(self._tables["people"])]

    def _index(self, task: Record) -> None:
        self.in_list[task["tasklistId"]][task["id"]] = None
        self._recency.pop(task["id"], None)
        self._recency[task["id"]] = None


def is_deleted(record: Record) -> bool:
    return bool(record.get("deletedAt")) or record.get("deleted") is True


def ids_in(found: Iterable[Record]) -> list[int]:
    return [record["id"] for record in found]
