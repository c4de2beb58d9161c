"""Teamwork as a `syncd.ports.board.TaskBoard`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connectors.teamwork import mapping
from connectors.teamwork.client import PAGE_SIZE, V3, Params, Reply, TeamworkClient
from connectors.teamwork.readiness import Ground, field_handle, tag_handle
from connectors.teamwork.records import Records, as_record
from connectors.teamwork.settings import TeamworkSettings
from syncd.core.campaign_plan import What
from syncd.core.facts import Person, Place, Task
from syncd.core.mail.addresses import normalise
from syncd.ports.board import (
    BoardTraits,
    NewComment,
    NewTask,
    TaskChange,
    TaskChanges,
)
from syncd.ports.manifest import Toolbox
from syncd.ports.needs import Readiness, Requirement
from syncd.ports.records import NewRecord, Post, Record, RecordChange
from syncd.ports.verdicts import (
    Changed,
    CursorLost,
    Done,
    InDoubt,
    Locked,
    Outcome,
    Refused,
    TryLater,
    Verdict,
)

# How fresh lists are after a write is documented nowhere (facts/teamwork.md 12). Absence
# seen earlier than this proves nothing.
SETTLE_SECONDS = 30.0
OVERLAP_SECONDS = 60.0

# A query never sees past this many rows (facts/teamwork.md 5).
RECORD_CAP = 100 * PAGE_SIZE

# Lists hide most of these unless asked, and our tasks may be any of them.
_EVERYTHING = [
    ("includeCompletedTasks", "true"),
    ("showCompletedLists", "true"),
    ("includeArchivedProjects", "true"),
    ("showDeleted", "true"),
    ("includeCustomFields", "true"),
    ("include", "tasklists,projects,tags"),
    # By id, not by time of change: a task changed while we turn the pages would move to the
    # end and push another one across a page's edge, where it is never seen.
    ("orderBy", "id"),
    ("orderMode", "asc"),
]

Item = TypeVar("Item")


class TeamworkBoard:
    """One site. Threads may share it."""

    traits = BoardTraits(settle_seconds=SETTLE_SECONDS, overlap_seconds=OVERLAP_SECONDS)

    def __init__(self, settings: TeamworkSettings, tools: Toolbox) -> None:
        self._settings = settings
        self._client = TeamworkClient(settings, tools)
        self._ground = Ground(self._client, settings.mark_field)
        self._records = Records(self._client, settings.url, self._mark_field)
        self._handles: dict[str, str] = {}

    # what stands

    def readiness(self, places: Sequence[Place], tags: Sequence[str]) -> Readiness:
        found = self._ground.look(places, [self._settings.tag, *tags], self._handles)
        self.use(found.handles)
        return found

    def provide(self, requirement: Requirement) -> Outcome:
        try:
            made = self._ground.make(requirement, self._handles)
        except Verdict as verdict:
            return verdict
        if isinstance(made, Done):
            self.use({requirement.handle: made.id})
        return made

    def use(self, handles: Mapping[str, str]) -> None:
        self._handles = {**self._handles, **handles}

    # people

    def people(self, addresses: Sequence[str]) -> dict[str, Person]:
        """There is no filter by address: search, then compare (facts/teamwork.md 4.2)."""
        found: dict[str, Person] = {}
        for address in addresses:
            params = [("searchTerm", address), ("showDeleted", "true")]
            rows = self._client.rows(f"{V3}/people", "people", params)
            same = [p for p in map(mapping.person, rows) if p.address == normalise(address)]
            if same:
                # An account taken away may have left its address to a new one.
                found[address] = max(same, key=lambda person: (person.active, int(person.id)))
        return found

    # seeing

    def changes(self, cursor: str | None, now: datetime) -> TaskChanges:
        """One query over the whole site: tasks move between projects and lose their tag."""
        tasks: dict[str, Task] = {}
        others: dict[str, Task] = {}
        asked_at: datetime | None = None
        for scope in self._scopes(cursor):
            for reply in self._pages_of_tasks(scope):
                asked_at = asked_at or reply.at or now
                for task in self._tasks_in(reply):
                    if task.mark:
                        tasks[task.id] = task
                    elif cursor is not None or task.tags:
                        others[task.id] = task
        # By the service's clock where it is behind ours: what ours calls the past may
        # still be changing there.
        seen_until = min(now, asked_at or now) - timedelta(seconds=OVERLAP_SECONDS)
        return TaskChanges(
            tuple(tasks.values()), mapping.instant(seen_until), tuple(others.values())
        )

    def find_tasks(self, marks: Sequence[str]) -> dict[str, Task]:
        found: dict[str, Task] = {}
        field = self._mark_field()
        for mark in marks:
            by = (f"customField[{field}][eq]", mark) if field else ("searchTerm", mark)
            # Compared again here: what a site does not understand it ignores, and then
            # every task comes back.
            same = [
                task
                for reply in self._pages_of_tasks([by])
                for task in self._tasks_in(reply)
                if task.mark == mark
            ]
            if same:
                # A copy made by a person carries the mark too; ours is the first.
                found[mark] = min(same, key=lambda task: (task.deleted, int(task.id)))
        return found

    def find_comments(self, task_id: str, marks: Sequence[str]) -> dict[str, str]:
        wanted, found = set(marks), dict[str, str]()
        for row in self._client.rows(f"{V3}/tasks/{task_id}/comments", "comments"):
            mark = mapping.mark_in(row.get("body"))
            if mark in wanted:
                found.setdefault(mark, str(row["id"]))
        return found

    # making and changing

    def create_tasks(self, batch: Sequence[NewTask]) -> list[Outcome]:
        return _each(batch, self._create)

    def change_tasks(self, batch: Sequence[TaskChange]) -> list[Outcome]:
        return _each(batch, self._change)

    def complete_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        return _each(ids, lambda task_id: self._turn(task_id, "complete"))

    def reopen_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        return _each(ids, lambda task_id: self._turn(task_id, "uncomplete"))

    def erase_tasks(self, ids: Sequence[str]) -> list[Outcome]:
        return _each(ids, self._erase)

    def add_comments(self, batch: Sequence[NewComment]) -> list[Outcome]:
        return _each(batch, self._comment)

    def _create(self, task: NewTask) -> Outcome:
        tasklist, field = self._handles.get(task.place.handle), self._mark_field()
        decided = self._handles.get(field_handle(self._settings.mark_field))
        if tasklist is None or decided is None:
            raise Refused(f"teamwork: {_place(task.place)} is not set up; run `syncd setup`")
        tags, lost = self._tags([self._settings.tag, *task.tags])
        if task.assignee and not task.assignee.isdigit():
            lost.append(f"assignee {task.assignee}")
            task = replace(task, assignee=None)
        path, ids = f"{V3}/tasklists/{tasklist}/tasks", list(tags.values())
        try:
            reply = self._client.send("POST", path, mapping.new_task(task, field=field, tags=ids))
        except Refused:
            if not task.assignee:
                raise
            # A refusal means nothing was made. If it was for the person, the task is still
            # worth having.
            alone = replace(task, assignee=None)
            reply = self._client.send("POST", path, mapping.new_task(alone, field=field, tags=ids))
        except Changed as verdict:
            # Of a task not made yet there is nothing to observe anew: the list is gone, and
            # deciding again would only ask for the same.
            gone = f"{_place(task.place)} is not there any more; run `syncd setup`"
            raise Refused(f"{verdict}: {gone}") from verdict
        row = reply.body.get("task")
        if not isinstance(row, dict) or not row.get("id"):
            raise InDoubt("teamwork: half an answer to a create, no task id")
        lost += [*self._untagged(tags, row), *_unassigned(task.assignee, row)]
        return Done(str(row["id"]), note=_left_out(lost))

    def _change(self, change: TaskChange) -> Outcome:
        path = f"{V3}/tasks/{change.task_id}"
        expects = change.expect_due is not None or change.expect_assignee is not None
        in_text = change.body is not None and self._mark_field() is None
        mark = None
        if expects or in_text:
            page = self._client.get(path, [("include", "users")]).body
            row = page.get("task") or {}
            did = mapping.by_hand(change, row, page.get("included") or {}) if expects else ""
            if did:
                raise Changed(f"teamwork: task {change.task_id} {did}")
            # The mark lives in the text about to be replaced.
            mark = mapping.mark_in(row.get("description")) if in_text else None
        reply = self._client.send("PATCH", path, mapping.changed_task(change, mark=mark))
        row = reply.body.get("task") or {}
        if row.get("status") == "deleted" or row.get("deletedAt"):
            raise Changed(f"teamwork: task {change.task_id} is in the trash can")
        return Done(change.task_id, note=_left_out(_unassigned(change.assignee, row)))

    def _turn(self, task_id: str, verb: str) -> Outcome:
        """v3 has no route for this (facts/teamwork.md 4.1)."""
        self._client.send("PUT", f"/tasks/{task_id}/{verb}", None)
        return Done(task_id)

    def _erase(self, task_id: str) -> Outcome:
        """To the trash can, which the site empties after 30 days (facts/teamwork.md 4.1)."""
        reply = self._client.send("DELETE", f"{V3}/tasks/{task_id}", None, accept=(404, 410))
        return Done(task_id, found=reply.status >= 400)

    def _comment(self, comment: NewComment) -> Outcome:
        path = f"/tasks/{comment.task_id}/comments"
        made = mapping.id_in(
            self._client.send("POST", path, mapping.new_comment(comment)).body, "id", "commentId"
        )
        if made is None:
            raise InDoubt("teamwork: half an answer to a comment, no id")
        return Done(made)

    # projects, milestones, lists, notebooks, and tasks of a plan

    def create_records(self, batch: Sequence[NewRecord]) -> list[Outcome]:
        return _each(batch, self._create_record)

    def find_records(self, what: What, project: str, marks: Sequence[str]) -> dict[str, Record]:
        if what is What.TASK:
            tasks = self.find_tasks(marks)
            return {mark: as_record(mark, task) for mark, task in tasks.items()}
        found: dict[str, Record] = {}
        for one in self._records.all(what, project):
            if one.mark is not None and one.mark in marks:
                found.setdefault(one.mark, one)
        return found

    def records(self, what: What, project: str) -> list[Record]:
        return self._records.all(what, project)

    def record(self, what: What, record_id: str) -> Record | None:
        return self._records.one(what, record_id)

    def change_records(self, batch: Sequence[RecordChange]) -> list[Outcome]:
        return _each(batch, self._records.change)

    def end_records(self, batch: Sequence[RecordChange]) -> list[Outcome]:
        return _each(batch, self._records.end)

    def reopen_records(self, batch: Sequence[RecordChange]) -> list[Outcome]:
        return _each(batch, self._records.reopen)

    def posts(self, project: str, at_most: int) -> list[Post]:
        return self._records.posts(project, at_most)

    def _create_record(self, new: NewRecord) -> Outcome:
        if new.what is not What.TASK:
            return self._records.create(new, ())
        tags, lost = self._tags([self._settings.tag])
        ids = list(tags.values())
        try:
            made = self._records.create(new, ids)
        except Refused:
            if not new.owner:
                raise
            # A refusal means nothing was made. If it was for the person, the task is still
            # worth having.
            made = self._records.create(replace(new, owner=""), ids)
            lost.append(f"assignee {new.owner}")
        if not isinstance(made, Done) or not lost:
            return made
        return replace(made, note="; ".join(part for part in (made.note, _left_out(lost)) if part))

    # underneath

    def _mark_field(self) -> int | None:
        """The mark field's id, None where marks stand in the description."""
        value = self._handles.get(field_handle(self._settings.mark_field), "")
        return int(value) if value.isdigit() else None

    def _tags(self, names: Sequence[str]) -> tuple[dict[str, int], list[str]]:
        """Ids of tags by name, made where they do not stand, and words for those refused."""
        found: dict[str, int] = {}
        lost: list[str] = []
        for name in dict.fromkeys(names):
            known = self._handles.get(tag_handle(name), "")
            made = known if known.isdigit() else self._make_tag(name)
            if made:
                found[name] = int(made)
            else:
                lost.append(f"tag {name!r}")
        return found, lost

    def _make_tag(self, name: str) -> str:
        """A tag's id, "" where the site refuses it. Raises `TryLater`, `Locked`."""
        try:
            made = self._ground.tag(name)
        except (Refused, Changed):
            return ""
        except InDoubt as verdict:
            # Of the task nothing was sent yet, and a tag is made only once.
            raise TryLater(str(verdict)) from verdict
        if isinstance(made, Done):
            self.use({tag_handle(name): made.id})
            return made.id
        if isinstance(made, InDoubt):
            raise TryLater(str(made))
        return ""

    def _untagged(self, tags: Mapping[str, int], row: Mapping[str, Any]) -> list[str]:
        """Words for tags the site left out without saying so: somebody deleted them."""
        if not row.keys() & {"tagIds", "tags"}:
            return []
        gone = [name for name, each in tags.items() if each not in mapping.tag_ids(row)]
        for name in gone:
            # Made anew with the next task that wants it.
            self._handles.pop(tag_handle(name), None)
        return [f"tag {name!r} (deleted on the site)" for name in gone]

    def _scopes(self, cursor: str | None) -> list[Params]:
        """What to list. Without a cursor, our tag and our projects: a task is in neither
        only if a person took the tag off and moved it out as well.
        """
        if cursor is not None:
            try:
                mapping.moment(cursor)
            except ValueError:
                raise CursorLost(f"teamwork: {cursor!r} is not a cursor of ours") from None
            return [[("updatedAfter", cursor)]]
        tag = self._handles.get(tag_handle(self._settings.tag))
        projects = [v for k, v in self._handles.items() if k.startswith("project:")]
        by_tag = [[("tagIds", tag)]] if tag else []
        by_project = [[("projectIds", ",".join(projects))]] if projects else []
        return [*by_tag, *by_project] or [[]]

    def _pages_of_tasks(self, scope: Params) -> Iterator[Reply]:
        """All pages, going on behind the last row where a query ends at the record cap."""
        after: list[tuple[str, str]] = []
        while True:
            seen, last = 0, None
            params = [*scope, *_EVERYTHING, *after]
            for reply in self._client.replies(f"{V3}/tasks", "tasks", params):
                yield reply
                rows = reply.body["tasks"] or []
                seen += len(rows)
                last = rows[-1] if rows else last
            if seen < RECORD_CAP or last is None:
                return
            made = mapping.moment(last["createdAt"])
            if made is None:
                raise TryLater("teamwork: half an answer, a task without the time it was made")
            beyond = [("createdAfter", mapping.instant(made - timedelta(seconds=1)))]
            if beyond == after:
                raise Refused("teamwork: more tasks made in one second than a query shows")
            after = beyond

    def _tasks_in(self, reply: Reply) -> Iterator[Task]:
        return mapping.tasks_in(reply.body, field=self._mark_field(), url=self._settings.url)


def _each(batch: Sequence[Item], act: Callable[[Item], Outcome]) -> list[Outcome]:
    """One outcome per item. What stops one stops all, and the rest is not even tried."""
    outcomes: list[Outcome] = []
    for item in batch:
        try:
            outcomes.append(act(item))
        except (TryLater, Locked) as verdict:
            return [*outcomes, *[verdict] * (len(batch) - len(outcomes))]
        except Verdict as verdict:
            outcomes.append(verdict)
    return outcomes


def _place(place: Place) -> str:
    return f"task list {place.task_list!r} in project {place.project!r}"


def _unassigned(wanted: str | None, row: Mapping[str, Any]) -> list[str]:
    """Words for a person whom the site left out without saying so."""
    told = row.keys() & {"assigneeUserIds", "assignees"}
    if not wanted or not told or wanted in mapping.assignees_of(row):
        return []
    return [f"assignee {wanted} (not in the project, or no longer active)"]


def _left_out(lost: Sequence[str]) -> str:
    return f"left out: {', '.join(lost)}" if lost else ""
