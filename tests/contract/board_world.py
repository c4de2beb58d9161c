"""A task board with its service behind it, and the people who work there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from syncd.core.facts import Place, Task
from syncd.ports.board import NewTask, TaskBoard, TaskChanges
from syncd.ports.simulator import Simulator
from syncd.ports.verdicts import Done
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport

FOLLOW_UPS = Place("Outreach", "Follow-ups")
SEARCHES = Place("Outreach", "Find another address")
OTHER = "Outreach/Find another address"
TAGS = ("home-builders",)
MAYA, NOAH = "maya@brightlink.example", "noah@brightlink.example"


@dataclass
class World:
    """A board, the service behind it, and the people who work there."""

    simulator: Simulator
    transport: SimulatorTransport
    clock: DrivenClock
    connect: Callable[[], TaskBoard]
    board: TaskBoard

    def settled(self, *places: Place) -> World:
        """Set up: everything needed stands, two people work there."""
        for address in (MAYA, NOAH):
            self.simulator.control("add_person", {"email": address, "name": address[:4].title()})
        ready = self.board.readiness(places or (FOLLOW_UPS, SEARCHES), TAGS)
        for need in ready.missing:
            assert isinstance(self.board.provide(need), Done)
        self.transport.calls.clear()
        return self

    def person(self, command: str, task: str, **how: Any) -> None:
        """A person does something to a task, a minute after what was before."""
        self.clock.advance(60)
        self.simulator.control(f"person_{command}", {"task": task, "by": MAYA, **how})

    def open(self, key: str, **more: Any) -> str:
        [made] = self.board.create_tasks([new_task(key, **more)])
        assert isinstance(made, Done), made
        return made.id

    def changes(self, cursor: str | None) -> TaskChanges:
        return self.board.changes(cursor, self.clock.now())

    def handed_out(self, key: str, **more: Any) -> tuple[str, str, str]:
        """A task given to Maya: its id, and who Maya and Noah are to the board."""
        maya, noah = (self.board.people([each])[each].id for each in (MAYA, NOAH))
        return self.open(key, assignee=maya, **more), maya, noah

    def later(self) -> str:
        """A cursor from well after everything so far."""
        self.clock.advance(3600)
        return self.changes(None).cursor

    @property
    def writes(self) -> list[tuple[str, str, str]]:
        return [call for call in self.transport.calls if call[1] != "GET"]


def new_task(key: str, **more: Any) -> NewTask:
    given: dict[str, Any] = {
        "place": FOLLOW_UPS,
        "title": "Follow up: Ann Reed, reedhomes.example",
        "body": "No answer since Monday.\n\nhttps://mail.example/1",
        "due": date(2026, 11, 26),
    }
    return NewTask(key=key, **(given | more))


def seen(changes: TaskChanges) -> Task:
    [task] = changes.tasks
    return task
