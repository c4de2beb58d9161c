"""The teamwork simulator's state as a person would see it: projects, lists, tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from syncd.sandbox.texts import plain_text

_FAR = "9999"


@dataclass(frozen=True, slots=True)
class Comment:
    by: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class TaskView:
    id: str
    name: str
    text: str
    done: bool
    due: date | None
    late: bool
    assignees: tuple[str, ...]
    tags: tuple[str, ...]
    comments: tuple[Comment, ...]
    finished: str
    finished_by: str


@dataclass(frozen=True, slots=True)
class ListView:
    id: str
    name: str
    open: Sequence[TaskView]
    done: Sequence[TaskView]


@dataclass(frozen=True, slots=True)
class MilestoneView:
    name: str
    text: str
    due: date | None
    done: bool


@dataclass(frozen=True, slots=True)
class ProjectView:
    """`books`: notebooks, their names and what stands in them."""

    id: str
    name: str
    lists: Sequence[ListView]
    milestones: Sequence[MilestoneView] = ()
    books: Sequence[tuple[str, str]] = ()


class BoardView:
    def __init__(self, state: Mapping[str, Any], today: date) -> None:
        self._tables: Mapping[str, Mapping[str, Mapping[str, Any]]] = state.get("tables", {})
        self._today = today
        self._comments: dict[str, list[Mapping[str, Any]]] = {}
        for comment in self._table("comments").values():
            if comment.get("objectType") == "tasks" and not comment.get("deleted"):
                self._comments.setdefault(str(comment.get("objectId")), []).append(comment)
        self._tasks: dict[str, list[Mapping[str, Any]]] = {}
        for task in self._table("tasks").values():
            if not task.get("deletedAt"):
                self._tasks.setdefault(str(task.get("tasklistId")), []).append(task)

    @property
    def counts(self) -> tuple[int, int]:
        """Open and done tasks."""
        tasks = [task for tasks in self._tasks.values() for task in tasks]
        done = sum(_done(task) for task in tasks)
        return len(tasks) - done, done

    def projects(self, most_open: int, most_done: int) -> list[tuple[ProjectView, list[int]]]:
        """Every project, its lists cut to the first tasks; with each list's whole number."""
        found = []
        for key, project in self._table("projects").items():
            if project.get("deletedAt"):
                continue
            held = [
                (other, each)
                for other, each in self._table("tasklists").items()
                if str(each.get("projectId")) == key and not each.get("deletedAt")
            ]
            lists = [self._list(other, each, most_open, most_done) for other, each in held]
            totals = [len(self._tasks.get(other, ())) for other, _ in held]
            view = ProjectView(
                key, project.get("name", ""), lists, self._milestones(key), self._books(key)
            )
            found.append((view, totals))
        return found

    def _milestones(self, project: str) -> list[MilestoneView]:
        found = [
            MilestoneView(
                each.get("name", ""),
                plain_text(each.get("description") or ""),
                _date(each.get("deadline")),
                bool(each.get("completed")),
            )
            for each in self._in_project("milestones", project)
        ]
        return sorted(found, key=lambda one: (str(one.due or _FAR), one.name))

    def _books(self, project: str) -> list[tuple[str, str]]:
        return [
            (each.get("name", ""), each.get("contents") or "")
            for each in self._in_project("notebooks", project)
        ]

    def _in_project(self, table: str, project: str) -> list[Mapping[str, Any]]:
        return [
            each
            for each in self._table(table).values()
            if str(each.get("projectId")) == project and not each.get("deletedAt")
        ]

    def tasks(self, key: str, start: int, size: int) -> tuple[str, list[TaskView], int]:
        """A list's name, a page of its tasks (open ones first), and how many there are."""
        tasks = sorted(self._tasks.get(key, ()), key=_order)
        name = self._table("tasklists").get(key, {}).get("name", "")
        return name, [self._task(each) for each in tasks[start : start + size]], len(tasks)

    def _list(
        self, key: str, tasklist: Mapping[str, Any], most_open: int, most_done: int
    ) -> ListView:
        tasks = sorted(self._tasks.get(key, ()), key=_order)
        waiting = [task for task in tasks if not _done(task)][:most_open]
        done = [task for task in tasks if _done(task)]
        done = sorted(done, key=lambda task: task.get("completedAt") or "", reverse=True)
        return ListView(
            key,
            tasklist.get("name", ""),
            [self._task(each) for each in waiting],
            [self._task(each) for each in done[:most_done]],
        )

    def _task(self, task: Mapping[str, Any]) -> TaskView:
        due = _date(task.get("dueDate"))
        done = _done(task)
        return TaskView(
            str(task.get("id", "")),
            task.get("name", ""),
            plain_text(task.get("description") or ""),
            done,
            due,
            not done and due is not None and due < self._today,
            tuple(self._person(each) for each in task.get("assigneeUserIds") or ()),
            tuple(
                self._table("tags").get(str(each), {}).get("name", "")
                for each in task.get("tagIds") or ()
            ),
            tuple(
                Comment(
                    self._person(each.get("postedBy")),
                    _moment(each.get("createdAt")),
                    plain_text(each.get("body") or ""),
                )
                for each in self._comments.get(str(task.get("id")), ())
            ),
            _moment(task.get("completedAt")),
            self._person(task.get("completedBy")) if task.get("completedBy") else "",
        )

    def _person(self, key: Any) -> str:
        person = self._table("people").get(str(key), {})
        name = " ".join(filter(None, (person.get("firstName"), person.get("lastName"))))
        return name or person.get("email", "") or "somebody"

    def _table(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        return self._tables.get(name, {})


def _done(task: Mapping[str, Any]) -> bool:
    return task.get("status") == "completed"


def _order(task: Mapping[str, Any]) -> tuple[bool, str, int]:
    return _done(task), str(task.get("dueDate") or _FAR), int(task.get("id", 0))


def _date(given: Any) -> date | None:
    """2026-11-23, 20261123, or a whole time."""
    try:
        return date.fromisoformat(str(given)[: 8 if str(given)[:8].isdigit() else 10])
    except ValueError:
        return None


def _moment(given: Any) -> str:
    return str(given or "").replace("T", " ").replace("Z", "")[:16]
