"""Listing tasks on v3: what a query asks for, what it hides, in which order.

Completed tasks, tasks of completed lists, archived projects and the trash can are left out
unless asked for, and unknown query keys are ignored without a word (facts/teamwork.md 0.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.teamwork import simulator_views as views
from connectors.teamwork.simulator_answers import Call, Refusal, Route, listing, ok, route
from connectors.teamwork.simulator_site import Record, Site, is_deleted, stamp
from syncd.ports.simulator import Answer

_FIELD_FILTER = re.compile(r"customField\[(\d+)\]\[(like|not-like|eq|not|lt|gt|any)\]")

_ORDERS: dict[str, Callable[[Record], Any]] = {
    "id": lambda t: t["id"],
    "createdat": lambda t: (t["createdAt"], t["id"]),
    "updatedat": lambda t: (t["updatedAt"], t["id"]),
    "taskname": lambda t: (t["name"].lower(), t["id"]),
    "duedate": lambda t: (t["dueDate"] is None, t["dueDate"] or "", t["id"]),
}

Test = Callable[[Record], bool]


@dataclass(slots=True)
class TaskQueries:
    """The listing routes, with the last result kept so that paging does not search again."""

    site: Site
    _kept: tuple[object, list[Record]] | None = None

    def routes(self) -> list[Route]:
        return [
            route("GET", "/projects/api/v3/tasks", self.everywhere),
            route("GET", "/projects/api/v3/projects/#/tasks", self.of_project),
            route("GET", "/projects/api/v3/tasklists/#/tasks", self.of_list),
            route("GET", "/projects/api/v3/tasks/#/subtasks", self.of_task),
            route("GET", "/projects/api/v3/tasks/#", self.one),
        ]

    def everywhere(self, call: Call) -> Answer:
        return self._list(call)

    def of_project(self, call: Call) -> Answer:
        project = call.found("projects")
        return self._list(call, project=project["id"])

    def of_list(self, call: Call) -> Answer:
        tasklist = call.found("tasklists")
        return self._list(call, tasklist=tasklist["id"])

    def of_task(self, call: Call) -> Answer:
        parent = call.found("tasks")
        return self._list(call, parent=parent["id"])

    def one(self, call: Call) -> Answer:
        task = self.site.table("tasks").get(call.ids[0])
        if task is None or (is_deleted(task) and not call.flag("showDeleted")):
            raise Refusal(Answer(404))
        included = views.task_included(self.site, [task], _sideloads(call))
        shown = _view(self.site, call)(task)
        return ok({"task": shown, "included": included, "meta": {}})

    def _list(self, call: Call, **scope: int) -> Answer:
        query = tuple(pair for pair in call.request.query if pair[0] != "page")
        at = stamp(self.site.now()) if self.site.knobs["lag"] else ""
        key = (call.request.path, query, self.site.version, at)
        if self._kept is None or self._kept[0] != key:
            self._kept = key, self._search(call, scope)
        sideloads = _sideloads(call)
        return listing(
            call,
            "tasks",
            self._kept[1],
            _view(self.site, call),
            included=lambda rows: views.task_included(self.site, rows, sideloads),
        )

    def _search(self, call: Call, scope: dict[str, int]) -> list[Record]:
        candidates = self._candidates(call, scope)
        tests = [*_hiding(self.site, call), *_filters(self.site, call, scope)]
        rows = [task for task in candidates if all(test(task) for test in tests)]
        order = _ORDERS.get(call.text("orderBy").lower(), _ORDERS["duedate"])
        rows.sort(key=order, reverse=call.text("orderMode").lower() == "desc")
        return rows

    def _candidates(self, call: Call, scope: dict[str, int]) -> Iterable[Record]:
        """The smallest set known to hold every match, before the filters look closely."""
        tasks = self.site.table("tasks")
        for name, value in call.request.query:
            asked = _FIELD_FILTER.fullmatch(name)
            if asked and asked[2] == "eq":
                return [tasks[i] for i in self.site.tasks_with.get((int(asked[1]), value), ())]
        if call.numbers("ids"):
            return [tasks[i] for i in call.numbers("ids") if i in tasks]
        if "tasklist" in scope:
            return [tasks[i] for i in self.site.in_list[scope["tasklist"]]]
        since = call.moment("updatedAfter")
        if since is None:
            return tasks.values()
        changed, bound = [], stamp(since)
        for task in self.site.newest_first():
            if task["updatedAt"] < bound:
                break
            changed.append(task)
        return changed


def _sideloads(call: Call) -> list[str]:
    extra = ["includecustomfields"] if call.flag("includeCustomFields") else []
    return [*call.names("include"), *extra]


def _view(site: Site, call: Call) -> Callable[[Record], Record]:
    related = call.flag("includeRelatedTasks")

    def view(task: Record) -> Record:
        shown = views.task(site, task)
        if related:
            # Completed ones only on demand (facts/teamwork.md 4.1).
            everything = call.flag("includeCompletedPredecessors")
            shown["predecessors"] = [
                {"id": one["id"], "type": "tasks", "meta": {"type": one["type"]}}
                for one in task.get("predecessors") or ()
                if everything or site.table("tasks")[one["id"]]["status"] != "completed"
            ]
            shown["subTaskIds"] = [child["id"] for child in site.subtasks(task["id"])] or None
        return shown

    return view


def _hiding(site: Site, call: Call) -> list[Test]:
    lists, tests = site.table("tasklists"), list[Test]()
    only_completed = call.flag("completedOnly") or call.text("taskFilter") == "completed"
    if only_completed:
        tests.append(lambda t: t["status"] == "completed")
    elif not call.flag("includeCompletedTasks"):
        tests.append(lambda t: t["status"] != "completed")
    if not call.flag("showDeleted"):
        tests.append(lambda t: t["deletedAt"] is None)
    if not call.flag("showCompletedLists"):
        tests.append(lambda t: lists[t["tasklistId"]]["status"] != "completed")
    if not call.flag("includeArchivedProjects"):
        tests.append(lambda t: site.project_of(t)["archivedAt"] is None)
    lag = float(site.knobs["lag"])
    if lag:
        known = stamp(site.now() - timedelta(seconds=lag))
        # A lagging list has not heard of new tasks, and delta queries not of new changes.
        late = "updatedAt" if call.text("updatedAfter") else "createdAt"
        tests.append(lambda t: t[late] <= known)
    return tests


def _filters(site: Site, call: Call, scope: dict[str, int]) -> list[Test]:
    lists = site.table("tasklists")
    tests = [*_time_filters(call), *_field_filters(site, call)]
    projects = call.numbers("projectIds") + [scope[k] for k in ("project",) if k in scope]
    if projects:
        tests.append(lambda t: lists[t["tasklistId"]]["projectId"] in projects)
    tasklists = call.numbers("tasklistIds") + [scope[k] for k in ("tasklist",) if k in scope]
    if tasklists:
        tests.append(lambda t: t["tasklistId"] in tasklists)
    parents = call.numbers("parentTaskId") + [scope[k] for k in ("parent",) if k in scope]
    if parents:
        tests.append(lambda t: t["parentTaskId"] in parents)
    if ids := call.numbers("ids"):
        tests.append(lambda t: t["id"] in ids)
    if tests_of_tags := _tag_filters(site, call):
        tests.extend(tests_of_tags)
    if people := call.numbers("responsiblePartyIds"):
        tests.append(lambda t: bool(set(t["assigneeUserIds"]) & set(people)))
    if authors := call.numbers("createdByUserIds"):
        tests.append(lambda t: t["createdBy"] in authors)
    if priorities := call.names("priority"):
        tests.append(lambda t: (t["priority"] or "none") in priorities)
    if term := call.text("searchTerm").lower():
        tests.append(
            lambda t: (
                term in t["name"].lower()
                or term in t["description"].lower()
                or term in lists[t["tasklistId"]]["name"].lower()
            )
        )
    if call.text("includeTasksWithoutDueDates").lower() == "false":
        tests.append(lambda t: t["dueDate"] is not None)
    return tests


def _tag_filters(site: Site, call: Call) -> list[Test]:
    tests = list[Test]()
    asked = set(call.numbers("tagIds"))
    if names := {name.lower() for name in call.names("tags")}:
        asked |= {t["id"] for t in site.table("tags").values() if t["name"].lower() in names}
        asked = asked or {-1}
    if asked:
        enough = asked.issubset if call.flag("matchAllTags") else asked.intersection
        tests.append(lambda t: bool(enough(t["tagIds"])))
    if excluded := set(call.numbers("excludeTagIds")):
        tests.append(lambda t: not excluded & set(t["tagIds"]))
    if call.flag("onlyUntaggedTasks"):
        tests.append(lambda t: not t["tagIds"])
    return tests


def _time_filters(call: Call) -> list[Test]:
    tests = list[Test]()
    for word, field in (
        ("updated", "updatedAt"),
        ("created", "createdAt"),
        ("completed", "completedAt"),
        ("deleted", "deletedAt"),
    ):
        if after := call.moment(f"{word}After"):
            tests.append(_later(field, stamp(after)))
        if before := call.moment(f"{word}Before"):
            tests.append(_earlier(field, stamp(before)))
    if after := call.moment("dueAfter"):
        tests.append(_later("dueDate", after.date().isoformat()))
    if before := call.moment("dueBefore"):
        tests.append(_earlier("dueDate", before.date().isoformat()))
    return tests


def _later(field: str, bound: str) -> Test:
    return lambda t: t[field] is not None and t[field] > bound


def _earlier(field: str, bound: str) -> Test:
    return lambda t: t[field] is not None and t[field] < bound


def _field_filters(site: Site, call: Call) -> list[Test]:
    """`customField[ID][op]=value`."""
    tests = list[Test]()
    for name, value in call.request.query:
        if asked := _FIELD_FILTER.fullmatch(name):
            tests.append(_field_test(site, int(asked[1]), asked[2], value))
    return tests


def _field_test(site: Site, field: int, operator: str, wanted: str) -> Test:
    def held(task: Record) -> str | None:
        values: Sequence[Record] = site.values_on(task["id"])
        return next((str(v["value"]) for v in values if v["customfieldId"] == field), None)

    match operator:
        case "eq":
            return lambda t: held(t) == wanted
        case "not":
            return lambda t: held(t) != wanted
        case "like":
            return lambda t: wanted.lower() in (held(t) or "").lower()
        case "not-like":
            return lambda t: wanted.lower() not in (held(t) or "").lower()
        case "any":
            choices = [part.strip() for part in wanted.split(",")]
            return lambda t: held(t) in choices
        case "lt":
            return lambda t: (h := held(t)) is not None and h < wanted
        case _:
            return lambda t: (h := held(t)) is not None and h > wanted
