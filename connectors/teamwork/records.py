"""Projects, milestones, task lists, notebooks, and tasks with their order, on one site.

Teamwork has no field for a key of ours on any of them but tasks, so the mark is the last line
of the description; a notebook's stands in its description, too, and its contents are free.
Only projects and task lists are told apart by their names; one that stands is taken over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from connectors.teamwork import mapping
from connectors.teamwork.client import PAGE_SIZE, V3, TeamworkClient
from syncd.core.campaign_plan import What
from syncd.core.facts import Place, Task
from syncd.ports.board import NewTask
from syncd.ports.records import NewRecord, Post, Record, RecordChange
from syncd.ports.verdicts import Changed, Done, InDoubt, Outcome, Refused, Verdict

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where v3 reads a kind and under which key; where v1 or v3 writes it, and how."""

    plural: str
    one: str
    write: str
    envelope: str = ""
    verb: str = "PUT"


_KINDS = {
    What.PROJECT: _Kind("projects", "project", "/projects", "project"),
    What.MILESTONE: _Kind("milestones", "milestone", "/milestones", "milestone"),
    What.LIST: _Kind("tasklists", "tasklist", "/tasklists", "todo-list"),
    What.NOTEBOOK: _Kind("notebooks", "notebook", f"{V3}/notebooks", "notebook", "PATCH"),
    What.TASK: _Kind("tasks", "task", f"{V3}/tasks", "task", "PATCH"),
}
_NOBODY: Row = {"teamIds": [], "companyIds": [], "jobRoleIds": []}


class Records:
    """`field`: the id of the custom field with a task's mark, None where that is in its text."""

    def __init__(self, client: TeamworkClient, url: str, field: Callable[[], int | None]) -> None:
        self._client = client
        self._url = url
        self._field = field

    # reading

    def all(self, what: What, project: str) -> list[Record]:
        """Everything of a kind, people's too."""
        kind = _KINDS[what]
        path, params = f"{V3}/projects/{project}/{kind.plural}", [("status", "all")]
        if what is What.PROJECT:
            path, params = f"{V3}/projects", [("includeArchivedProjects", "true")]
        elif what is What.LIST:
            params = [("showCompleted", "true")]
        elif what is What.NOTEBOOK:
            path = f"{V3}/notebooks"
            params = [("projectIds", project), ("includeContents", "true")]
        rows = self._client.rows(path, kind.plural, params)
        return [_record(what, row) for row in sorted(rows, key=lambda row: row["id"])]

    def one(self, what: What, record_id: str) -> Record | None:
        row = self._row(what, record_id)
        return None if row is None else _record(what, row)

    def posts(self, project: str, at_most: int) -> list[Post]:
        params = [
            ("pageSize", str(PAGE_SIZE)),
            ("orderBy", "createdat"),
            ("orderMode", "desc"),
            ("include", "users"),
        ]
        page = self._client.get(f"{V3}/projects/{project}/messages", params).body
        people = (page.get("included") or {}).get("users") or {}
        # Sorted here again: a key the site does not know it ignores.
        rows = sorted(
            (row for row in page.get("messages") or () if not row.get("deletedAt")),
            key=lambda row: (row.get("createdAt") or "", row["id"]),
            reverse=True,
        )
        return [self._post(row, people) for row in rows[:at_most]]

    def _post(self, row: Row, people: Row) -> Post:
        author = people.get(str((row.get("author") or {}).get("id")))
        return Post(
            id=str(row["id"]),
            title=row.get("title") or row.get("subject") or "",
            author=mapping.person(author).name if author else "",
            at=row.get("createdAt") or "",
            url=f"{self._url}/app/messages/{row['id']}",
        )

    def _row(self, what: What, record_id: str) -> Row | None:
        kind = _KINDS[what]
        params = []
        if what is What.TASK:
            params = [("includeRelatedTasks", "true"), ("includeCompletedPredecessors", "true")]
        reply = self._client.get(f"{V3}/{kind.plural}/{record_id}", params, accept=(404,))
        row = reply.body.get(kind.one)
        return row if reply.status == 200 and isinstance(row, dict) else None

    # making

    def create(self, new: NewRecord, tags: Sequence[int]) -> Outcome:
        """Projects and lists of that name are taken over, unless they are somebody's of ours."""
        match new.what:
            case What.PROJECT | What.LIST:
                return self._take_over(new) or self._make(new)
            case What.TASK:
                return self._make_task(new, tags)
            case _:
                return self._make(new)

    def _take_over(self, new: NewRecord) -> Done | None:
        standing = [one for one in self.all(new.what, new.project) if one.name == new.name]
        ours = next((one for one in standing if one.mark == new.key), None)
        found = ours or next((one for one in standing if not one.done), None)
        if found is None:
            return None
        return Done(found.id, found=found is not ours)

    def _make(self, new: NewRecord) -> Outcome:
        marked = mapping.with_mark(new.text, new.key)
        home = f"/projects/{new.project}"
        match new.what:
            case What.PROJECT:
                path, given = "/projects", {"name": new.name, "description": marked}
            case What.LIST:
                path, given = f"{home}/tasklists", {"name": new.name, "description": marked}
            case What.MILESTONE:
                path, given = f"{home}/milestones", {"title": new.name, "description": marked}
                given |= {"deadline": _compact(new.due), "responsible-party-ids": new.owner}
            case _:
                path = f"{V3}{home}/notebooks"
                given = {"name": new.name, "contents": new.text, "type": "MARKDOWN"}
                given |= {"description": f"syncd-ref: {new.key}"}
        made = _made(self._client.send("POST", path, {_KINDS[new.what].envelope: given}).body)
        if new.members and isinstance(made, Done):
            return replace(made, note=self._let_in(made.id, new.members))
        return made

    def _let_in(self, project: str, members: Sequence[str]) -> str:
        """Only members can be given tasks, and a project begins with few. Returns a note."""
        body = {"userIds": [int(one) for one in members]}
        try:
            self._client.send("PUT", f"{V3}/projects/{project}/people", body)
        except Verdict as verdict:
            # The project stands: that is what was asked. Who is not in it is left out of tasks.
            return f"its people could not be added: {verdict}"
        return ""

    def _make_task(self, new: NewRecord, tags: Sequence[int]) -> Outcome:
        task = NewTask(
            key=new.key,
            place=Place("", ""),
            title=new.name,
            body=new.text,
            due=new.due,
            assignee=new.owner or None,
        )
        body = mapping.new_task(task, field=self._field(), tags=tags)
        if new.after:
            body["predecessors"] = _order(new.after)
        reply = self._client.send("POST", f"{V3}/tasklists/{new.parent}/tasks", body)
        row = reply.body.get("task")
        if not isinstance(row, dict) or not row.get("id"):
            return InDoubt("teamwork: half an answer to a create, no task id")
        left = _unassigned(new.owner, row)
        return Done(str(row["id"]), note=f"left out: {left}" if left else "")

    # changing

    def change(self, change: RecordChange) -> Outcome:
        row = self._row(change.what, change.id)
        standing = None if row is None else _record(change.what, row)
        if row is None or standing is None or standing.deleted:
            return Changed(f"teamwork: the {change.what} {change.id} is not there any more")
        if standing.done:
            return Changed(f"teamwork: the {change.what} {change.id} was completed")
        present = _fields(standing)
        wished = {name: value for name, value in change.put.items() if name in present}
        wished = {name: value for name, value in wished.items() if not same(present[name], value)}
        put = {
            name: value
            for name, value in wished.items()
            if same(present[name], change.expect.get(name, ""))
        }
        left = tuple(name for name in wished if name not in put)
        body = self._change_of(change.what, put, standing)
        if "after" in change.put:
            order = _merged(_predecessors(row), change)
            if order is not None:
                body["predecessors"] = _order(order)
        if body:
            kind = _KINDS[change.what]
            if change.what is What.TASK:
                body.setdefault("task", {})
            self._client.send(kind.verb, f"{kind.write}/{change.id}", body)
        return Done(change.id, left=left, was=present)

    def end(self, change: RecordChange) -> Outcome:
        if change.what not in {What.TASK, What.MILESTONE}:
            return Refused(f"teamwork: a {change.what} is not completed by syncd")
        standing = self.one(change.what, change.id)
        if standing is None or standing.deleted:
            return Changed(f"teamwork: the {change.what} {change.id} is not there any more")
        if standing.done:
            return Done(change.id, found=True)
        present = _fields(standing)
        for name, value in change.expect.items():
            if name in present and not same(present[name], value):
                return Changed(f"teamwork: a person has changed the {name} of the {change.what}")
        self._client.send("PUT", f"/{_KINDS[change.what].plural}/{change.id}/complete", None)
        return Done(change.id)

    def reopen(self, change: RecordChange) -> Outcome:
        if change.what not in {What.TASK, What.MILESTONE}:
            return Refused(f"teamwork: a {change.what} is not opened again by syncd")
        standing = self.one(change.what, change.id)
        if standing is None or standing.deleted:
            return Changed(f"teamwork: the {change.what} {change.id} is not there any more")
        if standing.done:
            path = f"/{_KINDS[change.what].plural}/{change.id}/uncomplete"
            self._client.send("PUT", path, None)
        return Done(change.id, found=not standing.done)

    def _change_of(self, what: What, put: Mapping[str, str], standing: Record) -> dict[str, Any]:
        """The body of a change of these fields alone; {} for none. The mark stays."""
        if not put:
            return {}
        kind = _KINDS[what]
        given: dict[str, Any] = {}
        if "name" in put:
            given["title" if what is What.MILESTONE else "name"] = put["name"]
        if "text" in put:
            text = put["text"]
            if what is What.NOTEBOOK:
                given["contents"] = text
            else:
                bare = what is What.TASK and self._field() is not None
                keeps = standing.mark is not None and not bare
                given["description"] = (
                    mapping.with_mark(text, standing.mark or "") if keeps else text
                )
        if "due" in put:
            due = date.fromisoformat(put["due"])
            given["dueAt" if what is What.TASK else "deadline"] = (
                due.isoformat() if what is What.TASK else _compact(due)
            )
        if "owner" in put and what is What.TASK:
            # Null would leave teams, companies and roles assigned beside the one person.
            users = [int(put["owner"])] if put["owner"] else []
            given["assignees"] = {"userIds": users, **_NOBODY}
        elif "owner" in put:
            given["responsible-party-ids"] = put["owner"]
        options = mapping.quiet_options() if what is What.TASK else {}
        return {kind.envelope: given, **options}


def as_record(mark: str, task: Task) -> Record:
    """A task as it is listed, its mark wherever that stands."""
    return Record(
        id=task.id,
        what=What.TASK,
        name=task.title,
        mark=mark,
        text=task.text,
        due=task.due,
        owner=",".join(sorted(task.assignees)),
        done=task.done,
        deleted=task.deleted,
    )


def same(present: str, wanted: str) -> bool:
    """Whether a site, or an editor in it, shows `wanted` so: spaces and line ends are its own."""
    return present.split() == wanted.split()


def _record(what: What, row: Row) -> Record:
    status = str(row.get("status") or "")
    text = row.get("contents") if what is What.NOTEBOOK else row.get("description")
    deleted = status == "deleted" or bool(row.get("deletedAt") or row.get("deletedOn"))
    archived = what is What.PROJECT and bool(row.get("archivedAt"))
    return Record(
        id=str(row["id"]),
        what=what,
        name=row.get("name") or "",
        mark=mapping.mark_in(row.get("description")),
        text=(text or "") if what is What.NOTEBOOK else mapping.without_mark(text),
        due=_day(row.get("dueDate") if what is What.TASK else row.get("deadline")),
        owner=_owner(what, row),
        done=status == "completed" or bool(row.get("completed")) or archived,
        deleted=deleted or row.get("deleted") is True,
    )


def _fields(record: Record) -> dict[str, str]:
    due = record.due.isoformat() if record.due is not None else ""
    return {"name": record.name, "text": record.text, "due": due, "owner": record.owner}


def _owner(what: What, row: Row) -> str:
    if what is What.TASK:
        others = [one for one in row.get("assignees") or () if one.get("type", "users") != "users"]
        ids = [*mapping.assignees_of(row), *(f"{one.get('type')} {one['id']}" for one in others)]
    else:
        ids = [
            str(one["id"]) if one.get("type", "users") == "users" else f"{one['type']} {one['id']}"
            for one in row.get("responsibleParties") or ()
        ]
    return ",".join(sorted(ids))


def _predecessors(row: Row) -> list[str]:
    found = row.get("predecessors") or ()
    return [str(one["id"] if isinstance(one, Mapping) else one) for one in found]


def _merged(present: list[str], change: RecordChange) -> list[str] | None:
    """What a task comes after: people's own stay, ours follow; None where nothing changes."""
    ours, wished = _ids(change.expect.get("after")), _ids(change.put.get("after"))
    kept = [one for one in present if one not in ours or one in wished]
    order = [*kept, *(one for one in wished if one not in kept)]
    return None if set(order) == set(present) else order


def _ids(words: str | None) -> list[str]:
    return [one for one in (words or "").split(",") if one]


def _order(after: Sequence[str]) -> list[dict[str, Any]]:
    """A task begins when those before it are done."""
    return [{"id": int(one), "type": "start"} for one in after]


def _unassigned(wanted: str, row: Row) -> str:
    told = row.keys() & {"assigneeUserIds", "assignees"}
    if not wanted or not told or wanted in mapping.assignees_of(row):
        return ""
    return f"assignee {wanted} (not in the project, or no longer active)"


def _made(body: Row) -> Outcome:
    keys = ("id", "projectId", "milestoneId", "tasklistId", "notebook")
    made = mapping.id_in(body, *keys)
    return InDoubt("teamwork: half an answer, no id") if made is None else Done(made)


def _day(given: str | None) -> date | None:
    """v3 says a time, v1 eight digits."""
    if not given:
        return None
    return date.fromisoformat(given[:10]) if "-" in given else date.fromisoformat(given)


def _compact(day: date | None) -> str:
    return day.strftime("%Y%m%d") if day is not None else ""
