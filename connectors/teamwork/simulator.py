"""A Teamwork site in memory, written from facts/teamwork.md section 11.

It shares no code with the connector: it is the second opinion that the connector is held
against. NOTES.md lists its control commands and what it does not do.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from email.utils import format_datetime
from typing import Any

from connectors.teamwork import (
    simulator_people,
    simulator_permissions,
    simulator_talk,
    simulator_task_writes,
    simulator_v1,
    simulator_v1_people,
    simulator_v3,
    simulator_workflows,
)
from connectors.teamwork.simulator_answers import Call, Refusal, nulled, v1_error, v3_error
from connectors.teamwork.simulator_files import STORE, Files
from connectors.teamwork.simulator_login import Login
from connectors.teamwork.simulator_site import KNOBS, OWNER_KEY, Record, Site
from connectors.teamwork.simulator_tasks import TaskQueries
from connectors.teamwork.simulator_traffic import Fault, RateLimit, Stats, worded
from connectors.teamwork.simulator_webhooks import Webhooks, silenced
from syncd.ports import outbox
from syncd.ports.clock import Clock
from syncd.ports.simulator import Answer, Request

_SWITCHES = (
    "fault",
    "clear_faults",
    "limits",
    "lag",
    "custom_fields",
    "membership",
    "nulls",
    "revoke",
    "restore_access",
    "expire_tokens",
    "stats",
    "reset_stats",
)


class TeamworkSimulator:
    """One installation behind one function from request to answer."""

    name = "teamwork"
    # What the sandbox's control port lists.
    commands = (*simulator_people.COMMANDS, *_SWITCHES, *outbox.COMMANDS)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.site = Site(clock)
        self._rate = RateLimit()
        self._stats = Stats()
        self._faults: list[Fault] = []
        self._webhooks = Webhooks(self.site, clock)
        self._files = Files(self.site)
        self._login = Login(self.site)
        self._routes = [
            *TaskQueries(self.site).routes(),
            *simulator_task_writes.routes(),
            *simulator_v3.routes(),
            *simulator_v1.routes(),
            *simulator_v1_people.routes(),
            *simulator_talk.routes(),
            *simulator_workflows.routes(),
            *self._webhooks.routes(),
            *self._files.routes(),
        ]

    def handle(self, request: Request) -> Answer:
        now = self._clock.now()
        self._stats.count(request)
        answer = self._rate.refusal(request, now) or self._meet(request)
        if not answer.status:
            return answer
        date = {"date": format_datetime(now, usegmt=True)}
        return replace(answer, headers=date | self._rate.headers(now) | dict(answer.headers))

    def worded(self, request: Request, status: int, variant: str) -> Answer:
        """An error as Teamwork says it; `variant` "rate" makes a 400 the old v1's 429."""
        return worded(request, status, variant)

    def snapshot(self) -> dict[str, Any]:
        return self.site.snapshot()

    def restore(self, state: Mapping[str, Any]) -> None:
        self.site.restore(state)
        self._webhooks.forget()

    def control(self, command: str, body: Mapping[str, Any]) -> dict[str, Any]:
        match command:
            case "fault":
                self._faults.append(Fault(**body))
            case "clear_faults":
                self._faults.clear()
            case "limits":
                return self._rate.configure(body)
            case "revoke" | "restore_access":
                return self._admit(body, again=command == "restore_access")
            case "expire_tokens":
                return self._login.expire()
            case "lag" | "custom_fields" | "membership" | "nulls":
                return {command: self._turn(command, body)}
            case "stats":
                return self._stats.told()
            case "reset_stats":
                self._stats.calls.clear()
            case "outbox" | "delivered" | "webhooks":
                return self._webhooks.outbox.command(command, body)
            case _:
                return simulator_people.COMMANDS[command](self.site, body)
        return {}

    def _turn(self, knob: str, body: Mapping[str, Any]) -> Any:
        """{value}: turn a knob; without a value, turn it back."""
        self.site.knobs[knob] = body.get("value", KNOBS[knob])
        self.site.version += 1
        return self.site.knobs[knob]

    def _admit(self, body: Mapping[str, Any], *, again: bool) -> dict[str, Any]:
        """{email?}: a person's key, without one everybody's, is worthless; or good again."""
        who = str(body.get("email", "*")).lower()
        if who != "*" and self.site.person_by_email(who) is None:
            raise ValueError(f"there is no person {who}")
        others = [each for each in self.site.knobs["revoked"] if who not in {each, "*"}]
        self.site.knobs["revoked"] = others if again else [*others, who]
        return {"revoked": self.site.knobs["revoked"]}

    def _meet(self, request: Request) -> Answer:
        """Let the first matching fault have its way, else serve."""
        fault = next((each for each in self._faults if each.befalls(request)), None)
        if fault is None:
            return self._serve(request)
        fault.count -= 1
        instead = fault.before()
        return fault.after(self._serve(request)) if instead is None else instead

    def _serve(self, request: Request) -> Answer:
        if request.path.startswith("//"):
            # Clients glue a slash to a path that has one; the site does not mind.
            request = replace(request, path=request.path[1:])
        if request.path.startswith(STORE):
            return self._files.stored(request)
        login = self._login.answer(request)
        if login is not None:
            return login
        actor = self._actor(request.headers.get("authorization", ""))
        if actor is None:
            said = _unauthorised(request)
            return replace(said, headers={**said.headers, "www-authenticate": "Basic"})
        known = False
        for route in self._routes:
            found = route.path.fullmatch(request.path)
            if found is None:
                continue
            known = True
            if route.method == request.method:
                ids = tuple(int(each) for each in found.groups())
                self.site.quiet = silenced(request)
                try:
                    simulator_permissions.check(self.site, actor, request)
                    answer = route.handler(Call(self.site, actor, request, ids))
                    return nulled(answer, request, self.site.knobs["nulls"])
                except Refusal as refusal:
                    return refusal.answer
                finally:
                    self.site.quiet = False
        return Answer(405) if known else Answer(404)

    def _actor(self, authorization: str) -> int | None:
        """Whose key it is: the key as Basic user name with any password, or as Bearer."""
        scheme, _, given = authorization.partition(" ")
        key = given.strip()
        if scheme.lower() == "basic":
            try:
                key = base64.b64decode(given).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                return None
        elif scheme.lower() != "bearer":
            return None
        if scheme.lower() == "bearer" and (signed_in := self._login.person(key)) is not None:
            return self._admitted(self.site.find("people", signed_in))
        owner = key.removeprefix("twp_")
        person = self.site.find("people", int(owner)) if owner.isdigit() else None
        if key == OWNER_KEY:
            person = self.site.me
        return self._admitted(person)

    def _admitted(self, person: Record | None) -> int | None:
        if person is None or {"*", person["email"].lower()} & set(self.site.knobs["revoked"]):
            return None
        return int(person["id"])


def _unauthorised(request: Request) -> Answer:
    if request.path.startswith("/projects/api/"):
        return v3_error(401, "Unauthorized", "the API key is not valid")
    return v1_error(401, "Unauthorized")
