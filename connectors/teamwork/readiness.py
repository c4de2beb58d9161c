"""What must stand on the site: projects, task lists, the mark's field, tags.

Looking is reading only. Making looks first, so that making twice makes once; Teamwork
itself would make two of everything but tags (facts/teamwork.md 0.2, 0.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.teamwork.client import V3, TeamworkClient
from connectors.teamwork.mapping import id_in
from syncd.core.facts import Place
from syncd.ports.needs import Readiness, Requirement
from syncd.ports.verdicts import Changed, Done, InDoubt, Outcome, Refused

# The value of the mark field's handle where the plan or the user's rights have no such field.
IN_DESCRIPTION = "description"

# What a site answers where custom fields are not to be had (facts/teamwork.md 8.2).
_NOT_TO_BE_HAD = frozenset({400, 402, 403})

_TAG_LENGTH = 49

Row = Mapping[str, Any]


def project_handle(name: str) -> str:
    return f"project:{name}"


def field_handle(name: str) -> str:
    return f"field:{name}"


def tag_handle(name: str) -> str:
    return f"tag:{name}"


@dataclass(slots=True)
class _Report:
    handles: dict[str, str] = field(default_factory=dict)
    missing: list[Requirement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def needs(self, handle: str, summary: str, **body: str) -> None:
        self.missing.append(Requirement(handle, summary, body))


class Ground:
    """What stands on one site. `known` are the handles found or made so far."""

    def __init__(self, client: TeamworkClient, mark_field: str) -> None:
        self._client = client
        self._mark_field = mark_field

    def look(
        self, places: Sequence[Place], tags: Sequence[str], known: Mapping[str, str]
    ) -> Readiness:
        report = _Report()
        for name in dict.fromkeys(place.project for place in places):
            lists = dict.fromkeys(p.task_list for p in places if p.project == name)
            self._look_for_project(report, name, list(lists))
        # Marks follow lists: a project of our own must not be refused for want of a field.
        self._look_for_field(report, known)
        self._look_for_tags(report, tags)
        # Projects before lists, whatever the order the places came in.
        report.missing.sort(key=lambda need: not need.handle.startswith("project:"))
        return Readiness(report.handles, tuple(report.missing), tuple(report.notes))

    def make(self, need: Requirement, known: Mapping[str, str]) -> Outcome:
        body = {key: str(value) for key, value in need.body.items()}
        match body.get("what"):
            case "project":
                return self._make_project(body["name"])
            case "list":
                return self._make_list(body["project"], body["name"], known)
            case "field":
                return self._make_field(body["name"])
            case "tag":
                return self._make_tag(body["name"])
            case other:
                return Refused(f"teamwork: cannot make {other!r}")

    def tag(self, name: str) -> Outcome:
        """The id of a tag, made where it does not stand. Repeatable: by name, at the site."""
        if len(name) > _TAG_LENGTH:
            return Refused(f"teamwork: a tag has at most {_TAG_LENGTH} characters")
        return self._make_tag(name)

    # looking

    def _look_for_project(self, report: _Report, name: str, lists: list[str]) -> None:
        found = self._projects(name)
        standing = [row for row in found if not row.get("archivedAt")]
        if found and not standing:
            report.notes.append(
                f"project {name!r} is archived: tasks cannot be made there; "
                "unarchive it or name another project"
            )
            return
        handle = project_handle(name)
        if not standing:
            report.needs(handle, f"project {name!r}", what="project", name=name)
        else:
            report.handles[handle] = str(standing[0]["id"])
            if len(standing) > 1:
                report.notes.append(
                    f"{len(standing)} projects are called {name!r}; "
                    f"the oldest, {standing[0]['id']}, is used"
                )
        rows = self._lists(report.handles[handle]) if standing else []
        for wanted in lists:
            self._look_for_list(report, Place(name, wanted), rows)

    def _look_for_list(self, report: _Report, place: Place, rows: list[Row]) -> None:
        found = [row for row in rows if row.get("name") == place.task_list]
        standing = [row for row in found if row.get("status") != "completed"]
        if standing:
            report.handles[place.handle] = str(standing[0]["id"])
        elif found:
            report.notes.append(
                f"task list {place.task_list!r} in {place.project!r} is completed: people would "
                "not see tasks there; reopen it or name another list"
            )
        else:
            summary = f"task list {place.task_list!r} in project {place.project!r}"
            report.needs(
                place.handle, summary, what="list", project=place.project, name=place.task_list
            )

    def _look_for_field(self, report: _Report, known: Mapping[str, str]) -> None:
        handle = field_handle(self._mark_field)
        if known.get(handle) == IN_DESCRIPTION:
            # Kept, even where a field could be had by now: the tasks made so far carry
            # their marks in the description and would be looked for in vain.
            found = None
        else:
            found = self._field()
            if found is None:
                report.needs(
                    handle,
                    f"task custom field {self._mark_field!r} (short text), syncd's mark on a task",
                    what="field",
                    name=self._mark_field,
                )
                return
        report.handles[handle] = found or IN_DESCRIPTION
        report.handles["mark"] = "field" if found and found != IN_DESCRIPTION else IN_DESCRIPTION
        if report.handles["mark"] == IN_DESCRIPTION:
            report.notes.append(
                "custom fields are not to be had here: marks stand in the last line of the "
                "task descriptions"
            )

    def _look_for_tags(self, report: _Report, tags: Sequence[str]) -> None:
        standing = self._tags() if tags else {}
        for name in dict.fromkeys(tags):
            handle = tag_handle(name)
            if name.casefold() in standing:
                report.handles[handle] = standing[name.casefold()]
            elif len(name) > _TAG_LENGTH:
                report.notes.append(
                    f"tag {name!r} is longer than Teamwork's {_TAG_LENGTH} characters: "
                    "tasks go without it"
                )
            else:
                report.needs(handle, f"tag {name!r}", what="tag", name=name)

    # making

    def _make_project(self, name: str) -> Outcome:
        found = [row for row in self._projects(name) if not row.get("archivedAt")]
        if found:
            return Done(str(found[0]["id"]), found=True)
        reply = self._client.send("POST", "/projects", {"project": {"name": name}})
        return _made(reply.body, "id", "projectId")

    def _make_list(self, project: str, name: str, known: Mapping[str, str]) -> Outcome:
        home = known.get(project_handle(project))
        if home is None:
            found = [row for row in self._projects(project) if not row.get("archivedAt")]
            if not found:
                return Changed(f"teamwork: project {project!r} does not stand (yet)")
            home = str(found[0]["id"])
        for row in self._lists(home):
            if row.get("name") == name:
                return Done(str(row["id"]), found=True)
        body = {"todo-list": {"name": name}}
        reply = self._client.send("POST", f"/projects/{home}/tasklists", body)
        return _made(reply.body, "tasklistId", "id")

    def _make_field(self, name: str) -> Outcome:
        found = self._field()
        if found == IN_DESCRIPTION:
            return _without_field()
        if found is not None:
            return Done(found, found=True)
        wanted = {"name": name, "type": "text-short", "entity": "task"}
        reply = self._client.send(
            "POST", f"{V3}/customfields", {"customfield": wanted}, accept=_NOT_TO_BE_HAD
        )
        if reply.status in _NOT_TO_BE_HAD:
            return _without_field()
        return _made(reply.body, "customfield")

    def _make_tag(self, name: str) -> Outcome:
        """The one thing Teamwork itself makes only once: 201 made, 200 stood already."""
        reply = self._client.send("POST", f"{V3}/tags", {"tag": {"name": name}})
        made = _made(reply.body, "tag")
        if isinstance(made, Done) and reply.status == 200:
            return Done(made.id, found=True)
        return made

    # reading

    def _projects(self, name: str) -> list[Row]:
        """Projects of exactly this name, the oldest first, archived ones included."""
        params = [("searchTerm", name), ("includeArchivedProjects", "true")]
        rows = self._client.rows(f"{V3}/projects", "projects", params)
        return sorted((row for row in rows if row.get("name") == name), key=lambda row: row["id"])

    def _lists(self, project: str) -> list[Row]:
        path = f"{V3}/projects/{project}/tasklists"
        rows = self._client.rows(path, "tasklists", [("showCompleted", "true")])
        return sorted(rows, key=lambda row: row["id"])

    def _field(self) -> str | None:
        """The mark field's id; `IN_DESCRIPTION` where custom fields are out of reach."""
        params = [("entities", "task"), ("pageSize", "1")]
        if self._client.get(f"{V3}/customfields", params, _NOT_TO_BE_HAD).status != 200:
            return IN_DESCRIPTION
        for row in self._client.rows(f"{V3}/customfields", "customfields", params[:1]):
            fits = row.get("type") == "text-short" and row.get("entity") in {"task", "all"}
            if fits and row.get("name") == self._mark_field and _of_site(row):
                return str(row["id"])
        return None

    def _tags(self) -> dict[str, str]:
        """Site-wide tags by name; Teamwork takes names that differ in case for the same."""
        rows = self._client.rows(f"{V3}/tags", "tags")
        return {(row.get("name") or "").casefold(): str(row["id"]) for row in rows if _of_site(row)}


def _of_site(row: Row) -> bool:
    """Whether a tag or field is for every project, not for one alone."""
    return not (row.get("project") or {}).get("id")


def _without_field() -> Done:
    return Done(
        IN_DESCRIPTION,
        note="custom fields are not to be had here: marks go into the task descriptions",
    )


def _made(body: Row, *keys: str) -> Outcome:
    made = id_in(body, *keys)
    return InDoubt("teamwork: half an answer, no id") if made is None else Done(made)
