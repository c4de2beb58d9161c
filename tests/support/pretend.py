"""The smallest simulator there can be: what is said to it is remembered, nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from syncd.ports.simulator import Answer, Request


class PretendSimulator:
    """POST adds a line, GET lists them. `told` records control commands."""

    commands = ("remember", "stats")

    def __init__(self, name: str = "gmail") -> None:
        self.name = name
        self.lines: list[str] = []
        self.requests: list[Request] = []
        self.told: list[tuple[str, dict[str, Any]]] = []

    def handle(self, request: Request) -> Answer:
        self.requests.append(request)
        if request.path == "/broken":
            raise RuntimeError("the pretend service is broken")
        if request.path == "/silent":
            return Answer(0)
        if request.path == "/nothing":
            return Answer(204, headers={"X-Left": "yes"})
        if request.method == "POST":
            self.lines.append(request.body.decode())
        body = json.dumps(self.lines).encode()
        return Answer(200, body, {"Content-Type": "application/json"})

    def snapshot(self) -> dict[str, Any]:
        return {"lines": list(self.lines)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.lines = list(state["lines"])

    def control(self, command: str, body: Mapping[str, Any]) -> dict[str, Any]:
        match command:
            case "remember":
                self.lines.append(body["line"])
                return {"lines": len(self.lines)}
            case "stats":
                return {"lines": len(self.lines)}
            case "add_mailbox" | "deliver_many" | "add_owner" | "add_person" | "add_contact":
                self.told.append((command, dict(body)))
                return {}
        raise KeyError(command)

    def bodies(self, command: str) -> list[dict[str, Any]]:
        """What came with a control command, oldest first."""
        return [body for told, body in self.told if told == command]
