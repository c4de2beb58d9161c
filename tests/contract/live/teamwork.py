"""A Teamwork site, as another client of it sees and changes it.

A run makes task lists and tags of its own in a project that stands, and takes them out
again. The mark field and the tag of the settings stay if they stood before.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
import requests

from connectors.teamwork.settings import TeamworkSettings
from syncd.core.facts import Place, Task
from syncd.ports.board import TaskChanges
from syncd.ports.manifest import Role
from syncd.ports.simulator import Answer, Request
from tests.contract.board_world import Asked, World
from tests.contract.live.account import Account, BoardUse, wire
from tests.contract.live.wire import LiveWire

V3 = "/projects/api/v3"
_WHOLE = {"pageSize": "500"}
_TASK = re.compile(rf"^(?:{V3})?/tasklists/\d+/tasks\.json$")
_GROUND = {
    re.compile(rf"^{V3}/tags\.json$"): ("tag", f"{V3}/tags"),
    re.compile(rf"^{V3}/customfields\.json$"): ("customfield", f"{V3}/customfields"),
    re.compile(r"^/projects/\d+/tasklists\.json$"): ("TASKLISTID", "/tasklists"),
}


class TeamworkSite:
    """The site, and what this run made there for its tasks to stand in."""

    def __init__(self, account: Account, settings: TeamworkSettings, use: BoardUse) -> None:
        self.account = account
        self.settings = settings
        self.use = use
        self.handles: Mapping[str, str] = {}
        self._http = requests.Session()
        self._http.auth = (settings.api_key.read(), "x")
        self._ground: list[str] = []
        named = self.rows("projects", searchTerm=use.project)
        found = [one for one in named if one["name"] == use.project]
        assert found, f"there is no project {use.project!r}: tests make none"
        self.me = str(self.call("GET", f"{V3}/me")["person"]["email"]).lower()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        noted: Callable[[Request, Answer], None] = lambda _request, _answer: None,
        missing: bool = False,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """`missing`: that it is gone already is as good."""
        url = f"{self.settings.url}{path}.json"
        answer = self._http.request(method, url, params=query, json=body, timeout=60)
        if answer.status_code == 429:
            time.sleep(float(answer.headers.get("Retry-After", "30")))
            return self.call(method, path, body, noted=noted, missing=missing, query=query)
        if missing and answer.status_code == 404:
            return {}
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        noted(Request(method, f"{path}.json"), Answer(answer.status_code, answer.content))
        return dict(answer.json()) if answer.content else {}

    def rows(self, what: str, **query: str) -> list[dict[str, Any]]:
        return list(self.call("GET", f"{V3}/{what}", query=query | _WHOLE)[what] or [])

    def id_of(self, what: str, name: str, **query: str) -> int:
        return next(int(one["id"]) for one in self.rows(what, **query) if one["name"] == name)

    def made(self, request: Request, answer: Answer) -> None:
        """Remember a list, tag or field that stands now and did not before."""
        for path, (key, home) in _GROUND.items():
            if request.method == "POST" and path.match(request.path) and answer.status == 201:
                body = {name.lower(): value for name, value in json.loads(answer.body).items()}
                one = body[key.lower()]
                self._ground.append(f"{home}/{one['id'] if isinstance(one, dict) else one}")

    def clean(self) -> None:
        for path in reversed(self._ground):
            self.call("DELETE", path, missing=True)


class TeamworkPeople:
    """The people of the site, all of them the user whose key it is: `control` takes the
    simulator's commands that a person can do.
    """

    def __init__(self, site: TeamworkSite, wire: LiveWire) -> None:
        self._site = site
        self._wire = wire
        self.made: list[str] = []

    def control(self, command: str, body: Mapping[str, Any]) -> dict[str, Any]:
        act = getattr(self, f"_{command.removeprefix('person_')}", None)
        assert act is not None, f"{command}: the test needs a simulator"
        act(**{name: value for name, value in body.items() if name != "by"})
        return {}

    def noted(self, request: Request, answer: Answer) -> None:
        """Remember a task that the connector made."""
        if request.method == "POST" and _TASK.match(request.path) and answer.status == 201:
            body = json.loads(answer.body)
            self.made.append(str(body["task"]["id"] if "task" in body else body["id"]))
        self._site.made(request, answer)

    def clean(self) -> None:
        for task in self.made:
            self._site.call("DELETE", f"{V3}/tasks/{task}", missing=True)

    def _fault(self, **how: Any) -> None:
        self._wire.fault(**how)

    def _completes(self, task: str) -> None:
        self._site.call("PUT", f"/tasks/{task}/complete")

    def _reopens(self, task: str) -> None:
        self._site.call("PUT", f"/tasks/{task}/uncomplete")

    def _deletes(self, task: str) -> None:
        self._site.call("DELETE", f"{V3}/tasks/{task}")

    def _restores(self, task: str) -> None:
        self._site.call("PUT", f"/trashcan/tasks/{task}/restore")

    def _renames(self, task: str, name: str) -> None:
        self._change(task, name=name)

    def _moves(self, task: str, due: str | None = "", list: str = "") -> None:  # noqa: A002 - the command's word
        if list:
            home = self._list(list)
            self._site.call("PUT", f"/tasks/{task}/move", {"taskListId": home})
        else:
            self._change(task, dueAt=due)

    def _reassigns(self, task: str, to: str | None) -> None:
        users: list[int] = []
        if to:
            found = self._site.rows("people", searchTerm=to)
            users = [one["id"] for one in found if one["email"].lower() == to]
        nobody: list[int] = []
        others = {"teamIds": nobody, "companyIds": nobody, "jobRoleIds": nobody}
        self._change(task, assignees={"userIds": users, **others})

    def _tags(self, task: str, add: list[str] = [], remove: list[str] = []) -> None:  # noqa: B006 - only read
        site = self._site
        row = site.call("GET", f"{V3}/tasks/{task}")["task"]
        gone = {site.id_of("tags", name, searchTerm=name) for name in remove}
        new = [
            site.call("POST", f"{V3}/tags", {"tag": {"name": name}}, noted=site.made)["tag"]["id"]
            for name in add
        ]
        self._change(task, tagIds=[one for one in row["tagIds"] or () if one not in gone] + new)

    def _delete_tag(self, name: str) -> None:
        self._site.call("DELETE", f"{V3}/tags/{self._site.id_of('tags', name, searchTerm=name)}")

    def _comments(self, task: str, body: str) -> None:
        said = {"body": body, "notify": "", "content-type": "TEXT"}
        self._site.call("POST", f"/tasks/{task}/comments", {"comment": said})

    def _add_task(self, list: str, name: str) -> None:  # noqa: A002 - the command's word
        body = {"task": {"name": name}}
        path = f"{V3}/tasklists/{self._list(list)}/tasks"
        self._site.call("POST", path, body, noted=self.noted)

    def _change(self, task: str, **fields: Any) -> None:
        body = {"task": fields, "taskOptions": {"notify": False}}
        self._site.call("PATCH", f"{V3}/tasks/{task}", body)

    def _list(self, shown: str) -> int:
        project, _, name = shown.partition("/")
        home = self._site.id_of("projects", project, searchTerm=project)
        found = self._site.call("GET", f"{V3}/projects/{home}/tasklists", query=_WHOLE)
        return next(int(one["id"]) for one in found["tasklists"] if one["name"] == name)


class TeamworkWorld(World):
    """Satisfies `tests.contract.board_world.World` on a real site."""

    def __init__(self, site: TeamworkSite) -> None:
        self._site = site
        self._tag = site.account.tag()
        self._wire = wire()
        self._people = people = TeamworkPeople(site, self._wire)
        self._wire.noted = people.noted
        connect = partial(site.account.connector(Role.BOARD, site.settings, self._wire))
        places = self._places(self._tag)
        super().__init__(people, self._wire, self._wire.clock, connect, connect(), *places)

    def _places(self, tag: str) -> tuple[Place, Place]:
        project = self._site.use.project
        names = (f"Follow-ups {tag}", f"Find another address {tag}")
        return Place(project, names[0]), Place(project, names[1])

    def settled(self) -> World:
        run = self._site.account.run
        self.follow_ups, self.searches = self._places(run)
        if not self._site.handles:
            self.provide()
            places = (self.follow_ups, self.searches)
            self._site.handles = self.board.readiness(places, ()).handles
        self.board.use(self._site.handles)
        self.transport.calls.clear()
        return self

    @property
    def maya(self) -> str:
        return self._site.me

    @property
    def noah(self) -> str:
        if not self._site.use.teammate:
            pytest.skip("no teammate is named whom tasks may be given to")
        return self._site.use.teammate.lower()

    @property
    def lacking(self) -> tuple[str, ...]:
        return (self.follow_ups.task_list, self.searches.task_list, *self.tags)

    def tag(self, word: str) -> str:
        return f"{self._tag} {word}"

    def key(self, word: str) -> str:
        return f"{self._tag}x{word}"

    def shown(self, task: str) -> Mapping[str, Any]:
        return dict(self._site.call("GET", f"{V3}/tasks/{task}")["task"])

    def person(self, command: str, task: str, **how: Any) -> None:
        self._people.control(f"person_{command}", {"task": task, **how})

    def changes(self, cursor: str | None) -> TaskChanges:
        """Those of this test, whatever else goes on there."""
        changes = super().changes(cursor)
        return TaskChanges(tuple(filter(self._own, changes.tasks)), changes.cursor)

    def _own(self, task: Task) -> bool:
        return bool(task.mark) and str(task.mark).startswith(f"{self._tag}x")

    def settle(self) -> None:
        """`eventually` waits."""

    def tick(self) -> None:
        # The site tells when in whole seconds.
        time.sleep(1.001 - time.time() % 1)

    def eventually(self, ask: Callable[[], Asked], good: Callable[[Asked], object]) -> Asked:
        return self._site.account.eventually(ask, good)

    def later(self) -> str:
        """A cursor from now: it overlaps the past, in which this test's task was made."""
        return self.changes(None).cursor

    def clean(self) -> None:
        self._people.clean()
