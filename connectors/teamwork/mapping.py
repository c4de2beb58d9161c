"""Between Teamwork's shapes and syncd's. Pure functions.

Written names and read names differ (`dueAt`, `dueDate`), lists may be null where they are
empty, and a task tells its project only through its list (facts/teamwork.md 0.6, 4.1).
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from syncd.core.facts import Person, Task
from syncd.core.mail.addresses import normalise
from syncd.ports.board import NewComment, NewTask, TaskChange

Row = Mapping[str, Any]

_MARK_LINE = re.compile(r"^syncd-ref: (\S+)\s*$", re.MULTILINE)
_BREAK = re.compile(r"<[^<>]+>")

# No mail to people for what syncd does, no webhook echo, no tags out of a "#" in a subject,
# and a person the site does not accept is left out instead of failing the task.
_OPTIONS = {
    "notify": False,
    "fireWebhook": False,
    "parseInlineTags": False,
    "checkInvalidusers": False,
}


def with_mark(text: str, mark: str) -> str:
    """`text` with the mark as its last line."""
    return f"{text.rstrip()}\n\nsyncd-ref: {mark}".lstrip()


def mark_in(text: str | None) -> str | None:
    """The mark a text carries, whatever an editor made of the line breaks around it.

    People may have written below it; what a quoted mail says stands above.
    """
    found = _MARK_LINE.findall(html.unescape(_BREAK.sub("\n", text or "")))
    return found[-1] if found else None


def without_mark(text: str | None) -> str:
    """The text as it was before `with_mark`; people's own lines below the mark included."""
    lines = (text or "").splitlines()
    return "\n".join(line for line in lines if not _MARK_LINE.fullmatch(line)).strip()


def quiet_options() -> dict[str, Any]:
    """What keeps a task's change from mailing people and coming back as an event."""
    return {"taskOptions": dict(_OPTIONS)}


def tasks_in(page: Row, *, field: int | None, url: str) -> Iterator[Task]:
    """The tasks of one listing page, with marks from its sideloads or descriptions."""
    included = page.get("included") or {}
    marks = _field_values(included, field)
    for row in page.get("tasks") or ():
        yield task(row, included, mark=marks.get(row["id"]), url=url)


def task(row: Row, included: Row, *, mark: str | None, url: str) -> Task:
    status = row.get("status")
    changed_at = moment(row.get("updatedAt") or row.get("createdAt"))
    deleted = status == "deleted" or bool(row.get("deletedAt"))
    actor = row.get("deletedBy") if deleted and row.get("deletedBy") else row.get("updatedBy")
    assignees = assignees_of(row)
    place = _place(row, included)
    due = row.get("dueDate")
    salient = (row.get("name"), status, deleted, due, assignees, place, row.get("description"))
    digest = hashlib.blake2b(repr(salient).encode(), digest_size=6).hexdigest()
    return Task(
        id=str(row["id"]),
        title=row.get("name") or "",
        done=status == "completed",
        mark=mark or mark_in(row.get("description")),
        deleted=deleted,
        due=_day(row),
        assignees=assignees,
        place=place,
        changed_at=changed_at,
        changed_by=str(actor or ""),
        # Two changes within one of Teamwork's whole seconds still differ in their content.
        revision=f"{row.get('updatedAt') or ''}#{digest}",
        url=f"{url}/app/tasks/{row['id']}",
        tags=_tags(row, included),
        text=without_mark(row.get("description")),
        home=str(_related(row, "tasklistId", "tasklist") or ""),
    )


def assignees_of(row: Row) -> tuple[str, ...]:
    """Users alone; teams, companies and job roles may be assigned too."""
    users = row.get("assigneeUserIds")
    if users is None:
        related = row.get("assignees") or ()
        users = [each["id"] for each in related if each.get("type", "users") == "users"]
    return tuple(str(each) for each in users)


def by_hand(change: TaskChange, row: Row, included: Row) -> str:
    """What a person did that `change` must not undo, in words; "" for nothing.

    What has the wished value already is no such thing: the change may be made again.
    """
    if row.get("status") == "deleted" or row.get("deletedAt"):
        return "was deleted by hand"
    if row.get("status") == "completed":
        return "was completed by hand"
    due = _day(row)
    if change.expect_due is not None and due not in {change.expect_due, change.due}:
        return f"was moved by hand to {due}" if due else "has no due date any more, by hand"
    if change.expect_assignee is None:
        return ""
    others = [each for each in row.get("assignees") or () if each.get("type", "users") != "users"]
    wanted = {change.expect_assignee, change.assignee or change.expect_assignee}
    present = assignees_of(row)
    if not others and present in {(one,) if one else () for one in wanted}:
        return ""
    people = included.get("users") or {}
    names = [person(people[one]).name if one in people else one for one in present]
    names += [f"{each.get('type')} {each.get('id')}" for each in others]
    return f"was given to {', '.join(names)} by hand" if names else "was unassigned by hand"


def described(task: NewTask) -> str:
    """The body with the checklist below it.

    Teamwork's own steps of a task are subtasks: tasks in every list and report, each made by
    a request of its own that may be lost half-way, completed with no word to their parent.
    Lines of a Markdown list are made with the task or not at all, and people tick them there.
    """
    steps = "\n".join(f"- [ ] {' '.join(step.split())}" for step in task.checklist)
    return "\n\n".join(part for part in (task.body.rstrip(), steps) if part)


def new_task(task: NewTask, *, field: int | None, tags: Sequence[int]) -> dict[str, Any]:
    """A v3 create: mark, tags and people in the one request, so that none can be missing."""
    text = described(task)
    given: dict[str, Any] = {
        "name": task.title,
        "description": text if field is not None else with_mark(text, task.key),
        "tagIds": list(tags),
    }
    if task.due:
        given["dueAt"] = task.due.isoformat()
    if task.priority:
        given["priority"] = task.priority
    if task.assignee:
        given["assignees"] = {"userIds": [int(task.assignee)]}
    if field is not None:
        given["customFields"] = [{"customFieldId": field, "value": task.key}]
    return {"task": given, "taskOptions": dict(_OPTIONS)}


def changed_task(change: TaskChange, *, mark: str | None) -> dict[str, Any]:
    """A v3 change of the given fields alone.

    Never `customFields`: that would replace the whole set, ours and the team's. `mark` is
    what the description must go on carrying, where it is the mark's home.
    """
    given: dict[str, Any] = {}
    if change.title is not None:
        given["name"] = change.title
    if change.body is not None:
        given["description"] = with_mark(change.body, mark) if mark else change.body
    if change.due is not None:
        given["dueAt"] = change.due.isoformat()
    if change.assignee is not None:
        # Null would leave teams, companies and roles assigned beside the one person.
        others: dict[str, list[int]] = {"teamIds": [], "companyIds": [], "jobRoleIds": []}
        given["assignees"] = {"userIds": [int(change.assignee)], **others}
    return {"task": given, "taskOptions": dict(_OPTIONS)}


def new_comment(comment: NewComment) -> dict[str, Any]:
    """HTML, so that mail text is not read as Markdown. Creation wants `contentType`;
    under any other spelling the tags would be shown as text (facts/teamwork.md 0.7).
    """
    text = html.escape(with_mark(comment.body, comment.key)).replace("\n", "<br />")
    return {
        "comment": {
            "body": text,
            "contentType": "HTML",
            "notify": "",
            "notifyCurrentUser": False,
        }
    }


def person(row: Row) -> Person:
    name = f"{row.get('firstName') or ''} {row.get('lastName') or ''}".strip()
    active = not row.get("deleted")
    return Person(str(row["id"]), normalise(row.get("email") or ""), name, active)


def id_in(body: Row, *keys: str) -> str | None:
    """The id of what was made: an int in a v3 object, a string under v1's many spellings."""
    wanted = {key.lower() for key in keys}
    for key, value in body.items():
        made = value.get("id") if isinstance(value, Mapping) else value
        if key.lower() in wanted and made and str(made).isdigit():
            return str(made)
    return None


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def instant(when: datetime) -> str:
    """A time for a query: whole seconds, rounded down, so that nothing falls between."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _field_values(included: Row, field: int | None) -> dict[int, str]:
    """The mark field's value by task id. The sideload is a map, on some answers a list."""
    values = included.get("customfieldTasks") or {}
    rows: Iterable[Row] = values.values() if isinstance(values, Mapping) else values
    return {
        _related(row, "taskId", "task"): str(row["value"])
        for row in rows
        if field is not None and _related(row, "customfieldId", "customfield") == field
        if row.get("value")
    }


def _related(row: Row, key: str, relation: str) -> int:
    return int(row.get(key) or (row.get(relation) or {}).get("id") or 0)


def _day(row: Row) -> date | None:
    due = row.get("dueDate")
    return date.fromisoformat(due[:10]) if due else None


def tag_ids(row: Row) -> tuple[int, ...]:
    """Null where there are none (facts/teamwork.md 0.6)."""
    ids = row.get("tagIds")
    if ids is None:
        ids = [each["id"] for each in row.get("tags") or ()]
    return tuple(ids)


def _tags(row: Row, included: Row) -> tuple[str, ...]:
    """Names, where the sideload tells them."""
    known = included.get("tags") or {}
    told = (known.get(str(each)) or {} for each in tag_ids(row))
    return tuple(sorted(str(each["name"]) for each in told if each.get("name")))


def _place(row: Row, included: Row) -> str:
    """Project and list by name, "Project/List"."""
    list_id = _related(row, "tasklistId", "tasklist")
    tasklist = (included.get("tasklists") or {}).get(str(list_id)) or {}
    project_id = _related(tasklist, "projectId", "project")
    project = (included.get("projects") or {}).get(str(project_id)) or {}
    if not tasklist or not project:
        return ""
    return f"{project.get('name') or ''}/{tasklist.get('name') or ''}"
