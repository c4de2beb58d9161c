"""A task board with its service behind it, and the people who work there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from syncd.core.facts import Place, Task
from syncd.ports.board import NewTask, TaskBoard, TaskChanges
from syncd.ports.verdicts import Done
from syncd.sandbox.clock import SandboxClock
from tests.support.clock import DrivenClock
from tests.support.transport import Wire

FOLLOW_UPS = Place("Outreach", "Follow-ups")
SEARCHES = Place("Outreach", "Find another address")
MAYA, NOAH = "maya@brightlink.example", "noah@brightlink.example"


Asked = TypeVar("Asked")


class Told(Protocol):
    """The people and the service, told what to do: a simulator, or an account's own API."""

    def control(self, command: str, body: Mapping[str, Any]) -> dict[str, Any]: ...


@dataclass
class World:
    """A board, the service behind it, and the people who work there.

    `maya` and `noah` are teammates; places, tags and marks are a test's own.
    """

    simulator: Told
    transport: Wire
    clock: DrivenClock | SandboxClock
    connect: Callable[[], TaskBoard]
    board: TaskBoard
    follow_ups: Place = FOLLOW_UPS
    searches: Place = SEARCHES

    @property
    def maya(self) -> str:
        return MAYA

    @property
    def noah(self) -> str:
        return NOAH

    @property
    def tags(self) -> tuple[str, ...]:
        return (self.tag("home-builders"),)

    def tag(self, word: str) -> str:
        return word

    def key(self, word: str) -> str:
        return word

    @property
    def lacking(self) -> tuple[str, ...]:
        """What `readiness` must name before anything was made."""
        return ("Outreach", "Follow-ups", "Find another address", "home-builders")

    def settled(self) -> World:
        """Set up: everything needed stands, two people work there."""
        for address in (MAYA, NOAH):
            self.simulator.control("add_person", {"email": address, "name": address[:4].title()})
        self.provide()
        self.transport.calls.clear()
        return self

    def provide(self) -> None:
        for need in self.board.readiness((self.follow_ups, self.searches), self.tags).missing:
            assert isinstance(self.board.provide(need), Done)

    def person(self, command: str, task: str, **how: Any) -> None:
        """A person does something to a task, a minute after what was before."""
        self.clock.advance(60)
        self.simulator.control(f"person_{command}", {"task": task, "by": self.maya, **how})

    def shown(self, task: str) -> Mapping[str, Any]:
        """A task as people see it: `priority`, `description`."""
        [project] = self.simulator.control("board", {})["projects"]
        [row] = [
            one for each in project["lists"] for one in each["tasks"] if str(one["id"]) == task
        ]
        return dict(row)

    def new_task(self, key: str, **more: Any) -> NewTask:
        given: dict[str, Any] = {
            "place": self.follow_ups,
            "title": "Follow up: Ann Reed, reedhomes.example",
            "body": "No answer since Monday.\n\nhttps://mail.example/1",
            "due": date(2026, 11, 26),
        }
        return NewTask(key=self.key(key), **(given | more))

    def open(self, key: str, **more: Any) -> str:
        [made] = self.board.create_tasks([self.new_task(key, **more)])
        assert isinstance(made, Done), made
        return made.id

    def find(self, *keys: str) -> dict[str, Task]:
        """Tasks by their marks, as the test calls these."""
        found = self.board.find_tasks([self.key(each) for each in keys])
        assert found.keys() <= {self.key(each) for each in keys}
        return {each: found[self.key(each)] for each in keys if self.key(each) in found}

    def found(self, *keys: str) -> dict[str, Task]:
        """As `find`, when all of them are to be found."""
        return self.eventually(lambda: self.find(*keys), lambda found: len(found) == len(keys))

    def task(self, key: str, good: Callable[[Task], bool] = lambda _task: True) -> Task:
        """A task, as it is once the service shows what is `good`."""
        return self.eventually(
            lambda: self.find(key), lambda found: key in found and good(found[key])
        )[key]

    def changes(self, cursor: str | None) -> TaskChanges:
        return self.board.changes(cursor, self.clock.now())

    def seen(self, cursor: str | None, good: Callable[[Task], bool] = lambda _task: True) -> Task:
        """The one task that changed, as it is once the service shows what is `good`."""

        def shows(tasks: Iterable[Task]) -> bool:
            return any(map(good, tasks))

        [task] = self.eventually(lambda: self.changes(cursor).tasks, shows)
        return task

    def handed_out(self, key: str, **more: Any) -> tuple[str, str, str]:
        """A task given to Maya: its id, and who Maya and Noah are to the board."""
        maya, noah = (self.board.people([each])[each].id for each in (self.maya, self.noah))
        return self.open(key, assignee=maya, **more), maya, noah

    def later(self) -> str:
        """A cursor from well after everything so far."""
        self.clock.advance(3600)
        return self.changes(None).cursor

    def settle(self) -> None:
        """Let the time pass after which absence proves something."""
        self.clock.advance(self.board.traits.settle_seconds)

    def tick(self) -> None:
        """What comes now has another time than what was before."""
        self.clock.advance(1)

    def eventually(self, ask: Callable[[], Asked], good: Callable[[Asked], object]) -> Asked:
        """The answer; where a service takes its time, the first that is `good`."""
        answer = ask()
        assert good(answer), answer
        return answer

    @property
    def writes(self) -> list[tuple[str, str, str]]:
        return [call for call in self.transport.calls if call[1] != "GET"]


def shown_as(place: Place) -> str:
    """A place as tasks name it."""
    return f"{place.project}/{place.task_list}"
